"""Drawings put together from layers: each part of a drawing is rendered once, then laid over the others.

Cartoons share their parts: 25,000 faces are made of some 160 of them. Painting "over" is associative, so that parts
rendered apart and laid over each other give what the whole drawing would have given, to within the rounding of eight
bits (a tenth of a level on average, more at single pixels of an outline), in a tenth of the time. What is blended with
what lies behind it is laid by itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from trasluz.base.errors import InvalidArgument
from trasluz.io.media import draw_svg
from trasluz.spaces.data import Block, Drawing, Request, Source

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

BLOCK = 250
DEFAULT = 25_000
LIMIT = 10_000_000
SIZES = (28, 256)
SEEN_AT = 64
"""The size at which it is told what is hidden, so that it does not depend on the size drawn."""


def parse_count(name: str, argument: str | None, default: int = DEFAULT, many: str = "pictures") -> int:
    """How many pictures, or other items, `NAME:N` asks for."""
    if argument is None:
        return default
    if not (argument.isascii() and argument.isdigit()) or not 1 <= int(argument[:12]) <= LIMIT:
        raise InvalidArgument(
            f"{name}:N takes a number of {many}",
            got=repr(argument),
            allowed=f"1 to {LIMIT:,}",
            next=f"Write for example {name}:{default}",
        )
    return int(argument)


def check_size(name: str, size: int | None, default: int = 64) -> int:
    """The size to draw at."""
    chosen = default if size is None else size
    if not SIZES[0] <= chosen <= SIZES[1]:
        raise InvalidArgument(f"{name} are drawn at sizes of", got=chosen, allowed=f"{SIZES[0]} to {SIZES[1]} pixels")
    return chosen


def check_channels(channels: int | None, default: int = 3) -> int:
    """1 for grey or 3 for colour."""
    chosen = default if channels is None else channels
    if chosen not in (1, 3):
        raise InvalidArgument("pictures are grey or RGB", got=f"{chosen} channels", allowed="1 or 3")
    return chosen


class Numbered(Source):
    """A source that draws by number: item i is the same whatever N in `NAME:N`."""

    version: ClassVar[str]
    """Raised whenever an item would look different, or be named differently."""
    prefix: ClassVar[str]
    """Of the ids: `face-000017`."""
    licence: ClassVar[str]
    about: ClassVar[str]
    twins: ClassVar[bool] = False
    """Whether the factors have so few values that the same picture may come twice."""

    @abstractmethod
    def one(self, index: int, size: int, channels: int) -> tuple[np.ndarray, Mapping[str, str | None]]:
        """Pixels `(C, size, size)`, uint8, and factors; None for what cannot be seen."""

    @final
    def fingerprint(self, request: Request) -> str:
        return f"{self.version}/{parse_count(self.name, request.argument)}"

    @final
    def draw(self, request: Request) -> Drawing:
        total = parse_count(self.name, request.argument)
        size, channels = check_size(self.name, request.size), check_channels(request.channels)
        blocks = self._blocks(total, size, channels)
        return Drawing(total, size, channels, blocks, licence=self.licence, about=self.about)

    def _blocks(self, total: int, size: int, channels: int) -> Iterator[Block]:
        for start in range(0, total, BLOCK):
            drawn = [self.one(i, size, channels) for i in range(start, min(start + BLOCK, total))]
            rows = [self._row(start + i, factors) for i, (_, factors) in enumerate(drawn)]
            yield Block(np.stack([pixels for pixels, _ in drawn]), rows)

    def _row(self, index: int, factors: Mapping[str, str | None]) -> dict[str, str | None]:
        # Two items of the same factors are one picture: they fall on the same side of the split.
        twins = {"content": "/".join(map(str, factors.values()))} if self.twins else {}
        return {"id": f"{self.prefix}-{index:06d}", **twins, **factors}


@dataclass(frozen=True)
class Layer:
    """One painting."""

    svg: str
    mode: str = "normal"
    """How its colours meet those behind: `normal`, `multiply`, `overlay`, `lighten`, as CSS defines them
    (https://www.w3.org/TR/compositing-1/)."""


def lay(layers: Sequence[Layer], size: int, channels: int, background: str) -> np.ndarray:
    """Paintings over each other, the first at the back: uint8 `(C, size, size)`."""
    from PIL import Image, ImageChops

    blend = {"multiply": ImageChops.multiply, "overlay": ImageChops.overlay, "lighten": ImageChops.lighter}
    canvas = Image.new("RGB", (size, size), background)
    for layer in layers:
        drawn, mask, place = _layer(layer.svg, size)
        if layer.mode != "normal":
            behind = canvas.crop((*place, place[0] + drawn.width, place[1] + drawn.height))
            drawn = blend[layer.mode](behind, drawn)
        canvas.paste(drawn, place, mask)
    pixels = np.asarray(canvas if channels == 3 else canvas.convert("L"))
    return pixels.transpose(2, 0, 1) if channels == 3 else pixels[None]


def visible(layers: Sequence[Layer]) -> list[tuple[float, float]]:
    """How much each of them paints, and how much of that is left under those before it, in pixels of 64²."""
    clear = np.ones((SEEN_AT, SEEN_AT), np.float32)
    found: list[tuple[float, float]] = []
    for layer in reversed(layers):
        _, mask, (left, top) = _layer(layer.svg, SEEN_AT)
        paint = np.asarray(mask, np.float32) / 255
        here = clear[top : top + paint.shape[0], left : left + paint.shape[1]]
        found.append((float(paint.sum()), float((paint * here).sum())))
        here *= 1 - paint
    return found[::-1]


@lru_cache(maxsize=4096)
def _layer(svg: str, size: int) -> tuple[Picture, Picture, tuple[int, int]]:
    """Colours and opacity of one part, cut to where it is, and that place."""
    from PIL import Image

    drawn = Image.fromarray(draw_svg(svg, size=size))
    box = drawn.getchannel("A").getbbox() or (0, 0, 1, 1)
    drawn = drawn.crop(box)
    return drawn.convert("RGB"), drawn.getchannel("A"), (box[0], box[1])
