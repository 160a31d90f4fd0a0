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
    _, s, v = torch.linalg.svd(means - centre, full_matrices=False)
    rank = int((s > 1e-6 * s[0]).sum()) if float(s[0]) > 0 else 0
    basis = v[: max(1, min(rank, len(means) - 1))]
    inside = x.double() - groups.double() @ means
    if x.shape[1] > WIDEST:
        # Within the span of the largest components, and of the class means themselves.
        span = torch.linalg.qr(torch.cat([basis, pca(inside, min(SPAN, len(x) - 1)).vectors]).T).Q.T
        reading = _gls(inside @ span.T, basis @ span.T, shrinkage) @ span
    else:
        reading = _gls(inside, basis, shrinkage)
    return basis, reading, (means - centre) @ basis.T


def _gls(inside: Tensor, basis: Tensor, shrinkage: float) -> Tensor:
    within = shrunk(inside.T @ inside / len(inside), shrinkage)
    within = within + 1e-9 * float(inside.square().mean()) * torch.eye(len(within), dtype=torch.float64)
    solved = torch.linalg.solve(within, basis.T)
    return torch.linalg.solve(basis @ solved, solved.T)


def _products(a: Float[Tensor, "n m"], x: Vectors) -> Float[Tensor, "m d"]:
    """`aᵀ x` in double precision, a block of rows at a time."""
    step = max(1, (1 << 25) // max(1, x.shape[1]))
    total = torch.zeros(a.shape[1], x.shape[1], dtype=torch.float64)
    for i in range(0, len(x), step):
        total += a[i : i + step].T @ x[i : i + step].double()
    return total
