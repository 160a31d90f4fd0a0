"""The first stage of a GAN that is judged on features: an encoder of our own, and a generator that decodes its codes.

A variational autoencoder (Kingma & Welling 2014, eq. 10) with the calibrated Gaussian likelihood (Rybkin et al. 2021,
eq. 7), whose decoder is the generator's synthesis and whose code is its w; the encoder's features are then what made
items are told by. At the same time the mapping learns to make such codes of z, by the energy distance (Székely & Rizzo
2013) 2 E|a - b| - E|a - a'| - E|b - b'|, whose gradient is unbiased whatever the batch (Bellemare et al. 2017): so the
contest begins with a generator that leaves nothing out, and has to make it sharp.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor, nn

from trasluz.base import rng
from trasluz.families._gan_model import GANConfig, Generator
from trasluz.nn.blocks import Encoder
from trasluz.nn.judges import FeatureJudge
from trasluz.nn.likelihood import LOG_VAR_RANGE, gaussian_nll, kl_per_dimension
from trasluz.nn.update import Update
from trasluz.spaces.precision import Precision

DRAWS = 256
"""Draws of z that the mapping is held to the codes by, in a step."""


def energy_distance(a: Tensor, b: Tensor) -> Tensor:
    """Of two samples `(n, d)` and `(m, d)`; without bias, so that it may be a little below zero."""
    return 2 * _cdist(a, b).mean() - apart(a) - apart(b)


def apart(a: Tensor) -> Tensor:
    """Mean distance of two different items."""
    n = len(a)
    return _cdist(a, a).sum() / max(1, n * (n - 1))


def _cdist(a: Tensor, b: Tensor) -> Tensor:
    # Not by the product of matrices: an item's distance from itself has to be nothing, and its gradient too.
    return torch.cdist(a.float(), b.float(), compute_mode="donot_use_mm_for_euclid_dist")


@final
class Autoencoder(nn.Module):
    """The encoder, and the generator as its decoder."""

    def __init__(self, trunk: Encoder, generator: Generator) -> None:
        super().__init__()
        self.trunk = copy.deepcopy(trunk).requires_grad_(True)
        self.generator = copy.deepcopy(generator)


@final
class Opening:
    """The first stage: `steps` of them."""

    def __init__(
        self, config: GANConfig, judge: FeatureJudge, generator: Generator, steps: int, precision: Precision
    ) -> None:
        self.steps, self._precision = steps, precision
        rate = config.with_(lr=config.features_lr, beta1=0.9, clip=1.0, floor=0.05, ema=min(config.ema, 0.998))
        self._update = Update(Autoencoder(judge.trunk, generator), rate, steps)

    def set_total(self, steps: int) -> None:
        """It is of so many steps."""
        self.steps = steps
        self._update.set_total(steps)

    @property
    def average(self) -> Autoencoder:
        """The networks to go on with."""
        return self._update.average

    def step(self, x: Tensor, seed: int, k: int) -> Mapping[str, float]:
        """One update from items in [-1, 1]."""
        networks, draws = self._update.module, rng.generator(seed, "opening", k)
        generator = networks.generator
        with self._precision.autocast():
            mu, log_var = networks.trunk(x).float().chunk(2, 1)
            log_var = log_var.clamp(-LOG_VAR_RANGE, LOG_VAR_RANGE)
            w = mu + torch.randn(mu.shape, generator=draws).to(mu.device) * (0.5 * log_var).exp()
            x_hat = generator.synthesis(generator.spread(w))
            drawn = generator.mapping(torch.randn(DRAWS, mu.shape[1], generator=draws).to(mu.device))
        nll = gaussian_nll(x, x_hat.float()).mean()
        kl = kl_per_dimension(mu, log_var).sum(1).mean()
        away = energy_distance(drawn, w.detach())
        warm = min(1.0, (k + 1) / max(1, self.steps // 5))
        norm = self._update.apply((nll + warm * kl) / x[0].numel() + away, k)
        parts = {"nll": nll, "kl": kl, "prior_distance": away}
        loss = float((nll + kl).detach())
        return {"loss": loss, "grad_norm": norm, **{name: float(v.detach()) for name, v in parts.items()}}

    def start_from(self, judge: FeatureJudge, generator: Generator) -> None:
        """Begin with weights that are there."""
        weights = Autoencoder(judge.trunk, generator).state_dict()
        self._update.start_from(weights, "the model to begin from")

    def state(self) -> dict[str, Tensor]:
        return self._update.state("opening")

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._update.load(state, "opening")
