"""Along a direction: where items of a map go when they are moved, and what they look like there."""

from __future__ import annotations

from typing import Annotated, final

import torch
from fastapi import APIRouter, Request
from pydantic import Field, model_validator
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import STRONGEST
from trasluz.geometry.moves import moved
from trasluz.lab.shelf.directions import direction_of
from trasluz.server import images
from trasluz.server.opened import OpenMap
from trasluz.server.places import decoded, placed, travelling
from trasluz.server.routes.directions import result_of
from trasluz.server.routes.maps import MapId
from trasluz.server.schemas import SUPPORT, Asked, At, Here, Name, Picture, Told
from trasluz.server.studio import Studio
from trasluz.spaces.direction import Direction

router = APIRouter(prefix="/api/maps", tags=["directions"])
PLACES = 2000
"""Moved latents of one request whose places alone are asked for."""
Strength = Annotated[float, Field(ge=-STRONGEST, le=STRONGEST, allow_inf_nan=False)]


class AlongRequest(Asked):
    """Latents, and how far each is moved: along a kept direction by its name, or along one that a search found."""

    at: Annotated[list[At], Field(min_length=1, max_length=PLACES)]
    strengths: Annotated[list[Strength], Field(min_length=1, max_length=32, examples=[[-3, 0, 3]])]
    direction: Annotated[Name | None, Field(description="A kept one")] = None
    job: Annotated[str | None, Field(max_length=40, description="The job of a search, in place of a name")] = None
    which: Annotated[int, Field(ge=0, le=255, description="Its place among those that the search found")] = 0
    pictures: Annotated[bool, Field(description="Whether to decode them too, up to 64 in all")] = False

    @model_validator(mode="after")
    def _one(self) -> AlongRequest:
        if (self.direction is None) == (self.job is None):
            raise ValueError("exactly one of direction and job")
        return self


@final
class MovedItem(Told):
    """One latent, moved."""

    xy: Annotated[
        tuple[float, float] | None, Field(description="By the map's way in; null where it has no place for it")
    ]
    support: Annotated[float | None, Field(description=SUPPORT)]
    picture: Annotated[Picture | None, Field(description="Null where none was asked for")]


class AlongAnswer(Told):
    """For every latent in order its steps, by the strengths in order."""

    steps: list[list[MovedItem]]


@router.post("/{map}/along")
async def map_along(studio: Here, request: Request, map: MapId, asked: AlongRequest) -> AlongAnswer:
    """Move latents along a direction, and say where on the map they come to lie."""
    found = studio.map(map)
    n, most = len(asked.at) * len(asked.strengths), studio.limits.points if asked.pictures else PLACES
    if n > most:
        raise InvalidArgument("too many latents along a direction", got=n, allowed=f"up to {most}")
    z, xy, support = await studio.run(_moved, studio, found, asked)
    pictures: list[Picture | None] = [None] * n
    if asked.pictures:
        items = await decoded(request, studio, found, z)
        pictures = await studio.run(_drawn, found, items)
    of = zip(xy, support, pictures, strict=True)
    steps = [MovedItem(xy=place, support=far, picture=one) for place, far, one in of]
    across = len(asked.strengths)
    return AlongAnswer(steps=[steps[i : i + across] for i in range(0, n, across)])


def _moved(
    studio: Studio, found: OpenMap, asked: AlongRequest
) -> tuple[Tensor, list[tuple[float, float] | None], list[float | None]]:
    """Latents `(at * strengths, *shape)` with their places and supports."""
    way = _direction(studio, found, asked)
    start = _start(studio, found, asked.at)
    each = start.repeat_interleave(len(asked.strengths), dim=0)
    z = moved(each, [way], [torch.tensor(asked.strengths).repeat(len(start))])
    xy = found.plane.project(z).double().cpu()
    there = xy.isfinite().all(1).tolist()
    places = [(x, y) if is_there else None for (x, y), is_there in zip(xy.tolist(), there, strict=True)]
    support = found.desk.support(z)
    return z, places, [None] * len(z) if support is None else support.double().tolist()


def _direction(studio: Studio, found: OpenMap, asked: AlongRequest) -> Direction:
    if asked.direction is not None:
        return direction_of(asked.direction, found.opened.model, found.space.name, workspace=studio.home)
    result = result_of(studio, asked.job or "")
    if asked.which >= len(result.found):
        raise InvalidArgument("no such direction was found", got=asked.which, allowed=f"0 to {len(result.found) - 1}")
    way = result[asked.which]
    if way.space != found.space.name:
        raise InvalidArgument("the direction is of another space", got=way.space, allowed=found.space.name)
    return way


def _start(studio: Studio, found: OpenMap, at: list[At]) -> Tensor:
    """Latents `(n, *shape)`; rows, which may be many, at once."""
    rows = [one.row for one in at if one.row is not None]
    if len(rows) == len(at):
        for row in rows:
            found.desk.check_row(row)
        return found.desk.atlas.latents[rows].float()
    return torch.cat([placed(studio, found, one).z for one in at])


def _drawn(found: OpenMap, items: Tensor) -> list[Picture | None]:
    drawn = found.kind.draw(items)
    return [
        travelling(item, picture, webp, found.kind)
        for item, picture, webp in zip(items, drawn, images.webps(drawn), strict=True)
    ]
