"""Uploads: one's own picture in a space, with its error. Nothing of it is written to disk."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from trasluz.base.errors import DataError
from trasluz.io.media import has_several, read_picture
from trasluz.lab.invert import invert
from trasluz.lab.shelf.forms import PICTURE_FILES
from trasluz.server import images
from trasluz.server.jobs import Job, Outcome
from trasluz.server.places import picture
from trasluz.server.routes.jobs import JobCard
from trasluz.server.schemas import Here, Picture, Reproduced, Told, reproduced

router = APIRouter(prefix="/api/uploads", tags=["uploads"])


class Inverted(Told):
    """A picture in the space of a map."""

    latent: Annotated[str, Field(description="float32 numbers as base64, to ask on with")]
    xy: tuple[float, float]
    support: float
    original: Picture
    rebuilt: Picture
    method: str
    psnr: Annotated[float, Field(description="Decibels")]
    ssim: float
    first_of_several: Annotated[bool, Field(description="The file holds more pictures, such as those of an animation")]
    from_prior: Annotated[float, Field(description="1 is as far from the prior's middle as its draws lie")]
    seconds: float
    reproduce: Reproduced


class Uploaded(Told):
    """The inverted picture; or the job that inverts it, where that takes longer than a moment."""

    inverted: Inverted | None
    job: JobCard


@router.post("", openapi_extra={"requestBody": {"required": True, "content": {"image/*": {}}}})
async def upload(
    studio: Here,
    request: Request,
    response: Response,
    map: Annotated[str, Query(max_length=40)],
    method: Annotated[str | None, Query(max_length=60, examples=["optimise"])] = None,
    name: Annotated[str, Query(max_length=120, description="What the file is called, for Reproduce")] = "picture.png",
) -> Uploaded:
    """Invert a picture (the body: PNG, JPEG, WebP, GIF, BMP, TIFF or PPM)."""
    found = studio.map(map)
    channels, size, _ = found.picture_shape()
    data = await request.body()
    if not data:
        raise DataError("no picture came", next="Send its bytes as the body")
    x, several = await studio.run(_read, data, size, channels)

    def make(job: Job) -> Outcome:
        result = invert(found.opened.model, x, method=method, space=found.space.name, workspace=studio.home,
                        progress=job)  # fmt: skip
        z = result.latents
        xy, fit = found.plane.project(z)[0].tolist(), result.fit
        answer = Inverted(
            latent=images.latent_text(z), xy=(xy[0], xy[1]), support=float(found.desk.support(z)[0]),
            original=picture(x[0]), rebuilt=picture(fit.items[0]), method=list(result.fits)[-1], psnr=fit.psnr[0],
            ssim=fit.ssim[0], first_of_several=several, from_prior=fit.from_prior[0], seconds=round(fit.seconds, 3),
            reproduce=reproduced(found.said(found.desk.invert_call(_file_name(name), method))),
        )  # fmt: skip
        return Outcome(answer.model_dump())

    job = studio.jobs.start("invert", f"Inverting a picture into {found.opened.name}", make)
    await studio.attend(job, studio.limits.patience)
    if not job.finished:
        response.status_code = 202
    document: dict[str, Any] = job.document()
    done = document["result"] if job.state == "done" else None
    return Uploaded(inverted=None if done is None else Inverted(**done), job=JobCard(**document))


def _read(data: bytes, size: int, channels: int) -> tuple[torch.Tensor, bool]:
    pixels = read_picture(data, size=size, channels=channels)
    return torch.from_numpy(pixels.copy()).float().div(255)[None], has_several(data)


def _file_name(name: str) -> str:
    """The last part of what the page says, as a POINT: a file beside the reader of the command line."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not last.isprintable() or not last.lower().endswith(PICTURE_FILES):
        return "picture.png"
    # `-x.png` would be an option, `@x.png` a saved point, `test:3.png` an item.
    return f"./{last}" if last.startswith(("-", "@", "~")) or ":" in last else last
