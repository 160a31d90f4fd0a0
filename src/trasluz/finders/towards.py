"""Towards a value, from wherever the item is: the class means of a column, everything else held fixed, span a few
dimensions; an item's place in them is read off, and moved to the place of the value wanted.

One vector for all items cannot do that where a value lies between others: what carries black hair to auburn carries
blond hair beyond it. The means are adjusted (as in `means`), the place is read by generalised least squares, and the
rest of the latent is not touched: the affine counterpart of concept erasure (Belrose et al. 2023, *LEACE*, theorem
4.3, which moves every item to the common mean of the classes in an oblique projection like this one).
"""

from __future__ import annotations

from typing import final

import torch

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow, held_still, sides
from trasluz.geometry.classes import adjusted_means, readings
from trasluz.spaces.direction import Aim
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

LEAST = 10


class TowardsConfig(Config):
    """How an item's own place is read."""

    shrinkage: float = setting(
        0.1, "Share of the within-class covariance replaced by a sphere: 0 none, 1 all.", source="Ledoit & Wolf 2004",
        ge=0, le=1,
    )  # fmt: skip


@final
class Towards(FinderMethod):
    """To a value, the way that each item has to go."""

    name = "towards"
    title = "Towards a value, from where the item is"
    config_type = TowardsConfig
    needs = frozenset({"latents", "target"})
    default_for = frozenset({"value"})
    holds_all = True

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        settings = TowardsConfig.make(config.dump())
        rows, y, known = sides(evidence, LEAST)
        groups = [y, *(v[known].nan_to_num(0) for v in evidence.siblings.values())]
        groups = [g for g in groups if float(g.sum()) >= LEAST]
        plan = torch.stack(groups, 1)
        none = plan.sum(1) == 0
        if bool(none.any()):  # values too rare for a mean of their own
            plan = torch.cat([plan, none[:, None].to(plan)], 1)
        if plan.shape[1] < 2:
            plan = torch.stack([y, 1 - y], 1)
        if bool((plan.sum(1) != 1).any()):
            raise InvalidArgument("an item has one value of a column", next="Look at the labels")
        means = adjusted_means(rows, plan, held_still(evidence, known))
        basis, reading, places = readings(rows, plan, means, settings.shrinkage)
        shape = evidence.space.shape
        centre = means.mean(0)
        aim = Aim(
            basis.float().reshape(-1, *shape),
            reading.float().reshape(-1, *shape),
            (reading @ centre).float(),
            places[0].float(),
        )
        gap = means[0] - plan[:, 1:].double().mean(0) @ means[1:] / plan[:, 1:].double().mean(0).sum()
        own = rows.double() @ reading.T - reading @ centre
        noise = float((own - plan.double() @ places).square().sum(1).mean().sqrt() / torch.pdist(places).max())
        found = arrow(gap, evidence, classes=plan.shape[1], noise=round(noise, 6), items=len(rows), having=int(y.sum()))
        return [Arrow(found.vector, aim, found.details)]
