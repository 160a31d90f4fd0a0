"""Draws near given points, spread as the data lie there, and how far apart rows lie.

A kernel density estimate with a covariance of its own at every centre (Vincent & Bengio 2002, *Manifold Parzen
windows*): z = c + h L eps, where L Lᵀ is the covariance of the rows nearest to the centre c, shrunk towards
its diagonal. Codes of things that have hair of one colour or another lie in clumps; one Gaussian over all of them puts
draws between the clumps, this puts them in one.

L is never formed. With the k neighbours as rows of X, centred and over sqrt(k - 1), `Xᵀ e` with e ~ N(0, I_k) has
their covariance: a draw costs k times d, whatever d is.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Scores, Vectors
from trasluz.geometry.distances import nearest, nearest_distances

Rows = Float[Tensor, "rows d"]
"""Encoded items, flattened."""
NEIGHBOURS = 24
"""Rows whose covariance a draw is spread by."""
SPREAD = 0.7
"""h: a draw lies about as far from its centre as the nearest row does, and looks related and not the same."""
SHRINKAGE = 0.1
"""Share of the variance that goes to the single dimensions, beyond the few directions that the neighbours span."""
SHARE = 0.95
"""Of the rows that have a neighbour within the reach."""
ASKED = 5000
"""Rows whose nearest neighbour is looked up for it, evenly spaced where there are more."""


def draw_near(centre: Float[Tensor, " d"], neighbours: Rows, seed: int, index: int, scale: float = 1.0) -> Tensor:
    """One draw `(d,)` about a centre, spread as `neighbours` `(k, d)` are; a function of (seed, index) alone."""
    k, d = neighbours.shape
    if k < 2:
        raise InvalidArgument("a covariance needs two rows or more", got=k)
    factor = (neighbours - neighbours.mean(0)) / math.sqrt(k - 1)
    e = rng.normal(1, (k + d,), seed, "near", start=index)[0].to(factor)
    together = factor.T @ e[:k]
    alone = factor.square().sum(0).sqrt() * e[k:]
    return centre + scale * SPREAD * (math.sqrt(1 - SHRINKAGE) * together + math.sqrt(SHRINKAGE) * alone)


def draws_near(
    centres: Vectors, rows: Rows, seed: int, *, start: int = 0, scale: float = 1.0, k: int = NEIGHBOURS
) -> Vectors:
    """One draw about each centre `(n, d)`, spread as the k rows nearest to it are; draw i is number start + i."""
    different, which = centres.unique(dim=0, return_inverse=True)
    _, near = nearest(different, rows, min(k, len(rows)))
    made = [
        draw_near(c, rows[near[w]], seed, start + i, scale) for i, (c, w) in enumerate(zip(centres, which, strict=True))
    ]
    return torch.stack(made) if made else centres.clone()


def spaced(n: int, most: int) -> Int64[Tensor, " m"]:
    """Which of n rows stand for all, `(m,)`: all of them up to `most`, else as many, evenly spaced."""
    return torch.linspace(0, n - 1, min(n, most)).round().long()


def reach(rows: Rows) -> float:
    """The distance within which 95 % of the rows have a neighbour; 1 where no two rows differ.

    Where nearly all rows lie on others that is 0, and those that differ decide, one of each.
    """
    if len(rows) < 2:
        return 1.0
    some = rows[spaced(len(rows), ASKED)]
    within = _usual(nearest(some, rows, 2)[0][:, 1])
    if within > 0:
        return within
    different = some.unique(dim=0)
    return _usual(nearest_distances(different)) if len(different) > 1 else 1.0


def _usual(distances: Scores) -> float:
    """What 95 % of distances are within."""
    return float(distances.sort().values[math.ceil(SHARE * len(distances)) - 1])
