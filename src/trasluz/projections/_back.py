"""The way back from a bent map, and the way to it of latents that it has not seen; in closed form, from arrays alone.

A place p becomes a blend of the latents of the k rows that lie nearest to it, refined by a regressor g from the
plane to latents that says how latents change between places (a residual form of Shepard's method):

    f(p) = g(p) + Σ_i w_i(p) (z_i − g(p_i)),    w_i(p) ∝ ((R − d_i) / d_i)²,   d_i = |p − p_i|

R is the distance of the (k+1)-th row, so that the bandwidth follows the density, f is continuous, and a row's own place
gives that row back (Franke & Little's weights: Franke 1982, *Scattered data interpolation*, Math. Comp. 38). g is a
ridge regression on Gaussians at landmarks spread over the map by farthest points (Gonzalez 1985).

A latent z goes to the place whose way back is nearest to it, argmin_p |f(p) − z|, as in principal curves (Hastie &
Stuetzle 1989, eq. 2), looked for around the places of the rows nearest to z.
"""

from __future__ import annotations

import math
from typing import final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from trasluz.base.shapes import Plane, Vectors
from trasluz.geometry.distances import ExactIndex, farthest

LANDMARKS = 300
"""Gaussians of the regressor, at most."""
WIDTH = 1.0
"""Standard deviation of a Gaussian, in units of the map: the distance that UMAP calls its spread."""
RIDGE = 1.0
"""Rows that vote for 0 along each weight."""
STARTS = 8
"""Rows near a latent around whose places its own is looked for."""
ROUNDS, DIRECTIONS = 6, 8
"""Of the search: steps, and ways to go at each; a step that finds nothing better halves the next one."""
BLOCK = 4096
"""Places at a time."""
COPY, FLOOR = 1e-6, 1e-8
"""Shares of the bandwidth: below the first a place is the row's own; and a weight that no row of the k falls below,
for places so far away that all are equally far."""


@final
class WayBack:
    """Rows `(n, d)` that lie at places `xy (n, 2)`, as a function from places to rows and back."""

    def __init__(
        self,
        xy: Plane,
        rows: Vectors,
        blend: int,
        landmarks: Float[Tensor, "m 2"],
        weights: Float[Tensor, "w d"],
    ) -> None:
        # Products round by the order in memory, and a map read from disk is to be the same to the last bit.
        self.xy, self.rows, self.blend = xy.contiguous(), rows.contiguous(), min(blend, len(xy) - 1)
        self._by_place, self._by_row = ExactIndex(self.xy), ExactIndex(self.rows)
        self.landmarks, self.weights = landmarks.contiguous(), weights.contiguous()
        self._rest = torch.cat([z - self._regress(p) for p, z in zip(xy.split(BLOCK), rows.split(BLOCK), strict=True)])

    @classmethod
    def fit(cls, xy: Plane, rows: Vectors, blend: int) -> WayBack:
        """The regressor in closed form."""
        landmarks = spread(xy, LANDMARKS)
        gram, right = torch.zeros(()), torch.zeros(())
        for places, part in zip(xy.split(BLOCK), rows.split(BLOCK), strict=True):
            phi = _features(places, landmarks).double()
            gram, right = gram + phi.T @ phi, right + phi.T @ part.double()
        penalty = torch.full((len(landmarks) + 1,), RIDGE, dtype=torch.float64)
        penalty[-1] = 0  # the constant is free
        weights = torch.linalg.solve(gram + penalty.diag(), right).float()
        return cls(xy, rows, blend, landmarks, weights)

    def inverse(self, xy: Plane) -> Vectors:
        """Places `(n, 2)` to rows `(n, d)`."""
        if not len(xy):
            return self.rows[:0]
        return torch.cat([self._blended(part) for part in xy.split(BLOCK)])

    def project(self, rows: Vectors) -> Plane:
        """Rows `(n, d)` to the places `(n, 2)` whose way back is nearest to them."""
        if not len(rows):
            return self.xy[:0]
        return torch.cat([self._placed(part) for part in rows.split(BLOCK // DIRECTIONS)])

    def _regress(self, xy: Plane) -> Vectors:
        return _features(xy, self.landmarks) @ self.weights

    def _blended(self, xy: Plane) -> Vectors:
        d, near = self._by_place(xy, self.blend + 1)
        share = (d[:, :-1] / d[:, -1:].clamp_min(1e-30)).clamp(COPY, 1)
        w = (1 / share - 1).square() + FLOOR
        w = w / w.sum(1, keepdim=True)
        blend = F.embedding_bag(near[:, :-1].contiguous(), self._rest, per_sample_weights=w, mode="sum")
        return blend + self._regress(xy)

    def _placed(self, rows: Vectors) -> Plane:
        every = torch.arange(len(rows))
        near = self._by_row(rows, min(STARTS, len(self.rows)))[1]
        place, error = self._best(self.xy[near], rows)
        own = self._by_place(place, min(STARTS, len(self.xy)))[0]
        step = own[:, -1] / 2  # the search begins within the neighbourhood of its start
        turn = torch.arange(DIRECTIONS) * (2 * math.pi / DIRECTIONS)
        ways = torch.stack([turn.cos(), turn.sin()], 1)
        for _ in range(ROUNDS):
            new, found = self._best(place[every, None] + step[:, None, None] * ways, rows)
            better = found < error
            place, error = torch.where(better[:, None], new, place), torch.where(better, found, error)
            step = torch.where(better, step, step / 2)
        return place

    def _best(self, places: Float[Tensor, "n c 2"], rows: Vectors) -> tuple[Plane, Float[Tensor, " n"]]:
        """The best of some places for each row, and its squared error."""
        back = self.inverse(places.reshape(-1, 2)).reshape(*places.shape[:2], -1)
        error, which = (back - rows[:, None]).square().sum(2).min(1)
        return places[torch.arange(len(rows)), which], error


def spread(xy: Plane, most: int) -> Float[Tensor, "m 2"]:
    """Places far from each other, `most` at most."""
    return xy[farthest(xy, most)].clone()


def _features(xy: Plane, landmarks: Float[Tensor, "m 2"]) -> Float[Tensor, "n w"]:
    d = torch.cdist(xy, landmarks, compute_mode="donot_use_mm_for_euclid_dist")
    return F.pad(d.square_().mul_(-0.5 / WIDTH**2).exp_(), (0, 1), value=1.0)
