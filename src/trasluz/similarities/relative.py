"""Moschella et al. 2023, *Relative representations enable zero-shot latent space communication*: an item is known by
its cosines to some anchors, which no turning or scaling of a space changes."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.spaces.similarity import Similarity

ANCHORS = 256
"""At most, and no more than a quarter of the items."""


@final
class Relative(Similarity):
    """The mean cosine between an item's relative representations in the two spaces; anchors are some of the items."""

    name = "relative"
    title = "Relative representations"
    source = "Moschella et al. 2023, eq. 2"

    def prepare(self, rows: Tensor) -> Any:
        centred = rows - rows.mean(0)
        unit = centred / centred.norm(dim=1, keepdim=True).clamp_min(1e-300)
        n = len(rows)
        order = torch.randperm(n, generator=rng.generator(0, "anchors"))
        anchors = order[: max(2, min(ANCHORS, n // 4))]
        return unit @ unit.T, anchors, order[len(anchors) :]

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        (a, anchors, others), (b, _, _) = first, second
        x = a[others][:, anchors]
        y = b[others][:, anchors] if order is None else b[order[others]][:, order[anchors]]
        x, y = (part - part.mean(0) for part in (x, y))
        return float(torch.nn.functional.cosine_similarity(x, y, dim=1).mean())
