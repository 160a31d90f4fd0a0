"""Paths from point to point, as jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from trasluz.base.errors import InvalidArgument
from trasluz.lab.drawing import pictures
from trasluz.lab.interpolate import interpolate
from trasluz.lab.results.paths import LatentPath
from trasluz.lab.shelf.methods import default_of
from trasluz.server import images
from trasluz.server.jobs import Job, Outcome
from trasluz.server.opened import OpenMap
from trasluz.server.places import placed
from trasluz.server.requests import VerbRequest, asks
from trasluz.server.routes.jobs import JobCard, exports_of
from trasluz.server.schemas import At, Here, reproduced
from trasluz.server.studio import Studio

router = APIRouter(prefix="/api/paths", tags=["paths"])


@asks(interpolate, leaving_out=("fps",))
class PathRequest(VerbRequest):
    """Where to go, and how."""

    map: Annotated[str, Field(max_length=40)]
    through: Annotated[list[At], Field(min_length=2, max_length=32)]
    rule: Annotated[str, Field(max_length=60, examples=["geodesic"])] = default_of("paths").name
    frames: Annotated[int, Field(ge=2)] = 24


@router.post("", status_code=202)
async def find_path(studio: Here, asked: PathRequest) -> JobCard:
    """A path through points. The job gives `sheet.webp`, `latents.bin` and figures, and exports as gif, mp4 or png."""
    if asked.frames > studio.limits.frames:
        raise InvalidArgument("too many frames", got=asked.frames, allowed=f"up to {studio.limits.frames}")
    if "," in asked.rule:
        raise InvalidArgument("one rule at a time", got=asked.rule)
    found = studio.map(asked.map)
    job = studio.jobs.start("path", f"A path by {asked.rule}", lambda job: _found(studio, found, asked, job))
    await studio.attend(job, studio.limits.patience)
    return JobCard(**job.document())


def _found(studio: Studio, found: OpenMap, asked: PathRequest, job: Job) -> Outcome:
    places = [placed(studio, found, at) for at in asked.through]
    points = [place.point for place in places]
    told = {**found.desk.where, "workspace": studio.home, "progress": job}
    result = interpolate(found.opened.model, *points, **asked.arguments(), **told)
    if not isinstance(result, LatentPath):
        raise InvalidArgument("one rule at a time", got=asked.rule)
    sheet, across = images.sheet([pictures.image_of(item).convert("RGB") for item in result.drawn])
    xy = found.plane.project(result.latents).float().cpu()
    document = {
        "frames": len(result), "across": across, "tile": list(result.drawn.shape[2:]), "loop": result.loop,
        "stations": {str(frame): name for frame, name in result.stations.items()}, "xy": xy.tolist(),
        "support": found.desk.support(result.latents).tolist(), "seconds": round(result.seconds, 3),
        "figures": result.document(), "told": result.told(), "exports": exports_of(LatentPath),
        "reproduce": reproduced(found.said(result.call)).model_dump(),
    }  # fmt: skip
    files = {"sheet.webp": (images.WEBP, sheet), "latents.bin": (images.BINARY, images.latents(result.latents))}
    return Outcome(document, files, result)
