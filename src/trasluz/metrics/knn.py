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
LEAST = 8
"""Of what hangs together, groups below which nothing is said."""
BLOCK = 512
QUANTITIES = "nearest-neighbour accuracy needs categories, and these labels are quantities"
PROBE = "Use the metric probe"
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
        rows, labels, left_out, groups = labelled_latents(evidence)
        if len(np.unique(labels)) < 2:  # all would be told right, and that would say nothing
            raise InvalidArgument("neighbours tell labels apart where there are two labels or more", got=labels[0])
        if are_quantities(labels):
            raise InvalidArgument(QUANTITIES, next=PROBE)
        if groups is not None and len(np.unique(groups)) < LEAST:
            raise InvalidArgument(
                "too few that do not hang together", got=len(np.unique(groups)), allowed=f"{LEAST} or more"
            )
        if groups is not None and _each_of_one_group(labels, groups):
            raise InvalidArgument("no label is of two groups, so that none tells another's", got=len(np.unique(labels)))

        def told(rows: Tensor, labels: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
            return knn_labels(rows, labels, None, k) if groups is None else _of_others(rows, labels, groups, k)

        right = told(rows, labels, groups) == labels
        value = float(np.mean(right))

        def of_some(some: Tensor) -> dict[str, float]:
            mine, places = labels[some.numpy()], some.numpy()
            found = told(rows[some], mine, None if groups is None else groups[places])
            return {self.name: float(np.mean(found == mine))}

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


def _each_of_one_group(labels: np.ndarray, groups: np.ndarray) -> bool:
    pairs = {(label, group) for label, group in zip(labels.tolist(), groups.tolist(), strict=True)}
    return len(pairs) == len(np.unique(labels))


def _of_others(rows: Tensor, labels: np.ndarray, groups: np.ndarray, k: int) -> np.ndarray:
    """The label that the nearest ones of other groups give to each."""
    kinds, codes = np.unique(labels, return_inverse=True)
    group, found = torch.from_numpy(groups), []
    most = min(k, len(rows) - int(group.unique(return_counts=True)[1].max()))
    if most < 1:
        raise InvalidArgument("too few that do not hang together", got=1, allowed="2 or more")
    for some in torch.arange(len(rows)).split(BLOCK):
        far = torch.cdist(rows[some].double(), rows.double()).masked_fill(group[some][:, None] == group, torch.inf)
        found.append(far.topk(most, largest=False).indices)
    return kinds[voted(torch.from_numpy(codes)[torch.cat(found)]).numpy()]


def knn_labels(latents: Array, labels: Labels, test: Array | None = None, k: int = NEIGHBOURS) -> np.ndarray:
    """The label that the k nearest latents give to each row of `test`, or to each latent, itself left out.

    Of labels that equally many neighbours have, the one of the nearest neighbour among them.
    """
    rows, names, _ = labelled(latents, labels)
    if are_quantities(names):
        raise InvalidArgument(QUANTITIES, next=PROBE)
    if len(rows) != len(latents):
        raise InvalidArgument("each latent needs a label here", got=f"{len(latents) - len(rows)} without")
    leave_one_out = test is None
    kinds, codes = np.unique(names, return_inverse=True)
    queries = rows if test is None else features(test, "test", torch.float32)
    _, index = nearest(queries, rows, min(k, len(rows) - leave_one_out), itself=leave_one_out)
    return kinds[voted(torch.from_numpy(codes)[index]).numpy()]
