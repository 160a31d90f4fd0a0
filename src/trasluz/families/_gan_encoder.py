"""The last stage of a GAN: an encoder that learns to undo the finished generator.

Its output is held to the true w of made items, and its reconstructions to real items, in pixels and in the judge's
features (as in Zhu et al. 2020, section 3.1). Where the judge has an encoder, it begins as a copy of that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.families._gan_model import GANConfig, Generator
from trasluz.nn.blocks import Encoder
from trasluz.nn.judges import FeatureJudge, Judge
from trasluz.nn.update import Update
from trasluz.spaces.precision import Precision


@torch.no_grad()
def translated(trunk: Encoder, generator: Generator, latent: int) -> dict[str, Tensor]:
    """Weights of an encoder that gives w in units of its spread, from one whose codes are w itself."""
    mean, spread = generator.centre()
    weights = dict(trunk.state_dict())
    weights["head.weight"] = weights["head.weight"][:latent] / spread[:, None]
    weights["head.bias"] = (weights["head.bias"][:latent] - mean) / spread
    return weights


@final
class Undoing:
    """The last stage."""

    def __init__(self, config: GANConfig, encoder: Encoder, steps: int, precision: Precision) -> None:
        rate = config.with_(lr=config.encoder_lr, beta1=0.9, clip=1.0, floor=0.02)
        self._latent, self._precision = config.latent, precision
        self.update = Update(encoder, rate, steps)
        self._centre: tuple[Tensor, Tensor] | None = None

    def centre(self, generator: Generator) -> tuple[Tensor, Tensor]:
        """Mean and spread of the finished generator's w."""
        if self._centre is None:
            self._centre = generator.centre()
        return self._centre

    def forget(self) -> None:
        """The generator is another one now."""
        self._centre = None

    def begin(self, judge: Judge, generator: Generator) -> None:
        """Take over the judge's encoder, where it has one."""
        self.forget()
        if isinstance(judge, FeatureJudge):
            self.update.start_from(translated(judge.trunk, generator, self._latent), "the judge's encoder")

    def step(self, generator: Generator, judge: Judge, x: Tensor, seed: int, k: int, at: int) -> Mapping[str, float]:
        """Step k of the run, the stage's step `at`, from items in [-1, 1]."""
        g, d, draws = generator, judge, rng.generator(seed, "encoder", k)
        mean, spread = self.centre(g)
        z = torch.randn(len(x), self._latent, generator=draws).to(x.device)
        with torch.no_grad(), self._precision.autocast():
            w = g.mapping(z).float()
            made, seen = g.synthesis(g.spread(w)).contiguous(memory_format=torch.channels_last), d.features(x).float()
        with self._precision.autocast():
            found = self.update.module(torch.cat([made.to(x.dtype), x])).float()
            back = g.synthesis(g.spread(mean + spread * found[len(x) :]))
            felt = d.features(back).float()
        latent = (found[: len(x)] - (w - mean) / spread).square().mean()
        pixels = (back.float() - x).square().mean() / x.var().clamp_min(1e-4)
        features = (felt - seen).square().mean() / seen.var().clamp_min(1e-4)
        loss = latent + 4 * pixels + 0.5 * features
        norm = self.update.apply(loss, at)
        parts = {"latent_error": latent, "pixel_error": pixels, "feature_error": features}
        return {"loss": float(loss.detach()), "grad_norm": norm, **{n: float(v.detach()) for n, v in parts.items()}}

    @torch.no_grad()
    def rebuilt(self, generator: Generator, x: Tensor) -> Tensor:
        """Items in [-1, 1], encoded and decoded."""
        mean, spread = generator.centre()
        return generator.synthesis(generator.spread(mean + spread * self.update.average(x)))
