"""k-nearest-neighbour accuracy: Cover & Hart 1967, *Nearest neighbor pattern classification*: each item is given the
label of most of its ten nearest ones, itself left out. It needs no training, and asks only whether alike lie together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.geometry.distances import nearest
from trasluz.metrics._inputs import Array, are_quantities, features, labelled, majority
from trasluz.spaces.methods import Measurement, Metric

NEIGHBOURS = 10
Labels = Sequence[object] | np.ndarray | Tensor


@final
class KNN(Metric):
    """The share of items whose nearest neighbours tell their label."""

    name = "knn"
    title = "Nearest-neighbour accuracy"
    takes = ("latents", "labels")
    better = "higher"
    source = "Cover & Hart 1967, k = 10, leave one out"

    def measure(self, *inputs: Any, seed: int = 0, k: int = NEIGHBOURS) -> Measurement:
        """`latents, labels`, each item against the others; or `latents, labels, test_latents, test_labels`."""
        if len(inputs) not in (2, 4):
            raise InvalidArgument(
                "the metric knn takes 2 or 4 inputs", got=len(inputs), allowed="latents, labels[, test latents, labels]"
            )
        rows, labels, left_out = labelled(inputs[0], inputs[1])
        test, truth, more = labelled(inputs[2], inputs[3]) if len(inputs) == 4 else (None, labels, 0)
        said = knn_labels(rows, labels, test, k)
        most, baseline = majority(truth)
        details = {
            "k": k,
            "majority": most,
            "baseline": baseline,
            "labels": len(np.unique(labels)),
            "without": left_out + more,
        }
        return Measurement(self.name, float(np.mean(said == truth)), self.unit, len(truth), details)


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
    votes = torch.from_numpy(codes)[index]
    tally = torch.zeros(len(votes), len(kinds)).scatter_add_(1, votes, torch.ones(votes.shape))
    # The first neighbour, nearest first, whose label has the most votes.
    winner = (tally.gather(1, votes) == tally.max(1, keepdim=True).values).int().argmax(1, keepdim=True)
    return kinds[votes.gather(1, winner)[:, 0].numpy()]
