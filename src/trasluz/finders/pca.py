"""Principal directions: Härkönen et al. 2020, *GANSpace: Discovering interpretable GAN controls*, section 2.1: the
principal components of many latents, those of largest variance first. In `w` they are those of `w = f(z)` over draws.
"""

from __future__ import annotations

from typing import final

from trasluz.base.config import Config
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow, rows_of
from trasluz.geometry.linear_algebra import pca
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod


class PCAConfig(Config):
    """Nothing to set."""


@final
class PCA(FinderMethod):
    """Where the encoded items spread most."""

    name = "pca"
    title = "Principal components of the latents"
    config_type = PCAConfig
    needs = frozenset({"latents"})
    default_for = frozenset({"nothing"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        rows = rows_of(evidence)
        found = pca(rows, min(count, rows.shape[1]), seed)
        shares = (found.variances / max(found.total, 1e-30)).tolist()
        return [arrow(v, evidence, share=round(s, 6)) for v, s in zip(found.vectors, shares, strict=True) if s > 0]
