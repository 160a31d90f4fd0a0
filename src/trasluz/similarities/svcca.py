"""Raghu et al. 2017, *SVCCA: Singular vector canonical correlation analysis*."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.similarities._canonical import KEPT, product, subspace, too_few
from trasluz.spaces.similarity import Similarity


@final
class SVCCA(Similarity):
    """The mean canonical correlation of the principal components that hold 99 of 100 parts of the variance."""

    name = "svcca"
    title = "SVCCA"
    source = "Raghu et al. 2017, section 2"

    def prepare(self, rows: Tensor) -> Any:
        return subspace(rows, KEPT)

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        return float(torch.linalg.svdvals(product(first, second, order)).clamp(0, 1).mean())

    def too_few(self, items: int, first: int, second: int) -> str | None:
        return too_few(items, first, second)
