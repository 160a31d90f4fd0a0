"""The lens: one latent from near, and moved along directions and dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, final

from fastapi import APIRouter, Request
from pydantic import Field
from torch import Tensor

from trasluz.lab.desk import readings
from trasluz.lab.judging.reader import Reader, reader_for
from trasluz.server import images
from trasluz.server.jobs import Job, Outcome
from trasluz.server.looks import Known, Look, Looked
from trasluz.server.opened import OpenMap
from trasluz.server.places import Placed, decode_said, known, original_of, picture, placed, waited
from trasluz.server.routes.decode import Seen, seen, shown
from trasluz.server.routes.jobs import JobCard
from trasluz.server.schemas import Asked, Here, Moved, Name, Picture, Reproduced, Told, reproduced
from trasluz.server.studio import Studio

router = APIRouter(prefix="/api/lens", tags=["lens"])


class LensRequest(Moved):
    """A latent, and how far to move it."""

    neighbours: Annotated[int, Field(ge=0, le=32)] = 6


class Reading(Told):
    """What a reader sees in a picture, in one column."""

    value: str | float
    share: Annotated[float | None, Field(description="How sure it is; None for a quantity")]
    accuracy: Annotated[float, Field(description="On real pictures that it never saw")]
    trusted: bool


class LensAnswer(Told):
    """One latent from near."""

    seen: Seen
    point: Annotated[str | None, Field(description="What it is called, where it has a name")]
    row: int | None
    before: Annotated[Picture | None, Field(description="The same before it was moved; None where it was not")]
    original: Annotated[Picture | None, Field(description="The real item; None where there is none")]
    latent: Annotated[str, Field(description="float32 numbers as base64, to ask on with")]
    reader: Annotated[str, Field(description="ready, not asked for (see lens/reader), or none")]
    readings: dict[str, Reading]
    reproduce: Reproduced


class LyingAnswer(Told):
    """How the map lies where something is."""

    stretch: Annotated[
        float | None,
        Field(description="How fast items change for a step on the map, 1 is usual; None where they do not change"),
    ]
    torn: Annotated[
        float | None, Field(description="Share of the nearest in the space that are not among the nearest on the map")
    ]
    neighbours: Annotated[int, Field(description="How many nearest")]


class ReaderRequest(Asked):
    """Whose labels to learn to read."""

    model: Name


@final
@dataclass(frozen=True)
class _Moved:
    place: Placed
    z: Tensor
    xy: Tensor
    original: Tensor | None

    @property
    def is_moved(self) -> bool:
        return self.z is not self.place.z


@router.post("")
async def look(studio: Here, request: Request, asked: LensRequest) -> LensAnswer:
    """Decode one latent, moved as asked, and say what is near, what is read and how to get the same."""
    found = studio.map(asked.map)
    one = await studio.run(_moved, studio, found, asked)
    spots = [Known(one.z, one.xy), *([Known(one.place.z, one.place.xy)] if one.is_moved else [])]
    looked = await waited(request, found.look(Look(spots, asked.neighbours)), studio.limits.gone)
    return await studio.run(_answer, found, asked, one, looked)


@router.post("/lying")
async def look_how_it_lies(studio: Here, asked: Moved) -> LyingAnswer:
    """How the map lies at a latent, moved as asked: how fast items change there, and what it tears apart."""
    found = studio.map(asked.map)

    def lies() -> LyingAnswer:
        one = _moved(studio, found, asked)
        stretch, torn, k = found.lies(one.z, one.xy, None if one.is_moved else one.place.row)
        return LyingAnswer(stretch=stretch, torn=torn, neighbours=k)

    return await studio.run(lies)


def _moved(studio: Studio, found: OpenMap, asked: Moved) -> _Moved:
    place = placed(studio, found, asked.at)
    original = original_of(found, place, asked.at)
    if not asked.is_moved:
        return _Moved(place, place.z, place.xy, original)
    z = found.desk.moved(place.z, asked.directions, asked.dims)
    return _Moved(place, z, known(found, z).xy, original)


def _answer(found: OpenMap, asked: LensRequest, one: _Moved, looked: list[Looked]) -> LensAnswer:
    reader, known = found.opened.reader, found.opened.reader_known
    said: dict[str, Any] = {} if reader is None else readings(reader, looked[0].item[None])[0]
    if not one.is_moved:
        how = decode_said(found, [one.place])
    else:
        how = reproduced(found.said(found.desk.edit_call(one.place.point, asked.directions, asked.dims)))
    return LensAnswer(
        seen=seen(found, looked[0]),
        point=one.place.name,
        row=one.place.row,
        before=shown(found, looked[1]) if one.is_moved else None,
        original=None if one.original is None else picture(one.original, found.kind),
        latent=images.latent_text(one.z),
        reader="ready" if reader is not None else "none" if known else "not asked for",
        readings={name: Reading(**reading) for name, reading in said.items()},
        reproduce=how,
    )


class ColumnRead(Told):
    """How well a column is read off pictures."""

    accuracy: float
    trusted: bool


class ReaderFound(Told):
    """What reads the labels of a model's data."""

    reader: Annotated[str | None, Field(description="None where there is nothing to read")]
    columns: dict[str, ColumnRead]


@router.post("/reader", status_code=202)
async def ask_reader(studio: Here, asked: ReaderRequest) -> JobCard[ReaderFound]:
    """Open the reader of a model's data, or train it where there is none yet, as a job."""
    studio.place(asked.model)

    def learn(job: Job) -> Outcome:
        opened = studio.opened(asked.model)
        reader: Reader | None = reader_for(opened.model, studio.data, workspace=studio.home, progress=job)
        opened.keep_reader(reader)
        columns = [] if reader is None else list(reader.columns.values())
        told = {c.name: ColumnRead(accuracy=c.accuracy, trusted=c.trusted) for c in columns}
        return Outcome(ReaderFound(reader=None if reader is None else reader.name, columns=told).model_dump())

    job = studio.jobs.start("reader", f"Learning to read the labels of {asked.model}'s data", learn, of=asked.model)
    await studio.attend(job, studio.limits.patience)
    return JobCard[ReaderFound](**job.document())
