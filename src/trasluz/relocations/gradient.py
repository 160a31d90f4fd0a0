"""The map of Asperti & Tonelli 2023, *Comparing the latent space of generative models*, section 4, as they fit it: one
dense layer without an offset, by Adam on all items at once, with a penalty on its squared weights.

For reference beside `ridge`, which gives a map of the same kind in closed form. They take a rate of 5e-4, or 1.5e-3
where one of the models is a GAN, 2,000 steps and a penalty of 1e-4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config, setting
from trasluz.base.progress import Progress
from trasluz.relocations._affine import Affine
from trasluz.spaces.relocation import WIDEST, Pairs, Relocation, RelocationMethod, Shape


class GradientConfig(Config):
    """As in the paper."""

    steps: int = setting(2000, "Steps, each on all items.", unit="steps", ge=1, le=100_000)
    rate: float = setting(5e-4, "Learning rate (Adam); 1.5e-3 where one of the models is a GAN.", gt=0, le=1)
    penalty: float = setting(1e-4, "Of the squared weights, added to the mean squared error.", ge=0)


@final
class Gradient(RelocationMethod):
    """The paper's recipe."""

    name = "gradient"
    title = "Linear, by gradient descent (as in the paper)"
    config_type = GradientConfig
    rung = None
    source = "Asperti & Tonelli 2023, section 4"

    def why_not(self, source: Shape, target: Shape, items: int) -> str | None:
        widest = max(torch.Size(source).numel(), torch.Size(target).numel())
        return None if widest <= WIDEST else f"a matrix of {widest:,} dimensions is too large"

    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        settings = GradientConfig.make(config.dump())
        x, y = (part.detach().cpu().float().flatten(1).clone() for part in (pairs.source, pairs.target))
        d, e = x.shape[1], y.shape[1]
        with torch.inference_mode(False), torch.enable_grad(), progress.task("Fitting a map", settings.steps) as step:
            # Glorot & Bengio 2010, as a dense layer begins in the paper's framework.
            bound = (6 / (d + e)) ** 0.5
            draw = rng.generator(seed, "the paper's map")
            weight = ((2 * torch.rand(d, e, generator=draw) - 1) * bound).requires_grad_(True)
            optimiser = torch.optim.Adam([weight], settings.rate)
            for _ in range(settings.steps):
                loss = (x @ weight - y).square().mean() + settings.penalty * weight.square().sum()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                step(1)
        return Affine(self.name, *pairs.shapes, weight.detach(), torch.zeros(0, e), torch.zeros(e))

    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        return Affine.read(self.name, [], state, source, target)
