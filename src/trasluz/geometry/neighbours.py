"""What neighbours say: the label or the number that the nearest rows give, and how far a map keeps neighbours together.

Trustworthiness and continuity: Venna & Kaski 2001, *Neighborhood preservation in nonlinear projection methods: an
experimental study*, equations 1 and 2. With U_i the rows among the k nearest of row i on the map but not in the space,
and r the rank in the space, trustworthiness is `1 - 2 / (n k (2n - 3k - 1)) Σ_i Σ_{j in U_i} (r(i, j) - k)`;
continuity is the same with map and space changed over.
"""

from __future__ import annotations

import torch
from jaxtyping import Int64
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Plane, Scores, Vectors
from trasluz.geometry.distances import distance_blocks, nearest

HELD_OUT, MOST_HELD_OUT = 0.1, 1000
"""Share of the rows that a figure of new ones is measured on, and how many at most."""

Near = Int64[Tensor, "n k"]
"""For each row those nearest to it, nearest first."""


def parts_held_out(n: int, seed: int, most: int = 1) -> list[Int64[Tensor, " m"]]:
    """Rows of n to hold out of a map, a tenth of them in each of up to `most` parts that share none."""
    # The kind of map that did so first gave the draw its name.
    order = torch.randperm(n, generator=rng.generator(seed, "umap, rows held out"))
    count = min(MOST_HELD_OUT, max(1, round(HELD_OUT * n)))
    return list(order[: count * min(most, n // count)].split(count)) if n else []


def all_but(n: int, rows: Int64[Tensor, " m"]) -> Int64[Tensor, " r"]:
    """The other rows of n, in order."""
    left = torch.ones(n, dtype=torch.bool)
    left[rows] = False
    return torch.nonzero(left).flatten()


def voted(near: Int64[Tensor, "n k"]) -> Int64[Tensor, " n"]:
    """The value `(n,)` that most of the neighbours have, by their values `(n, k)`, nearest first; of values that
    equally many have, the one of the nearest neighbour among them."""
    kinds, codes = near.unique(return_inverse=True)
    tally = torch.zeros(len(near), len(kinds)).scatter_add_(1, codes, torch.ones(codes.shape))
    winner = (tally.gather(1, codes) == tally.amax(1, keepdim=True)).int().argmax(1, keepdim=True)
    return near.gather(1, winner)[:, 0]


def torn(space: Near, plane: Near) -> Scores:
    """The share of each row's k nearest in the space that are not among its k nearest on the map, `(n,)`. A layout by
    chance gives `1 - k / (n - 1)`."""
    return 1 - (space[:, :, None] == plane[:, None, :]).any(2).float().mean(1)


def kept_together(rows: Vectors, xy: Plane, k: int) -> tuple[Scores, Scores]:
    """Trustworthiness and continuity of each of n rows, `(n,)` both: 1 where its neighbours on the map are its
    neighbours in the space, and the other way round. Their means are those of the map.

    Args:
        k: Neighbours, fewer than half of the rows.
    """
    n = len(rows)
    if not 1 <= k < n / 2:
        raise InvalidArgument("fewer neighbours than half of the rows", got=k, allowed=f"1 to {(n - 1) // 2}")
    in_space, on_map = nearest(rows, rows, k, itself=True)[1], nearest(xy, xy, k, itself=True)[1]
    worst = k * (2 * n - 3 * k - 1) / 2
    trust = 1 - _beyond(rows, on_map, k) / worst
    return trust, 1 - _beyond(xy, in_space, k) / worst


def kept_by_chance(n: int, k: int) -> float:
    """What trustworthiness and continuity of a layout by chance are expected to be: the ranks of k rows that are drawn
    from n - 1 are spread evenly."""
    return 1 - (n - k) * (n - k - 1) / ((n - 1) * (2 * n - 3 * k - 1))


def _beyond(rows: Vectors, near: Near, k: int) -> Scores:
    """By how many ranks beyond the k-th some rows `(n, k)` are, in the sum over those of each row, `(n,)`."""
    out = torch.zeros(len(rows))
    for which, d in distance_blocks(rows, rows):
        own = torch.arange(which.start, which.start + len(d))
        d[torch.arange(len(d)), own] = torch.inf
        for found in near[which].T:
            rank = 1 + (d < d.gather(1, found[:, None])).sum(1)
            out[which] += (rank - k).clamp_min(0)
    return out
