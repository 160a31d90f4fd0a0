"""Rows by words of their texts: ids, labels and factors, whatever the case, the accents and the order of the words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from trasluz.atlas.atlas import Atlas

ID = "id"
SHOWN = 90
"""Characters of a text that are shown around what was found in it."""
BEFORE = 24


@final
@dataclass(frozen=True)
class Matched:
    """Where in a row words were found."""

    column: str
    parts: tuple[tuple[str, bool], ...]
    """The text, or what of a long one is around the first word; each part with whether it is one of the words."""


@final
@dataclass(frozen=True)
class Found:
    """Rows that hold all words."""

    rows: tuple[int, ...]
    """The first of them, in order."""
    matched: tuple[tuple[Matched, ...], ...]
    total: int
    elsewhere: int
    """How many more there are among the rows that were not asked about."""


def found(atlas: Atlas, text: str, limit: int, within: np.ndarray | None = None) -> Found:
    """Rows that hold every word of a text, each in any of their columns.

    Args:
        within: `(n,)` bool: which rows are asked about; all of them without.
    """
    words = list(dict.fromkeys(_folded(text)[0].split()))
    n = len(atlas)
    asked = np.ones(n, bool) if within is None else within
    if not words:
        return Found((), (), 0, 0)
    told = {name: _texts(atlas, name) for name in (ID, *atlas.columns)}
    there = [np.zeros(n, bool) for _ in words]
    for values, codes in told.values():
        folded = [_folded(value)[0] for value in values]
        for i, word in enumerate(words):
            has = np.array([word in one for one in folded] + [False])  # the last is that of no value
            there[i] |= has[codes]
    holds = np.logical_and.reduce(there)
    rows = np.flatnonzero(holds & asked)
    first = tuple(rows[:limit].tolist())
    matched = tuple(_matched(told, row, words) for row in first)
    return Found(first, matched, len(rows), int((holds & ~asked).sum()))


def _texts(atlas: Atlas, name: str) -> tuple[Sequence[str], np.ndarray]:
    """The different texts of a column, and for each row which one it has; -1 for none."""
    if name == ID:
        ids = [str(one) for one in atlas.rows.column(ID).to_pylist()]
        return ids, np.arange(len(ids))
    column = atlas.typed(name)
    return column.values, column.codes


def _matched(told: dict[str, tuple[Sequence[str], np.ndarray]], row: int, words: Sequence[str]) -> tuple[Matched, ...]:
    out: list[Matched] = []
    for name, (values, codes) in told.items():
        code = int(codes[row])
        spans = [] if code < 0 else _spans(values[code], words)
        if spans:
            out.append(Matched(name, _parts(values[code], spans)))
    # Most often an id is found by the way; what is said of the item comes first.
    return tuple(sorted(out, key=lambda one: one.column == ID))


def _folded(text: str) -> tuple[str, list[int]]:
    """A text without case and accents, and for each of its characters which one of the text it comes from."""
    out: list[str] = []
    places: list[int] = []
    for i, character in enumerate(text):
        for one in unicodedata.normalize("NFKD", character.casefold()):
            if not unicodedata.combining(one):
                out.append(one)
                places.append(i)
    return "".join(out), places


def _spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where words are in a text, joined where they touch."""
    folded, places = _folded(text)
    marked = np.zeros(len(text) + 1, bool)
    for word in words:
        at = folded.find(word)
        while at >= 0:
            marked[places[at] : places[at + len(word) - 1] + 1] = True
            at = folded.find(word, at + len(word))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _parts(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    low = 0 if len(text) <= SHOWN else max(0, min(spans[0][0] - BEFORE, len(text) - SHOWN))
    high = min(len(text), low + SHOWN)
    parts: list[tuple[str, bool]] = [("…", False)] if low > 0 else []
    at = low
    for start, end in spans:
        if start >= high:
            break
        parts += [(text[at:start], False), (text[start : min(end, high)], True)]
        at = min(end, high)
    parts += [(text[at:high], False), *([("…", False)] if high < len(text) else [])]
    return tuple(part for part in parts if part[0])
