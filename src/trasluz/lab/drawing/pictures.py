"""Pictures of decoded items: grids, strips, sheets with labelled rows and columns.

Small pictures are enlarged by whole factors without smoothing, so that what is shown is what was decoded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.lab.drawing import fonts

PAPER = (255, 255, 255)
INK = (32, 33, 36)
SOFT = (104, 108, 114)
"""Labels: they speak more quietly than titles."""
BLANK = (240, 241, 243)
"""A cell without a picture."""
FRAME = (32, 33, 36)
TILE = 128
"""Pixels that a small item is enlarged to, about."""
WIDEST = 12_000
"""Pixels of a picture's side from which on items are no longer enlarged."""
LARGEST = 30_000
"""Pixels of a picture's side that we are ready to draw."""

Cell = Image.Image | None


def image_of(item: Tensor) -> Image.Image:
    """One picture `(C, H, W)` in [0, 1]: grey, or RGB."""
    if item.ndim != 3 or item.shape[0] not in (1, 3):
        raise InvalidArgument("only pictures can be drawn", got=tuple(item.shape), allowed="(1 or 3, H, W)")
    return of_bytes(bytes_of(item))


def bytes_of(items: Tensor) -> np.ndarray:
    """Grey levels of pictures in [0, 1] as uint8, in the shape they come in."""
    return items.detach().cpu().float().mul(255).round().clamp(0, 255).byte().numpy()


def of_bytes(pixels: np.ndarray) -> Image.Image:
    """One picture from uint8 `(C, H, W)`."""
    return Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))


def enlarged(image: Image.Image, factor: int) -> Image.Image:
    """A picture with every pixel `factor` times as high and wide."""
    if factor == 1:
        return image
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def factor_for(item: Tensor, columns: int, rows: int) -> int:
    """By how much to enlarge items `(C, H, W)` that fill so many columns and rows."""
    height, width = int(item.shape[1]), int(item.shape[2])
    wish = max(1, round(TILE / max(height, width)))
    room = WIDEST // max(columns * width, rows * height)
    return max(1, min(wish, room))


def columns_for(n: int) -> int:
    """How many columns show n items best: about a square, with as few empty cells as possible."""
    root = math.isqrt(n - 1) + 1
    return min(range(root, 2 * root + 1), key=lambda c: (-n % c, c))


def grid(items: Tensor, *, columns: int | None = None, title: str | None = None) -> Image.Image:
    """Items `(n, C, H, W)` row by row."""
    n = len(items)
    across = min(columns or columns_for(n), n)
    down = -(-n // across)
    factor = factor_for(items[0], across, down)
    cells = [enlarged(image_of(item), factor) for item in items]
    return table([list(cells[i : i + across]) for i in range(0, n, across)], title=title)


def strip(items: Tensor, *, captions: Mapping[int, str], columns: int = 16, title: str | None = None) -> Image.Image:
    """Frames `(n, C, H, W)` from left to right, and on in the next row; some with a caption."""
    down = -(-len(items) // columns)
    across = -(-len(items) // down)  # rows of the same length, as far as can be
    factor = factor_for(items[0], across, down)
    cells: list[Cell] = [enlarged(image_of(item), factor) for item in items]
    rows = [cells[i : i + across] for i in range(0, len(cells), across)]
    return table(rows, title=title, captions={divmod(i, across): text for i, text in captions.items()})


def pairs(originals: Sequence[Tensor | None], items: Tensor, names: Sequence[str], *, across: int = 8) -> Image.Image:
    """Decoded points with their names; above each, where there is one, the real item it came from."""
    factor = factor_for(items[0], min(across, len(items)), 2 * -(-len(items) // across))
    decoded: list[Cell] = [enlarged(image_of(item), factor) for item in items]
    real: list[Cell] = [None if x is None else enlarged(image_of(x), factor) for x in originals]
    with_originals = any(x is not None for x in real)
    rows: list[list[Cell]] = []
    labels: list[str] = []
    captions: dict[tuple[int, int], str] = {}
    for i in range(0, len(items), across):
        if with_originals:
            rows.append(real[i : i + across])
            labels.append("original")
        rows.append(decoded[i : i + across])
        labels.append("decoded")
        captions.update({(len(rows) - 1, k): name for k, name in enumerate(names[i : i + across])})
    return table(rows, row_labels=labels if with_originals else None, captions=captions)


def sheet(
    rows: Sequence[Tensor], *, row_labels: Sequence[str], column_labels: Sequence[str], framed: int, title: str
) -> Image.Image:
    """Rows of items `(columns, C, H, W)`, with one column framed: what everything else is to be compared with."""
    factor = factor_for(rows[0][0], len(column_labels), len(rows))
    cells: list[list[Cell]] = [[enlarged(image_of(item), factor) for item in row] for row in rows]
    return table(cells, title=title, row_labels=row_labels, column_labels=column_labels, framed=framed)


def table(
    cells: Sequence[Sequence[Cell]],
    *,
    title: str | None = None,
    row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None,
    captions: Mapping[tuple[int, int], str] | None = None,
    framed: int | None = None,
) -> Image.Image:
    """Pictures of one size in rows and columns, evenly spaced, with what is written around them."""
    width, height = next(cell.size for row in cells for cell in row if cell is not None)
    gap = max(3, round(width / 24))
    margin = 2 * gap
    small, large = font(max(12, min(20, round(width / 8)))), font(max(15, min(26, round(width / 6))))
    line = small.height + gap
    captioned = {row for row, _ in captions or {}}
    left = margin + (max(round(small.getlength(label)) for label in row_labels) + 2 * gap if row_labels else 0)
    top = margin + (large.height + 2 * gap if title else 0) + (line if column_labels else 0)
    tops: list[int] = []
    y = top
    for r in range(len(cells)):
        tops.append(y)
        y += height + gap + (line if r in captioned else 0)
    across = max(len(row) for row in cells)
    full = (left + across * (width + gap) - gap + margin, y - gap + margin)
    if title:  # the title may be wider than one or two pictures
        full = (max(full[0], 2 * margin + round(large.getlength(title))), full[1])
    if max(full) > LARGEST:
        raise InvalidArgument(
            "too much for one picture",
            got=f"{full[0]:,} x {full[1]:,} pixels",
            allowed=f"sides of up to {LARGEST:,}",
            next="Ask for fewer items, or save them as .npz",
        )
    page = Image.new("RGB", full, PAPER)
    draw = ImageDraw.Draw(page)
    if title:
        large.write(draw, (margin, margin), title, INK, "la")
    for r, row in enumerate(cells):
        if row_labels:
            small.write(draw, (left - 2 * gap, tops[r] + height // 2), row_labels[r], SOFT, "rm")
        for c, cell in enumerate(row):
            x = left + c * (width + gap)
            if cell is None:
                draw.rectangle((x, tops[r], x + width - 1, tops[r] + height - 1), fill=BLANK)
            else:
                page.paste(cell, (x, tops[r]))
            text = (captions or {}).get((r, c))
            if text:
                where = (x + width // 2, tops[r] + height + gap // 2)
                small.write(draw, where, fitted(text, small, width), SOFT, "ma")
    for c, text in enumerate(column_labels or ()):
        ink = INK if c == framed else SOFT
        small.write(draw, (left + c * (width + gap) + width // 2, top - gap), text, ink, "ms")
    if framed is not None:
        x, thick = left + framed * (width + gap), max(2, gap // 2)
        box = (x - thick, top - thick, x + width - 1 + thick, tops[-1] + height - 1 + thick)
        draw.rectangle(box, outline=FRAME, width=thick)
    return page


def fitted(text: str, face: Face, width: int) -> str:
    """A text, shortened in the middle where it is wider than `width`: both ends of a file name tell something."""
    if face.getlength(text) <= width:
        return text
    for keep in range(len(text) - 1, 1, -1):
        short = f"{text[: -(-keep // 2)]}…{text[len(text) - keep // 2 :]}"
        if face.getlength(short) <= width:
            return short
    return "…"


@final
class Face:
    """Letters of one size: of the usual font, and of others where it lacks some."""

    def __init__(self, size: int) -> None:
        self.size = size

    @property
    def height(self) -> int:
        """Of a line, in pixels."""
        return sum(_loaded(fonts.usual_path(), self.size).getmetrics())

    def getlength(self, text: str) -> float:
        """The width of a text, in pixels."""
        return sum(_loaded(path, self.size).getlength(run) for path, run in fonts.runs(text))

    def write(
        self, draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, ink: tuple[int, int, int], anchor: str
    ) -> None:
        """Write a text; `anchor` says which point of it is at `at`, as Pillow has it."""
        parts = fonts.runs(text)
        if len(parts) == 1:
            draw.text(at, text, fill=ink, font=_loaded(parts[0][0], self.size), anchor=anchor)
            return
        width, (x, y) = self.getlength(text), at
        ascent, descent = _loaded(fonts.usual_path(), self.size).getmetrics()
        x -= round({"l": 0.0, "m": width / 2, "r": width}[anchor[0]])
        y += {"a": ascent, "m": (ascent - descent) // 2, "s": 0}[anchor[1]]
        for path, run in parts:  # all on one line
            face = _loaded(path, self.size)
            draw.text((x, y), run, fill=ink, font=face, anchor="ls")
            x += round(face.getlength(run))


def font(size: int) -> Face:
    """Letters of a size."""
    return Face(size)


@cache
def _loaded(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def heat(values: Tensor, top: float | None = None) -> Image.Image:
    """Numbers `(H, W)` from 0 up as a picture: black through red to white; `top` is white, by default the largest."""
    from matplotlib import colormaps

    high = float(values.max()) if top is None else top
    share = (values.detach().cpu().float() / max(high, 1e-9)).clamp(0, 1).numpy()
    rgb = np.asarray(colormaps["inferno"](share))[..., :3]
    return Image.fromarray(np.round(rgb * 255).astype(np.uint8))
