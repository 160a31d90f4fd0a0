"""Decode: what places, points and latents look like."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from trasluz.base.errors import InvalidArgument
from trasluz.server.looks import Look, Looked
from trasluz.server.opened import OpenMap
from trasluz.server.places import decode_said, is_quick, spotted, travelling, waited
from trasluz.server.schemas import SUPPORT, Asked, At, Here, Neighbour, Picture, Reproduced, Told

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
    support: Annotated[float | None, Field(description=SUPPORT)]
    nearest: list[Neighbour]


class DecodeAnswer(Told):
    """What was asked for, in order."""

    items: list[Seen]
    reproduce: Reproduced


@router.post("/decode", response_model=DecodeAnswer)
async def decode(studio: Here, request: Request, asked: DecodeRequest) -> Response:
    """Decode up to 64 latents, together with what others ask for at the moment."""
    if len(asked.at) > studio.limits.points:
        raise InvalidArgument("too many latents", got=len(asked.at), allowed=f"up to {studio.limits.points}")
    found = studio.map(asked.map)
    if all(map(is_quick, asked.at)):
        spots = [spotted(studio, found, at) for at in asked.at]
    else:
        spots = await studio.run(lambda: [spotted(studio, found, at) for at in asked.at])
    look = found.look(Look([one.spot for one in spots], asked.neighbours))
    looked = await waited(request, look, studio.limits.gone)
    answer = DecodeAnswer(items=[seen(found, one) for one in looked], reproduce=decode_said(found, spots))
    return Response(answer.model_dump_json(), media_type="application/json")


def shown(found: OpenMap, looked: Looked) -> Picture:
    """Its picture, as it travels."""
    return travelling(looked.item, looked.drawn, looked.webp, found.kind)


def seen(found: OpenMap, looked: Looked) -> Seen:
    """A spot that was looked at, as it travels."""
    return Seen(
        picture=shown(found, looked),
        xy=looked.xy,
        support=looked.support,
        nearest=[Neighbour.of(found.desk.row(row, distance)) for row, distance in looked.near],
    )
