"""Cartoon cats and dogs with true factors, from the shapes of animal-avatar (MIT), drawn by resvg.

Two species that share fur colours, patterns, eyes and hair, and differ in ears and muzzle: the picture of a latent
space with two regions, dogs here and cats there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from trasluz.sources import _animals
from trasluz.sources._layers import BLOCK, blocks, check_channels, check_size, parse_count
from trasluz.spaces.data import Block, Drawing, Request, Source

VERSION = "3"
"""Raised whenever an animal would look different, or be named differently."""


@final
class Pets(Source):
    """`pets[:N]`: animal i is the same whatever N."""

    name: ClassVar[str] = "pets"
    title: ClassVar[str] = "Cartoon cats and dogs with known species, fur, ears, muzzle, pattern and eyes"

    def fingerprint(self, request: Request) -> str:
        return f"{VERSION}/{parse_count(self.name, request.argument)}"

    def draw(self, request: Request) -> Drawing:
        total = parse_count(self.name, request.argument)
        size, channels = check_size(self.name, request.size), check_channels(request.channels)
        return Drawing(
            total=total,
            size=size,
            channels=channels,
            blocks=_numbered(total, size, channels),
            licence="MIT: shapes of animal-avatar",
            about="Cartoon cats and dogs drawn by number; given the species, every factor independent of the others.",
        )


def _numbered(total: int, size: int, channels: int) -> Iterator[Block]:
    for k, (pixels, factors) in enumerate(blocks(_animals.draw, total, size, channels)):
        yield Block(pixels, [_row(k * BLOCK + i, row) for i, row in enumerate(factors)])


def _row(index: int, factors: dict[str, str]) -> dict[str, str]:
    """Two animals of the same factors are one picture, and fall on the same side of the split."""
    return {"id": f"pet-{index:06d}", "content": "/".join(factors.values()), **factors}
