"""k-nearest-neighbour accuracy: Cover & Hart 1967, *Nearest neighbor pattern classification*: each item is given the
label of most of its ten nearest ones, itself left out. It needs no training, and asks only whether alike lie together.
By chance: the share of the most frequent label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.geometry.distances import nearest
from trasluz.geometry.neighbours import voted
from trasluz.metrics._inputs import are_quantities, features, labelled, labelled_latents, majority
from trasluz.metrics._intervals import FEWEST, joined, of_halves
from trasluz.spaces.figures import Figure, interval_of_share
from trasluz.spaces.methods import Array, Metric, MetricEvidence

NEIGHBOURS = 10
Labels = Sequence[object] | np.ndarray | Tensor


class KNNConfig(Config):
    """How many are asked."""

    k: int = setting(NEIGHBOURS, "Nearest neighbours that vote.", ge=1, le=1000)
    halves: int = setting(16, "Halves of the items for the interval, two of a cut; 0 for none.", ge=0, le=1000)


@final
class KNN(Metric):
    """The share of items whose nearest neighbours tell their label."""

    name = "knn"
    title = "Nearest-neighbour accuracy"
    config_type = KNNConfig
    needs = frozenset({"latents", "labels"})
    better = "higher"
    source = "Cover & Hart 1967, leave one out"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        """Each item against all others."""
        settings = KNNConfig.make(config.dump())
        k = settings.k
        rows, labels, left_out = labelled_latents(evidence)
        if len(np.unique(labels)) < 2:  # all would be told right, and that would say nothing
            raise InvalidArgument("neighbours tell labels apart where there are two labels or more", got=labels[0])
        right = knn_labels(rows, labels, None, k) == labels
        value = float(np.mean(right))

        def of_some(some: Tensor) -> dict[str, float]:
            mine = labels[some.numpy()]
            return {self.name: float(np.mean(knn_labels(rows[some], mine, None, k) == mine))}

        # Items vote for each other, so that they are not as many as they seem; where all are right, halves are too.
        halves = settings.halves if len(labels) >= 4 * FEWEST else 0
        cut = of_halves({self.name: value}, of_some, [len(labels)], seed, halves, progress, of_pairs=False).get(
            self.name
        )
        both = joined(interval_of_share(int(right.sum()), len(right)), None if cut is None else cut.interval)
        interval = None if both is None else (max(0.0, both[0]), min(1.0, both[1]))
        most, baseline = majority(labels)
        details = {
            "k": k,
            "majority": most,
            "baseline": baseline,
            "labels": len(np.unique(labels)),
            "without": left_out,
        }
        return self.figure(
            value, len(labels), name="accuracy", chance=baseline, details=details, interval=interval
        )  # fmt: skip


def knn_labels(latents: Array, labels: Labels, test: Array | None = None, k: int = NEIGHBOURS) -> np.ndarray:
    """The label that the k nearest latents give to each row of `test`, or to each latent, itself left out.

    Of labels that equally many neighbours have, the one of the nearest neighbour among them.
    """
    rows, names, _ = labelled(latents, labels)
    if are_quantities(names):
        raise InvalidArgument(
            "nearest-neighbour accuracy needs categories, and these labels are quantities", next="Use the metric probe"
        )
    if len(rows) != len(latents):
        raise InvalidArgument("each latent needs a label here", got=f"{len(latents) - len(rows)} without")
    leave_one_out = test is None
    kinds, codes = np.unique(names, return_inverse=True)
    queries = rows if test is None else features(test, "test", torch.float32)
    _, index = nearest(queries, rows, min(k, len(rows) - leave_one_out), itself=leave_one_out)
    return kinds[voted(torch.from_numpy(codes)[index]).numpy()]
