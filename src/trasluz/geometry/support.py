"""Support: how unlike rows a point of their space is, against what rows are that had no part in it.

Five deviations are looked at, each beside the same of the neighbouring rows, so that a sparse group is measured by its
own measure. Neighbours are found by distances over the root of how far apart rows lie there (Zelnik-Manor and Perona
2004), so that they are of the same group.

- *apart*: how far the k-th neighbour is, over how far theirs are (as LOF does: Breunig et al. 2000);
- *outwards* and *inwards*: the point lies farther from the mean than its neighbours, or nearer, where covariance is 1.
  Nearly all of a distribution of many dimensions lies in a shell about its mean, and nothing at the mean (Nalisnick et
  al. 2019): an average of many rows is near to all and like none. The covariance is shrunk to its diagonal (Chen
  et al. 2010), of more than 512 dimensions it is made of principal components and an even rest;
- *hollow*: all but a few whitened coordinates are next to nothing, as in the corners of a plane through the mean;
- *along*: the largest deviation along one dimension, or along one principal component.

Each is counted from its median, in units of how far its upper end lies from there. The largest counts, in units of what
95 % of held-out rows are within (conformal: Vovk et al. 2005): five times a fifth of the rows is left out of
mean and covariance, and no row is its own neighbour.

Where rows are means of posteriors, neighbours are one draw of each, and means and draws are both to be within. Where a
posterior is as wide as the prior, a dimension says nothing of an item: what a dimension or component counts for is the
share of its variance that lies between rows. Along such a dimension a point can still be too far out.
"""

from __future__ import annotations

import math
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from trasluz.base import rng
from trasluz.base.shapes import Scores, Vectors
from trasluz.geometry.local_density import spaced

SHARE = 0.95
"""Of the rows held out, within support 1."""
UNSUPPORTED = 1.5
"""Support beyond which a point counts as one without: hardly any held-out item of the bundled models lies there."""
FEWEST = 20
"""Rows that differ, below which nothing is said: 95 % of fewer is all of them."""
MOST = 5000
"""Rows that are compared with, evenly spaced where there are more."""
BUDGET = 1 << 24
"""Numbers of all of them: fewer rows where dimensions are many."""
NEIGHBOURS = 10
FOLDS, FEW = 5, 600
"""Parts that are held out in turn, and rows up to which distances among the others are taken anew each time."""
WIDE = 512
"""Dimensions up to which covariance is whole; beyond, as many principal components and an even rest."""
NORMAL = 1.4826
"""Standard deviation of a normal distribution over the median absolute one."""
SHRUNK = 0.3
"""The least that a covariance is drawn to its diagonal: a decoder hardly sees what happens along components of next to
no variance, least of all where dimensions are many."""
SAYS = 0.5
"""Of the most that a component counts for, the least that one counts for whose smallness is looked at."""
UPPER, LOWEST = 0.98, 0.8
"""Where the upper end of one deviation is, of many rows and of few."""
FLOOR, STILL = 1e-3, 1e-5
"""Of the usual size, the least that a distance counts as, and the spread of a dimension."""
BLOCK = 1 << 22
"""Distances in a block."""


@final
class Support:
    """How unlike rows points are. Up to 1 is within what 95 % of rows are that had no part in it."""

    def __init__(self, mu: Vectors, x: Vectors, variance: Float[Tensor, " d"]) -> None:
        """Of rows, draws of their posteriors (or the rows again), and the mean variance of these; `fit` makes them."""
        self._mu, self._rows = mu, x
        self._k = max(3, min(NEIGHBOURS, len(mu) // 40))
        self._frame = _Frame(mu, variance)
        self._cloud, self._size = _Cloud(self._frame.near(x)), self._frame(x)
        self._local = _Local(self._cloud, self._k)
        self._calibrate(variance)
        self._known = _first(mu)

    @classmethod
    def fit(cls, rows: Vectors, log_var: Vectors | None = None) -> Support | None:
        """Of rows `(n, d)`, and the log-variances of their posteriors where they have some; always the same.

        None where fewer than twenty of the rows differ: that is too few to say what is usual.
        """
        mu = rows.detach().float().cpu()
        kept = torch.tensor(sorted(_first(mu).values()), dtype=torch.int64)
        kept = kept[mu[kept].isfinite().all(1)]
        if len(kept) < FEWEST:
            return None
        kept = kept[spaced(len(kept), min(MOST, max(FEWEST, BUDGET // mu.shape[1])))]
        mu = mu[kept].contiguous()
        if log_var is None:
            return cls(mu, mu, torch.zeros(mu.shape[1]))
        sigma = (0.5 * log_var.detach().float().cpu()[kept]).exp()
        noise = torch.randn(mu.shape, generator=rng.generator(0, "posterior draws of the items"))
        return cls(mu, mu + sigma * noise, sigma.square().mean(0))

    def __len__(self) -> int:
        """Rows that are compared with."""
        return len(self._mu)

    def __call__(self, points: Vectors) -> Scores:
        """Of points `(n, d)`, `(n,)`, from 0. Of one of the rows it is what was found when it was held out. Points that
        are no finite numbers are infinitely far."""
        z = points.detach().float().cpu()
        if not len(z):
            return torch.zeros(0)
        near = self._cloud.search(self._frame.near(z), self._k, self._local.closer)
        out = self._joint(_deviations(self._local, self._size, self._frame(z), *near))
        out = torch.where(out.isfinite(), out, torch.inf)
        for i, row in enumerate(z.numpy()):
            known = self._known.get(row.tobytes())
            if known is not None:
                out[i] = self._held[known]
        return out.to(points.device)

    def beyond(self, points: Vectors) -> Scores:
        """The share of held-out rows that are at least as unlike the others as each point `(n, d)` is: a p-value,
        `(n,)`, at least 1 / (n + 1)."""
        less = torch.searchsorted(self._ranked, self(points).cpu())
        return (len(self._ranked) - less + 1) / (len(self._ranked) + 1)

    def _calibrate(self, variance: Tensor) -> None:
        """What is usual: every row held out once, as it is and as a draw."""
        places, has_posterior = torch.arange(len(self._mu)), self._mu is not self._rows
        drawn, means = torch.empty(6, len(places)), torch.empty(6, len(places))
        for fold in range(FOLDS):
            held = places[places % FOLDS == fold]
            frame = _Frame(self._mu[places % FOLDS != fold], variance, self._frame.share)
            few = len(places) <= FEW
            others = self._rows[places % FOLDS != fold] if few else self._rows
            cloud, sizes = _Cloud(frame.near(others)), frame(others)
            local = _Local(cloud, self._k) if few else self._local
            for into, rows in ((drawn, self._rows), (means, self._mu))[: 1 + has_posterior]:
                near = cloud.search(frame.near(rows[held]), self._k, local.closer, None if few else held)
                into[:, held] = _deviations(local, sizes, frame(rows[held]), *near)
        both = [drawn, means] if has_posterior else [drawn]
        self._middle = torch.cat(both, 1).median(1).values
        # Of few rows farther in: an end that is their very last is found again by no new one.
        share = max(LOWEST, min(UPPER, 1 - 10 / len(places)))
        ends = torch.stack([torch.stack([upper(row, share) for row in one]) for one in both]).amax(0)
        self._end = (ends - self._middle).clamp_min(1e-6)
        self._unit = 1.0
        joint = [self._joint(one) for one in both]
        self._unit = max(float(upper(one, SHARE)) for one in joint) or 1.0
        self._held = joint[-1] / self._unit
        self._ranked = self._held.sort().values

    def _joint(self, deviations: Float[Tensor, "6 n"]) -> Scores:
        counted = (deviations - self._middle[:, None]) / self._end[:, None]
        return counted.amax(0).clamp_min(0) / self._unit


@final
class _Cloud:
    """Rows that neighbours are looked for among."""

    def __init__(self, rows: Vectors) -> None:
        self.rows, self._squares = rows, rows.square().sum(1)

    def search(
        self, points: Vectors, k: int, closer: Float[Tensor, " m"] | None = None, own: Int64[Tensor, " n"] | None = None
    ) -> tuple[Int64[Tensor, "n k"], Scores]:
        """The k rows that are nearest to each point, and how far the last is: each distance times what that row counts
        for. `own` are rows that are not to be found."""
        found: list[Tensor] = []
        last: list[Tensor] = []
        step = max(1, BLOCK // len(self.rows))
        for i in range(0, len(points), step):
            q = points[i : i + step]
            d = torch.addmm(self._squares, q, self.rows.T, alpha=-2).add_(q.square().sum(1, keepdim=True))
            d = d.clamp_min_(0).sqrt_()
            if closer is not None:
                d.mul_(closer)
            if own is not None:
                d[torch.arange(len(q)), own[i : i + step]] = math.inf
            values, places = d.topk(k, largest=False)
            found.append(places)
            last.append(values[:, -1])
        return torch.cat(found), torch.cat(last)


@final
class _Local:
    """How far apart rows lie about each of them, and how near its neighbours are by that measure."""

    def __init__(self, cloud: _Cloud, k: int) -> None:
        own = torch.arange(len(cloud.rows))
        self.apart = _floored(cloud.search(cloud.rows, k, own=own)[1])
        self.closer = self.apart.rsqrt()
        self.reached = _floored(cloud.search(cloud.rows, k, self.closer, own)[1])


def _deviations(
    local: _Local, sizes: Float[Tensor, "4 m"], own: Float[Tensor, "4 n"], near: Int64[Tensor, "n k"], reached: Scores
) -> Float[Tensor, "6 n"]:
    """Apart, outwards, inwards, hollow, and along one dimension and one component."""
    around = sizes[:, near].median(2).values
    apart = (reached.clamp_min(1e-12) / local.reached[near].median(1).values).log()
    there = local.apart[near].median(1).values
    # At the middle of few dimensions all directions lead outwards, and it is as good a place as any.
    outwards, fuller = (own[:2] - around[:2]) / there * (around[:2] / there).clamp_max(1)
    along = (own[2:] / around[2:]).log()
    return torch.stack([apart, outwards, -outwards, -fuller, *along])


@final
class _Frame:
    """Where rows have mean 0 and covariance 1, but for what shrinking leaves of it."""

    def __init__(self, mu: Vectors, variance: Float[Tensor, " d"], share: float | None = None) -> None:
        self.mean = mu.mean(0)
        centred = mu - self.mean
        between = centred.square().mean(0)
        usual = float((between + variance).mean()) or 1.0
        self.scale = (between + variance).clamp_min(STILL**2 * usual).sqrt()
        # What most rows do: a group far off makes its dimension wide, and would seem near by that.
        usual_spread = (NORMAL * centred.abs().median(0).values).square().clamp(1e-4 * between, between)
        told = between / (between + variance).clamp_min(1e-30)
        self._close = told / (usual_spread + variance).clamp_min(STILL**2 * usual).sqrt()
        x, noise = centred / self.scale, variance / self.scale**2
        self.share = _shrinkage(x) if share is None else share
        wide = mu.shape[1] > WIDE
        self.components, self.weight, self.rest = (_thin if wide else _whole)(x, noise, self.share)
        says = self.weight >= SAYS * self.weight.max()
        self.told_of, self.half = says.nonzero().flatten(), max(1, int(says.sum()) // 2)

    def near(self, z: Vectors) -> Vectors:
        """Where distances are taken: dimensions of one scale, each counting for what it says of a row."""
        return (z - self.mean) * self._close

    def __call__(self, z: Vectors) -> Float[Tensor, "4 n"]:
        """Distance from the mean, the same in the lesser half of the components that say something, and the largest
        deviation along a dimension and along a component."""
        x = (z - self.mean) / self.scale
        u = x @ self.components
        squared = u.square() @ self.weight
        lesser = u[:, self.told_of].square().topk(self.half, dim=1, largest=False).values.mean(1)
        if self.rest is not None:
            basis, share = self.rest
            squared = squared + (x.square().sum(1) - (x @ basis).square().sum(1)).clamp_min(0) * share
        largest = [v.abs().amax(1).clamp_min(1e-12) for v in (x, u)]
        return torch.stack([squared.sqrt(), (lesser * self.half).sqrt(), *largest])


Parts = tuple[Tensor, Tensor, tuple[Tensor, float] | None]
"""What whitens `(d, k)`, what a component counts for `(k,)`; the basis of the components and what the rest counts."""


def _whole(x: Vectors, noise: Float[Tensor, " d"], share: float) -> Parts:
    between = (x.T @ x / len(x)).double()
    between = (1 - share) * between + share * between.diagonal().diag()
    total = between + noise.double().diag() + FLOOR**2 * torch.eye(len(between), dtype=torch.float64)
    values, vectors = torch.linalg.eigh(total)
    whitening = vectors / values.sqrt()
    signal, turned = torch.linalg.eigh(whitening.T @ between @ whitening)
    return (whitening @ turned).float(), signal.clamp(0, 1).float(), None


def _thin(x: Vectors, noise: Float[Tensor, " d"], share: float) -> Parts:
    n, d = x.shape
    mean = float(x.square().mean())
    k = max(1, min(WIDE, n // 10))
    generator = rng.generator(0, "components of support")
    basis = torch.linalg.qr(x.T @ (x @ torch.randn(d, k, generator=generator))).Q
    for _ in range(2):
        basis = torch.linalg.qr(x.T @ (x @ basis)).Q
    _, singular, turned = torch.linalg.svd(x @ basis, full_matrices=False)
    basis, values = basis @ turned.T, singular.square() / n
    rest = max(float(x.square().sum() / n - values.sum()) / (d - k), FLOOR**2)
    values, rest = (1 - share) * values + share * mean, (1 - share) * rest + share * mean
    own, around = noise @ basis.square(), float(noise.mean())
    total = rest + around
    return basis / (values + own).sqrt(), values / (values + own), (basis, rest / total / total)


def _shrinkage(x: Vectors) -> float:
    """How far the covariance of centred rows `(n, d)` is best drawn to its diagonal (the oracle approximating one)."""
    n, d = x.shape
    gram = (x @ x.T if n < d else x.T @ x).double() / n
    squares, trace = float(gram.square().sum()), float(gram.trace())
    above, below = (1 - 2 / d) * squares + trace**2, (n + 1 - 2 / d) * (squares - trace**2 / d)
    return 1.0 if below <= 0 else max(SHRUNK, min(1.0, above / below))


def upper(values: Scores, share: float) -> Tensor:
    """What a new value is within with this probability, where it comes from where `values` do."""
    return values.sort().values[min(len(values), math.ceil(share * (len(values) + 1))) - 1]


def _floored(distances: Scores) -> Scores:
    """Distances, none of them next to nothing for how large they usually are."""
    return distances.clamp_min(max(FLOOR * float(distances.median()), 1e-12))


def _first(rows: Vectors) -> dict[bytes, int]:
    """Every row that is unlike those before it, by its bytes."""
    out: dict[bytes, int] = {}
    for i, row in enumerate(rows.numpy()):
        out.setdefault(row.tobytes(), i)
    return out
