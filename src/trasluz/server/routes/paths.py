"""Paths from point to point, as jobs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from trasluz.base.errors import InvalidArgument
from trasluz.lab.drawing import pictures
from trasluz.lab.interpolate import interpolate
from trasluz.lab.judging.path_quality import PathQuality
from trasluz.lab.results.paths import LatentPath
from trasluz.lab.shelf.methods import default_of
from trasluz.server import images
from trasluz.server.jobs import Job, Outcome
from trasluz.server.opened import OpenMap
from trasluz.server.places import placed
from trasluz.server.requests import VerbRequest, asks
from trasluz.server.routes.jobs import JobCard, exports_of
from trasluz.server.schemas import SUPPORT, At, Here, Reproduced, Told, reproduced
from trasluz.server.studio import Studio
from trasluz.spaces.figures import Figure, Judge

router = APIRouter(prefix="/api/paths", tags=["paths"])


@asks(interpolate, leaving_out=("fps",))
class PathRequest(VerbRequest):
    """Where to go, and how."""

    map: Annotated[str, Field(max_length=40)]
    through: Annotated[list[At], Field(min_length=2, max_length=32)]
    rule: Annotated[str, Field(max_length=60, examples=["geodesic"])] = default_of("paths").name
    frames: Annotated[int, Field(ge=2)] = 24


STRICT = ConfigDict(extra="forbid")
"""A figure more in the lab is an error here, until it is told."""


class PathQualityCard(Told):
    """What a path is like among real items (lab/judging/path_quality.py)."""

    model_config = STRICT

    features: str
    precision: Annotated[float | None, Field(description="None where there is no frame between the points")]
    frames: Annotated[int, Field(description="Frames between the points, which `precision` is the share of")]
    real: Annotated[int, Field(description="Real items that they are held against")]
    ppl: float
    steps: Annotated[int, Field(description="Places along the path that `ppl` is the mean of")]
    judge: Annotated[Judge | None, Field(description="What gave the features; other ones give other figures")]
    legs: Annotated[int, Field(description="Ways from point to point; of fewer than three there is no interval")]
    precision_interval: tuple[float, float] | None
    ppl_interval: tuple[float, float] | None
    version: int
    measured: Annotated[dict[str, Figure], Field(description="The same, each with what is needed to believe it")]


class PathFiguresCard(Told):
    """What a path is like in itself (lab/results/paths.py), and among real items."""

    model_config = STRICT

    rule: str
    length: float
    decoded_length: float
    detour: Annotated[float | None, Field(description="None where its points are one place")]
    decoded_detour: float | None
    pace: float
    turning: Annotated[float, Field(description="Degrees")]
    quality: Annotated[PathQualityCard | None, Field(description="None where it was not measured")]


class PathFound(Told):
    """A path: its frames are in the job's files."""

    frames: int
    across: Annotated[int, Field(description="Pictures in a row of `sheet.webp`")]
    tile: Annotated[tuple[int, int], Field(description="Height and width of one of them")]
    loop: bool
    stations: Annotated[dict[str, str], Field(description="Of the frames that are points: what those are called")]
    xy: Annotated[list[tuple[float, float]], Field(description="Where on the map every frame lies")]
    support: Annotated[list[float] | None, Field(description=SUPPORT)]
    seconds: float
    figures: PathFiguresCard
    told: Annotated[str, Field(description="The figures in a few words")]
    exports: list[str]
    reproduce: Reproduced


@router.post("", status_code=202)
async def find_path(studio: Here, asked: PathRequest) -> JobCard[PathFound]:
    """A path through points. The job gives `sheet.webp`, `latents.bin` and figures, and exports as gif, mp4 or png."""
    if asked.frames > studio.limits.frames:
        raise InvalidArgument("too many frames", got=asked.frames, allowed=f"up to {studio.limits.frames}")
    if "," in asked.rule:
        raise InvalidArgument("one rule at a time", got=asked.rule)
    found = studio.map(asked.map)
    job = studio.jobs.start("path", f"A path by {asked.rule}", lambda job: _found(studio, found, asked, job),
                            of=found.opened.name)  # fmt: skip
    await studio.attend(job, studio.limits.patience)
    return JobCard[PathFound](**job.document())


def _found(studio: Studio, found: OpenMap, asked: PathRequest, job: Job) -> Outcome:
    places = [placed(studio, found, at) for at in asked.through]
    points = [place.point for place in places]
    told = {**found.desk.where, "workspace": studio.home, "progress": job}
    result = interpolate(found.opened.model, *points, **asked.arguments(), **told)
    if not isinstance(result, LatentPath):
        raise InvalidArgument("one rule at a time", got=asked.rule)
    sheet, across = images.sheet([pictures.image_of(item).convert("RGB") for item in result.drawn])
    xy, support = found.plane.project(result.latents).float().cpu(), found.desk.support(result.latents)
    height, width = result.drawn.shape[2:]
    answer = PathFound(
        frames=len(result), across=across, tile=(height, width), loop=result.loop,
        stations={str(frame): name for frame, name in result.stations.items()},
        xy=[(x, y) for x, y in xy.tolist()], support=None if support is None else support.tolist(),
        seconds=round(result.seconds, 3), figures=figures_of(result.document(), result.quality), told=result.told(),
        exports=exports_of(result.forms, result.kind), reproduce=reproduced(found.said(result.call)),
    )  # fmt: skip
    files = {"sheet.webp": (images.WEBP, sheet), "latents.bin": (images.BINARY, images.latents(result.latents))}
    return Outcome(answer.model_dump(mode="json"), files, result)


def figures_of(document: dict[str, Any], quality: PathQuality | None) -> PathFiguresCard:
    """Figures of a path; those of its quality as they are, and not as they are written in files."""
    told = None if quality is None else {**quality.figures(), "measured": quality.measured}
    return PathFiguresCard(**{**document, "quality": told})
