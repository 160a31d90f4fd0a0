"""Data sets of one's own: handed over by the page, piece by piece, and what is in them.

A body of pieces is, for each of them: uint16 and uint64 little-endian, how many bytes its name has and where it begins
in its file; uint32, how many bytes it has; its name in UTF-8; its bytes. Files of many bytes come in several pieces.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field

from trasluz.base.errors import InvalidArgument
from trasluz.geometry.local_density import spaced
from trasluz.io.pictures import png_bytes
from trasluz.lab.drawing.pictures import grid
from trasluz.lab.shelf import own_data
from trasluz.lab.shelf.data import describe_data, load
from trasluz.server.jobs import Job, Outcome
from trasluz.server.routes.jobs import JobCard
from trasluz.server.routes.maps import LeftOutCard
from trasluz.server.schemas import Asked, Here, KindCard, Told
from trasluz.server.studio import Studio

router = APIRouter(prefix="/api/own", tags=["own data"])
HEAD = struct.Struct("<HQI")
ComingId = Annotated[str, Path(max_length=40, examples=["5f0e6c0a7d1b2c3d"])]
OwnName = Annotated[str, Path(max_length=200, examples=["photos"])]
SHOWN, ACROSS = 24, 8
"""Items of the picture that comes with a report."""
EXAMPLES = 3
SHEET = "items.png"


class BeginRequest(Asked):
    """What a data set is to be called."""

    name: Annotated[str, Field(min_length=1, max_length=255, examples=["photos"])]


class ComingCard(Told):
    """A data set on its way."""

    id: str


class FileAsked(Asked):
    """A file that is to come."""

    path: Annotated[str, Field(min_length=1, max_length=4000, examples=["cats/1.jpg"])]
    size: Annotated[int, Field(ge=0, le=2**53)]


class FilesRequest(Asked):
    """Files that are to come; of many, in several requests."""

    files: Annotated[list[FileAsked], Field(min_length=1, max_length=2000)]


class Judged(Told):
    """What of them is wanted."""

    names: Annotated[
        list[str | None], Field(description="What each is called from now on; null where it is not to be sent")
    ]
    reasons: Annotated[list[str | None], Field(description="Why each is not wanted")]
    files: Annotated[int, Field(description="That are to come in all")]
    bytes: int


class Taken(Told):
    """What came of the pieces."""

    unwanted: Annotated[dict[str, str], Field(description="Files whose rest need not come, and why")]


class OwnCard(Told):
    """A data set that is there."""

    name: str
    data: Annotated[str, Field(description="What a command line calls it")]


class OwnColumn(Told):
    """A label or factor, in short."""

    name: str
    kind: str
    distinct: int
    missing: int
    values: Annotated[dict[str, int], Field(description="Of names, the most frequent ones")]


class OwnReport(Told):
    """What is in a data set, in the form that was asked for."""

    name: str
    data: str
    kind: KindCard
    items: int
    train: int
    test: int
    shape: Annotated[list[int], Field(description="Of one item")]
    bytes: int | None
    notes: Annotated[list[str], Field(description="Sentences: what was joined, guessed, resized")]
    left_out: Annotated[list[LeftOutCard], Field(description="Files that are no items, with the reasons")]
    columns: list[OwnColumn]
    pictured: Annotated[int, Field(description="Items in the picture of this job, items.png, row by row")]
    across: int


class ReportRequest(Asked):
    """In which form; what is left out is as the data are."""

    size: Annotated[int | None, Field(ge=8, le=256)] = None
    fit: Literal["crop", "pad", "stretch"] | None = None
    seconds: Annotated[float | None, Field(gt=0, le=60)] = None


@router.get("")
async def list_own(studio: Here) -> list[OwnCard]:
    """Data sets that were handed over."""

    def read() -> list[OwnCard]:
        return [_card(studio, name) for name in own_data.own_data(studio.home)]

    return await studio.run(read)


def _card(studio: Studio, name: str) -> OwnCard:
    return OwnCard(name=name, data=str(own_data.path_of(studio.home, name)))


@router.post("", status_code=201)
async def begin_own(studio: Here, asked: BeginRequest) -> ComingCard:
    """Begin to hand a data set over."""
    return ComingCard(id=(await studio.run(studio.handed.begin, asked.name)).id)


@router.post("/{id}/files")
async def announce_files(studio: Here, id: ComingId, asked: FilesRequest) -> Judged:
    """Say which files there are, and hear which are wanted, and why the others are not."""
    coming = studio.handed.get(id)

    def judge() -> Judged:
        names: list[str | None] = []
        reasons: list[str | None] = []
        for one in asked.files:
            reason = coming.files.announce(one.path, one.size)
            names.append(None if reason is not None else coming.files.called(one.path))
            reasons.append(reason)
        return Judged(names=names, reasons=reasons, files=coming.files.files, bytes=coming.files.total)

    return await studio.run(judge)


@router.post(
    "/{id}/pieces", openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}
)
async def take_pieces(studio: Here, id: ComingId, request: Request) -> Taken:
    """Hand over pieces of the files that are wanted."""
    coming, body = studio.handed.get(id), await request.body()

    def take() -> Taken:
        unwanted: dict[str, str] = {}
        for name, offset, data in _pieces(body):
            if name in unwanted:
                continue
            reason = coming.files.take(name, offset, data)
            if reason is not None:
                unwanted[name] = reason
        return Taken(unwanted=unwanted)

    return await studio.run(take)


def _pieces(body: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Name, place and bytes of each piece."""
    at = 0
    while at < len(body):
        if len(body) - at < HEAD.size:
            raise InvalidArgument(
                "the body is no list of pieces", got=f"{len(body) - at} bytes behind the last of them"
            )
        name, offset, size = HEAD.unpack_from(body, at)
        begins = at + HEAD.size + name
        if begins + size > len(body):
            raise InvalidArgument("the body is no list of pieces", got="a piece that is not whole")
        try:
            called = body[at + HEAD.size : begins].decode()
        except UnicodeDecodeError:
            raise InvalidArgument("the body is no list of pieces", got="a name that is no UTF-8") from None
        yield called, offset, body[begins : begins + size]
        at = begins + size


@router.post("/{id}/done", status_code=201)
async def finish_own(studio: Here, id: ComingId) -> OwnCard:
    """All has come: put it to its place. A zip that came alone is unpacked."""
    return await studio.alone(lambda: _card(studio, studio.handed.finish(id)))


@router.delete("/{id}/coming", status_code=204)
async def drop_coming(studio: Here, id: ComingId) -> None:
    """Hand it over no further; what has come is deleted."""
    await studio.run(studio.handed.drop, id)


@router.delete("/{name}", status_code=204)
async def remove_own(studio: Here, name: OwnName) -> None:
    """Remove a data set that was handed over. Models that were trained on it stay."""
    await studio.run(own_data.remove_own_data, studio.home, name)


@router.post("/{name}/report", status_code=202)
async def report_own(studio: Here, name: OwnName, asked: ReportRequest) -> JobCard[OwnReport]:
    """What is in it, as a job: its files are read. The job's file `items.png` shows some of its items."""
    path = await studio.run(own_data.path_of, studio.home, name)

    def look(job: Job) -> Outcome:
        form: dict[str, Any] = {"size": asked.size, "fit": asked.fit, "seconds": asked.seconds}
        said = describe_data(path, **form, workspace=studio.home, progress=job)
        data = load(path, **form, workspace=studio.home, progress=job)
        # From all over: a folder often holds one class after the other.
        some = data.kind.draw(data.tensor(spaced(len(data), SHOWN).numpy()))
        report = OwnReport(
            name=name, data=str(path), kind=KindCard.of(data.kind, data.representation.public_shape),
            items=said["items"], train=said["train"], test=said["test"], shape=said["shape"], notes=said["notes"],
            left_out=_left_out(own_data.arrived(studio.home, name), said["skipped"]),
            bytes=own_data.arrived(studio.home, name).get("bytes"),
            columns=[_column(column, about) for column, about in said["columns"].items()],
            pictured=len(some), across=min(ACROSS, len(some)),
        )  # fmt: skip
        sheet = png_bytes(grid(some, columns=ACROSS))
        return Outcome(report.model_dump(), {SHEET: ("image/png", sheet)})

    job = studio.jobs.start("data", f"The data of {name}", look, of=name)
    await studio.attend(job, studio.limits.patience)
    return JobCard[OwnReport](**job.document())


def _left_out(arrived: Mapping[str, Any], skipped: Any) -> list[LeftOutCard]:
    """What was left out before it came and while it was read, the most frequent reason first."""
    counts: Counter[str] = Counter()
    named: dict[str, list[str]] = {}
    before: Any = arrived.get("left_out", [])
    for one in before:
        counts[one["reason"]] += one["count"]
        named.setdefault(one["reason"], []).extend(one["examples"])
    for name, reason in skipped:
        counts[reason] += 1
        named.setdefault(reason, []).append(name)
    return [
        LeftOutCard(reason=reason, count=n, examples=named[reason][:EXAMPLES]) for reason, n in counts.most_common()
    ]


def _column(name: str, about: Mapping[str, Any]) -> OwnColumn:
    counts: Mapping[Any, int] = about.get("counts", {})
    values = {str(value)[:80]: n for value, n in list(counts.items())[:6]}
    return OwnColumn(name=name, kind=about["kind"], distinct=about["distinct"], missing=about["missing"], values=values)
