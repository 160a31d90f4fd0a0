"""Sources of data that break their contract, each in one place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import numpy_generator
from trasluz.conformance.sources import SourceCase
from trasluz.spaces.data import Block, Drawing, Request, Source


class Greys(Source):
    """A toy that keeps to the contract: grey pictures, each of one shade."""

    name: ClassVar[str] = "greys"
    title: ClassVar[str] = "Shades of grey"

    def fingerprint(self, request: Request) -> str:
        return f"1/{self.count(request)}"

    def draw(self, request: Request) -> Drawing:
        total, size, channels = self.count(request), request.size or 16, request.channels or 1
        return Drawing(total, size, channels, self.blocks(total, size, channels))

    def blocks(self, total: int, size: int, channels: int) -> Iterator[Block]:
        for start in range(0, total, 10):
            numbers = range(start, min(start + 10, total))
            shades = [int(numpy_generator(0, "greys", i).integers(256)) for i in numbers]
            pixels = np.stack([np.full((channels, size, size), shade, np.uint8) for shade in shades])
            yield Block(pixels, [{"id": f"grey-{i}", "shade": s} for i, s in zip(numbers, shades, strict=True)])

    def count(self, request: Request) -> int:
        if request.argument is not None and not request.argument.isdecimal():
            raise InvalidArgument("greys:N takes a number", got=repr(request.argument))
        return int(request.argument or 20)


def broken(**changes: Any) -> SourceCase:
    return SourceCase(type("Broken", (Greys,), {"__doc__": "Broken.", **changes})(), "24", (16, 32))


def blocks(change: Callable[[Block], Block]) -> SourceCase:
    """The toy with something done to all that it draws."""

    def changed(self: Greys, total: int, size: int, channels: int) -> Iterator[Block]:
        yield from (change(block) for block in Greys.blocks(self, total, size, channels))

    return broken(blocks=changed)


def rows(change: Callable[[dict[str, Any]], dict[str, Any]]) -> SourceCase:
    return blocks(lambda block: replace(block, rows=[change(dict(row)) for row in block.rows]))


def declaring(**other: Any) -> SourceCase:
    return broken(draw=lambda self, request: replace(Greys.draw(self, request), **other))


def slow(self: Greys, request: Request) -> str:
    time.sleep(0.15)
    return "1"


def noisy(block: Block) -> Block:
    return replace(block, items=block.items + torch.randint(0, 2, (1,)).numpy().astype(np.uint8))


SEEN: list[int] = []


def forgetful(row: dict[str, Any]) -> dict[str, Any]:
    SEEN.append(0)
    return {**row, "shade": len(SEEN)}


def deaf(self: Greys, request: Request) -> Drawing:
    return Greys.draw(self, replace(request, size=None))


def missing(place: Path) -> str:
    return str(place)


BROKEN: list[tuple[str, Callable[[], SourceCase], str]] = [
    ("names", lambda: broken(title=" "), "title has to say something"),
    ("names", lambda: broken(test_share=20), "a share between 0 and 1"),
    ("fingerprint", lambda: broken(fingerprint=lambda s, r: str(time.perf_counter_ns())), "changes by itself"),
    ("fingerprint", lambda: broken(fingerprint=lambda s, r: ""), "is no text"),
    ("fingerprint", lambda: broken(fingerprint=slow), "names and sizes alone"),
    ("drawing", lambda: declaring(total=25), "declares 25 items and draws 24"),
    ("drawing", lambda: declaring(total=3), "declares 3 items and draws 24"),
    ("drawing", lambda: declaring(size=17), "declaration say"),
    ("drawing", lambda: declaring(licence=""), "licence"),
    ("drawing", lambda: blocks(lambda b: replace(b, items=b.items / 255)), "not uint8"),
    ("drawing", lambda: blocks(lambda b: replace(b, rows=b.rows[:-1])), "where rows and declaration say"),
    ("drawing", lambda: broken(draw=lambda s, r: list(Greys.draw(s, r).blocks)), "no Drawing"),
    ("rows", lambda: rows(lambda row: {**row, "id": "one"}), "the same id"),
    ("rows", lambda: rows(lambda row: {"shade": 1}), "no id"),
    ("rows", lambda: rows(lambda row: {**row, "index": 1}), "every data set has already"),
    ("rows", lambda: rows(lambda row: {**row, "shade": [1]}), "holds list"),
    (
        "rows",
        lambda: rows(lambda row: {**row, "shade": row["shade"] if row["id"] > "grey-2" else "dark"}),
        "several kinds",
    ),
    ("rows", lambda: rows(lambda row: {**row, "split": "validation"}), "train, val or test"),
    ("same-again", lambda: blocks(noisy), "global random numbers"),
    ("same-again", lambda: rows(forgetful), "say something else"),
    ("sizes", lambda: broken(draw=deaf), "declares another form"),
    ("refusals", lambda: broken(count=lambda s, r: 24), "must raise TrasluzError"),
]
GOOD = broken
