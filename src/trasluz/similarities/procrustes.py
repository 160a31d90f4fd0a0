"""What is left of two spaces when one has been turned onto the other as well as can be: Williams et al. 2021,
*Generalized shape metrics on neural representations*; Ding, Denain & Steinhardt 2021, *Grounding representation
similarity through statistical testing*, section 2."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.spaces.similarity import Similarity

WIDEST = 256
"""Principal components that wider spaces are compared by."""


@final
class Procrustes(Similarity):
    """1 - d² / 2, where d is the orthogonal Procrustes distance of the two sets of latents, each centred and of norm 1:
    the sum of the singular values of AᵀB."""

    name = "procrustes"
    title = "Orthogonal Procrustes"
    source = "Williams et al. 2021, eq. 2; Ding et al. 2021, section 2"

    def prepare(self, rows: Tensor) -> Any:
        centred = rows - rows.mean(0)
        if centred.shape[1] > WIDEST or centred.shape[1] > len(centred):
            u, s, _ = torch.linalg.svd(centred, full_matrices=False)
            centred = (u * s)[:, :WIDEST]
        return centred / centred.norm()

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        return float(torch.linalg.svdvals(first.T @ (second if order is None else second[order])).sum())

    def too_few(self, items: int, first: int, second: int) -> str | None:
        wide = min(max(first, second), WIDEST)
        return None if items >= 2 * wide else f"{items:,} items for {wide:,} dimensions: anything can be turned onto it"
