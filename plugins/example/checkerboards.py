"""Checkerboards of random scale and colour: the smallest source of data that is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

import numpy as np

from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import numpy_generator
from trasluz.spaces.data import Block, Drawing, Request, Source

COLOURS = {"red": (200, 40, 40), "green": (40, 150, 70), "blue": (40, 70, 200)}
BLOCK = 100


@final
class Checkerboards(Source):
    """`checkerboards[:N]`: board i is the same whatever N."""

    name: ClassVar[str] = "checkerboards"
    title: ClassVar[str] = "Checkerboards of known scale and colour"

    def fingerprint(self, request: Request) -> str:
        return f"1/{_count(request.argument)}"

    def draw(self, request: Request) -> Drawing:
        total, size, channels = _count(request.argument), request.size or 32, request.channels or 3
        return Drawing(total, size, channels, _blocks(total, size, channels), licence="CC0", about="Checkerboards.")


def _count(argument: str | None) -> int:
    if argument is not None and not argument.isdecimal():
        raise InvalidArgument("checkerboards:N takes a number", got=repr(argument), next="Write checkerboards:500")
    return int(argument or 1000)


def _blocks(total: int, size: int, channels: int) -> Iterator[Block]:
    for start in range(0, total, BLOCK):
        drawn = [_board(i, size) for i in range(start, min(start + BLOCK, total))]
        pixels = np.stack([board for board, _ in drawn])
        if channels == 1:
            pixels = pixels.mean(1, keepdims=True).astype(np.uint8)
        yield Block(pixels, [{"id": f"board-{start + i:06d}", **row} for i, (_, row) in enumerate(drawn)])


def _board(i: int, size: int) -> tuple[np.ndarray, dict[str, str | int]]:
    draw = numpy_generator(0, "checkerboards", i)
    colour, fields = list(COLOURS)[draw.integers(len(COLOURS))], int(draw.integers(2, 6))
    y, x = np.mgrid[:size, :size] * fields // size
    board = np.where((x + y) % 2, np.array(COLOURS[colour])[:, None, None], 240)
    return board.astype(np.uint8), {"label": colour, "fields": fields}
