"""From what a page names to latents, and from latents to what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar, final

import torch
from fastapi import Request
from torch import Tensor

from trasluz.base.errors import InvalidArgument, Stopped
from trasluz.lab.calls.given import Named, Point
from trasluz.lab.desk import Desk
from trasluz.lab.shelf.forms import DrawPoint, ItemPoint, parse_point
from trasluz.server import images
from trasluz.server.looks import Known, Spot
from trasluz.server.opened import OpenMap
from trasluz.server.schemas import At, Picture, Reproduced, reproduced
from trasluz.server.studio import Studio, check_point
from trasluz.spaces.kind import Kind

T = TypeVar("T")
NO_NAME = "A latent without a name: save it as a point to name it"
OTHER_MAP = "A place of a map with settings of its own has no name: map:X,Y means the map as it is by default"


@final
@dataclass(frozen=True)
class Spotted:
    """A spot to be looked at, and its name."""

    spot: Spot
    name: str | None
    """A POINT; None where it has no name."""
    why_not: str | None = None

    @property
    def point(self) -> Point:
        """Its name, or why it has none."""
        return self.name if self.name is not None else Named(torch.empty(0), None, self.why_not or NO_NAME)


@final
@dataclass(frozen=True)
class Placed:
    """A latent, with what is known of where it came from."""

    z: Tensor
    """`(1, *shape)`."""
    xy: Tensor
    """`(1, 2)`: its place on the map."""
    row: int | None
    name: str | None
    """A POINT; None where it has no name."""
    why_not: str | None

    @property
    def point(self) -> Named:
        """The latent with its name, or with why it has none."""
        return Named(self.z, self.name, self.why_not or NO_NAME)


def is_quick(at: At) -> bool:
    """Whether a spot is known by itself: nothing has to be read or projected for it."""
    return at.xy is not None or at.row is not None


def spotted(studio: Studio, found: OpenMap, at: At) -> Spotted:
    """What to look at, and what it is called."""
    desk = found.desk
    if at.xy is not None:
        return Spotted(at.xy, *_place_name(desk, *at.xy))
    if at.row is not None:
        desk.check_row(at.row)
        return Spotted(at.row, *_row_name(desk, at.row))
    if at.point is None:
        z = images.read_latent(at.latent or "", found.space.shape, studio.limits.latent)
        return Spotted(known(found, z), None, NO_NAME)
    match parse_point(check_point(at.point)):
        case ItemPoint(split, index) if (row := desk.row_of(split, index)) is not None:
            # Encoded already; the data need not be opened.
            return Spotted(row, at.point)
        case DrawPoint(seed, index) if (row := desk.row_of(f"seed:{seed}", index)) is not None:
            return Spotted(row, at.point)
        case _:
            return Spotted(known(found, studio.latent_of(found, at.point)), at.point)


def placed(studio: Studio, found: OpenMap, at: At) -> Placed:
    """Look up one latent."""
    one = spotted(studio, found, at)
    row = one.spot if isinstance(one.spot, int) else None
    if row is not None:
        z, xy = found.desk.atlas.latents[row : row + 1].float(), found.plane.projection.xy[row : row + 1].cpu()
    elif isinstance(one.spot, Known):
        z, xy = one.spot.z, one.spot.xy
    else:
        xy = torch.tensor([one.spot], dtype=torch.float32)
        z = found.plane.inverse(xy).float().cpu()
    return Placed(z, xy, row, one.name, one.why_not)


def original_of(found: OpenMap, place: Placed, at: At) -> Tensor | None:
    """The real item `(*public_shape)` of a place; None where there is none."""
    original = None if place.row is None else found.desk.original(place.row)
    asked_by_name = place.row is None and at.point is not None
    if original is None and place.name is not None and (asked_by_name or not found.kind.seen_whole):
        return found.desk.resolver.original(place.name)
    return original


def known(found: OpenMap, z: Tensor) -> Known:
    """A latent `(1, *shape)` with its place.

    Raises:
        InvalidArgument: it is so far out that the map has no place for it.
    """
    xy = found.plane.project(z).float().cpu()
    if not bool(torch.isfinite(xy).all()):
        raise InvalidArgument("the latent lies too far out to be shown on a map", next="Choose one nearer to the data")
    return Known(z, xy)


def _place_name(desk: Desk, x: float, y: float) -> tuple[str | None, str | None]:
    """A POINT, or why there is none."""
    return (desk.place_text(x, y), None) if desk.is_default else (None, OTHER_MAP)


def _row_name(desk: Desk, row: int) -> tuple[str | None, str | None]:
    name = desk.point(row)
    return name, None if name else NO_NAME


async def decoded(request: Request, studio: Studio, found: OpenMap, z: Tensor) -> Tensor:
    """Items of latents, decoded together with what others ask for; given up when the page was closed."""
    return await waited(request, found.batcher.ask(z), studio.limits.gone)


async def waited(request: Request, future: Future[T], look: float) -> T:
    """What a future gives, unless whoever asked goes away before.

    Raises:
        Stopped: the page was closed.
    """
    mine = asyncio.wrap_future(future)
    try:
        while True:
            done, _ = await asyncio.wait({mine}, timeout=look)
            if done:
                return mine.result()
            if await request.is_disconnected():
                raise Stopped("the page was closed")
    finally:
        mine.cancel()


def picture(item: Tensor, kind: Kind) -> Picture:
    """An item `(*public_shape)` as it travels inside an answer."""
    drawn = kind.draw(item[None])[0]
    return travelling(item, drawn, images.webp(drawn), kind)


def travelling(item: Tensor, drawn: Tensor, webp: bytes, kind: Kind) -> Picture:
    """An item with its picture `(C, S, S)`, drawn and written already."""
    line: list[float] | None = None
    if kind.drawer == "line":
        line = [round(height, 4) for height in ((item - kind.low) / (kind.high - kind.low)).flatten().tolist()]
    return Picture(webp=images.as_text(webp), width=int(drawn.shape[2]), height=int(drawn.shape[1]), line=line)


def decode_said(found: OpenMap, places: Sequence[Placed | Spotted]) -> Reproduced:
    """How to decode the same places."""
    return reproduced(found.said(found.desk.decode_call([place.point for place in places])))
