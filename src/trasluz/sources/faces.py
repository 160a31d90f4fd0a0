"""Cartoon faces with true factors: ToonHead by Johan Melin (CC BY 4.0), through DiceBear, drawn by resvg.

Hair, skin and clothes have a colour and a shape, the face an expression: attributes that everybody wants to move,
known exactly, so that disentanglement and edits can be measured instead of judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from trasluz.sources import _toonhead
from trasluz.sources._layers import BLOCK, blocks, check_channels, check_size, parse_count
from trasluz.spaces.data import Block, Drawing, Request, Source

VERSION = "1"
"""Raised whenever a face would look different, or be named differently."""


@final
class Faces(Source):
    """`faces[:N]`: face i is the same whatever N."""

    name: ClassVar[str] = "faces"
    title: ClassVar[str] = "Cartoon faces with known hair, skin, clothes and expression"

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
            licence="CC BY 4.0: remix of ToonHead by Johan Melin, https://creativecommons.org/licenses/by/4.0/",
            about="Cartoon faces drawn by number; every factor independent of the others.",
        )


def _numbered(total: int, size: int, channels: int) -> Iterator[Block]:
    for k, (pixels, factors) in enumerate(blocks(_toonhead.draw, total, size, channels)):
        yield Block(pixels, [{"id": f"face-{k * BLOCK + i:06d}", **row} for i, row in enumerate(factors)])
