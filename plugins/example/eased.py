"""The straight way, slow at both ends: the smoothstep `t² (3 - 2t)` in place of t."""

from __future__ import annotations

from typing import final

from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Latents
from trasluz.geometry.interpolation import lerp, resample
from trasluz.spaces.methods import PathRule, Points
from trasluz.spaces.space import LatentSpace


@final
class Eased(PathRule):
    """Sets off and arrives gently."""

    name = "eased"
    title = "Straight, slow at both ends"

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
    ) -> Latents:
        return resample(space.check(points), frames, loop, _ease)


def _ease(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    return lerp(a, b, t * t * (3 - 2 * t))
