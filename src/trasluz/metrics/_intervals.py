"""95 % intervals of figures: what other items, drawn in the same way, would have given.

They hold the model, and whatever items are compared with, as they are: training again may move a figure further.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.progress import SILENT, Progress
from trasluz.spaces.figures import student

ROUNDS = 1000
"""Resamples of a bootstrap."""
BLOCK = 2_000_000
"""Numbers of resamples held at once."""
FEWEST = 2
"""Items below which nothing is said of their spread."""

Interval = tuple[float, float]


def of_mean(values: Tensor, seed: int) -> Interval | None:
    """Of the mean of one number an item `(n,)`: the bootstrap of Efron 1979, its percentiles moved out for few items
    (Hesterberg 2015, *What teachers should know about the bootstrap*, section 5.3): the plain ones hold the mean of ten
    in 90 of 100 cases."""
    numbers = values.double().numpy()
    return _between((numbers[rows].mean(1) for rows in resamples(len(numbers), seed)), len(numbers))


def of_medians(values: Tensor, others: Tensor, seed: int) -> Interval | None:
    """Of the ratio of two medians, both resampled. The median of an even number is the lower one, as torch has it."""
    above, below = values.double(), others.double()
    some = max(1, BLOCK // max(len(above), len(below), 1))
    found: list[np.ndarray] = []
    pairs = (resamples(len(x), seed, f"bootstrap of {k}", some) for k, x in enumerate((above, below)))
    for a, b in zip(*pairs, strict=False):
        top, bottom = above[torch.from_numpy(a)].median(1).values, below[torch.from_numpy(b)].median(1).values
        found.append((top[bottom > 0] / bottom[bottom > 0]).numpy())
    return _between(iter(found), min(len(above), len(below)))


def of_variance_told(errors: np.ndarray, truth: np.ndarray, seed: int) -> Interval | None:
    """Of R², from squared errors and true values, `(n,)` each."""
    found: list[np.ndarray] = []
    for rows in resamples(len(truth), seed):
        spread = truth[rows].var(1)
        there = spread > 0
        found.append(1 - errors[rows].mean(1)[there] / spread[there])
    return _between(iter(found), len(truth))


@dataclass(frozen=True)
class Halved:
    """What halves of the items say of a figure of all."""

    interval: Interval
    mean: float
    """Of the figure of a half: it differs from that of all by the bias of few items."""


def of_halves(
    values: Mapping[str, float],
    measure: Callable[..., Mapping[str, float]],
    sizes: Sequence[int],
    seed: int,
    halves: int,
    progress: Progress = SILENT,
    *,
    of_pairs: bool = True,
) -> dict[str, Halved]:
    """Of figures that are no means of items, from the items cut in two, again and again (random groups, Wolter 2007,
    *Introduction to variance estimation*, chapter 2; delete-d jackknife with d = n/2, Shao & Wu 1989).

    A figure is the sum of what each item adds, and of what pairs of items add: the latter alone where two sets are
    alike, or a spectrum is flat. The halves A and B of all items differ by a mean square of 4 (L + 2 Q), with the
    variances L and Q of both sums, and A + B - 2 of the whole has the variance 4 Q (Efron & Stein 1981): L + Q is had
    from the two. A bias by the number of items falls out of both.

    Args:
        values: The figures of all items.
        measure: The same of the items at some places `(n / 2,)`, of each set of items by itself.
        sizes: How many items each set has.
        halves: Halves that are measured, two of a cut; fewer than four, and there is no interval.
        of_pairs: Whether they are such sums. Shares of nearest neighbours are not quite: then nothing is taken off.
    """
    rounds = halves // 2
    if rounds < FEWEST or min(sizes) < 2 * FEWEST:
        return {}
    apart, beyond = {name: list[float]() for name in values}, {name: list[float]() for name in values}
    with progress.task("Working out intervals", rounds) as step:
        for k in range(rounds):
            cuts = [
                torch.randperm(n, generator=rng.generator(seed, f"halves of the items {i}", k))
                for i, n in enumerate(sizes)
            ]
            one = measure(*(cut[: len(cut) // 2].sort().values for cut in cuts))
            two = measure(*(cut[len(cut) // 2 :].sort().values for cut in cuts))
            for name in values:
                apart[name].append(one[name] - two[name])
                beyond[name].append(one[name] + two[name])
            step(1)
    out: dict[str, Halved] = {}
    for name, value in values.items():
        both = float(np.mean(np.square(apart[name]))) / 4
        pairs = float(np.var(beyond[name], ddof=1)) / 4
        half = student(rounds) * math.sqrt(both - (min(pairs, both / 2) if of_pairs else 0.0))
        out[name] = Halved((value - half, value + half), float(np.mean(beyond[name])) / 2)
    return out


def joined(*intervals: Interval | None) -> Interval | None:
    """From the lowest end to the highest of those that there are."""
    there = [one for one in intervals if one is not None]
    return (min(low for low, _ in there), max(high for _, high in there)) if there else None


def resamples(n: int, seed: int, purpose: str = "bootstrap", some: int | None = None) -> Iterator[np.ndarray]:
    """Places drawn with repetition, `(some, n)` at a time, as many as there are rounds; none of fewer than two."""
    if n < FEWEST:
        return
    some = max(1, BLOCK // n) if some is None else some
    draw = rng.numpy_generator(seed, purpose)
    for start in range(0, ROUNDS, some):
        yield draw.integers(n, size=(min(some, ROUNDS - start), n))


def _between(parts: Iterator[np.ndarray], n: int) -> Interval | None:
    found = [part for part in parts if part.size]
    if not found:
        return None
    # What the tail of the normal distribution is where a t distribution of n items has 0.025, and n over n - 1.
    tail = math.erfc(student(n - 1) * math.sqrt(n / (n - 1)) / math.sqrt(2)) / 2
    low, high = np.quantile(np.concatenate(found), [tail, 1 - tail])
    return (float(low), float(high)) if math.isfinite(low) and math.isfinite(high) else None
