"""Paths among data: the shortest ones in the graph of nearest neighbours, with distances to a power.

Bijral, Ratliff & Srebro 2011, *Semi-supervised learning with density based distances*: a link costs `|x - y|^q`. With
q > 1 many short links are cheaper than one long link, so that the path goes where data are dense and around holes; as
the data grow it tends to the shortest curve under the density to the power (1 - q) / d (Sajama & Orlitsky 2005;
Hwang, Damelin & Hero 2016, *Shortest path through random points*).
"""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.shapes import Vectors
from trasluz.geometry.distances import nearest

SHORTEST = 1e-12
"""Share of the longest link that a link of no length counts as: the graph takes 0 for no link at all."""


@final
class NeighbourGraph:
    """Rows `(n, d)`, each linked with its k nearest; links lead both ways."""

    def __init__(self, rows: Vectors, k: int, power: float) -> None:
        self.rows = rows
        self._power = power
        # Neighbours of a chain of islands may never meet: as many more as it takes.
        self._k = min(k, len(rows) - 1)
        self._matrix = self._linked()

    def _linked(self) -> object:
        from scipy.sparse import csr_matrix

        n = len(self.rows)
        distance, index = nearest(self.rows, self.rows, self._k, itself=True)
        cost = (distance.double() / distance.max().double().clamp_min(1e-300)).clamp_min(SHORTEST) ** self._power
        origin = np.repeat(np.arange(n), self._k)
        matrix = csr_matrix((cost.flatten().cpu().numpy(), (origin, index.flatten().cpu().numpy())), shape=(n, n))
        return matrix.maximum(matrix.T)

    def path(self, start: int, end: int) -> list[int]:
        """The rows on the cheapest path from one row to another, both included."""
        from scipy.sparse.csgraph import dijkstra

        while True:
            _, before = dijkstra(self._matrix, directed=False, indices=start, return_predecessors=True)
            if start == end or before[end] >= 0:
                break
            self._k = min(2 * self._k, len(self.rows) - 1)
            self._matrix = self._linked()
        found = [end]
        while found[-1] != start:
            found.append(int(before[found[-1]]))
        return found[::-1]


def nearness(z: Tensor, rows: Tensor, grain: float) -> Tensor:
    """Squared distance of `(n, d)` to the nearest of some rows, `(n,)`, smooth enough to be followed: a soft minimum
    whose softness is a quarter of `grain`, the usual distance of rows from each other."""
    h2 = (grain / 4) ** 2
    return -2 * h2 * torch.logsumexp(-torch.cdist(z, rows).square() / (2 * h2), dim=1)
