"""Fisher's linear discriminant: Fisher 1936, *The use of multiple measurements in taxonomic problems*; for many
labels Rao 1948. The within-label covariance is shrunk (Ledoit & Wolf 2004), since a latent space has many dimensions.

The first axis is the direction w that makes `wᵀ S_between w / wᵀ S_within w` largest: the view in which the labels lie
furthest apart for their own width. The axes are made orthonormal, so that the way back is exact in the plane. Fitted
on the rows it draws, it shows the labels somewhat more apart than new items would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Latents, Vectors
from trasluz.geometry.linear_algebra import NOISE, complete, oriented, pca, shrunk
from trasluz.projections._plane import Flat, flat
from trasluz.spaces.column import Column
from trasluz.spaces.methods import Projection, ProjectionMethod

Axes = Float[Tensor, "2 d"]

MOST = 100
"""Labels beyond which the rows are taken to carry numbers, not categories."""


class DiscriminantConfig(Config):
    """How the separating directions are estimated."""

    span: int = setting(256, "Principal components within which the separation is sought.", ge=2, le=2048)
    shrinkage: float | None = setting(
        None,
        "Share of the within-label covariance replaced by a sphere: 0 none, 1 all; null to estimate it.",
        source="Ledoit & Wolf 2004",
        ge=0,
        le=1,
    )


@final
class DiscriminantPlane(Flat):
    """The plane in which labels are separated best."""

    method = "discriminant"
    figures = 3

    def _words(self, numbers: list[float]) -> tuple[str, str]:
        labels, first, second = numbers
        other = f"PC across ({100 * second:.0f} % of the variance)"
        if labels > 2:
            other = f"discriminant 2 ({100 * second:.0f} % between labels)"
        return f"discriminant 1 ({100 * first:.0f} % between labels)", other


@final
class Discriminant(ProjectionMethod):
    """The plane in which the labels lie furthest apart."""

    name = "discriminant"
    title = "Best separation of the labels"
    quick = True
    config_type = DiscriminantConfig
    uses_labels = True

    def fit(self, z: Latents, config: Config, seed: int, labels: Sequence[object] | None = None) -> Projection:
        settings = DiscriminantConfig.make(config.dump())
        rows = flat(z)
        known, codes, count = _codes(labels, len(rows))
        found = pca(rows, min(settings.span, rows.shape[1], max(2, len(rows) - 1)), seed)
        y = (rows.cpu().double() - found.mean) @ found.vectors.T
        w = _directions(y[known], codes, count, settings.shrinkage)
        between = [_between(y[known] @ axis, codes, count) for axis in w]
        if count == 2:
            # The largest spread of what the first axis leaves over.
            rest = pca(y - (y @ w[0])[:, None] * w[0], 1, seed)
            flat_line = float(rest.variances[0]) <= NOISE * found.total
            w = complete(w[:1], 2) if flat_line else torch.stack([w[0], rest.vectors[0]])
            between[1:] = [float(rest.variances[0]) / found.total]
        return DiscriminantPlane.lay(z, found.mean, w @ found.vectors, [float(count), between[0], between[1]])

    def open(self, state: Mapping[str, Tensor]) -> Projection:
        return DiscriminantPlane.read(state)


def _codes(labels: Sequence[object] | None, n: int) -> tuple[Tensor, Tensor, int]:
    """Which rows have a label, the number of each one's label in sorted order, and how many labels there are."""
    if labels is None:
        raise InvalidArgument(
            "the discriminant map separates labels, and none were given", next="Name a column with --color COLUMN"
        )
    if len(labels) != n:
        raise InvalidArgument("one label per row is needed", got=f"{len(labels)} labels for {n} rows")
    column = Column.of("labels", labels)
    known, values = torch.from_numpy(np.flatnonzero(~column.missing)), column.values
    if len(values) < 2:
        raise InvalidArgument(
            "the discriminant map needs two different labels at least",
            got=f"only {values[0]!r}" if values else "none",
            next="Name another column, or use --method pca",
        )
    if len(values) > min(MOST, len(known) - 1):
        raise InvalidArgument(
            "too many different labels to separate",
            got=f"{len(values)} on {len(known)} rows",
            allowed=f"up to {MOST}, and fewer than rows",
            next="Name a column of categories, or use --method pca",
        )
    return known, torch.from_numpy(column.codes)[known], len(values)


def _directions(y: Vectors, codes: Tensor, count: int, shrinkage: float | None) -> Axes:
    """Two orthonormal rows: the directions of the largest and second largest ratio of variances."""
    means = torch.stack([y[codes == c].mean(0) for c in range(count)])
    inside = y - means[codes]
    if shrinkage is None:
        from sklearn.covariance import ledoit_wolf

        within = torch.from_numpy(ledoit_wolf(inside.numpy(), assume_centered=True)[0])
    else:
        within = shrunk(inside.T @ inside / len(y), shrinkage)
    # Where labels have no width at all, or dimensions none: a floor far below anything that was measured.
    floor = 1e-9 * float(y.square().mean())
    root = torch.linalg.cholesky(within + floor * torch.eye(len(within)).to(within))
    offsets = means[codes] - y.mean(0)
    whitened = torch.linalg.solve_triangular(root, offsets.T @ offsets / len(y), upper=False)
    ratio = torch.linalg.solve_triangular(root, whitened.T, upper=False)
    vectors = torch.linalg.eigh((ratio + ratio.T) / 2).eigenvectors.flip(1)[:, : min(2, count - 1)]
    w = torch.linalg.solve_triangular(root.T, vectors, upper=True)
    w = complete(oriented(torch.linalg.qr(w).Q.T), 2)
    # The first label in the alphabet lies to the left of the last one.
    return torch.stack([w[0] if (means[-1] - means[0]) @ w[0] >= 0 else -w[0], w[1]])


def _between(values: Tensor, codes: Tensor, count: int) -> float:
    """The share of an axis' variance that lies between labels (the correlation ratio, squared)."""
    means = torch.stack([values[codes == c].mean() for c in range(count)])
    total = float((values - values.mean()).square().sum())
    return float((means[codes] - values.mean()).square().sum()) / total if total > 0 else 0.0
