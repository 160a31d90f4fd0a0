"""The straight path: `z(t) = (1 - t) a + t b`, from each point to the next."""

from __future__ import annotations

from typing import final

from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.interpolation import Along, lerp, resample
from trasluz.spaces.methods import PathRule, Points
from trasluz.spaces.space import LatentSpace


@final
class Linear(PathRule):
    """Straight legs. Under a normal prior the middle of a leg is nearer to the origin than typical draws are."""

    name = "linear"
    title = "Straight"
    also = ("lerp",)
    quick = True
    default_for = frozenset({"anything"})

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
        return resample(space.check(points), frames, loop, lerp)
