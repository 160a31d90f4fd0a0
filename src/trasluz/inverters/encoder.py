"""Inversion by the space's own encoder: one pass, as good as the encoder is."""

from __future__ import annotations

from typing import final

import torch

from trasluz.base.config import Config
from trasluz.base.progress import Progress
from trasluz.base.shapes import Latents, Public
from trasluz.spaces.methods import InverterMethod
from trasluz.spaces.space import LatentSpace

BATCH = 64


class EncoderConfig(Config):
    """Nothing to set."""


@final
class Encoder(InverterMethod):
    """What the space encodes to."""

    name = "encoder"
    title = "The model's own encoder"
    quick = True
    needs = "encoder"
    default_for = frozenset({"encoder"})
    config_type = EncoderConfig

    def invert(self, space: LatentSpace, x: Public, config: Config, seed: int, progress: Progress) -> Latents:
        found: list[Latents] = []
        with torch.no_grad(), progress.task("Encoding", len(x)) as tick:
            for part in space.representation.check(x).split(BATCH):
                found.append(space.encode(part.to(space.device)).float().cpu())
                tick(len(part))
        return torch.cat(found)
