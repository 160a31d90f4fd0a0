"""Names of the regions of a map: what holds of most items of one and of few others, where anything does.

Regions are found by where items lie and by nothing else (`geometry/regions.py`), so that the test of a name is not one
of what it was chosen by. They are looked for coarsely first and then finer, and all names of one answer are corrected
for each other. A region without a name is no mistake: nothing that is known of its items sets it apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from trasluz.geometry.regions import Grid, regions_of, width_of
from trasluz.lab.judging.apart import ALPHA, LEAST, Feature, Trait, sets_apart

FINE = (0.9, 0.5, 0.28)
"""How finely one looks, coarse first, as shares of the usual width of a kernel."""
FEWEST = 10
"""Items of a region, at least; and of all of them the share below."""
SMALLEST = 0.005
HOLDS = 0.6
"""Share of the items of a region that a name has to hold of."""
STRONG = 3.0
"""How many times larger the odds have to be in the region than elsewhere."""
SECOND = 0.75
"""Share that a second part of a name has to hold of, and how much more frequent it has to be."""
MORE = 0.4
SAME = 0.8
"""Share of those that have one of two traits that have both, from which on they say the same."""
ITEMS = 40
"""Items of a map that regions are looked for in, at least."""


@final
@dataclass(frozen=True)
class RegionName:
    """A name and where it belongs."""

    x: float
    y: float
    items: int
    """Of the region."""
    level: int
    """How finely one has to look: 0 is the coarsest."""
    traits: tuple[Trait, ...]
    """One or two: what holds of most of its items."""


def region_names(xy: np.ndarray, features: Sequence[Feature]) -> list[RegionName]:
    """The names of the regions of a map, coarse ones first, of equals the larger first.

    Args:
        xy: `(n, 2)`.
        features: What is known of its n items.
    """
    n = len(xy)
    if n < ITEMS or not features or not np.ptp(xy, axis=0).any():
        return []
    grid = Grid.over(xy)
    levels = [_large(regions_of(xy, grid, width_of(xy, fine))) for fine in FINE]
    out: list[RegionName] = []
    for level, labels in enumerate(levels):
        for g, traits in enumerate(sets_apart(features, labels)):
            # Each look is corrected for what is asked in it, and here for there being several looks.
            named = _name(features, [trait for trait in traits if trait.p * len(levels) <= ALPHA])
            if named:
                mine = labels == g
                x, y = _peak(xy, grid, mine & _has(features, named[0]), width_of(xy, FINE[level]))
                out.append(RegionName(x, y, int(mine.sum()), level, named))
    return sorted(out, key=lambda one: (one.level, -one.items))


def _large(labels: np.ndarray) -> np.ndarray:
    """The same with small regions counted to none, and the others numbered anew."""
    least = max(FEWEST, LEAST, round(SMALLEST * len(labels)))
    count = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=count)
    number = np.full(count + 1, -1)
    kept = np.flatnonzero(sizes >= least)
    number[kept] = np.arange(len(kept))
    return number[labels]


def _name(features: Sequence[Feature], traits: Sequence[Trait]) -> tuple[Trait, ...]:
    """One or two traits that make a name; none where nothing holds well enough. What items lack is no name."""
    holding = [one for one in traits if one.form != "missing" and one.inside >= HOLDS and one.odds >= STRONG]
    if not holding:
        return ()
    first = holding[0]
    bearers = _has(features, first)
    for one in holding[1:]:
        if one.column == first.column or one.inside < SECOND or one.gap < MORE:
            continue
        others = _has(features, one)
        # What the same items have, such as a label that is told twice, says nothing more.
        if (bearers & others).sum() < SAME * (bearers | others).sum():
            return first, one
    return (first,)


def _has(features: Sequence[Feature], trait: Trait) -> np.ndarray:
    """`(n,)` bool: which rows have a trait of some column."""
    return next(found for feature in features if (found := feature.has(trait)) is not None)


def _peak(xy: np.ndarray, grid: Grid, rows: np.ndarray, width: float) -> tuple[float, float]:
    """Where rows lie most densely."""
    return grid.middle(int(grid.density(xy[rows], width).argmax()))
