"""Towards a value, from the items that still show it once they are reconstructed: `towards`, of those alone whose
decoded picture a reader reads as it is labelled.

Where a model hardly holds a value, half of its true bearers come out of the decoder as something else. Their latents
are those of the something else, and draw the mean of the value to where it is drawn for no item: the way to it is then
too short, and points wrong. InterFaceGAN (Shen et al. 2020, section 4.1) likewise labels what a generator draws, and
keeps what is read with confidence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import final

import torch

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.finders.towards import Towards, TowardsConfig
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod


@final
class Shown(FinderMethod):
    """To a value, by the items that show it."""

    name = "shown"
    title = "Towards a value, by the items that show it"
    config_type = TowardsConfig
    needs = frozenset({"latents", "target", "seen"})
    holds_all = True

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        seen, target = evidence.seen, evidence.target
        if target is None:
            return Towards().find(evidence, count, config, seed, progress)  # which says what is missing
        if seen is None or len(seen) != len(target):
            raise InvalidArgument(
                "this method needs to know what is to be seen of each item once it is decoded",
                next="Use --method towards, which looks at labels alone",
            )
        # A bearer is read as the target, which is value 0; another as the value that it has, or as any other.
        own = torch.full_like(target, -1)
        for k, values in enumerate(evidence.siblings.values(), start=1):
            own[values == 1] = k
        agrees = torch.where(target == 1, seen == 0, torch.where(own > 0, seen == own, seen != 0))
        agrees &= torch.isfinite(target) & torch.isfinite(seen)
        known = int((torch.isfinite(target) & torch.isfinite(seen)).sum())
        bearers, others = (int((agrees & (target == value)).sum()) for value in (1, 0))
        if known and min(bearers, others) == 0:
            raise InvalidArgument(
                "no item shows what it is labelled once it is decoded: the model does not hold it",
                got=f"{bearers} with the value, {others} without, of {known:,}",
            )
        shown = replace(evidence, target=torch.where(agrees, target, torch.nan), seen=None)
        [found] = Towards().find(shown, count, config, seed, progress)
        return [replace(found, details={**found.details, "shown": int(agrees.sum()), "looked_at": known})]
