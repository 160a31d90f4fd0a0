"""A hyperplane between two sets of latents: logistic regression with an L2 penalty, by Newton's method.

Minimised is `sum_i c_i log(1 + exp(-y_i (w·x_i + b))) + |w|² / (2 C)` with y = ±1 and weights c_i that give both
sides the same say. Iteratively reweighted least squares (Green 1984) ends in some eight rounds, each of one product
of matrices; that is the same normal as InterFaceGAN's support vector machine finds, where there are many items.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.shapes import Scores, Vectors

ROUNDS, TOLERANCE = 30, 1e-6
BLOCK = 16_384
"""Rows at a time."""


def hyperplane(x: Vectors, y: Scores, c: float = 1.0) -> tuple[Float[Tensor, " d"], float]:
    """`(w, b)` for rows `(n, d)` and labels 0 and 1; in units of x. Deterministic."""
    d = x.shape[1]
    mean, sigma = x.double().mean(0), x.double().std(0, correction=0)
    sigma = torch.where(sigma > 1e-12, sigma, torch.ones_like(sigma))
    rows = ((x - mean.to(x)) / sigma.to(x)).float()
    y = y.to(rows)
    share = float(y.double().mean())
    weight = torch.where(y > 0.5, 0.5 / share, 0.5 / (1 - share)).float()
    w = torch.zeros(d + 1, dtype=torch.float64)
    penalty = torch.full((d + 1,), 1.0 / c, dtype=torch.float64)
    penalty[-1] = 1e-8
    value = float("inf")
    for _ in range(ROUNDS):
        gradient, hessian, loss = _round(rows, y, weight, w)
        gradient += penalty * w
        new = loss + 0.5 * float((penalty * w * w).sum())
        step = torch.linalg.solve(hessian + penalty.diag(), gradient)
        w = w - step
        if abs(value - new) <= TOLERANCE * max(1.0, abs(new)) or float(step.norm()) <= TOLERANCE:
            break
        value = new
    normal = w[:-1] / sigma
    return normal, float(w[-1] - normal @ mean)


def _round(rows: Tensor, y: Tensor, weight: Tensor, w: Tensor) -> tuple[Tensor, Tensor, float]:
    """Gradient, Hessian and value of the loss at w; products in single precision, sums in double."""
    d = rows.shape[1]
    gradient, hessian, loss = torch.zeros(d + 1).double(), torch.zeros(d + 1, d + 1).double(), 0.0
    for i in range(0, len(rows), BLOCK):
        a, t, c = rows[i : i + BLOCK], y[i : i + BLOCK], weight[i : i + BLOCK]
        score = a @ w[:-1].float() + float(w[-1])
        p = torch.sigmoid(score)
        g, h = c * (p - t), (c * p * (1 - p)).clamp_min(1e-8)
        gradient[:-1] += (a.T @ g).double()
        gradient[-1] += float(g.sum())
        scaled = a * h[:, None]
        hessian[:-1, :-1] += (a.T @ scaled).double()
        hessian[:-1, -1] += scaled.sum(0).double()
        hessian[-1, -1] += float(h.sum())
        loss += float((c * (torch.nn.functional.softplus(score) - t * score)).sum())
    hessian[-1, :-1] = hessian[:-1, -1]
    return gradient, hessian, loss


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
