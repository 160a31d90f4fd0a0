"""Morcos, Raghu & Bengio 2018, *Insights on representational similarity in neural networks with canonical correlation*:
canonical correlations weighed by how much of the first space each canonical variate accounts for."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.similarities._canonical import product, subspace, too_few
from trasluz.spaces.similarity import Similarity


@final
class PWCCA(Similarity):
    """The mean canonical correlation, weighed by the first space."""

    name = "pwcca"
    title = "PWCCA (weighed by the first space)"
    source = "Morcos et al. 2018, eq. 1 to 3"
    is_symmetric = False

    def prepare(self, rows: Tensor) -> Any:
        return subspace(rows)

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        u, s, _ = torch.linalg.svd(product(first, second, order), full_matrices=False)
        variates = first.basis @ u
        weight = (variates.T @ first.scores).abs().sum(1)
        return float((weight * s.clamp(0, 1)).sum() / weight.sum())

    def too_few(self, items: int, first: int, second: int) -> str | None:
        return too_few(items, first, second)
