"""Around holes: the cheapest path among the data, a link between neighbours costing its length to a power.

Bijral, Ratliff & Srebro 2011, *Semi-supervised learning with density based distances*: the path from `a` to
`b` is the shortest path in the graph of nearest neighbours whose links weigh `|x - y|^q`. It hops from item to item
where items are close to each other, and never crosses a place where there are none. A centripetal Catmull–Rom spline
through the items on the way makes it smooth. Memory holds the neighbours alone, so that any dimension will do.
"""

from __future__ import annotations

from itertools import pairwise
from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Latents
from trasluz.geometry.curves import Leg, catmull_rom, even, leg
from trasluz.geometry.graph import NeighbourGraph
from trasluz.geometry.interpolation import Along, check_path
from trasluz.spaces.methods import PathRule, Points
from trasluz.spaces.space import LatentSpace

FEWEST = 3


class DensityConfig(Config):
    """Settings of the path around holes."""

    neighbours: int = setting(15, "Nearest items that an item is linked with.", unit="items", ge=2, le=500)
    power: float = setting(
        3.0, "A link costs its length to this power; 1 is indifferent to density, more makes more and shorter hops.",
        ge=1, le=16, source="Bijral et al. 2011",
    )  # fmt: skip


@final
class Density(PathRule):
    """From item to item, where items are dense."""

    name = "density"
    title = "Around holes, where data are dense"
    config_type = DensityConfig
    uses_data = True

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
        settings = DensityConfig.make(config.dump() if config else {})
        check_path(space.check(points), frames)
        points, rows = points.cpu(), _rows(space, data)
        ends = torch.cat([points, points[:1]]) if loop else points
        # The points are items among the others, known by their places behind them.
        everything = torch.cat([rows.flatten(1), points.float().flatten(1)])
        places = [len(rows) + i % len(points) for i in range(len(ends))]
        with progress.task("Finding the path", len(ends)) as tick:
            graph = NeighbourGraph(everything, settings.neighbours, settings.power)
            tick(1)
            legs: list[Leg] = []
            for a, b in pairwise(places):
                legs.append(_leg(graph.rows[graph.path(a, b)].reshape(-1, *space.shape).to(points)))
                tick(1)
        return even(legs, frames, loop)


def _rows(space: LatentSpace, data: Latents | None) -> Tensor:
    if data is None:
        raise InvalidArgument(
            "the rule density needs encoded data to find a path among",
            got="none",
            next="Name the data (--data, or data=), or an atlas; without any take another rule, such as spherical",
        )
    if len(data) < FEWEST:
        raise InvalidArgument("too few encoded items to find a path among", got=len(data), allowed=f"{FEWEST} or more")
    return space.check(data).detach().cpu().float()


def _leg(stops: Tensor) -> Leg:
    """The smooth curve through an item after the other, as one leg."""
    if len(stops) < 2:  # a point and itself
        return leg(stops.repeat(2, *([1] * (stops.ndim - 1))))
    curves = catmull_rom(stops)
    return leg(torch.cat([*(curve[:-1] for curve in curves), curves[-1][-1:]]))
