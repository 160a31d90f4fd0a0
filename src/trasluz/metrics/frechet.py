"""Fréchet distance: Dowson & Landau 1982; on features of pictures Heusel et al. 2017, *GANs trained by a two time-scale
update rule converge to a local Nash equilibrium*, equation 6:

    d² = ‖mu₁ - mu₂‖² + Tr(S₁ + S₂ - 2 (S₁ S₂)^½)

It is too large, by an amount that falls as 1 / n: real items in the samples' place show by how much, and halves of the
items tell what endless ones would give. It is worth what its features are worth: say which. "FID" is this distance on
features of Inception alone.
"""

from __future__ import annotations

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.base.shapes import Vectors
from trasluz.geometry.linear_algebra import WIDEST, covariance
from trasluz.metrics._inputs import features, same_width, sets
from trasluz.metrics._intervals import Halved, of_halves
from trasluz.spaces.figures import ENDLESS, Figure
from trasluz.spaces.methods import Array, Metric, MetricEvidence

Vector = Float[Tensor, " d"]
Square = Float[Tensor, "d d"]
FULL = 1.5
"""Items of a half for each dimension, from which on its bias falls as 1 / n."""


class FrechetConfig(Config):
    """How the interval is worked out."""

    halves: int = setting(16, "Halves of the items for the interval, two of a cut; 0 for none.", ge=0, le=1000)


@final
class Frechet(Metric):
    """How far apart two sets of features are, each taken as a Gaussian."""

    name = "frechet"
    title = "Fréchet distance"
    config_type = FrechetConfig
    needs = frozenset({"real", "fake"})
    better = "lower"
    source = "Heusel et al. 2017, eq. 6"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        """Worth what its features are worth: the details name them."""
        halves = FrechetConfig.make(config.dump()).halves
        real, fake = (features(v, k) for v, k in zip(sets(evidence), ("real", "fake"), strict=True))
        value = frechet_distance(real, fake)
        n, d = min(len(real), len(fake)), real.shape[1]
        details: dict[str, Any] = {
            "extractor": evidence.features, "real": len(real), "fake": len(fake), "dimensions": d
        }  # fmt: skip
        if n <= d:
            details["warning"] = (
                f"{n} items for {d} dimensions: the covariance has no full rank, and the distance is biased"
            )

        def of_some(mine: Tensor, others: Tensor) -> dict[str, float]:
            return {self.name: frechet_distance(real[mine], fake[others])}

        found = of_halves({self.name: value}, of_some, [len(real), len(fake)], seed, halves, progress).get(self.name)
        peers = evidence.peers
        # The distance of few items is larger: only as many compare.
        floor = frechet_distance(real, peers) if peers is not None and len(peers) == len(fake) else None
        interval = None if found is None else (max(0.0, found.interval[0]), found.interval[1])
        further = {} if found is None or n < 2 * FULL * d else {"endless": self._endless(value, found, n)}
        return self.figure(value, n, interval=interval, real=floor, further=further, details=details)

    def _endless(self, value: float, found: Halved, n: int) -> Figure:
        """What endless items would give: the distance is larger by c / n, of all items and of halves of them (Chong &
        Forsyth 2020, *Effectively unbiased FID and Inception score*, section 4)."""
        bias = found.mean - value
        low, high = (max(0.0, end - bias) for end in found.interval)
        return self.figure(
            max(0.0, value - bias), n, interval=(low, high), real=0.0, name=ENDLESS,
            source="Chong & Forsyth 2020, section 4",
        )  # fmt: skip


def frechet_distance(real: Array, fake: Array) -> float:
    """Squared distance between the Gaussians of two sets of features `(n, d)` and `(m, d)`."""
    a, b = features(real, "real"), features(fake, "fake")
    same_width(a, b)
    if min(len(a), len(b)) < 2:
        raise InvalidArgument("a Fréchet distance needs two items or more on each side", got=min(len(a), len(b)))
    if len(a) + len(b) <= a.shape[1] or a.shape[1] > WIDEST:
        return _in_span(a, b)
    (mu_a, cov_a), (mu_b, cov_b) = covariance(a), covariance(b)
    return frechet_of_moments(mu_a, cov_a, mu_b, cov_b)


def frechet_of_moments(mu_1: Vector, cov_1: Square, mu_2: Vector, cov_2: Square) -> float:
    """The same from means and covariances.

    The trace of the root comes from the eigenvalues of the symmetric `S₁^½ S₂ S₁^½`, which has those of `S₁ S₂`.
    """
    mu_1, cov_1, mu_2, cov_2 = (t.cpu().double() for t in (mu_1, cov_1, mu_2, cov_2))
    values, vectors = torch.linalg.eigh(cov_1)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    middle = root @ cov_2 @ root
    cross = torch.linalg.eigvalsh((middle + middle.T) / 2).clamp_min(0).sqrt().sum()
    squared = (mu_1 - mu_2).square().sum() + cov_1.trace() + cov_2.trace() - 2 * cross
    return max(float(squared), 0.0)


def _in_span(a: Vectors, b: Float[Tensor, "m d"]) -> float:
    """Fewer items than dimensions: with `S = AᵀA` the trace of the root is the sum of the singular values of `A Bᵀ`."""
    mu_a, mu_b = a.mean(0), b.mean(0)
    a, b = (a - mu_a) / (len(a) - 1) ** 0.5, (b - mu_b) / (len(b) - 1) ** 0.5
    if min(len(a), len(b)) > WIDEST:
        raise InvalidArgument(
            "too many items and dimensions for a Fréchet distance",
            got=f"{len(a)} and {len(b)} items of {a.shape[1]}",
            allowed=f"up to {WIDEST} of either",
            next="Use an extractor with shorter features",
        )
    cross = torch.linalg.svdvals(a @ b.T).sum()
    return max(float((mu_a - mu_b).square().sum() + a.square().sum() + b.square().sum() - 2 * cross), 0.0)
