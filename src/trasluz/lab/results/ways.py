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
class Worst:
    """The item of which one column's reading changed with the greatest certainty from right to wrong: from the first
    space to what was relocated where the column is lost, from the second space where it is missing."""

    row: int
    """Among the test items."""
    item: str
    """As a POINT."""
    value: str
    """What is true of it."""
    read: tuple[str, str, str]
    """What it is read as: in the first space, relocated, and in the second space by itself."""


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
    worst: Worst | None = None
    """Of what is lost or missing; None where nothing is."""

    @property
    def is_lost(self) -> bool:
        """Whether the first space told it, and it is no longer told of what was relocated."""
        return self._is_below(self.before)

    @property
    def is_missing(self) -> bool:
        """Whether it was told no better in the first space, so that nothing is lost on the way, but the second space
        tells it of what it encodes by itself."""
        return not self.is_lost and self._is_below(self.native)

    def _is_below(self, share: float) -> bool:
        """Whether less is told of what was relocated: by more than the interval, and by five points."""
        if self.interval is None or share <= self.chance:
            return False
        return self.interval[1] < share and share - self.after > 0.05


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
    by_chance: Rung
    """A map of the same kind fitted on shuffled pairs."""
    counts: tuple[int, int, int]
    moved: Tensor
    """`(n, *target shape)`: where the chosen map takes the test items."""
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
    def shuffled(self) -> tuple[Mean, Mean]:
        """L and M of a map of the same kind fitted on shuffled pairs."""
        return self.by_chance.l, self.by_chance.m

    @property
    def gained(self) -> Mean | None:
        """Share of what a map can gain, from a map of shuffled pairs (0) to what the second model does by itself (1),
        with the interval that M has; None where there is nothing to gain."""
        m, worst, best = self.rung.m, self.shuffled[1].value, self.own.value
        if worst <= best:
            return None
        high, low = ((worst - end) / (worst - best) for end in m.interval or (m.value, m.value))
        return Mean((worst - m.value) / (worst - best), None if m.interval is None else (low, high), m.n)

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
            "gained": None if self.gained is None else self.gained.value,
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
                 "missing": one.is_missing,
                 "interval": None if one.interval is None else list(one.interval),
                 "worst": None if one.worst is None else {
                     "item": one.worst.item, "value": one.worst.value,
                     "read": dict(zip(("source", "relocated", "target"), one.worst.read, strict=True))}}
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
class Back:
    """There and back again: by the map to the second space, and by the map of the other way home."""

    latent: Mean
    """Squared error of the latents that come back, the mean over dimensions."""
    shown: Mean
    """Squared error of the items decoded from them by the first model, of values in [0, 1]."""
    through: tuple[Mean, Mean] | None
    """Both errors where the second model has decoded in between, and encoded again what it made; None where it has no
    encoder."""
    r: Mean
    """What the first model has without the journey."""
    shuffled: tuple[Mean, Mean]
    """Both errors by maps that were fitted on shuffled pairs."""
    variance: float
    """Of the first space's test latents, the mean over dimensions."""

    @property
    def explained(self) -> float:
        """Share of the variance of the first space's latents that comes back."""
        return 1 - self.latent.value / self.variance if self.variance > 0 else 0.0

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "L": self.latent.value,
            "M": self.shown.value,
            "R": self.r.value,
            "explained": self.explained,
            "through": None if self.through is None else {"L": self.through[0].value, "M": self.through[1].value},
            "shuffled": {"L": self.shuffled[0].value, "M": self.shuffled[1].value},
            "interval": None if self.shown.interval is None else list(self.shown.interval),
        }


@final
@dataclass(frozen=True)
class Shown:
    """Items of a pair as pictures; all `(n, C, h, w)` in [0, 1]."""

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
class Looked:
    """A search over all spaces of the models."""

    spaces: Mapping[str, tuple[str, ...]]
    """Of each model, by name; `w+[3]` is one layer."""
    left_out: Mapping[str, Said]
    """`MODEL:SPACE` and why."""
    found: tuple[tuple[str, str, Alike], ...]
    """First model, second model, and one measure of two of their spaces, with one null for all pairs."""

    @property
    def pairs(self) -> int:
        """Of spaces."""
        return len({(a, b, one.first, one.second) for a, b, one in self.found})

    def best(self, measure: str | None = None) -> list[tuple[str, str, Alike]]:
        """By one measure, the first one where none is named, the most alike first."""
        if measure is None:
            measure = self.found[0][2].measure if self.found else ""
        some = [each for each in self.found if each[2].measure == measure]
        return sorted(some, key=lambda each: (-each[2].calibrated, each[2].p, -each[2].value))

    def facts(self) -> dict[str, Any]:
        """As JSON values, but for what was left out."""
        return {
            "spaces": {name: list(spaces) for name, spaces in self.spaces.items()},
            "pairs": self.pairs,
            "measures": [alike_facts(*each) for each in self.found],
        }


def alike_facts(source: str, target: str, one: Alike) -> dict[str, Any]:
    """One measure of two spaces as JSON values."""
    return {
        "measure": one.measure, "source": source, "target": target, "spaces": [one.first, one.second],
        "value": one.value, "null": one.null, "threshold": one.threshold, "calibrated": one.calibrated, "p": one.p,
        "n": one.n, "interval": None if one.interval is None else list(one.interval), "warning": one.warning,
    }  # fmt: skip


@final
@dataclass(frozen=True)
class Compared:
    """All that was found."""

    ways: tuple[Way, ...]
    maps: dict[tuple[str, str], SpaceMap]
    similarity: tuple[tuple[str, str, Alike], ...]
    """First model, second model, and one measure."""
    shown: dict[tuple[str, str], Shown]
    """From the best relocated item to the worst."""
    worst: dict[tuple[str, str], Shown]
    """Of every column that is lost or missing, the item that says it best, in the order of the columns; no entry where
    none is."""
    backs: dict[tuple[str, str], Back]
    walks: dict[tuple[str, str], Walk]
    looked: Looked | None = None
    """Over all of their spaces; None where nobody asked for it."""
