"""Sheets: what a part of a map decodes to, as one picture that is held for a while."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, final

import numpy as np
import torch
from fastapi import APIRouter, Query, Request, Response
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.lab.results.plane import cells
from trasluz.server import images
from trasluz.server.opened import OpenMap
from trasluz.server.places import decoded
from trasluz.server.routes.maps import MapId
from trasluz.server.schemas import Here, Number
from trasluz.server.studio import Studio

router = APIRouter(prefix="/api/maps", tags=["maps"])
Count = Annotated[int, Query(ge=1, le=600)]


@final
@dataclass(frozen=True)
class Grid:
    """Which places of a map a sheet shows."""

    x0: float
    y0: float
    x1: float
    y1: float
    across: int
    down: int
    tile: int
    """Height and width of a cell's picture, in pixels."""

    def places(self) -> Tensor:
        """The middles of the cells, `(down * across, 2)`, row by row from the top."""
        corner = torch.tensor([self.x0, self.y0], dtype=torch.float64)
        step = ((self.x1 - self.x0) / self.across, (self.y1 - self.y0) / self.down)
        return cells(corner, step, self.across, self.down)


@router.get("/{map}/sheet", response_class=Response)
async def map_sheet(
    studio: Here,
    request: Request,
    map: MapId,
    x0: Annotated[Number, Query()],
    y0: Annotated[Number, Query()],
    x1: Annotated[Number, Query()],
    y1: Annotated[Number, Query()],
    across: Count,
    down: Count,
    tile: Annotated[int | None, Query(ge=16, le=128, description="Pixels of a cell; the model's own at most")] = None,
) -> Response:
    """What the places of a regular grid decode to, as one WebP: row 0 is the top, where y is largest.

    Headers say `X-Trasluz-Across`, `X-Trasluz-Down`, `X-Trasluz-Tile`, and in `X-Trasluz-Support` the support of each
    place's latent: float32 numbers, little-endian, row by row, as base64; it is left out where that is not tested.
    """
    found = studio.map(map)
    grid = _grid(studio, found, (x0, y0, x1, y1), across, down, tile)
    held = studio.sheets.get((map, grid))
    if held is None:
        held = await _drawn(studio, request, found, grid)
        with suppress(ValueError):  # one that is larger than all that may be held is not
            studio.sheets[map, grid] = held
    picture, support = held
    headers = {
        "X-Trasluz-Across": str(across), "X-Trasluz-Down": str(down), "X-Trasluz-Tile": str(grid.tile),
    }  # fmt: skip
    if support:
        headers["X-Trasluz-Support"] = images.as_text(support)
    return Response(picture, media_type=images.WEBP, headers=headers)


def _grid(
    studio: Studio, found: OpenMap, part: tuple[float, float, float, float], across: int, down: int, tile: int | None
) -> Grid:
    """What is asked for, where it is no more than can be drawn."""
    x0, y0, x1, y1 = part
    if not (x0 < x1 and y0 < y1):
        raise InvalidArgument("no part of a map", got=f"{x0:g},{y0:g} to {x1:g},{y1:g}", allowed="x0 < x1, y0 < y1")
    if across * down > studio.limits.cells:
        raise InvalidArgument("too many cells", got=across * down, allowed=f"up to {studio.limits.cells}")
    own = found.side
    side = min(tile or own, own)
    if max(across, down) * side > images.SIDE or across * down * side**2 > studio.limits.sheet:
        size = f"{across * side:,} x {down * side:,} pixels"
        raise InvalidArgument("too large a sheet", got=size, next="Ask for smaller cells: tile=64")
    return Grid(x0, y0, x1, y1, across, down, side)


async def _drawn(studio: Studio, request: Request, found: OpenMap, grid: Grid) -> tuple[bytes, bytes]:
    """The picture and the support of its cells, empty where that is not tested. Half a batch at a time, so that whoever
    hovers meanwhile is decoded along; given up when the page was closed."""
    places = grid.places()

    def began() -> tuple[Tensor, bytes]:
        z = found.plane.inverse(places).float().cpu()
        support = found.desk.support(z)
        return z, b"" if support is None else np.ascontiguousarray(support.numpy(), "<f4").tobytes()

    z, support = await studio.run(began)
    parts: list[np.ndarray] = []
    for part in z.split(max(1, studio.limits.batch // 2)):
        items = await decoded(request, studio, found, part)
        parts.append(await studio.run(images.tiles, found.kind.draw(items), grid.tile))
    return await studio.run(images.mosaic, np.concatenate(parts), grid.across), support
