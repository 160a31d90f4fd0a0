"""Decode: what places, points and latents look like."""

from __future__ import annotations

from typing import Annotated

import torch
from fastapi import APIRouter, Request
from pydantic import Field
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.server.opened import OpenMap
from trasluz.server.places import Placed, decode_said, decoded, picture, placed
from trasluz.server.schemas import Asked, At, Here, Neighbour, Picture, Reproduced, Told
from trasluz.server.studio import Studio

router = APIRouter(prefix="/api", tags=["decode"])


class DecodeRequest(Asked):
    """Latents to decode, on a map that is open."""

    map: Annotated[str, Field(max_length=40, examples=["0f3c9a1be2d47788"])]
    at: Annotated[list[At], Field(min_length=1)]
    neighbours: Annotated[int, Field(ge=0, le=32)] = 3


class Seen(Told):
    """One decoded latent."""

    picture: Picture
    xy: tuple[float, float]
    support: Annotated[float, Field(description="Up to 1 is among the encoded items, counted in the space")]
    map_support: Annotated[float, Field(description="The same, counted on the map")]
    nearest: list[Neighbour]


class DecodeAnswer(Told):
    """What was asked for, in order."""

    items: list[Seen]
    reproduce: Reproduced


@router.post("/decode")
async def decode(studio: Here, request: Request, asked: DecodeRequest) -> DecodeAnswer:
    """Decode up to 64 latents, together with what others ask for at the moment."""
    if len(asked.at) > studio.limits.points:
        raise InvalidArgument("too many latents", got=len(asked.at), allowed=f"up to {studio.limits.points}")
    found = studio.map(asked.map)
    places = await studio.run(_placed, studio, found, asked.at)
    z = torch.cat([place.z for place in places])
    items = await decoded(request, studio, found, z)
    return await studio.run(_answer, found, places, z, items, asked.neighbours)


def _placed(studio: Studio, found: OpenMap, at: list[At]) -> list[Placed]:
    return [placed(studio, found, one) for one in at]


def _answer(found: OpenMap, places: list[Placed], z: Tensor, items: Tensor, k: int) -> DecodeAnswer:
    return DecodeAnswer(items=seen(found, places, z, items, k), reproduce=decode_said(found, places))


def seen(found: OpenMap, places: list[Placed], z: Tensor, items: Tensor, k: int) -> list[Seen]:
    """What is shown of decoded latents."""
    xy = torch.cat([place.xy for place in places])
    support, on_map = found.desk.support(z), found.plane.support(xy)
    near = found.desk.near(z, k)
    return [
        Seen(
            picture=picture(item),
            xy=(float(xy[i, 0]), float(xy[i, 1])),
            support=float(support[i]),
            map_support=float(on_map[i]),
            nearest=[Neighbour.of(n) for n in near[i]],
        )
        for i, item in enumerate(items)
    ]
