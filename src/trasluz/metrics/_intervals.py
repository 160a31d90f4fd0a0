"""95 % intervals of figures: what other items, drawn in the same way, would have given.

They hold the model, and whatever items are compared with, as they are: training again may move a figure further.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.spaces.figures import NORMAL

ROUNDS = 1000
"""Resamples of a bootstrap."""
BLOCK = 2_000_000
"""Numbers of resamples held at once."""
FEWEST = 2
"""Items below which nothing is said of their spread."""

Interval = tuple[float, float]


def of_mean(values: Tensor, seed: int) -> Interval | None:
    """Of the mean of one number an item `(n,)`: the percentile bootstrap, Efron 1979, *Bootstrap methods*."""
    numbers = values.double().numpy()
    return _between(numbers[rows].mean(1) for rows in resamples(len(numbers), seed))


def of_medians(values: Tensor, others: Tensor, seed: int) -> Interval | None:
    """Of the ratio of two medians, both resampled. The median of an even number is the lower one, as torch has it."""
    above, below = values.double(), others.double()
    some = max(1, BLOCK // max(len(above), len(below), 1))
    found: list[np.ndarray] = []
    pairs = (resamples(len(x), seed, f"bootstrap of {k}", some) for k, x in enumerate((above, below)))
    for a, b in zip(*pairs, strict=False):
        top, bottom = above[torch.from_numpy(a)].median(1).values, below[torch.from_numpy(b)].median(1).values
        found.append((top[bottom > 0] / bottom[bottom > 0]).numpy())
    return _between(iter(found))


def of_variance_told(errors: np.ndarray, truth: np.ndarray, seed: int) -> Interval | None:
    """Of R², from squared errors and true values, `(n,)` each."""
    found: list[np.ndarray] = []
    for rows in resamples(len(truth), seed):
        spread = truth[rows].var(1)
        there = spread > 0
        found.append(1 - errors[rows].mean(1)[there] / spread[there])
    return _between(iter(found))


def of_halves(
    value: float, measure: Callable[..., float], sizes: Sequence[int], seed: int, rounds: int
) -> Interval | None:
    """Of a figure that has no mean of items in it: the delete-d jackknife with d = n/2, Shao & Wu 1989, *A general
    theory for jackknife variance estimation*: the variance of the whole is the mean square by which
    halves differ from their own mean, so that a bias by the number of items is not taken for spread.

    Args:
        measure: The figure of the items at some places `(n // 2,)`, of each set of items by itself.
        sizes: How many items each set has.
        rounds: Halves that are drawn; none, and there is no interval.
    """
    if rounds < FEWEST or min(sizes) < 2 * FEWEST:
        return None

    def half_of(n: int, purpose: str, k: int) -> Tensor:
        return torch.randperm(n, generator=rng.generator(seed, purpose, k))[: n // 2].sort().values

    found = [measure(*(half_of(n, f"half of the items {i}", k) for i, n in enumerate(sizes))) for k in range(rounds)]
    half = _student(rounds - 1) * float(np.std(found, ddof=1))
    return value - half, value + half


def _student(freedom: int) -> float:
    """Quantile of Student's t at 0.975: Abramowitz & Stegun 1964, equation 26.7.5."""
    z = NORMAL
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def resamples(n: int, seed: int, purpose: str = "bootstrap", some: int | None = None) -> Iterator[np.ndarray]:
    """Places drawn with repetition, `(some, n)` at a time, as many as there are rounds; none of fewer than two."""
    if n < FEWEST:
        return
    some = max(1, BLOCK // n) if some is None else some
    draw = rng.numpy_generator(seed, purpose)
    for start in range(0, ROUNDS, some):
        yield draw.integers(n, size=(min(some, ROUNDS - start), n))


def _between(parts: Iterator[np.ndarray]) -> Interval | None:
    found = [part for part in parts if part.size]
    if not found:
        return None
    low, high = np.quantile(np.concatenate(found), [0.025, 0.975])
    return (float(low), float(high)) if math.isfinite(low) and math.isfinite(high) else None
