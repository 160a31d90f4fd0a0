"""How well one space, moved into the other by a linear map, fills it: the 2-Wasserstein distance of two Gaussians
(Dowson & Landau 1982, *The Fréchet distance between multivariate normal distributions*) after whitening by the second.

Distances between distributions know nothing of pairs. So the first space is moved by a ridge regression on every other
item, and it is the rest, moved, that is held against the second space: where the pairs mean nothing the map takes all
of them to the mean, at a distance of 1 for each dimension.
"""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.spaces.similarity import Similarity

WIDEST = 64
"""Principal components that wider spaces are compared by."""
PENALTY = 1e-2
"""Of the ridge regression, in units of the mean squared component times the items."""


@final
class Wasserstein(Similarity):
    """1 - W₂² / d of the moved items and of those that are there, in d whitened dimensions."""

    name = "wasserstein"
    title = "Gaussian 2-Wasserstein, moved and whitened"
    source = "Dowson & Landau 1982, eq. 4"
    is_symmetric = False

    def prepare(self, rows: Tensor) -> Any:
        u, s, _ = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
        r = min(WIDEST, int((s > s[0] * 1e-6).sum()), max(1, len(rows) // 4))
        return u[:, :r] * len(rows) ** 0.5  # whitened

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        x, y = first, second if order is None else second[order]
        fit, rest = slice(0, None, 2), slice(1, None, 2)
        gram = x[fit].T @ x[fit]
        gram = gram + PENALTY * len(x[fit]) * torch.eye(len(gram), dtype=gram.dtype)
        moved = x[rest] @ torch.linalg.solve(gram, x[fit].T @ y[fit])
        there = y[rest]
        means = (moved.mean(0) - there.mean(0)).square().sum()
        a, b = _covariance(moved), _covariance(there)
        cross = torch.linalg.svdvals(_root(a) @ _root(b)).sum()
        apart = means + a.trace() + b.trace() - 2 * cross
        return 1 - float(apart) / there.shape[1]

    def too_few(self, items: int, first: int, second: int) -> str | None:
        wide = min(max(first, second), WIDEST)
        return None if items >= 8 * wide else f"{items:,} items for {wide:,} dimensions: the map is hardly known"


def _covariance(x: Tensor) -> Tensor:
    centred = x - x.mean(0)
    return centred.T @ centred / (len(x) - 1)


def _root(a: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(a)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T
