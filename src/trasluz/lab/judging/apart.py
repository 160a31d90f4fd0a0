"""What sets some items apart from all others: values, ranges and words that they have and others have not.

Every claim is one of a share of items: so many of these have it, so many of the others. It is tested exactly, by the
hypergeometric distribution (Fisher 1922), and the tests of one question are corrected for each other by Holm's way
(`spaces/many.py`), all of them counted, those that claim nothing too. What is true but small is not claimed: of very
many items nearly every difference is no chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, final

import numpy as np

from trasluz.base.late import stats
from trasluz.spaces.column import Column
from trasluz.spaces.many import corrected

ALPHA = 0.05
LEAST = 5
"""Items that anything is said of, at least."""
PARTS = 10
"""Equal parts that a scale is cut into; what is claimed is a range of one to so many of them."""
WIDEST = 6
ODDS = 2.0
"""How many times larger the odds have to be among these for anything to be claimed."""
WORDS = 300
"""Words of a column of text that are looked at, the most frequent ones."""
RARE = 5
"""Items that a word has to be in."""
_WORD = re.compile(r"[^\W\d_]{3,}")

Form = Literal["value", "range", "word", "missing"]


@final
@dataclass(frozen=True)
class Trait:
    """Something that some items have, and how many have it."""

    column: str
    form: Form
    value: str | None
    """The value or the word."""
    low: float | None
    """Of a range its ends, both of them in it; of dates in days since 1970."""
    high: float | None
    inside: float
    """Share of these that have it."""
    outside: float
    """Share of all others that do."""
    p: float
    """How often chance alone would give as many among these, corrected for everything else that was looked at."""

    @property
    def gap(self) -> float:
        """How much more frequent it is among these."""
        return self.inside - self.outside

    @property
    def odds(self) -> float:
        """How many times larger the odds are among these; infinite where all of these have it or no other does."""
        mine, others = self.inside * (1 - self.outside), self.outside * (1 - self.inside)
        return mine / others if others > 0 else float("inf")


@final
@dataclass(frozen=True, eq=False)
class Feature:
    """What rows can have in one column: `(n,)` codes, and traits that are unions of codes."""

    codes: np.ndarray
    traits: tuple[tuple[Trait, tuple[int, ...]], ...]
    count: int
    """Of different codes."""
    numbers: np.ndarray | None = None
    """Of a scale: where on it each row is."""

    def has(self, trait: Trait) -> np.ndarray | None:
        """`(n,)` bool: which rows have a trait; None where it is none of these."""
        for one, codes in self.traits:
            if (one.column, one.form, one.value) == (trait.column, trait.form, trait.value):
                if self.numbers is not None and trait.form == "range":
                    return (self.numbers >= trait.low) & (self.numbers <= trait.high)
                return np.isin(self.codes, codes)
        return None


def features_of(columns: Sequence[Column]) -> list[Feature]:
    """What can be claimed of the rows of some columns."""
    return [feature for column in columns for feature in _features(column)]


def sets_apart(features: Sequence[Feature], groups: np.ndarray) -> list[list[Trait]]:
    """What sets each group of rows apart from all other rows, by the groups' numbers; the largest difference first.

    A range is told as far as rows of the group are in it, which leaves fewer of the others in it than were tested.

    Args:
        features: Of n rows.
        groups: `(n,)`, numbered from 0; -1 for rows of none.
    """
    n, count = len(groups), int(groups.max(initial=-1)) + 1
    sizes = np.bincount(groups[groups >= 0], minlength=count)
    tests, rows = 0, list[tuple[int, Trait, tuple[int, int, int, int], Feature]]()
    asked = [g for g in range(count) if LEAST <= sizes[g] < n]
    for feature in features:
        tests += len(asked) * len(feature.traits)
        for g, trait, numbers in _claims(feature, groups, sizes, asked):
            rows.append((g, trait, numbers, feature))
    p = [float(stats().hypergeom.sf(k - 1, n, all_, size)) for _, _, (k, all_, size, _), _ in rows]
    out: list[list[Trait]] = [[] for _ in range(count)]
    for (g, trait, _, feature), one in zip(rows, corrected(p, "Holm", tests), strict=True):
        if one <= ALPHA:
            out[g].append(_tight(replace(trait, p=one), feature, groups == g))
    return [sorted(found, key=lambda trait: -trait.gap) for found in out]


def apart(features: Sequence[Feature], rows: np.ndarray, most: int = 8) -> list[Trait]:
    """What sets rows apart from all others, one claim a column at first, `most` in all; the largest difference first.

    Args:
        rows: `(n,)` bool.
    """
    found = sets_apart(features, np.where(rows, 0, -1))
    firsts, seconds = list[Trait](), list[Trait]()
    for trait in found[0] if found else []:
        same = [one for one in firsts if one.column == trait.column]
        if not same:
            firsts.append(trait)
        elif trait.form != "range" and sum(one.column == trait.column for one in seconds) < 2:
            seconds.append(trait)
    return sorted([*firsts, *seconds][:most], key=lambda trait: -trait.gap)


def _tight(trait: Trait, feature: Feature, rows: np.ndarray) -> Trait:
    """A range without what of it no such row is in."""
    has = feature.has(trait)
    if trait.form != "range" or feature.numbers is None or has is None:
        return trait
    there = feature.numbers[rows & has]
    tight = replace(trait, low=float(there.min()), high=float(there.max()))
    has = feature.has(tight)
    return tight if has is None else replace(tight, outside=float(has[~rows].mean()))


def _claims(
    feature: Feature, groups: np.ndarray, sizes: np.ndarray, asked: Sequence[int]
) -> Iterator[tuple[int, Trait, tuple[int, int, int, int]]]:
    """What is large enough to be claimed: of which group, what, and how many have it there, how many in all, how many
    rows are there, and in all."""
    n, count = len(groups), len(sizes)
    among = groups >= 0
    table = np.bincount(groups[among] * feature.count + feature.codes[among], minlength=count * feature.count)
    table = table.reshape(count, feature.count)
    total = np.bincount(feature.codes, minlength=feature.count)
    for trait, codes in feature.traits:
        mine, all_ = table[:, codes].sum(1), int(total[list(codes)].sum())
        for g in asked:
            k, size = int(mine[g]), int(sizes[g])
            inside, outside = k / size, (all_ - k) / (n - size)
            claimed = replace(trait, inside=inside, outside=outside)
            if inside > outside and claimed.odds >= ODDS:
                yield g, claimed, (k, all_, size, n)


def _features(column: Column) -> Iterator[Feature]:
    if column.kind == "text":
        yield from _words(column)
    elif column.is_scale:
        yield from _ranges(column)
    elif column.distinct:
        yield _values(column)


def _blank(column: Column, form: Form, value: str | None = None) -> Trait:
    return Trait(column.name, form, value, None, None, 0.0, 0.0, 1.0)


def _values(column: Column) -> Feature:
    """One value each, and none."""
    none = column.distinct
    traits = [(_blank(column, "value", value), (i,)) for i, value in enumerate(column.values)]
    if column.missing.any():
        traits.append((_blank(column, "missing"), (none,)))
    # Where all rows are alike there is nothing to ask.
    traits = traits if len(traits) > 1 else []
    return Feature(np.where(column.missing, none, column.codes), tuple(traits), none + 1)


def _ranges(column: Column) -> Iterator[Feature]:
    """Ranges of equal parts of the rows, cut without a look at who is asked about."""
    numbers = column.numbers
    if numbers is None or not np.isfinite(numbers).any():
        return
    known = np.isfinite(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, PARTS + 1), method="inverted_cdf"))
    inner = edges[:-1] if len(edges) > 1 else edges
    codes = np.where(known, np.searchsorted(inner, np.where(known, numbers, inner[0]), side="right") - 1, len(inner))
    codes = np.clip(codes, 0, len(inner))
    traits: list[tuple[Trait, tuple[int, ...]]] = []
    for wide in range(1, min(WIDEST, len(inner) - 1) + 1):
        for first in range(len(inner) - wide + 1):
            mine = tuple(range(first, first + wide))
            there = numbers[known & np.isin(codes, mine)]
            if len(there):
                ends = float(there.min()), float(there.max())
                traits.append((replace(_blank(column, "range"), low=ends[0], high=ends[1]), mine))
    if column.missing.any():
        traits.append((_blank(column, "missing"), (len(inner),)))
    yield Feature(codes.astype(np.int64), tuple(traits), len(inner) + 1, numbers)


def _words(column: Column) -> Iterator[Feature]:
    """Words of a text, each one a feature: a text may hold several."""
    by_value = [sorted(set(_WORD.findall(value.casefold()))) for value in column.values]
    rows: dict[str, list[int]] = {}
    for row, code in enumerate(column.codes.tolist()):
        for word in by_value[code] if code >= 0 else ():
            rows.setdefault(word, []).append(row)
    n = len(column)
    usual = sorted((w for w, found in rows.items() if RARE <= len(found) < n), key=lambda w: (-len(rows[w]), w))
    for word in usual[:WORDS]:
        codes = np.zeros(n, np.int64)
        codes[rows[word]] = 1
        yield Feature(codes, ((_blank(column, "word", word), (1,)),), 2)
    if column.missing.any() and not column.missing.all():
        yield Feature(column.missing.astype(np.int64), ((_blank(column, "missing"), (1,)),), 2)
