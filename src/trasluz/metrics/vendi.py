"""The Vendi score: Friedman & Dieng 2023, *The Vendi score: a diversity evaluation metric for machine learning*,
definition 3.1.

VS = exp(-Σ λ_i log λ_i), with λ the eigenvalues of K/n and K the similarity of every item to every other one: the
effective number of different items. n copies of one item score 1, n items without anything in common score n. K is the
cosine of features; where there are more items than features, the eigenvalues are those of the d × d matrix instead.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.geometry.linear_algebra import WIDEST
from trasluz.metrics._inputs import features, there
from trasluz.metrics._intervals import of_halves
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Array, Metric, MetricEvidence

FULL = 3
"""Items of a half for each dimension, from which on its spectrum is like that of all."""


class VendiConfig(Config):
    """How the interval is worked out."""

    halves: int = setting(16, "Halves of the items for the interval, two of a cut; 0 for none.", ge=0, le=1000)


@final
class Vendi(Metric):
    """How many different items samples amount to."""

    name = "vendi"
    title = "Vendi score: effective number of different samples"
    config_type = VendiConfig
    needs = frozenset({"fake"})
    better = "higher"
    source = "Friedman & Dieng 2023, definition 3.1, cosine kernel"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        fake, peers = features(there(evidence.fake, "fake"), "items"), evidence.peers
        value = vendi_score(fake)
        halves = VendiConfig.make(config.dump()).halves

        def of_some(rows: Tensor) -> dict[str, float]:
            return {self.name: vendi_score(fake[rows])}

        # What pairs of items add is told from the rest where a half has enough of them.
        enough = len(fake) >= 2 * FULL * fake.shape[1]
        found = of_halves(
            {self.name: value}, of_some, [len(fake)], seed, halves, progress, of_pairs=enough
        ).get(self.name)  # fmt: skip
        interval = None
        if found is not None:
            low, high = found.interval
            interval = max(1.0, low), min(float(min(fake.shape)), high)
        # More items can be more different ones: only as many compare.
        real = vendi_score(peers) if peers is not None and len(peers) == len(fake) else None
        return self.figure(value, len(fake), interval=interval, real=real, details={"extractor": evidence.features})


def vendi_score(items: Array) -> float:
    """exp of the entropy of the spectrum of K/n, for features `(n, d)`; between 1 and the smaller of n and d.

    Raises:
        InvalidArgument: both n and d are large, or an item has no features (its cosine to others is not defined).
    """
    x = features(items, "items")
    if min(x.shape) > WIDEST:
        raise InvalidArgument(
            "too many items for their similarities", got=f"{x.shape[0]:,} of {x.shape[1]:,} features",
            allowed=f"either up to {WIDEST:,}", next="Measure fewer of them",
        )  # fmt: skip
    norms = x.norm(dim=1, keepdim=True)
    if not bool((norms > 0).all()):
        raise InvalidArgument("items whose features are all zero", got=int((norms == 0).sum()))
    x = x / norms
    gram = x @ x.T if len(x) <= x.shape[1] else x.T @ x
    values = torch.linalg.eigvalsh(gram / len(x)).clamp_min(0)
    return float(torch.special.entr(values).sum().exp())
