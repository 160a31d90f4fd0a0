"""What labels do to latents: class means with everything else held still, and reading off where an item lies.

Adjusted means are those of a linear model `E[z | y] = sum of one effect a factor` (Searle, Speed & Milliken 1980,
*Population marginal means in the linear model*): what z would be on average at a value, were the other factors spread
alike. Reading is generalised least squares (Aitken 1936): of all unbiased linear readings of a place in a subspace,
the one that the other variation within classes disturbs least.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.shapes import Vectors
from trasluz.geometry.linear_algebra import WIDEST, pca, shrunk

SPAN = 512
"""Principal components that readings are sought in, where there are more than `WIDEST` dimensions."""
CLEAR = 1.5
"""By how many times more than chance class means have to lie apart in a dimension for it to count."""
RIDGE = 1e-6
"""Share of the mean diagonal that is added to the normal equations, so that a factor told twice does no harm."""


def adjusted_means(x: Vectors, groups: Float[Tensor, "n k"], others: Sequence[Tensor] = ()) -> Float[Tensor, "k d"]:
    """The mean of rows `(n, d)` in each of k groups (0/1 columns), with `others` `(n,)` held at their means."""
    plan = [groups.double()]
    if len(others):
        rest = torch.stack([o.double() for o in others], 1)
        plan.append(rest - rest.mean(0))
    a = torch.cat(plan, 1)
    normal = a.T @ a
    normal += RIDGE * normal.diagonal().mean() * torch.eye(len(normal), dtype=torch.float64)
    return torch.linalg.solve(normal, _products(a, x))[: groups.shape[1]]


def slope(x: Vectors, y: Float[Tensor, " n"], others: Sequence[Tensor] = ()) -> Float[Tensor, " d"]:
    """How rows `(n, d)` change per unit of y, with `others` `(n,)` held still: the coefficient of y in the linear
    model of x."""
    columns = [torch.ones(len(y), dtype=torch.float64), y.double() - y.double().mean()]
    columns += [o.double() - o.double().mean() for o in others]
    a = torch.stack(columns, 1)
    normal = a.T @ a
    normal += RIDGE * normal.diagonal().mean() * torch.eye(len(normal), dtype=torch.float64)
    return torch.linalg.solve(normal, _products(a, x))[1]


def readings(
    x: Vectors, groups: Float[Tensor, "n k"], means: Float[Tensor, "k d"], shrinkage: float
) -> tuple[Tensor, Tensor, Tensor]:
    """`(basis (r, d), reading (r, d), places (k, r))`: the subspace that the class means span, functionals that read
    an item's place in it, and the place of each class; places are counted from the mean of the means."""
    centre = means.mean(0)
    inside = x.double() - groups.double() @ means
    _, s, v = torch.linalg.svd(means - centre, full_matrices=False)
    basis = v[: _rank(s, v, inside, groups)]
    if x.shape[1] > WIDEST:
        # Within the span of the largest components, and of the class means themselves.
        span = torch.linalg.qr(torch.cat([basis, pca(inside, min(SPAN, len(x) - 1)).vectors]).T).Q.T
        reading = _gls(inside @ span.T, basis @ span.T, shrinkage) @ span
    else:
        reading = _gls(inside, basis, shrinkage)
    return basis, reading, (means - centre) @ basis.T


def _rank(s: Tensor, v: Tensor, inside: Tensor, groups: Tensor) -> int:
    """In how many dimensions the means of k classes really lie apart: clearly more than chance would have it.

    By chance alone, in d dimensions of which so many count, the largest ratio of the variance between means to that
    expected of them is about `(sqrt(d) + sqrt(k - 1))² / (k - 1)`.
    """
    k = len(s)
    energy = inside.square().sum(0)
    counting = float(energy.sum() ** 2 / energy.square().sum().clamp_min(1e-30))
    chance = (counting**0.5 + (k - 1) ** 0.5) ** 2 / max(1, k - 1)
    error = (inside @ v.T).square().mean(0) * (1 / groups.double().sum(0).clamp_min(1)).mean()
    ratio = s.square() / max(1, k - 1) / error.clamp_min(1e-30)
    return max(1, min(int((ratio > CLEAR * chance).sum()), k - 1))


def _gls(inside: Tensor, basis: Tensor, shrinkage: float) -> Tensor:
    within = shrunk(inside.T @ inside / len(inside), shrinkage)
    # Items of a class may all be the same.
    within = within + max(1e-9 * float(inside.square().mean()), 1e-30) * torch.eye(len(within), dtype=torch.float64)
    solved = torch.linalg.solve(within, basis.T)
    return torch.linalg.solve(basis @ solved, solved.T)


def _products(a: Float[Tensor, "n m"], x: Vectors) -> Float[Tensor, "m d"]:
    """`aᵀ x` in double precision, a block of rows at a time."""
    step = max(1, (1 << 25) // max(1, x.shape[1]))
    total = torch.zeros(a.shape[1], x.shape[1], dtype=torch.float64)
    for i in range(0, len(x), step):
        total += a[i : i + step].T @ x[i : i + step].double()
    return total


def determined(y: Float[Tensor, " n"], others: Sequence[Tensor]) -> float:
    """The share of y's variance that a linear model of other columns `(n,)` tells (R²), on the rows where all are
    known."""
    known = torch.isfinite(y)
    for o in others:
        known &= torch.isfinite(o)
    if int(known.sum()) < 3:
        return 0.0
    target = y[known].double() - y[known].double().mean()
    total = float(target.square().sum())
    if total <= 0:
        return 0.0
    a = torch.stack([o[known].double() - o[known].double().mean() for o in others], 1)
    normal = a.T @ a
    normal += RIDGE * (normal.diagonal().mean() + 1e-12) * torch.eye(len(normal), dtype=torch.float64)
    left = target - a @ torch.linalg.solve(normal, a.T @ target)
    return 1 - float(left.square().sum()) / total
