"""Turned, scaled and moved as a whole: Schönemann 1966, *A generalized solution of the orthogonal Procrustes problem*,
with the scale of Schönemann & Carroll 1970.

For centred rows X, Y and XᵀY = U S Vᵀ the map is c · U Vᵀ with c = tr(S) / |X|². Where one space has fewer dimensions
than the other, U Vᵀ has orthonormal rows or columns: it turns one into a part of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.relocations._affine import Affine, Centred
from trasluz.spaces.relocation import WIDEST, Pairs, Relocation, RelocationMethod, Shape


class ProcrustesConfig(Config):
    """What it may do besides turning."""

    scale: bool = setting(True, "Whether the map may make everything larger or smaller.")
    bias: bool = setting(True, "Whether the map may move everything.")


@final
class Procrustes(RelocationMethod):
    """A rotation or reflection with one scale: all distances keep their ratios."""

    name = "procrustes"
    title = "Turned and scaled (orthogonal Procrustes)"
    config_type = ProcrustesConfig
    rung = 1
    source = "Schönemann 1966, eq. 10; Schönemann & Carroll 1970"

    def why_not(self, source: Shape, target: Shape, items: int) -> str | None:
        widest = max(torch.Size(source).numel(), torch.Size(target).numel())
        return None if widest <= WIDEST else f"a matrix of {widest:,} dimensions is too large"

    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        settings = ProcrustesConfig.make(config.dump())
        rows = Centred.of(pairs, settings.bias)
        u, s, vh = torch.linalg.svd(rows.x.T @ rows.y, full_matrices=False)
        spread = float(rows.x.square().sum())
        if spread == 0:
            raise InvalidArgument(
                "the latents of the first space are all the same", next="The encoder may have collapsed"
            )
        scale = float(s.sum()) / spread if settings.scale else 1.0
        return rows.affine(self.name, pairs, scale * (u @ vh), chosen={"scale": scale})

    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        return Affine.read(self.name, ["scale"], state, source, target)
