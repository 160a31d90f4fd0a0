"""Canonical correlations: Hotelling 1936, *Relations between two sets of variates*, by the angles between subspaces
(Björck & Golub 1973, *Numerical methods for computing angles between linear subspaces*)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

KEPT = 0.99
"""Share of the variance that the principal components kept have (Raghu et al. 2017)."""


@dataclass(frozen=True)
class Subspace:
    """What the columns of centred rows span, or the part of it that holds most of the variance."""

    basis: Float[Tensor, "n r"]
    """Orthonormal columns."""
    scores: Float[Tensor, "n r"]
    """The same, each as large as its component is."""


def subspace(rows: Float[Tensor, "n d"], kept: float = 1.0) -> Subspace:
    """By singular values, the largest first, up to a share of the variance."""
    u, s, _ = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
    share = s.square().cumsum(0) / s.square().sum()
    r = min(int((share < kept).sum()) + 1, int((s > s[0] * 1e-10).sum()))
    return Subspace(u[:, :r], u[:, :r] * s[:r])


def product(a: Subspace, b: Subspace, order: Int64[Tensor, " n"] | None) -> Float[Tensor, "r s"]:
    """Whose singular values are the canonical correlations."""
    return a.basis.T @ (b.basis if order is None else b.basis[order])


def too_few(items: int, first: int, second: int) -> str | None:
    """Any two spaces seem alike where their dimensions come near the number of items."""
    wide = max(first, second)
    return None if items >= 5 * wide else f"{items:,} items for {wide:,} dimensions: chance alone gives high values"
