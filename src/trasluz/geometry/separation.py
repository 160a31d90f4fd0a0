"""Hyperplanes between two sets of latents: logistic regression with an L2 penalty.

Minimised is `sum_i c_i log(1 + exp(-y_i (w·x_i + b))) + |w|² / (2 C)` with y = ±1 and weights c_i that give both
sides the same say. In coordinates in which the rows are white the problem is nearly round, and L-BFGS (Liu & Nocedal
1989) ends in some twenty passes over the rows; whitening is done once, however many labels the rows have. With many
items the normal is that of a linear support vector machine, which InterFaceGAN takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from trasluz.base.shapes import Scores, Vectors

ROUNDS, TOLERANCE = 100, 1e-5
BLOCK = 16_384
"""Rows at a time."""
ROUND = 1e-6
"""Share of the mean variance below which a direction of the rows has no width."""


def hyperplane(x: Vectors, y: Scores, c: float = 1.0) -> tuple[Float[Tensor, " d"], float]:
    """`(w, b)` for rows `(n, d)` and labels 0 and 1; in units of x. Deterministic."""
    [found] = hyperplanes(x, [y], c)
    return found


def hyperplanes(
    x: Vectors, labels: Sequence[Scores], c: float = 1.0, step: Callable[[int], object] = lambda n: None
) -> list[tuple[Float[Tensor, " d"], float]]:
    """The same for several labels of the same rows; `step(1)` is called after each."""
    mean = x.double().mean(0)
    sigma = x.double().std(0, correction=0)
    sigma = torch.where(sigma > 1e-12, sigma, torch.ones_like(sigma))
    rows = ((x - mean.to(x)) / sigma.to(x)).float()
    total = sum((a.T @ a for a in rows.split(BLOCK)), torch.zeros(())).double() / len(rows)
    values, vectors = torch.linalg.eigh(total)
    back = vectors / values.clamp_min(ROUND * float(values.mean())).sqrt()
    white = torch.cat([a @ back.float() for a in rows.split(BLOCK)])
    found: list[tuple[Tensor, float]] = []
    for y in labels:
        w, b = _fitted(white, y.to(white), back.float(), c)
        normal = (back @ w.double()) / sigma
        found.append((normal, b - float(normal @ mean)))
        step(1)
    return found


def _fitted(white: Tensor, y: Tensor, back: Tensor, c: float) -> tuple[Tensor, float]:
    """Weights in white coordinates; the penalty is on those in the coordinates of the standardised rows."""
    share = float(y.double().mean())
    weight = torch.where(y > 0.5, 0.5 / share, 0.5 / (1 - share)).float()
    w, b = torch.zeros(white.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    solver = torch.optim.LBFGS(
        [w, b], max_iter=ROUNDS, history_size=10, line_search_fn="strong_wolfe",
        tolerance_grad=TOLERANCE, tolerance_change=1e-9,
    )  # fmt: skip

    def loss() -> Tensor:
        solver.zero_grad()
        score = white @ w + b
        out = (weight * (F.softplus(score) - y * score)).mean() + (back @ w).square().sum() / (2 * c * len(white))
        out.backward()
        return out

    with torch.enable_grad():
        solver.step(loss)
    return w.detach(), float(b.detach())


def auc(scores: Scores, y: Scores) -> float:
    """The share of pairs, one of label 1 and one of label 0, in which the first has the higher score (Hanley &
    McNeil 1982); equals count half."""
    order = scores.double().argsort(stable=True)
    ranked = scores.double()[order]
    ranks = torch.arange(1, len(scores) + 1, dtype=torch.float64)
    _, inverse, counts = torch.unique_consecutive(ranked, return_inverse=True, return_counts=True)
    ends = counts.cumsum(0).double()
    ranks = (ends - (counts.double() - 1) / 2)[inverse]
    positive = y[order] > 0.5
    n1, n0 = int(positive.sum()), int((~positive).sum())
    if not n1 or not n0:
        return 0.5
    return (float(ranks[positive].sum()) - n1 * (n1 + 1) / 2) / (n1 * n0)
