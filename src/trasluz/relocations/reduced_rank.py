"""A linear map through few dimensions: reduced-rank ridge regression (Izenman 1975, *Reduced-rank regression for the
multivariate linear model*; Mukherjee & Zhu 2011, *Reduced rank ridge regression*, section 2).

The rank says how many dimensions the two spaces share. With W the ridge solution and V_r the first r right singular
vectors of XW (with the penalty's rows √λ W below it), the best map of rank r is W V_r V_rᵀ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.relocations._affine import Affine, Centred, Ridge
from trasluz.spaces.relocation import WIDEST, Pairs, Relocation, RelocationMethod, Shape

RANKS = 24
"""Ranks that are tried beyond the first eight, at most: ever fewer, the larger they are."""


class ReducedRankConfig(Config):
    """The rank."""

    rank: int | None = setting(
        None, "Dimensions that the map goes through; null to choose it by items held aside.", unit="dimensions", ge=1
    )


@final
class ReducedRank(RelocationMethod):
    """A linear map through fewer dimensions than either space has."""

    name = "reduced-rank"
    title = "Linear through few dimensions (reduced-rank regression)"
    config_type = ReducedRankConfig
    rung = 5
    source = "Mukherjee & Zhu 2011, eq. 4"

    def why_not(self, source: Shape, target: Shape, items: int) -> str | None:
        widest = torch.Size(target).numel()
        return None if widest <= WIDEST else f"a matrix of {widest:,} dimensions is too large"

    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        settings = ReducedRankConfig.make(config.dump())
        rows = Centred.of(pairs)
        every = Ridge(rows.x, rows.y)
        penalty = every.best(rows.x_aside, rows.y_aside)
        inner, cross = every.inner(penalty), every.cross
        image = (rows.x @ inner) @ cross
        gram = image.T @ image + penalty * (cross.T @ (inner.T @ inner) @ cross)
        vectors = torch.linalg.eigh(gram).eigenvectors.flip(1)
        most = min(rows.x.shape[1], rows.y.shape[1], len(rows.x))
        if settings.rank is not None and settings.rank > most:
            raise InvalidArgument(
                "a rank of no more than the dimensions and the items", got=settings.rank, allowed=f"1 to {most}"
            )
        rank = settings.rank or _best((rows.x_aside @ inner) @ cross, rows.y_aside, vectors, most)
        v = vectors[:, :rank]
        chosen = {"penalty": penalty, "rank": float(rank)}
        return rows.affine(self.name, pairs, inner @ (cross @ v), v.T.contiguous(), chosen)

    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        return Affine.read(self.name, ["penalty", "rank"], state, source, target)


def _best(guess: Tensor, y: Tensor, vectors: Tensor, most: int) -> int:
    """The rank of the least error on rows `(m, e)` that nothing was fitted on."""
    ranks = {max(1, round(most ** (k / (RANKS - 1)))) for k in range(RANKS)} | set(range(1, min(most, 8) + 1))
    inside, wanted = guess @ vectors, y @ vectors
    # In the coordinates of the vectors a rank keeps the first of them, and errors add up.
    kept = (inside - wanted).square().sum(0).cumsum(0)
    left = wanted.square().sum(0)
    beyond = left.sum() - left.cumsum(0)
    return min(sorted(ranks), key=lambda rank: float(kept[rank - 1] + beyond[rank - 1]))
