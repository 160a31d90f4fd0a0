"""Are samples new? After the data-copying test of Meehan, Chaudhuri & Dasgupta 2020, *A non-parametric test to detect
data-copying in generative models*: how near samples come to a training item, against how near unseen items come.

Items of a test split were never trained on, so their distances to the nearest training item show what chance brings.
A sample nearer to a training item than all but 5 % of the test items is a near copy: of a model that only learned the
distribution, 5 % of the samples are (1 in n + 1 where the n test items are fewer than 20); of one that memorised, most.
To be far from them all is not to be new: a sample farther from every training item than all but 5 % of the test items
is off the data, and that share comes along.
"""

from __future__ import annotations

import math
from typing import final

from jaxtyping import Int64
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.base.shapes import Scores
from trasluz.geometry.distances import nearest
from trasluz.metrics._inputs import sets, there
from trasluz.metrics._intervals import of_medians
from trasluz.spaces.figures import Figure, interval_of_share
from trasluz.spaces.methods import Array, Metric, MetricEvidence

SHARE = 0.05
"""Of the test items that come nearer to a training item than one limit, and farther from it than the other."""
LISTED = 16
"""Samples nearest to a training item that the details list."""


@final
class Novelty(Metric):
    """The share of samples that are nearly copies of a training item, and of those that are like none; beside what
    unseen items give of either, 0.05 where there are 20 or more."""

    name = "novelty"
    title = "Near copies of training items, and samples off the data"
    needs = frozenset({"train", "real", "fake"})
    better = "lower"
    source = "after Meehan et al. 2020"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        """In features or in pixels (bytes may stay memory-mapped)."""
        train, (test, fake) = there(evidence.train, "train"), sets(evidence)
        unseen, _ = nearest_training_item(test, train)
        made, copied = nearest_training_item(fake, train)
        ranked, rank = unseen.sort().values, math.ceil(SHARE * len(unseen)) - 1
        # Below the k-th of n come k of n + 1 further ones, in the mean: of few items that is not 5 %.
        expected = (rank + 1) / (len(unseen) + 1)
        limit, far_limit = float(ranked[rank]), float(ranked[-1 - rank])
        # A limit of 0: real items have twins among the training items, and a sample is near where it is one too.
        near = made < limit if limit > 0 else made <= limit
        off = made > far_limit
        median = float(unseen.median())
        closest = made.argsort(stable=True, dim=0)[:LISTED].tolist()
        details = {
            "features": evidence.features,
            "expected": expected,
            "limit": limit,
            "far_limit": far_limit,
            "ratio_of_medians": float(made.median()) / median if median > 0 else math.inf,
            "identical": int((made == 0).sum()),
            "closest": [{"sample": i, "train": int(copied[i]), "distance": float(made[i])} for i in closest],
            "train": len(train),
            "test": len(test),
        }
        further = {
            "off_data": self.figure(
                float(off.double().mean()), len(fake), name="share off the data", real=expected,
                interval=interval_of_share(int(off.sum()), len(off), len(unseen)),
            )
        }  # fmt: skip
        if median > 0:
            further["distance"] = self.figure(
                details["ratio_of_medians"], len(fake), name="distance to training items, unseen ones = 1",
                better=None, interval=of_medians(made, unseen, seed), real=1.0,
            )  # fmt: skip
        return self.figure(
            float(near.double().mean()), len(fake), real=expected, further=further, details=details,
            interval=interval_of_share(int(near.sum()), len(near), len(unseen)),
        )  # fmt: skip


def nearest_training_item(items: Array, train: Array) -> tuple[Scores, Int64[Tensor, " n"]]:
    """Distance of each item `(n, ...)` to the nearest training item `(m, ...)`, and which one that is."""
    for name, rows in (("items", items), ("train", train)):
        if len(rows.shape) < 2 or 0 in rows.shape:
            raise InvalidArgument(f"{name}: some items are needed", got=tuple(rows.shape), allowed="(n, ...)")
        # A sum shows what is not finite, and needs no mask as large as the items.
        if not math.isfinite(float(rows.sum())):
            raise InvalidArgument(
                f"{name}: not all are finite numbers", next="Look for NaN in what they were made from"
            )
    distances, indices = nearest(items, train)
    return distances[:, 0], indices[:, 0]
