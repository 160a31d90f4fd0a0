"""Through many points without a kink: the centripetal Catmull–Rom spline. Catmull & Rom 1974, *A class of local
interpolating splines*; Barry & Goldman 1988, *A recursive evaluation algorithm for a class of Catmull–Rom splines*;
knots `t_{i+1} = t_i + |z_{i+1} - z_i|^(1/2)` after Yuksel, Schaefer & Keyser 2011, *Parameterization and applications
of Catmull–Rom curves*.

A film that loops is then as smooth where it comes round as anywhere. Two points are joined by a straight line.
"""

from __future__ import annotations

from typing import final

from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.curves import FINE, catmull_rom, even, leg
from trasluz.geometry.interpolation import Along, check_path
from trasluz.spaces.methods import PathRule, Points
from trasluz.spaces.space import LatentSpace


@final
class Spline(PathRule):
    """One smooth curve through all points; a loop has no seam."""

    name = "spline"
    title = "Smooth through many points (centripetal Catmull–Rom)"
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
        check_path(space.check(points), frames)
        curves = catmull_rom(points.cpu(), loop=loop, samples=max(FINE, frames))
        return even([leg(z) for z in curves], frames, loop)
