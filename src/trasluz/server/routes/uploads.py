"""Uploads: one's own item in a space, with its error. Nothing of it is written to disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import torch
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from trasluz.base.errors import DataError
from trasluz.lab.invert import invert
from trasluz.lab.shelf.forms import FilePoint, parse_point
from trasluz.server import images
from trasluz.server.jobs import Job, Outcome
from trasluz.server.places import picture
from trasluz.server.routes.jobs import JobCard
from trasluz.server.schemas import SUPPORT, Here, Picture, Reproduced, Told, reproduced
from trasluz.spaces.kind import Kind
from trasluz.spaces.kinds import is_named_as, windows_of
from trasluz.spaces.representation import Representation

router = APIRouter(prefix="/api/uploads", tags=["uploads"])


class Inverted(Told):
    """An item of one's own in the space of a map."""

    latent: Annotated[str, Field(description="float32 numbers as base64, to ask on with")]
    xy: tuple[float, float]
    support: Annotated[float | None, Field(description=SUPPORT)]
    original: Picture
    original_file: Annotated[
        str | None, Field(description="Of a kind that a page plays: the original as the model takes it, as base64")
    ] = None
    rebuilt: Picture
    method: str
    psnr: Annotated[float, Field(description="Decibels")]
    ssim: float
    first_of_several: Annotated[bool, Field(description="The file holds more items, as an animation does")]
    from_prior: Annotated[float, Field(description="1 is as far from the prior's middle as its draws lie")]
    seconds: float
    reproduce: Reproduced


class Uploaded(Told):
    """The inverted item; or the job that inverts it, where that takes longer than a moment."""

    inverted: Inverted | None
    job: JobCard[Inverted]


@router.post("", openapi_extra={"requestBody": {"required": True, "content": {"*/*": {}}}})
async def upload(
    studio: Here,
    request: Request,
    response: Response,
    map: Annotated[str, Query(max_length=40)],
    method: Annotated[str | None, Query(max_length=60, examples=["optimise"])] = None,
    name: Annotated[str, Query(max_length=255, description="What the file is called, for Reproduce")] = "picture.png",
) -> Uploaded:
    """Invert an item (the body: a file whose suffix the map's kind names)."""
    found = studio.map(map)
    data = await request.body()
    if not data:
        raise DataError(f"no {found.kind.one} came", next="Send its bytes as the body")
    x, several = await studio.decode(_read, found.space.representation, data)

    def make(job: Job) -> Outcome:
        result = invert(found.opened.model, x, method=method, space=found.space.name, workspace=studio.home,
                        progress=job)  # fmt: skip
        z = result.latents
        xy, fit, support = found.plane.project(z)[0].tolist(), result.fit, found.desk.support(z)
        original, rebuilt = picture(x[0], found.kind), picture(fit.items[0], found.kind)
        answer = Inverted(
            latent=images.latent_text(z), xy=(xy[0], xy[1]), support=None if support is None else float(support[0]),
            original=original, original_file=_played(x[0], found.kind), rebuilt=rebuilt,
            method=list(result.fits)[-1], psnr=fit.psnr[0],
            ssim=fit.ssim[0], first_of_several=several, from_prior=fit.from_prior[0], seconds=round(fit.seconds, 3),
            reproduce=reproduced(found.said(found.desk.invert_call(_file_name(name, data, found.kind), method))),
        )  # fmt: skip
        return Outcome(answer.model_dump())

    job = studio.jobs.start(
        "invert", f"Inverting a {found.kind.one} into {found.opened.name}", make, of=found.opened.name
    )
    await studio.attend(job, studio.limits.patience)
    if not job.finished:
        response.status_code = 202
    document: dict[str, Any] = job.document()
    done = document["result"] if job.state == "done" else None
    return Uploaded(inverted=None if done is None else Inverted(**done), job=JobCard[Inverted](**document))


def _played(item: torch.Tensor, kind: Kind) -> str | None:
    """An item as the file that a page plays."""
    return images.as_text(kind.file(item, kind.writes[0])) if kind.drawer == "player" else None


def _read(representation: Representation, data: bytes) -> tuple[torch.Tensor, bool]:
    """The item of an upload, and whether there is more in it than that."""
    kind = representation.of
    windows = windows_of(kind, data, representation.public_shape, representation.reading)
    return kind.public(windows[:1].copy()), len(windows) > 1 or kind.several(data)


def _file_name(name: str, data: bytes, kind: Kind) -> str:
    """The last part of what the page says, as a POINT: a file beside the reader of the command line.

    What the file is was read from its content, so that a name of another ending is told as it is. One that a command
    line could not take for that file is replaced.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    # `-x.png` would be an option, `@x.png` a saved point, `test:3.png` an item; `x.jfif` alone is no POINT.
    plain = last.lower().endswith(kind.suffixes) and not last.startswith(("-", "@", "~")) and ":" not in last
    told = last if plain else f"./{last}"
    if last.isprintable() and last not in ("", ".", "..") and _is_point(told, data, kind):
        return told
    return f"{kind.one}{kind.writes[0]}"


def _is_point(told: str, data: bytes, kind: Kind) -> bool:
    """Whether a command line takes a POINT for the file of that content."""
    return isinstance(parse_point(told), FilePoint) and is_named_as(Path(told), data, kind)
