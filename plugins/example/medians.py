"""From median to median: the difference of what is usual on either side, which a few strange items do not move.

Weiszfeld 1937, *Sur le point pour lequel la somme des distances de n points donnés est minimum*: the geometric median
by reweighing, each item by one over its distance from the last guess.
"""

from __future__ import annotations

from typing import ClassVar, final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod, Need

LEAST = 5


class MediansConfig(Config):
    """How far the reweighing goes."""

    rounds: int = setting(50, "Rounds of reweighing.", ge=1, le=10_000)


@final
class Medians(FinderMethod):
    """From the items without a value to those with it, by their geometric medians."""

    name: ClassVar[str] = "medians"
    title: ClassVar[str] = "Difference of geometric medians"
    config_type = MediansConfig
    needs: ClassVar[frozenset[Need]] = frozenset({"latents", "target"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        rounds = MediansConfig.make(config.dump()).rounds
        z, y = evidence.latents, evidence.target
        if z is None or y is None or not bool(torch.isfinite(z).all()):
            raise InvalidArgument("medians need finite items and a target", next="Name one: --target COLUMN=VALUE")
        rows = z.detach().cpu().double().flatten(1)
        with_, without = rows[(y == 1).cpu()], rows[(y == 0).cpu()]
        if min(len(with_), len(without)) < LEAST:
            counted = f"{len(with_)} with the value, {len(without)} without"
            raise InvalidArgument("too few items on one side", got=counted, allowed=f"{LEAST} or more of each")
        gap = median(with_, rounds) - median(without, rounds)
        length = float(gap.norm())
        if length < 1e-9:
            raise InvalidArgument("the two sides have the same median, so that there is no direction")
        unit = (gap / length).float().reshape(evidence.space.shape)
        return [Arrow(unit, details={"gap": round(length, 6), "items": len(with_) + len(without)})]


def median(rows: Tensor, rounds: int) -> Tensor:
    """The point whose distances to the rows `(n, d)` have the least sum."""
    guess = rows.mean(0)
    for _ in range(rounds):
        weight = 1 / (rows - guess).norm(dim=1, keepdim=True).clamp_min(1e-9)
        guess = (weight * rows).sum(0) / weight.sum()
    return guess
