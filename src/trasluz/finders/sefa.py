"""Closed-form factorisation: Shen & Zhou 2021, *Closed-form factorization of latent semantics in GANs*, equations 3 to
7: the eigenvectors of AᵀA, A the weight of the first affine layer that a latent meets, those of largest eigenvalue
first. Nothing is drawn and nothing trained.
"""

from __future__ import annotations

from typing import final

import torch

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow
from trasluz.geometry.linear_algebra import oriented
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod


class SeFaConfig(Config):
    """Nothing to set."""


@final
class SeFa(FinderMethod):
    """What the first layer of the decoder amplifies most."""

    name = "sefa"
    title = "Closed-form factorisation of the first layer"
    config_type = SeFaConfig
    needs = frozenset({"first_affine"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        a = evidence.space.first_affine()
        if a is None:
            raise InvalidArgument(
                f"the space {evidence.space.name!r} does not say what its first affine layer is",
                next="Use --method jacobian, which looks at the decoder as it is, or --method pca",
            )
        a = a.detach().double().cpu()
        side = a.shape[1]
        d = int(torch.Size(evidence.space.shape).numel())
        if d % side or a.ndim != 2:
            raise InvalidArgument("the first affine layer does not fit the space", got=tuple(a.shape), allowed=("n", d))
        values, vectors = torch.linalg.eigh(a.T @ a)
        values, vectors = values.flip(0), oriented(vectors.flip(1).T)
        share = values / values.sum().clamp_min(1e-30)
        # A space of layers is moved in all of them alike.
        return [
            arrow(v.repeat(d // side), evidence, share=round(float(s), 6))
            for v, s in zip(vectors[:count], share, strict=False)
        ]
