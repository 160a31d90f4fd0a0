"""What is known of two models held against each other: the maps between them, and what came of each on other items."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from torch import Tensor

from trasluz.lab.judging.alike import Alike
from trasluz.spaces.figures import NORMAL
from trasluz.spaces.relocation import Relocation
from trasluz.spaces.space_map import SpaceMap

NEAR_ENOUGH = 1.1
"""The knee: the fewest items whose error is within this factor of that of all."""


@final
@dataclass(frozen=True)
class Said:
    """Something to be told in a person's language: a sentence by its key, and what goes into it."""

    key: str
    values: Mapping[str, Any]


@final
@dataclass(frozen=True)
class Mean:
    """Of a figure that every item has."""

    value: float
    interval: tuple[float, float] | None
    n: int

    @classmethod
    def of(cls, each: Tensor) -> Mean:
        """With the 95 % interval of a mean."""
        n = len(each)
        value = float(each.mean())
        if n < 2:
            return cls(value, None, n)
        half = NORMAL * float(each.std()) / math.sqrt(n)
        return cls(value, (value - half, value + half), n)


@final
@dataclass(frozen=True)
class Rung:
    """One map of the ladder, as it does on the test items."""

    name: str
    title: str
    map: Relocation
    latent: Tensor
    """`(n,)`: squared error of each item's latent, the mean over dimensions."""
    shown: Tensor
    """`(n,)`: squared error of each item when decoded, of values in [0, 1]."""
    seen: Tensor
    """`(n,)`: squared difference from what the second model makes of the item by itself."""

    @cached_property
    def l(self) -> Mean:  # noqa: E743 - as the paper calls it
        return Mean.of(self.latent)

    @cached_property
    def m(self) -> Mean:
        return Mean.of(self.shown)

    @cached_property
    def m_own(self) -> Mean:
        return Mean.of(self.seen)


@final
@dataclass(frozen=True)
class Kept:
    """How well one column is read off latents by a linear reading of the second space."""

    column: str
    before: float
    """Share told right of the items as the first space holds them, by a reading of the first space."""
    native: float
    """Of the items as the second model encodes them."""
    after: float
    """Of the items relocated, by the same reading as `native`."""
    chance: float
    """By always saying the commonest."""
    n: int
    interval: tuple[float, float] | None
    """95 %, of `after`."""
    agree: float
    """Share of the items of which both readings of the second space say the same."""

    @property
    def is_lost(self) -> bool:
        """Whether the second space told it by itself, and no longer does of what was relocated: by more than the
        interval, and by five points."""
        if self.interval is None or self.native <= self.chance:
            return False
        return self.interval[1] < self.native and self.native - self.after > 0.05


@final
@dataclass(frozen=True)
class Few:
    """The error in the latents by the number of items that a map was fitted on."""

    items: int
    how: str
    """`random`, `k-means` or `farthest`."""
    error: float
    """L over the variance of the second space's latents: 1 is as good as always giving their mean."""
    interval: tuple[float, float] | None
    """95 %, over draws; None of one draw."""
    draws: int


@final
@dataclass(frozen=True)
class Found:
    """Retrieval: of each relocated item, whether the nearest latent of the second space is its own."""

    top1: float
    top5: float
    mutual: float
    """Share of the items that are each other's nearest, relocated and native."""
    chance: float
    n: int
    interval: tuple[float, float] | None
    """95 %, of `top1`."""


@final
@dataclass(frozen=True)
class Way:
    """All about one ordered pair of models."""

    source: str
    target: str
    spaces: tuple[str, str]
    rungs: tuple[Rung, ...]
    left_out: Mapping[str, str]
    """The methods that have no map here, and why."""
    chosen: str
    r: Mean
    own: Mean
    variance: float
    """Of the second space's test latents, the mean over dimensions: what L is read against."""
    shuffled: tuple[Mean, Mean]
    """L and M of a map of the same kind fitted on shuffled pairs."""
    counts: tuple[int, int, int]
    found: Found
    kept: tuple[Kept, ...]
    few: tuple[Few, ...]

    @property
    def rung(self) -> Rung:
        return next(rung for rung in self.rungs if rung.name == self.chosen)

    @property
    def knee(self) -> int | None:
        """The fewest random items that do nearly as well as all of them."""
        random = [few for few in self.few if few.how == "random"]
        if not random:
            return None
        best = random[-1].error
        return next((few.items for few in random if few.error <= NEAR_ENOUGH * best), None)

    @property
    def explained(self) -> float:
        """Share of the variance of the second space's latents that the map gives: 1 is all, 0 none."""
        return 1 - self.rung.l.value / self.variance if self.variance > 0 else 0.0

    @property
    def is_better_than_chance(self) -> bool:
        """Whether the map does better than one of shuffled pairs, by more than both intervals."""
        m, by_chance = self.rung.m, self.shuffled[1]
        return m.interval is not None and by_chance.interval is not None and m.interval[1] < by_chance.interval[0]

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        rung, fit = self.rung, self.counts
        return {
            "source": self.source,
            "target": self.target,
            "spaces": list(self.spaces),
            "rung": self.chosen,
            "chosen": dict(rung.map.chosen),
            "R": self.r.value,
            "L": rung.l.value,
            "M": rung.m.value,
            "M_own": rung.m_own.value,
            "own": self.own.value,
            "explained": self.explained,
            "shuffled": {"L": self.shuffled[0].value, "M": self.shuffled[1].value},
            "interval": None if rung.m.interval is None else list(rung.m.interval),
            "intervals": {
                name: None if mean.interval is None else list(mean.interval)
                for name, mean in zip(
                    ("R", "L", "M", "M_own", "own"), (self.r, rung.l, rung.m, rung.m_own, self.own), strict=True
                )
            },
            "n_fit": fit[0],
            "n_choose": fit[1],
            "n_test": fit[2],
            "ladder": [
                {"rung": one.name, "L": one.l.value, "M": one.m.value, "M_own": one.m_own.value} for one in self.rungs
            ],
            "left_out": dict(self.left_out),
            "retrieval": {"top1": self.found.top1, "top5": self.found.top5, "mutual": self.found.mutual,
                          "chance": self.found.chance, "n": self.found.n},
            "kept": [
                {"column": one.column, "before": one.before, "native": one.native, "after": one.after,
                 "agree": one.agree, "chance": one.chance, "n": one.n, "lost": one.is_lost,
                 "interval": None if one.interval is None else list(one.interval)}
                for one in self.kept
            ],
            "few": [
                {"items": one.items, "how": one.how, "error": one.error, "draws": one.draws,
                 "interval": None if one.interval is None else list(one.interval)}
                for one in self.few
            ],
            "knee": self.knee,
        }  # fmt: skip


@final
@dataclass(frozen=True)
class Shown:
    """Items of a pair as pictures, from the best relocated one to the worst; all `(n, C, h, w)` in [0, 1]."""

    names: tuple[str, ...]
    original: Tensor
    source: Tensor
    """As the first model rebuilds them."""
    moved: Tensor
    """Relocated, and decoded by the second."""
    target: Tensor
    """As the second model rebuilds them."""
    difference: Tensor
    """`(n, h, w)`: from moved to target, the mean of the channels' differences."""


@final
@dataclass(frozen=True)
class Walk:
    """The straight line between two items in both spaces; `(frames, C, h, w)` in [0, 1]."""

    ends: tuple[str, str]
    source: Tensor
    moved: Tensor
    """The first model's path, relocated."""
    target: Tensor
    """The second model's own."""
    apart: float
    """Mean squared difference between the last two, of values in [0, 1]."""


@final
@dataclass(frozen=True)
class Compared:
    """All that was found."""

    ways: tuple[Way, ...]
    maps: dict[tuple[str, str], SpaceMap]
    similarity: tuple[tuple[str, str, Alike], ...]
    """First model, second model, and one measure."""
    shown: dict[tuple[str, str], Shown]
    walks: dict[tuple[str, str], Walk]
