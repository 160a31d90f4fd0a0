"""Fisher's linear discriminant: Fisher 1936, *The use of multiple measurements in taxonomic problems*; for many
labels Rao 1948. The within-label covariance is shrunk (Ledoit & Wolf 2004), since a latent space has many dimensions.

The first axis is the direction w that makes `wᵀ S_between w / wᵀ S_within w` largest: the view in which the labels lie
furthest apart for their own width. The axes are made orthonormal, so that the way back is exact in the plane.

Fitted on the rows it draws, it shows labels further apart than those of new items would lie, and where dimensions are
many and rows few, far apart even where labels mean nothing. So the share of the variance between labels that it states
is cross-validated (Stone 1974, *Cross-validatory choice and assessment of statistical predictions*): in each of five
folds the axis is fitted on the other rows. By chance, shuffled labels give (labels - 1) / (rows - 1) of a fold. The
principal components that it is sought within look at no labels, and are those of all rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import generator
from trasluz.base.shapes import Latents, Vectors
from trasluz.geometry.linear_algebra import NOISE, complete, oriented, pca, shrunk
from trasluz.projections._plane import Flat, flat
from trasluz.spaces.column import Column
from trasluz.spaces.figures import Figure, interval_of_mean
from trasluz.spaces.methods import Projection, ProjectionMethod

Axes = Float[Tensor, "2 d"]

FOLDS = 5
"""That the stated separation is cross-validated by."""
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
    figures, once = 9, (7, 3)

    def _apart(self, numbers: list[float]) -> Figure | None:
        held = numbers[3:]
        if not held or not math.isfinite(held[0]):
            return None
        ends = held[4:]
        return Figure(
            held[0], better="higher", n=int(held[3]), chance=held[2], source="Fisher 1936; Stone 1974",
            name="share of variance between labels, cross-validated",
            interval=(ends[0], ends[1]) if ends and math.isfinite(ends[0]) else None,
        )  # fmt: skip

    def _words(self, numbers: list[float]) -> tuple[str, str]:
        labels, first, second, *held = numbers
        fitted = " on the rows it was fitted on"
        if not held or not math.isfinite(held[0]):
            one, two = f"{100 * first:.0f} % between labels{fitted}", f"{100 * second:.0f} % between labels{fitted}"
        else:
            new, next_, chance, n = held[:4]
            beside = f"cross-validated; {100 * chance:.0f} % by chance, n = {n:,.0f}"
            one = f"{100 * new:.0f} % between labels, {beside}"
            two = f"{100 * next_:.0f} % between labels, cross-validated"
        across = f"discriminant 2 ({two})" if labels > 2 else f"PC across ({100 * second:.0f} % of the variance)"
        return f"discriminant 1 ({one})", across


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
        held = _cross_validated(y[known], codes, count, settings.shrinkage, seed)
        return DiscriminantPlane.lay(z, found.mean, w @ found.vectors, [float(count), *between[:2], *held])

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


def _cross_validated(y: Vectors, codes: Tensor, count: int, shrinkage: float | None, seed: int) -> list[float]:
    """The share between labels along both axes on rows that they were not fitted on, what shuffled labels give, how
    many rows these are, and the ends of the first share's 95 % interval, by what the folds differ; NaN where no fold
    has rows of two labels, twice one of them, and of an interval where fewer than three have. Each fold has its share
    of every label."""
    order = torch.randperm(len(codes), generator=generator(seed, "discriminant, folds"))
    fold = torch.empty_like(codes)
    fold[order[codes[order].argsort(stable=True)]] = torch.arange(len(codes)) % FOLDS
    inside, whole, shuffled, n = torch.zeros(2).double(), torch.zeros(2).double(), 0.0, 0
    shares: list[float] = []
    for k in range(FOLDS):
        rest, held = codes[fold != k], codes[fold == k]
        labels, mine = rest.unique(return_inverse=True)[0], held.unique(return_inverse=True)[1]
        seen = int(mine.max()) + 1 if len(held) else 0
        if len(labels) < 2 or len(labels) >= len(rest) or seen < 2 or seen >= len(held):
            continue
        w = _directions(y[fold != k], torch.searchsorted(labels, rest), len(labels), shrinkage)
        along = y[fold == k] @ w.T
        spread = (along - along.mean(0)).square().sum(0)
        between = torch.stack([torch.tensor(_between(v, mine, seen)) for v in along.T])
        shares.append(float(between[0]))
        inside += spread * between
        whole += spread
        shuffled += float(spread[0]) * (seen - 1) / (len(held) - 1)
        n += len(held)
    if n == 0 or float(whole[0]) <= 0:
        return [math.nan, math.nan, math.nan, 0.0, math.nan, math.nan]
    # Across the first axis there may be nothing at all, such as a dimension that is the same everywhere.
    first, second = (inside / whole.clamp_min(1e-30)).tolist()
    found = interval_of_mean(shares)
    half = None if found is None else (found[1] - found[0]) / 2
    ends = [math.nan, math.nan] if half is None else [max(0.0, first - half), min(1.0, first + half)]
    return [first, second, shuffled / float(whole[0]), float(n), *ends]


def _between(values: Tensor, codes: Tensor, count: int) -> float:
    """The share of an axis' variance that lies between labels (the correlation ratio, squared)."""
    means = torch.stack([values[codes == c].mean() for c in range(count)])
    total = float((values - values.mean()).square().sum())
    return float((means[codes] - values.mean()).square().sum()) / total if total > 0 else 0.0
