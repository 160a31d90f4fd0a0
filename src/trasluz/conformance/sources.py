"""What a source of data keeps to. It draws a few items for an argument, a number where nobody says:

>>> test_mine = suite("sources", "mine", argument="24")                              # doctest: +SKIP
>>> test_theirs = suite("sources", "theirs", argument=write_files)                   # doctest: +SKIP

A source that reads files is given a function that writes some into an empty folder and says what to ask for; one that
draws from a model is given `open_model`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np

from trasluz.base.errors import TrasluzError
from trasluz.conformance import _case
from trasluz.conformance._case import Case, ConformanceError, left_alone, refused, want
from trasluz.spaces import registry
from trasluz.spaces.data import SPLITS, Block, Drawing, Request, Source
from trasluz.spaces.kind import NoSize
from trasluz.spaces.model import LatentModel
from trasluz.spaces.representation import Pixels

MOST = 1000
"""Items that an argument may stand for, so that a check takes seconds."""
OWN = ("index", "source")
"""Columns that every data set gets, and no source may name."""
QUICK = 0.1
"""Seconds that saying what would be drawn may take, whatever the drawing takes."""


@final
@dataclass(frozen=True)
class SourceCase(Case):
    """A source, and what to ask it for."""

    row: ClassVar[str] = "sources"
    source: Source
    argument: str | Callable[[Path], str | None] | None
    sizes: Sequence[int]
    open_model: Callable[[str], LatentModel] | None = None

    @property
    def who(self) -> str:
        return str(self.source.name)

    @cached_property
    def asked(self) -> str | None:
        """What stands after the colon; files for it are written once a check."""
        return self.argument(self.place) if callable(self.argument) else self.argument

    def request(self, size: int | None = None, channels: int | None = None, argument: str | None = None) -> Request:
        asked = argument or self.asked
        if self.open_model is None:
            return Request(asked, size, channels)
        return Request(asked, size, channels, self.open_model)

    def draw(self, request: Request) -> tuple[Drawing, list[Block]]:
        drawing: object = self.source.draw(request)
        if not isinstance(drawing, Drawing):
            raise ConformanceError(f"draw gives {type(drawing).__name__}, no Drawing")
        want(drawing.total <= MOST, f"the suite draws all that is asked for, and {drawing.total} items are too many")
        return drawing, list(drawing.blocks)


def cases(
    source: Source,
    *,
    argument: str | Callable[[Path], str | None] | None = "24",
    sizes: Sequence[int] = (28, 64),
    open_model: Callable[[str], LatentModel] | None = None,
) -> list[SourceCase]:
    """`sizes` are those to be asked for, in pixels."""
    return [SourceCase(source, argument, sizes, open_model)]


def check_names(case: SourceCase) -> None:
    """Name, title and docstring say something; the share held out is one."""
    _case.said(case.source)
    share: object = case.source.test_share
    want(isinstance(share, float) and 0 < share < 1, f"test_share is a share between 0 and 1, and is {share!r}")


def check_fingerprint(case: SourceCase) -> None:
    """A text that is the same as long as the data are, had in no time, without drawing anything."""
    request = case.request()
    first = case.source.fingerprint(request)
    want(isinstance(first, str) and bool(first), f"the fingerprint is no text: {first!r}")
    took: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        again = case.source.fingerprint(request)
        took.append(time.perf_counter() - start)
        want(again == first, "the fingerprint changes by itself")
    want(min(took) < QUICK, f"the fingerprint takes {min(took):.2f} s: it is to look at names and sizes alone")


def check_drawing(case: SourceCase) -> None:
    """As many items as are declared, of the kind and form that are declared; one row for each."""
    drawing, blocks = case.draw(case.request())
    want(bool(drawing.licence.strip()), "the licence is empty; what is not known is called unknown")
    count = 0
    for block in blocks:
        items, wanted = block.items, registry.get("kinds", drawing.kind).dtype
        want(items.dtype == wanted, f"items are {items.dtype}, not {wanted}")
        shape = (len(block.rows), *drawing.shape)
        want(items.shape == shape, f"items of the shape {items.shape}, where rows and declaration say {shape}")
        count += len(block.rows) + len(block.skipped)
        for skipped in block.skipped:
            want(len(skipped) == 2 and all(isinstance(part, str) for part in skipped), "skipped is id and reason")
    drawn = sum(len(block.rows) for block in blocks)
    want(drawn > 1, f"it draws {drawn} items; the suite needs an argument that stands for some")
    want(drawn <= drawing.total <= count, f"it declares {drawing.total} items and draws {drawn}")


def check_rows(case: SourceCase) -> None:
    """Every row has an id of its own; what else it says are plain values, the same columns and kinds in every row."""
    rows = [row for block in case.draw(case.request())[1] for row in block.rows]
    ids = [row.get("id") for row in rows]
    want(all(isinstance(one, str) and one for one in ids), "an item has no id, or one that is no text")
    want(len(set(ids)) == len(ids), "two items have the same id")
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for column, value in row.items():
            want(column not in OWN, f"the column {column!r} is one that every data set has already")
            plain = value is None or type(value) in (str, float, int, bool)
            want(plain, f"the column {column!r} holds {type(value).__name__}, no text, number or truth value")
            if value is not None:
                kinds.setdefault(column, set()).add(type(value))
    mixed = [column for column, some in kinds.items() if len(some - {int}) > 1 or some == {int, str}]
    want(not mixed, f"the column {', '.join(mixed)} holds values of several kinds")
    splits = {row.get("split") for row in rows}
    want(splits == {None} or splits <= set(SPLITS), f"a split is train, val or test, and here is {splits}")


def check_same_again(case: SourceCase) -> None:
    """Drawn again it is the same, to the bit, from no global random numbers."""
    request = case.request()
    with left_alone("drawing"):
        first = case.draw(request)[1]
    again = case.draw(request)[1]
    items, others = (np.concatenate([block.items for block in drawn]) for drawn in (first, again))
    want(np.array_equal(items, others), "drawn again the items are other ones")
    rows, more = ([dict(row) for block in drawn for row in block.rows] for drawn in (first, again))
    want(rows == more, "drawn again the rows say something else")


def check_sizes(case: SourceCase) -> None:
    """The size and the channels that are asked for, grey or colour, with the rows as they are; items of another kind
    than pictures have none, and say so."""
    if case.source.draw(case.request()).kind != Pixels.kind:
        with refused("asking for a size", NoSize):
            list(case.source.draw(case.request(case.sizes[0])).blocks)
        return
    rows = [dict(row) for block in case.draw(case.request())[1] for row in block.rows]
    for size in case.sizes:
        for channels in (1, 3):
            drawing, blocks = case.draw(case.request(size, channels))
            what = f"asked for {channels} channels of {size} pixels it"
            want((drawing.size, drawing.channels) == (size, channels), f"{what} declares another form")
            shapes = {block.items.shape[1:] for block in blocks if len(block.items)}
            want(shapes == {(channels, size, size)}, f"{what} draws {shapes}")
            want(
                [dict(row) for block in blocks for row in block.rows] == rows, f"{what} says other things of its items"
            )


def check_refusals(case: SourceCase) -> None:
    """An argument that stands for nothing is one clear line, from the fingerprint already."""
    bad = "no such/thing \x00 at all"
    for argument in (bad, "./no-such-place/of-data"):
        with refused(f"the argument {argument!r}", TrasluzError):
            case.source.fingerprint(case.request(argument=argument))


CHECKS: dict[str, Callable[[Any], None]] = {
    "names": check_names,
    "fingerprint": check_fingerprint,
    "drawing": check_drawing,
    "rows": check_rows,
    "same-again": check_same_again,
    "sizes": check_sizes,
    "refusals": check_refusals,
}
"""Every check by name."""
