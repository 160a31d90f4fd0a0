"""The great circle: Shoemake 1985, *Animating rotation with quaternion curves*; for latents White 2016, *Sampling
generative networks*, section 2.1. The direction turns evenly, the norm changes linearly.
"""

from __future__ import annotations

from typing import final

from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.interpolation import Along, resample, slerp
from trasluz.spaces.methods import PathRule, Points
from trasluz.spaces.space import LatentSpace


@final
class Spherical(PathRule):
    """Arcs about the origin: a path between typical draws of a normal prior stays among typical draws."""

    name = "spherical"
    title = "Spherical"
    also = ("slerp",)
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
        return resample(space.check(points), frames, loop, slerp)
