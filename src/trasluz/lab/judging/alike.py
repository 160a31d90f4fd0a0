"""How alike two spaces are, each measure beside what chance gives: value, null, calibrated score, interval.

The null is what the same latents give when the pairs are broken, by permutations (Gröger, Wen & Brbić 2026, *Revisiting
the Platonic Representation Hypothesis*, arXiv 2602.14486, algorithms 1 and 2). With τ the value that one in twenty
permutations reaches, the calibrated score is (value - τ) / (most - τ), and 0 below τ. Where several spaces of two
models are tried, one permutation serves all pairs of them, and the best pair is held against the best of each: else who
looks at many pairs would find one that seems alike.

Intervals are of half-samples: of the same measure on half of the items, drawn without replacement, about the value on
all (Politis & Romano 1994, *Large sample confidence regions based on subsamples under minimal assumptions*; a bootstrap
would give an item itself for a neighbour).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.progress import SILENT, Progress
from trasluz.spaces import registry
from trasluz.spaces.figures import NORMAL, Figure
from trasluz.spaces.similarity import FEWEST, Similarity, rows_of

PERMUTATIONS = 100
HALVES = 24
"""Half-samples."""
LEVEL = 0.05
MOST = 500
"""Items that spaces are compared on, the first ones of more."""


@final
@dataclass(frozen=True)
class Alike:
    """One measure of two spaces."""

    measure: str
    title: str
    first: str
    """A space of the first model, by name."""
    second: str
    value: float
    null: float
    """The mean of the same measure where the pairs are broken."""
    threshold: float
    """What one in twenty such permutations reaches, or where several pairs of spaces are searched the best of each."""
    calibrated: float
    """From 0, no more than chance, to 1, the same."""
    p: float
    """How often broken pairs give as much, among all pairs of spaces that were searched."""
    interval: tuple[float, float] | None
    """95 %, of the value."""
    n: int
    warning: str | None = None
    source: str = ""

    @property
    def figure(self) -> Figure:
        """The value with what is needed to believe it."""
        details: dict[str, Any] = {"calibrated": self.calibrated, "p": self.p, "threshold": self.threshold}
        details |= {} if self.warning is None else {"warning": self.warning}
        return Figure(
            self.value, better="higher", n=self.n, interval=self.interval, chance=self.null, source=self.source,
            name=self.title, details=details,
        )  # fmt: skip


def compared(
    first: Mapping[str, Tensor],
    second: Mapping[str, Tensor],
    measures: Sequence[str] | None = None,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    progress: Progress = SILENT,
) -> list[Alike]:
    """Every measure of every pair of spaces, the first of one model and the second of another.

    Args:
        first: Latents `(n, ...)` of the same items by the name of the space.
        measures: By name; None for all of them.

    Raises:
        InvalidArgument: fewer than eight items, numbers that are not finite, items that do not differ.
        UnknownName: no such measure.
    """
    names = registry.names("similarities") if measures is None else list(measures)
    chosen = [registry.get("similarities", name) for name in names]
    n = min(len(next(iter(first.values()))), MOST)
    a = {name: rows_of(z[:n]) for name, z in first.items()}
    b = {name: rows_of(z[:n], n) for name, z in second.items()}
    draw = rng.generator(seed, "broken pairs")
    orders = [torch.randperm(n, generator=draw) for _ in range(permutations)]
    halves = [torch.randperm(n, generator=draw)[: n // 2] for _ in range(HALVES)] if n >= 4 * FEWEST else []
    found = list[Alike]()
    with progress.task("Comparing spaces", len(chosen)) as step:
        for measure in chosen:
            found += _of_one(measure, a, b, orders, halves)
            step(1, note=measure.name)
    return found


@final
@dataclass
class _Pair:
    """Two spaces under one measure."""

    value: float
    null: list[float] = field(default_factory=list[float])


def _of_one(
    measure: Similarity,
    first: Mapping[str, Tensor],
    second: Mapping[str, Tensor],
    orders: list[Tensor],
    halves: list[Tensor],
) -> list[Alike]:
    made_a = {name: measure.prepare(rows) for name, rows in first.items()}
    made_b = {name: measure.prepare(rows) for name, rows in second.items()}
    pairs = {
        (i, j): _Pair(measure.compare(a, b), [measure.compare(a, b, order) for order in orders])
        for i, a in made_a.items()
        for j, b in made_b.items()
    }
    # The best of all pairs under each permutation: what a search would have found where there is nothing.
    best = [max(values) for values in zip(*(pair.null for pair in pairs.values()), strict=True)]
    out = list[Alike]()
    for (i, j), pair in pairs.items():
        n = len(first[i])
        threshold, calibrated, p = calibration(pair.value, best, measure.most)
        out.append(
            Alike(
                measure.name, measure.title, i, j, pair.value, math.fsum(pair.null) / max(1, len(pair.null)), threshold,
                calibrated, p, _interval(measure, first[i], second[j], pair.value, halves), n,
                measure.too_few(n, first[i].shape[1], second[j].shape[1]), measure.source,
            )
        )  # fmt: skip
    return out


def calibration(value: float, null: Sequence[float], most: float = 1.0) -> tuple[float, float, float]:
    """What one in twenty broken pairs reach, the calibrated score, and p (Phipson & Smyth 2010: never 0).

    Args:
        null: What the measure gives of broken pairs.
        most: What it gives of a space and itself.
    """
    combined = sorted([value, *null])
    threshold = combined[min(len(combined), math.ceil((1 - LEVEL) * len(combined))) - 1]
    room = most - threshold
    calibrated = min(1.0, max(0.0, (value - threshold) / room)) if room > 1e-12 else 0.0
    return threshold, calibrated, (1 + sum(other >= value for other in null)) / (len(null) + 1)


def _interval(
    measure: Similarity, first: Tensor, second: Tensor, value: float, halves: list[Tensor]
) -> tuple[float, float] | None:
    """Half-samples vary about as much as the whole does, since half of what it is made of is another one each time."""
    if not halves:
        return None
    seen = [
        measure.compare(measure.prepare(first[some]), measure.prepare(second[some]))
        for some in halves
        if len(some) >= FEWEST
    ]
    half = NORMAL * float(torch.tensor(seen).std())
    return (max(-1.0, value - half), min(measure.most, value + half))
