"""By distribution functions: Leśniak, Sieradzki & Podolak 2018, *On latent distributions without finite mean in
generative models* (the component-wise bijection of their Cauchy-linear interpolation), with the uniform distribution
on the other side: every coordinate goes through the distribution function of a normal one, `u = Phi((z - m) / s)`, runs
straight there, `(1 - t) u_a + t u_b`, and comes back.

A coordinate is then slow where the distribution is narrow and quick in its tails. `m` and `s` are those of the Gaussian
fitted to the codes where there is one, else of the space's default prior; data are not looked at.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.interpolation import Along, cdf_between, resample
from trasluz.spaces.methods import PathRule, Points
from trasluz.spaces.space import LatentSpace

DRAWS = 512
SMALLEST = 1e-6
"""Standard deviation below which a coordinate counts as that wide."""


@final
class GaussianCDF(PathRule):
    """Straight among probabilities: a coordinate never passes the middle faster than the distribution is wide."""

    name = "cdf"
    title = "Straight in the Gaussian distribution function of every coordinate"
    quick = True

    def through(
        self,
        points: Points,
        frames: int,
        space: LatentSpace,
        *,
        loop: bool = False,
        config: Config | None = None,
        data: Tensor | None = None,
        progress: Progress = SILENT,
    ) -> Along:
        mean, sigma = _scale(space)
        return resample(space.check(points), frames, loop, cdf_between(mean, sigma))


def _scale(space: LatentSpace) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every coordinate, `shape` each."""
    if space.default_prior in (None, "normal"):
        return torch.zeros(space.shape), torch.ones(space.shape)
    z = space.prior("gaussian" if "gaussian" in space.priors else None).sample(DRAWS, 0).cpu().float()
    return z.mean(0), z.std(0).clamp_min(SMALLEST)
