"""The standard normal N(0, I): what most latent-variable models are trained to match."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config
from trasluz.base.shapes import Latents, Scores
from trasluz.spaces.prior import Prior, PriorMethod, Runner


@final
class StandardNormal(Prior):
    """N(0, I) on latents of any shape."""

    method = "normal"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    @property
    def mean(self) -> Tensor:
        return torch.zeros(self.shape)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        return rng.normal(n, self.shape, seed, "prior", start=start) * temperature

    def log_density(self, z: Latents) -> Scores | None:
        flat = z.flatten(1)
        return -0.5 * (flat.square().sum(1) + flat.shape[1] * math.log(2 * math.pi))


class NormalConfig(Config):
    """Nothing to set."""


@final
class Normal(PriorMethod):
    """Nothing is fitted."""

    name = "normal"
    title = "Standard normal"
    config_type = NormalConfig

    def fit(self, mu: Latents, log_var: Latents | None, config: Config, seed: int, run: Runner) -> Prior:
        return StandardNormal(tuple(mu.shape[1:]))

    def open(self, shape: tuple[int, ...], config: Mapping[str, Any], state: Mapping[str, Tensor]) -> Prior:
        return StandardNormal(shape)
