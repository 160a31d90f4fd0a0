"""How alike two spaces are, each measure beside what chance gives: value, null, calibrated score, interval.

The null is what the same latents give when the pairs are broken, by permutations (Gröger, Wen & Brbić 2026, *Revisiting
the Platonic Representation Hypothesis*, arXiv 2602.14486, algorithm 1). With τ what one in twenty permutations reaches,
the calibrated score is (value - τ) / (most - τ), and 0 below τ.

Whoever looks at many pairs of spaces finds one that seems alike. So one permutation serves all pairs of a search, and
each pair is held against the best of all of them. Values of most measures grow with width, and the best plain value is
that of the widest spaces; so what is compared is how many standard deviations of its own null each pair lies above its
mean (Westfall & Young 1993, *Resampling-based multiple testing*, single-step maxT). Of one pair that is the same
as above.

Intervals are of half-samples: of the same measure on half of the items, drawn without replacement, about the value on
all (Politis & Romano 1994, *Large sample confidence regions based on subsamples under minimal assumptions*; a bootstrap
would give an item itself for a neighbour).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
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
FLAT = 1e-12
"""A spread or a room below which nothing can be told."""
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
    """What one in twenty such permutations reaches; where several pairs of spaces are searched, in any of them."""
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
    models = {"first": first, "second": second}
    found = searched(models, measures, permutations=permutations, seed=seed, progress=progress)
    return [one for _, _, one in found]


def searched(
    models: Mapping[str, Mapping[str, Tensor]],
    measures: Sequence[str] | None = None,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    progress: Progress = SILENT,
) -> list[tuple[str, str, Alike]]:
    """Every measure of every pair of spaces of different models, with one null for all of them: the names of the two
    models, and how alike the spaces are.

    Args:
        models: By their names, and the latents `(n, ...)` of the same items by the name of the space.
        measures: By name; None for all of them.

    Raises:
        InvalidArgument: fewer than eight items, numbers that are not finite, items that do not differ.
        UnknownName: no such measure.
    """
    names = registry.names("similarities") if measures is None else list(measures)
    chosen = [registry.get("similarities", name) for name in names]
    spaces = {(model, name): z[:MOST] for model, held in models.items() for name, z in held.items()}
    if not spaces:
        return []
    n = len(next(iter(spaces.values())))
    rows = {key: rows_of(z, n) for key, z in spaces.items()}
    pairs = [(a, b) for a, b in combinations(rows, 2) if a[0] != b[0]]
    draw = rng.generator(seed, "broken pairs")
    orders = [torch.randperm(n, generator=draw) for _ in range(permutations)]
    halves = [torch.randperm(n, generator=draw)[: n // 2] for _ in range(HALVES)] if n >= 4 * FEWEST else []
    found = list[tuple[str, str, Alike]]()
    with progress.task("Comparing spaces", len(chosen) * len(pairs)) as step:
        for measure in chosen:
            found += _of_one(measure, rows, pairs, orders, halves, step)
    return found


Key = tuple[str, str]
"""A model and a space of it."""


def _of_one(
    measure: Similarity,
    rows: Mapping[Key, Tensor],
    pairs: Sequence[tuple[Key, Key]],
    orders: list[Tensor],
    halves: list[Tensor],
    step: Callable[..., None],
) -> list[tuple[str, str, Alike]]:
    made = {key: measure.prepare(z) for key, z in rows.items()}
    parts = {key: [measure.prepare(z[some]) for some in halves] for key, z in rows.items()}
    values, nulls = list[float](), list[list[float]]()
    for a, b in pairs:
        values.append(measure.compare(made[a], made[b]))
        nulls.append([measure.compare(made[a], made[b], order) for order in orders])
        step(1, note=measure.name)
    every = torch.tensor([[value, *null] for value, null in zip(values, nulls, strict=True)], dtype=torch.float64)
    middle, spread = every.mean(1, keepdim=True), every.std(1, keepdim=True, correction=0)
    far = torch.where(spread > FLAT, (every - middle) / spread.clamp_min(FLAT), 0.0)
    # The best of all pairs under each permutation: what a search would have found where there is nothing.
    best: list[float] = far[:, 1:].amax(0).tolist() if len(pairs) else []
    out = list[tuple[str, str, Alike]]()
    for i, (a, b) in enumerate(pairs):
        value, null = values[i], nulls[i]
        reached, _, p = calibration(float(far[i, 0]), best, math.inf)
        threshold = float(middle[i, 0]) + reached * float(spread[i, 0])
        out.append((a[0], b[0], Alike(
            measure.name, measure.title, a[1], b[1], value, math.fsum(null) / max(1, len(null)), threshold,
            share_of(value, threshold, measure.most), p, _interval(measure, parts[a], parts[b], value),
            len(rows[a]), measure.too_few(len(rows[a]), rows[a].shape[1], rows[b].shape[1]), measure.source,
        )))  # fmt: skip
    return out


def share_of(value: float, threshold: float, most: float) -> float:
    """How far a value lies from what chance reaches to the most there is, from 0 to 1."""
    room = most - threshold
    return min(1.0, max(0.0, (value - threshold) / room)) if room > FLAT else 0.0


def calibration(value: float, null: Sequence[float], most: float = 1.0) -> tuple[float, float, float]:
    """What one in twenty broken pairs reach, the calibrated score, and p (Phipson & Smyth 2010: never 0).

    Args:
        null: What the measure gives of broken pairs.
        most: What it gives of a space and itself.
    """
    combined = sorted([value, *null])
    threshold = combined[min(len(combined), math.ceil((1 - LEVEL) * len(combined))) - 1]
    p = (1 + sum(other >= value for other in null)) / (len(null) + 1)
    return threshold, share_of(value, threshold, most), p


def _interval(
    measure: Similarity, first: Sequence[Any], second: Sequence[Any], value: float
) -> tuple[float, float] | None:
    """Half-samples vary about as much as the whole does, since half of what it is made of is another one each time.

    Args:
        first: The halves, prepared.
    """
    if not first:
        return None
    seen = [measure.compare(a, b) for a, b in zip(first, second, strict=True)]
    half = NORMAL * float(torch.tensor(seen).std())
    return (max(-1.0, value - half), min(measure.most, value + half))
