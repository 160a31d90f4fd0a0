"""A decoded picture as bytes of grey or colours, in bands: no step keeps more than one copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from trasluz.base.errors import DataError
from trasluz.io.decoding import BAND

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
WHOLE = 4000 * 4000
"""Pixels up to which a square with a margin is made in one piece."""
GAP = 3.0
"""A picture is reduced by a whole factor first, where it is so many times larger than wanted (Pillow's `resize`)."""


def bands(picture: Picture) -> Iterator[tuple[int, Picture]]:
    """A picture in pieces over its whole width, with the row that each begins at."""
    rows = max(1, BAND // max(1, picture.width))
    for top in range(0, picture.height, rows):
        yield top, picture.crop((0, top, picture.width, min(top + rows, picture.height)))


def range_of(picture: Picture) -> tuple[float, float, bool] | None:
    """The least and the largest number of a picture, and whether it holds others; None where it holds none."""
    low, high, odd = np.inf, -np.inf, False
    for _, band in bands(picture):
        values = np.asarray(band, dtype=np.float64)
        finite = values[np.isfinite(values)]
        odd |= finite.size < values.size
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return None if low > high else (low, high, odd)


def eight_bits(picture: Picture, span: tuple[float, float] | None, *, deep: bool, of_bytes: bool = False) -> Picture:
    """As L, RGB or RGBA, whatever it was.

    Args:
        span: Values that are black and white, where they are declared.
        deep: Whether its values have a type without a range of its own.
        of_bytes: Whether what is declared is for bytes too, where they are grey or RGB without transparency.

    Raises:
        DataError: it is deep, none is declared, and its values lie outside [0, 1].
    """
    from PIL import Image

    if not (picture.mode.startswith("I") or picture.mode == "F"):
        plain = picture.mode in ("L", "RGB") and "transparency" not in picture.info
        return picture.point(_scaled(span, len(picture.mode))) if of_bytes and span and plain else _of_bytes(picture)
    if span is None and deep:
        found = range_of(picture)
        if found is None or found[0] < 0 or found[1] > 1:
            raise DataError(
                "a picture whose values have no range by their type",
                got="no numbers" if found is None else f"{found[0]:g} to {found[1]:g}",
                allowed="0 to 1, or a declared range",
            )
    low, high = span or ((0.0, 1.0) if deep else (0.0, 65_535.0))
    out = Image.new("L", picture.size)
    for top, band in bands(picture):
        values = np.asarray(band, dtype=np.float64)
        scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / (high - low)
        out.paste(Image.fromarray(np.floor(np.clip(scaled, 0, 1) * 255 + 0.5).astype(np.uint8)), (0, top))
    return out


def _scaled(span: tuple[float, float], bands: int) -> list[int]:
    """What each byte of each band becomes."""
    values = (np.arange(256) - span[0]) / (span[1] - span[0])
    return np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(int).tolist() * bands


def _of_bytes(picture: Picture) -> Picture:
    if picture.mode in ALPHA or "transparency" in picture.info:
        wanted = "RGBA"
    else:
        wanted = "L" if picture.mode in ("1", "L") else "RGB"
    return picture if picture.mode == wanted else picture.convert(wanted)


def over_white(picture: Picture) -> Picture:
    """A picture of bytes, laid over white where it is transparent."""
    from PIL import Image

    if picture.mode != "RGBA":
        return picture
    return Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture)


def resized(picture: Picture, size: int) -> Picture:
    """Made `size` high and wide, by Lanczos."""
    from PIL import Image

    if picture.size == (size, size):
        return picture
    return picture.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=GAP)


def padded(picture: Picture, size: int) -> Picture:
    """A picture of bytes in the middle of a square of the median colour of its border, made `size` high and wide.

    A square beyond `WHOLE` is put together in bands, which are reduced one by one: a picture of 60,000 by 1,000 pixels
    would be in one of 3.6 gigapixels. What is opaque becomes the same to the bit.
    """
    from PIL import Image

    width, height = picture.size
    side = max(width, height)
    if width == height:
        return resized(picture, size)
    colour = _of_border(picture)
    left, up = (side - width) // 2, (side - height) // 2
    if side * side <= WHOLE:
        square = Image.new(picture.mode, (side, side), colour)
        square.paste(picture, (left, up))
        return resized(square, size)
    factor = _factor(side, size)
    small = Image.new(picture.mode, (-(-side // factor), -(-side // factor)))
    rows = max(1, BAND // side // factor) * factor
    for top in range(0, side, rows):
        band = Image.new(picture.mode, (side, min(rows, side - top)), colour)
        first, last = max(0, top - up), min(height, top - up + band.height)
        if first < last:
            band.paste(picture.crop((0, first, width, last)), (left, first + up - top))
        small.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    if factor == 1:
        return resized(small, size)
    exact = (0.0, 0.0, side / factor, side / factor)
    return small.resize((size, size), Image.Resampling.LANCZOS, box=exact)


def margin(width: int, height: int, size: int) -> int:
    """Bytes that `padded` takes besides the picture."""
    side = max(width, height)
    if width == height:
        return 0
    return 8 * (side if side * side <= WHOLE else side // _factor(side, size) + 1) ** 2


def _factor(side: int, size: int) -> int:
    return int(side / size / GAP) or 1


def _of_border(picture: Picture) -> int | tuple[int, ...]:
    width, height = picture.size
    edges = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height))
    lines = [np.asarray(picture.crop(edge)) for edge in edges]
    middle = np.median(np.concatenate([line.reshape(-1, *line.shape[2:]) for line in lines]), axis=0).astype(int)
    return int(middle) if middle.ndim == 0 else tuple(map(int, middle))
