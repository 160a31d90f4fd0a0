"""Inversion by optimisation: gradient descent on the latent, until it decodes to the item.

The projector of Karras et al. 2020 (*Analyzing and improving the image quality of StyleGAN*, appendix D): Adam, a
learning rate that ramps up over the first twentieth of the steps and down over the last quarter, noise on the latent
that decays with the square. It starts at the prior's mean; where the space has an encoder it starts there, without
noise, since a good start is not to be lost. The distance is the mean squared error over a pyramid of resolutions, in
place of a network's features, so that it is the same for every model; a share of the latent's distance from the prior
is added.

Latents are moved in units of the prior's spread. Still no one learning rate serves every space and every item: where
there is no encoder to start from, a few trials, short runs at rates far apart, take the first half of the steps, and
each item goes on with the rate that brought it nearest (the first round of successive halving: Jamieson & Talwalkar
2016). No item takes more steps than without trials.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from trasluz.base import rng
from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument, NotDifferentiable
from trasluz.base.progress import Progress
from trasluz.base.shapes import Latents, Native, Public, Scores
from trasluz.spaces.methods import InverterMethod
from trasluz.spaces.space import LatentSpace
from trasluz.spaces.spread import spread_of

BATCH = 32
"""Items that are optimised together; none of them touches another."""
LEVELS = 3
FURTHER, LEAST = 4.0, 10
"""What a trial's learning rate is of the last one's; steps that a trial has to have, or there are fewer of them."""
ALIKE = 0.05
"""How much worse than the best a trial may be whose rate is lower: it stays nearer to the prior's middle."""


class OptimiseConfig(Config):
    """Settings of the inversion by optimisation."""

    steps: int = setting(200, "Steps of Adam.", unit="steps", ge=1, le=100_000)
    lr: float = setting(0.05, "Peak learning rate of the first trial, in units of the prior's spread.", gt=0, le=10)
    trials: int = setting(
        3,
        "Learning rates that are tried for each item, each four times the last, in half of the steps, twenty each at "
        "least; one where an encoder gave the start.",
        ge=1,
        le=8,
    )
    noise: float = setting(
        0.05, "Noise on the latent at first, in those units; none where an encoder gave the start.", ge=0, le=10,
        source="Karras et al. 2020",
    )  # fmt: skip
    stay: float = setting(1e-6, "Weight of the squared distance from the prior's mean; more stays more typical.", ge=0)
    start: bool = setting(True, "Whether to start from the encoder, where there is one.")


@final
class Optimise(InverterMethod):
    """Gradient descent on the latent."""

    name = "optimise"
    title = "Optimisation of the latent, from the encoder where there is one"
    needs = "gradients"
    default_for = frozenset({"gradients"})
    config_type = OptimiseConfig

    def invert(self, space: LatentSpace, x: Public, config: Config, seed: int, progress: Progress) -> Latents:
        settings = OptimiseConfig.make(config.dump())
        if not space.differentiable:
            raise NotDifferentiable(
                f"the space {space.name!r} has no gradients to follow", next="Invert by an encoder, or wrap one"
            )
        x = space.representation.check(x)
        mean, spread = _scale(space)
        parts = x.to(space.device).split(BATCH)
        with progress.task("Inverting", settings.steps * len(x)) as tick:
            return torch.cat([_invert(space, part, mean, spread, settings, seed, tick).cpu() for part in parts])


def _scale(space: LatentSpace) -> tuple[Tensor, Tensor]:
    """Mean and spread of the space's default prior, `(1, *shape)` each; of N(0, I) where there is none."""
    mean = torch.zeros(space.shape) if space.default_prior is None else space.prior().mean
    return mean.to(space.device)[None], spread_of(space).sigma.to(space.device)[None]


def _invert(
    space: LatentSpace, x: Tensor, mean: Tensor, spread: Tensor, c: OptimiseConfig, seed: int, tick: Callable[..., None]
) -> Tensor:
    """The best latent of each item: trials first, where there are steps for them, then on with the best of them."""
    begun = c.start and space.encodes
    with torch.no_grad():
        first = space.encode(x).float() if begun else mean.expand(len(x), *space.shape)
    target = space.representation.to_native(x)

    def descend(rows: Tensor, u: Tensor, steps: int, lr: float, noise: float) -> tuple[Tensor, Tensor]:
        return _descend(space, target[rows], mean, spread, u, c.with_(steps=steps, lr=lr, noise=noise), seed, tick)

    # `u` are the latents in units of the prior's spread.
    u, everyone, noise = (first - mean) / spread, torch.arange(len(x), device=x.device), 0.0 if begun else c.noise
    rates = [c.lr] if begun else _rates(c)
    if len(rates) == 1:
        out, loss = descend(everyone, u, c.steps, c.lr, noise)
        _check_finite(loss, rates)
        return mean + spread * out
    short = c.steps // (2 * len(rates))
    tried = [descend(everyone, u, short, lr, noise) for lr in rates]
    losses = torch.stack([loss for _, loss in tried])
    _check_finite(losses.amin(0), rates)
    # Of those that are nearly as good, the one that went least far: rates rise.
    chosen = (losses <= (1 + ALIKE) * losses.amin(0)).float().argmax(0)
    out = torch.empty_like(u)
    for i, (lr, (found, _)) in enumerate(zip(rates, tried, strict=True)):
        rows = everyone[chosen == i]
        if len(rows):
            out[rows] = descend(rows, found[rows], c.steps - len(rates) * short, lr, 0.0)[0]
    return mean + spread * out


def _rates(c: OptimiseConfig) -> list[float]:
    """Learning rates to try, each once, as many as there are steps for."""
    most = max(1, min(c.trials, c.steps // (2 * LEAST)))
    return list(dict.fromkeys(min(10.0, c.lr * FURTHER**i) for i in range(most)))


def _check_finite(loss: Tensor, rates: Sequence[float]) -> None:
    """Refuse where items decode to nothing finite, whatever the rate."""
    lost = int((~torch.isfinite(loss)).sum())
    if lost:
        tried = "a learning rate of " + ", ".join(f"{rate:g}" for rate in rates)
        raise InvalidArgument(
            "the inversion diverged", got=f"{lost:,} of {len(loss):,} items with {tried}",
            next=f"Lower it: --set lr={rates[0] / 5:g}",
        )  # fmt: skip


def _descend(
    space: LatentSpace,
    target: Native,
    mean: Tensor,
    spread: Tensor,
    start: Tensor,
    c: OptimiseConfig,
    seed: int,
    tick: Callable[..., None],
) -> tuple[Tensor, Tensor]:
    """The best that was met on the way from `start`, item by item, and its loss: infinite where there was none. An item
    that decodes to nothing finite stays where it was best, and disturbs no other."""
    u = start.clone().requires_grad_(True)
    adam = torch.optim.Adam([u], lr=c.lr)
    best, kept = torch.full((len(u),), math.inf, device=u.device), u.detach().clone()
    well = torch.ones(len(u), dtype=torch.bool, device=u.device)
    for k in range(c.steps + 1):
        done = k / c.steps
        noise = c.noise * max(0.0, 1 - done / 0.75) ** 2
        eps = torch.randn((1, *space.shape), generator=rng.generator(seed, "inversion", k)).to(u.device)
        with torch.enable_grad():
            error = _distance(space.render(mean + spread * (u + noise * eps)), target)
            loss = error + c.stay * u.square().flatten(1).mean(1)
            well &= torch.isfinite(loss.detach())
            whole = loss[well].sum()
        if not bool(well.any()):
            tick(len(u) * (c.steps - k))
            break
        better = well & (loss.detach() < best) if noise == 0 else torch.zeros_like(well)
        best = torch.where(better, loss.detach(), best)
        kept = torch.where(better.reshape(-1, *(1,) * len(space.shape)), u.detach(), kept)
        if k == c.steps:
            break
        adam.param_groups[0]["lr"] = c.lr * _ramp(done)
        (slope,) = torch.autograd.grad(whole, u)
        u.grad = torch.where(well.reshape(-1, *(1,) * len(space.shape)), slope, 0.0)
        adam.step()
        tick(len(u))
    return kept, best


def _ramp(done: float) -> float:
    """Share of the peak learning rate when so much is done: up over a twentieth, down over a quarter."""
    down = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - done) / 0.25))
    return down * min(1.0, (done + 1e-3) / 0.05)


def _distance(made: Native, target: Native) -> Scores:
    """Mean squared error over a pyramid of resolutions, `(n,)`; of items as they are, where they are no pictures."""
    total, levels = (made - target).square().flatten(1).mean(1), 1
    while made.ndim == 4 and levels < LEVELS and min(made.shape[2:]) >= 8:
        made, target = F.avg_pool2d(made, 2), F.avg_pool2d(target, 2)
        total, levels = total + (made - target).square().flatten(1).mean(1), levels + 1
    return total / levels
