"""Representational similarity analysis: Kriegeskorte, Mur & Bandettini 2008. Which items are far from which, as ranks,
in both spaces."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.spaces.similarity import Similarity


@final
class RSA(Similarity):
    """Spearman's correlation of the distances between items; a distance is 1 less the correlation of two latents."""

    name = "rsa"
    title = "Representational similarity (ranks of distances)"
    source = "Kriegeskorte et al. 2008"

    def prepare(self, rows: Tensor) -> Any:
        # Of few dimensions correlations say nothing (of two they are 1 or -1), and distances do.
        n, d = rows.shape
        if d >= 4:
            unit = rows - rows.mean(1, keepdim=True)
            unit = unit / unit.norm(dim=1, keepdim=True).clamp_min(1e-300)
            apart = 1 - unit @ unit.T
        else:
            apart = torch.cdist(rows, rows)
        above = torch.triu_indices(n, n, 1)
        ranks = _ranks(apart[above[0], above[1]])
        ranks = ranks - ranks.mean()
        ranks = ranks / ranks.norm().clamp_min(1e-300)
        whole = torch.zeros(n, n, dtype=torch.float64)
        whole[above[0], above[1]] = ranks
        return whole + whole.T

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        moved = second if order is None else second[order][:, order]
        return float((first * moved).sum() / 2)


def _ranks(values: Tensor) -> Tensor:
    """Ranks from 1 on, equals sharing the mean of theirs."""
    _, which, counts = values.unique(return_inverse=True, return_counts=True)
    last = counts.cumsum(0).double()
    return (last - (counts - 1) / 2)[which]
