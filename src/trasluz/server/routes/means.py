"""Where the items of each value of a column lie on average: two of them make the simplest direction there is."""

from __future__ import annotations

from typing import Annotated

import torch
from fastapi import APIRouter, Path, Query
from pydantic import Field

from trasluz.base.errors import InvalidArgument
from trasluz.server import images
from trasluz.server.opened import OpenMap
from trasluz.server.schemas import Here, Told

router = APIRouter(prefix="/api/means", tags=["maps"])
MOST = 64
"""Values of a column, at most."""


class Mean(Told):
    """The items of one value."""

    value: str
    items: int
    latent: Annotated[str, Field(description="Their mean: float32 numbers as base64, to ask on with")]


class Means(Told):
    """Of all values of a column that some items have."""

    column: str
    means: list[Mean]


@router.get("/{map}")
async def column_means(
    studio: Here,
    map: Annotated[str, Path(max_length=40, examples=["0f3c9a1be2d47788"])],
    column: Annotated[str, Query(max_length=200, examples=["hair_colour"])],
) -> Means:
    """The mean latents of a column's values, over the map's items."""
    return await studio.run(_means, studio.map(map), column)


def _means(found: OpenMap, name: str) -> Means:
    coded = found.coded(name)
    values = coded.document()["values"]
    if not values or len(values) > MOST:
        raise InvalidArgument(
            "a column without names, or of too many", got=name, allowed=f"one that has 1 to {MOST} different values"
        )
    codes, latents = torch.from_numpy(coded.checked().astype("int64")), found.atlas.latents
    rows = [(value, codes == i) for i, value in enumerate(values)]
    means = [
        Mean(value=value, items=int(mine.sum()), latent=images.latent_text(latents[mine].float().mean(0, keepdim=True)))
        for value, mine in rows if mine.any()
    ]  # fmt: skip
    return Means(column=name, means=means)
