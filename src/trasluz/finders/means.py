"""Difference of means: Larsen et al. 2016, *Autoencoding beyond pixels using a learned similarity metric*, section 4.2:
the mean latent of the items that have a value, less that of those that do not.

With others named to be left alone, the means are adjusted: those of a linear model with one effect a factor, so that
what merely comes along with the value is not taken for it.
"""

from __future__ import annotations

from typing import final

import torch

from trasluz.base.config import Config
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow, held_still, sides
from trasluz.geometry.classes import adjusted_means
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

LEAST = 10


class MeansConfig(Config):
    """Nothing to set."""


@final
class Means(FinderMethod):
    """From the items without a value to those with it."""

    name = "means"
    title = "Difference of means"
    config_type = MeansConfig
    needs = frozenset({"latents", "target"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        rows, y, known = sides(evidence, LEAST)
        groups = torch.stack([1 - y, y], 1)
        without, with_ = adjusted_means(rows, groups, held_still(evidence, known))
        gap = with_ - without
        return [arrow(gap, evidence, gap=round(float(gap.norm()), 6), items=len(rows), having=int(y.sum()))]
