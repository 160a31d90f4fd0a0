"""Mutual nearest neighbours: Huh et al. 2024, *The Platonic Representation Hypothesis*, appendix A. Of an item's k
nearest in the one space, the share that are among its k nearest in the other."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.geometry.distances import nearest
from trasluz.spaces.similarity import Similarity

NEIGHBOURS = 10


@final
class MutualKNN(Similarity):
    """The share of the ten nearest that two spaces agree on; of items that are few, as many as a quarter of them."""

    name = "mutual-knn"
    title = "Mutual nearest neighbours"
    source = "Huh et al. 2024, eq. 11"

    def prepare(self, rows: Tensor) -> Any:
        n = len(rows)
        k = min(NEIGHBOURS, max(1, n // 4))
        near = nearest(rows, rows, k, itself=True)[1]
        return torch.zeros(n, n, dtype=torch.bool).scatter_(1, near, True), k

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        (a, k), (b, _) = first, second
        moved = b if order is None else b[order][:, order]
        return int((a & moved).sum()) / (k * len(a))
