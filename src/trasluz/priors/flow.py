"""A learned second-stage prior: a small flow-matching network on the codes.

A VAE's codes seldom fill N(0, I); a second model of the codes themselves repairs its samples (Dai & Wipf 2019,
*Diagnosing and enhancing VAE models*, section 4). Theirs is a second VAE; ours a flow (nn/flow_matching), trained
on draws of the posterior, in coordinates where the codes are white.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Latents
from trasluz.io.weights import check_shapes
from trasluz.nn.flow_matching import VectorField, integrate, matching_loss, skewed_times
from trasluz.nn.update import Update, UpdateConfig
from trasluz.spaces.precision import Precision
from trasluz.spaces.prior import Prior, PriorMethod, Runner
from trasluz.spaces.trainable import Batch, Trainable

MAX_DIMENSIONS = 4096


class FlowConfig(UpdateConfig):
    """Settings of the flow on codes."""

    width: int = setting(256, "Width of the velocity network.", ge=8)
    depth: int = setting(3, "Residual blocks of the velocity network.", ge=1)
    batch: int = setting(256, "Codes a step.", unit="codes", ge=1)
    steps: int = setting(3000, "Training steps.", unit="steps", ge=1)
    solver_steps: int = setting(25, "Heun steps from noise to code.", unit="steps", ge=1)
    shift: float = setting(1.0, "Skew of the training times toward noise; 1 is uniform.", gt=0)
    lr: float = setting(2e-3, "Peak learning rate of Adam.", gt=0, le=1)


@final
class FlowPrior(Prior):
    """Noise, through the flow, to a code."""

    method = "flow"

    def __init__(
        self, shape: tuple[int, ...], config: FlowConfig, field: VectorField, mean: Tensor, basis: Tensor
    ) -> None:
        self.shape, self.config = shape, config
        self._field, self._mean, self._basis = field.eval().requires_grad_(False), mean, basis

    @property
    def mean(self) -> Tensor:
        return self._mean.reshape(self.shape)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        # Blocks of one size at fixed places, so that item i sits in the same row of the same matrix products, and is
        # the same bits, whatever is asked for with it.
        first, last = start // BLOCK, -(-(start + n) // BLOCK)
        with torch.no_grad():
            blocks = [self._block(i, start, start + n, seed, temperature) for i in range(first, last)]
        drawn = torch.cat(blocks) if n else torch.empty(0, len(self._mean))
        return drawn.reshape(n, *self.shape)

    def _block(self, i: int, start: int, end: int, seed: int, temperature: float) -> Tensor:
        """The items of block i that lie between `start` and `end`."""
        low, high = max(start, i * BLOCK), min(end, (i + 1) * BLOCK)
        rows = slice(low - i * BLOCK, high - i * BLOCK)
        eps = torch.zeros(BLOCK, len(self._mean))
        eps[rows] = rng.normal(high - low, self._mean.shape, seed, "prior", start=low) * temperature
        x = integrate(self._field, eps, 0.0, 1.0, self.config.solver_steps)
        return (self._mean + x @ self._basis.T)[rows]

    def state(self) -> dict[str, Tensor]:
        return {**self._field.state_dict(prefix="field."), "mean": self._mean, "basis": self._basis}

    def dump(self) -> dict[str, Any]:
        return self.config.dump()


BLOCK = 64


@final
class FlowTraining(Trainable):
    """Velocity network on white codes; a batch is `{"x": (n, d)}`."""

    def __init__(self, config: FlowConfig, dimensions: int) -> None:
        self.config, self.dimensions = config, dimensions

    def init(self, seed: int, precision: Precision, total: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.derive(seed, "flow-prior"))
            field = VectorField(self.dimensions, self.config.width, self.config.depth)
        self._precision = precision
        self._update = Update(field.to(precision.device), self.config, total)

    def set_total(self, total: int, k: int) -> None:
        self._update.set_total(total)

    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        x = batch["x"]
        draws = rng.generator(seed, "flow-prior-noise", k)
        eps, u = torch.randn(x.shape, generator=draws), torch.rand(len(x), generator=draws)
        t = skewed_times(u, self.config.shift)
        loss = matching_loss(self._update.module, x, eps.to(x.device), t.to(x.device))
        self._update.apply(loss, k)
        return {"loss": float(loss.detach())}

    def state(self) -> dict[str, Tensor]:
        return self._update.state("flow")

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._update.load(state, "flow")

    def weights(self) -> dict[str, Tensor]:
        return self._update.average.state_dict()


@final
class Flow(PriorMethod):
    """Flow matching on the codes."""

    name = "flow"
    title = "Learned flow on the codes"
    config_type = FlowConfig

    def fit(self, mu: Latents, log_var: Latents | None, config: Config, seed: int, run: Runner) -> Prior:
        settings = FlowConfig.make(config.dump())
        shape, flat = tuple(mu.shape[1:]), mu.flatten(1)
        d = flat.shape[1]
        if d > MAX_DIMENSIONS:
            raise InvalidArgument("too many dimensions for a flow on vectors", got=d, allowed=MAX_DIMENSIONS)
        if len(flat) < 2:
            raise InvalidArgument("a flow prior needs at least two codes", got=len(flat))
        spread = torch.zeros_like(flat) if log_var is None else (0.5 * log_var.flatten(1)).exp()
        mean, basis, whiten = _white(flat, spread)
        trainable = FlowTraining(settings, d)

        def batch(k: int) -> dict[str, Tensor]:
            draws = rng.generator(seed, "flow-prior-batch", k)
            rows = torch.randint(len(flat), (settings.batch,), generator=draws)
            z = flat[rows] + spread[rows] * torch.randn(settings.batch, d, generator=draws)
            return {"x": (z - mean) @ whiten.T}

        run(trainable, settings.steps, batch, "Fitting the learned prior")
        field = _empty_field(d, settings)
        field.load_state_dict({k: v.cpu() for k, v in trainable.weights().items()})
        return FlowPrior(shape, settings, field, mean, basis)

    def open(self, shape: tuple[int, ...], config: Mapping[str, Any], state: Mapping[str, Tensor]) -> Prior:
        settings, d = FlowConfig.read(config, "the flow prior's config"), math.prod(shape)
        field = _empty_field(d, settings)
        expected = {**field.state_dict(prefix="field."), "mean": torch.zeros(d), "basis": torch.zeros(d, d)}
        check_shapes(state, expected, "the flow prior")
        field.load_state_dict({k.removeprefix("field."): v for k, v in state.items() if k.startswith("field.")})
        return FlowPrior(shape, settings, field, state["mean"], state["basis"])


def _empty_field(d: int, settings: FlowConfig) -> VectorField:
    """A network whose weights are about to be put in; those that it is made with are drawn, and told nobody."""
    with torch.random.fork_rng(devices=[]):
        return VectorField(d, settings.width, settings.depth)


def _white(flat: Tensor, spread: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean, basis (white to code) and its inverse, from codes and their posterior standard deviations."""
    mean = flat.mean(0)
    covariance = torch.cov(flat.T.double()).reshape(flat.shape[1], -1) + torch.diag(spread.double().square().mean(0))
    if not bool(torch.isfinite(covariance).all()):
        raise InvalidArgument("a flow prior needs codes that are finite numbers", next="Look for NaN in the codes")
    values, vectors = torch.linalg.eigh(covariance)
    if float(values.max()) <= 0:
        raise InvalidArgument(
            "a flow prior needs codes that differ",
            got=f"{len(flat)} times the same",
            next="The encoder may have collapsed",
        )
    scale = values.clamp_min(values.max() * 1e-6).sqrt()
    basis = (vectors * scale) @ vectors.T
    whiten = (vectors / scale) @ vectors.T
    return mean, basis.float(), whiten.float()
