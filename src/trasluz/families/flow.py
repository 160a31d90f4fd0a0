"""Latent diffusion by flow matching: a spatial autoencoder, and a flow on its latents.

Latent diffusion is Rombach et al. 2022 (*High-resolution image synthesis with latent diffusion models*, section 3); the
flow is that of Lipman et al. 2023 and Liu et al. 2023 on straight paths (nn/flow_matching). Two stages, one run:

1. the autoencoder, −E_q[log p(x|z)] + beta·KL, with the calibrated Gaussian likelihood of the VAE family, grey pictures
   included, but latents `(channels, side, side)` that keep their places;
2. the velocity v(x_t, t) of draws of its posterior, normalised channel by channel.

`noise` is where the flow starts, N(0, I); `z` is where it ends and where the decoder begins. The way back integrates
the same equation from t = 1 to 0, and is as exact as the number of steps allows. Classes: a label is left out of a
share of the items in training, so that v(x_t, t | y) can be weighed against v(x_t, t) (classifier-free guidance: Ho &
Salimans 2021, eq. 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument, TrasluzError, UnknownName
from trasluz.families._flow_model import FlowFamilyConfig, FlowModel, Networks
from trasluz.io.weights import check_shapes
from trasluz.nn.flow_matching import matching_loss, skewed_times
from trasluz.nn.likelihood import gaussian_nll, kl_per_dimension
from trasluz.nn.update import Update, below, place
from trasluz.spaces.data import Dataset
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Batch, Trainable

MOST_CLASSES = 1000


@final
class FlowTraining(Trainable):
    """Both stages: first the autoencoder alone, then the velocity on its latents."""

    def __init__(self, config: FlowFamilyConfig, representation: Representation) -> None:
        self.config, self.representation = config, representation

    def init(self, seed: int, precision: Precision, total: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.derive(seed, "init"))
            networks = Networks(self.config, self.representation)
        networks = place(networks, precision.device, precision.memory_format)
        self._precision = precision
        self._turn = round(total * self.config.autoencoder_share)
        """The first step of the second stage."""
        lr = self.config.with_(lr=self.config.autoencoder_lr)
        self._autoencoder = Update(networks.autoencoder, lr, max(1, self._turn))
        self._field = Update(networks.field, self.config, total - self._turn)
        self._mean, self._scale = networks.mean.detach(), networks.scale.detach()
        # Sum and sum of squares of the latents of the first stage's last steps, and how many they were.
        self._moments = torch.zeros(3, self.config.latent_channels, device=self._mean.device)

    def set_total(self, total: int, k: int) -> None:
        turn = round(total * self.config.autoencoder_share)
        # The field learns latents of an autoencoder that stays: there is no way back from it. Their normalisation is
        # measured in the autoencoder's last tenth, which ends where it was to end.
        if k < self._turn - max(1, self._turn // 10) or self.config.autoencoder_share >= 1:
            self._turn = max(turn, k + 1 + turn // 10)
            self._autoencoder.set_total(max(1, self._turn))
        self._field.set_total(total - self._turn)

    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        if k < self._turn:
            return self._step_autoencoder(batch["x"], seed, k)
        return self._step_field(batch, seed, k)

    def _step_autoencoder(self, x: Tensor, seed: int, k: int) -> Mapping[str, float]:
        networks = self._autoencoder.module
        with self._precision.autocast():
            mu, log_var = networks.posterior(x)
            z = _drawn(mu, log_var, seed, k)
            x_hat = networks.decoder(z)
        nll = gaussian_nll(x, x_hat.float()).mean()
        kl = kl_per_dimension(mu, log_var).flatten(1).sum(1).mean()
        loss = nll + self.config.beta * min(1.0, (k + 1) / max(1, self._turn // 10)) * kl
        norm = self._autoencoder.apply(loss, k)
        if k >= self._turn - max(1, self._turn // 10):
            self._measure(x, seed, k)
        return {"loss": float(loss.detach()), "nll": float(nll.detach()), "kl": float(kl.detach()), "grad_norm": norm}

    @torch.no_grad()
    def _measure(self, x: Tensor, seed: int, k: int) -> None:
        """Mean and spread of the latents that the averaged encoder gives, channel by channel, over the last tenth."""
        with self._precision.autocast():
            z = _drawn(*self._autoencoder.average.posterior(x), seed, k).float()
        count = torch.full((z.shape[1],), float(z.numel() // z.shape[1]), device=z.device)
        self._moments += torch.stack([z.sum((0, 2, 3)), z.square().sum((0, 2, 3)), count])
        mean = self._moments[0] / self._moments[2]
        variance = (self._moments[1] / self._moments[2] - mean.square()).clamp_min(1e-8)
        self._mean.copy_(mean[:, None, None])
        self._scale.copy_(variance.sqrt()[:, None, None])

    def _step_field(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        z = self._latents(batch["x"], seed, k)
        draws = rng.generator(seed, "flow", k)
        eps, u = torch.randn(z.shape, generator=draws).to(z.device), torch.rand(len(z), generator=draws).to(z.device)
        y = self._classes(batch, torch.rand(len(z), generator=draws).to(z.device))
        with self._precision.autocast():
            t = skewed_times(u, self.config.shift)
            loss = matching_loss(lambda x, t: self._field.module(x, t, y), z, eps, t)
        norm = self._field.apply(loss, k - self._turn)
        return {"loss": float(loss.detach()), "grad_norm": norm}

    def _classes(self, batch: Batch, u: Tensor) -> Tensor | None:
        """Classes of the items, some withheld."""
        if not self.config.classes:
            return None
        return torch.where(u < self.config.class_dropout, len(self.config.classes), batch["y"])

    @torch.no_grad()
    def _latents(self, x: Tensor, seed: int, k: int) -> Tensor:
        with self._precision.autocast():
            z = _drawn(*self._autoencoder.average.posterior(x), seed, k)
        return (z.float() - self._mean) / self._scale

    @torch.no_grad()
    def evaluate(self, batch: Batch, seed: int) -> Mapping[str, float]:
        x, networks = batch["x"], self._autoencoder.average
        mse = (x - networks.decoder(networks.posterior(x)[0]).clamp(0, 1)).square().flatten(1).mean(1)
        z = self._latents(x, seed, 0)
        draws = rng.generator(seed, "evaluation")
        eps, u = torch.randn(z.shape, generator=draws).to(z.device), torch.rand(len(z), generator=draws).to(z.device)
        field, y = self._field.average, batch.get("y") if self.config.classes else None
        velocity = float(matching_loss(lambda x, t: field(x, t, y), z, eps, u))
        # Both stages in one figure that falls through both: what is lost of the pictures, and of the velocity.
        lost = float(mse.mean() / x.var().clamp_min(1e-8))
        psnr = float((-10 * mse.clamp_min(1e-10).log10()).mean())
        return {"loss": lost + velocity, "velocity_loss": velocity, "psnr": psnr}

    def state(self) -> dict[str, Tensor]:
        numbers = {"flow.mean": self._mean, "flow.scale": self._scale, "flow.moments": self._moments}
        return {**self._autoencoder.state("autoencoder"), **self._field.state("field"), **numbers}

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        self._autoencoder.load(state, "autoencoder")
        self._field.load(state, "field")
        for mine, name in ((self._mean, "mean"), (self._scale, "scale"), (self._moments, "moments")):
            mine.copy_(state[f"flow.{name}"])

    @torch.no_grad()
    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """A whole model's weights, or those of its autoencoder alone."""
        where = "the model to begin from"
        self._autoencoder.start_from(below(weights, "autoencoder."), where)
        field = below(weights, "field.")
        if field:
            self._field.start_from(field, where)
        check_shapes({k: weights[k] for k in ("mean", "scale") if k in weights}, self._normalisation(), where)
        self._mean.copy_(weights["mean"])
        self._scale.copy_(weights["scale"])

    def _normalisation(self) -> dict[str, Tensor]:
        return {"mean": self._mean, "scale": self._scale}

    def weights(self) -> dict[str, Tensor]:
        autoencoder = self._autoencoder.average.state_dict(prefix="autoencoder.")
        return {**autoencoder, **self._normalisation(), **self._field.average.state_dict(prefix="field.")}


def _drawn(mu: Tensor, log_var: Tensor, seed: int, k: int) -> Tensor:
    """A draw of the posterior, as it is at step k."""
    eps = torch.randn(mu.shape, generator=rng.generator(seed, "posterior", k)).to(mu.device)
    return mu + (0.5 * log_var).exp() * eps


@final
class Flow(Family):
    """Latent diffusion by flow matching."""

    name = "flow"
    title = "Latent diffusion by flow matching"
    config_type = FlowFamilyConfig
    space_names = ("z", "noise")
    presets = {
        "tiny": {
            "latent_channels": 4,
            "widths": (16, 32),
            "field_width": 32,
            "field_depth": 2,
            "batch": 64,
            "steps": 2000,
            "lr": 2e-3,
            "autoencoder_lr": 2e-3,
            "solver_steps": 10,
        },
        "small": {"batch": 64},
        "base": {
            "widths": (64, 128, 256),
            "blocks": 1,
            "field_width": 256,
            "field_depth": 10,
            "steps": 100_000,
            "lr": 5e-4,
            "autoencoder_lr": 5e-4,
            "ema": 0.9995,
        },
    }
    least_items = 1000
    curves = {
        "Error of the velocity, unseen items": ("test_velocity_loss",),
        "Reconstruction: PSNR on unseen items, dB": ("test_psnr",),
        "KL of the autoencoder, nats": ("kl",),
    }

    def check(self, config: FamilyConfig, representation: Representation) -> None:
        super().check(config, representation)
        classes = len(_own(config).classes)
        if classes == 1 or classes > MOST_CLASSES:
            raise InvalidArgument("classes to condition on", got=classes, allowed=f"2 to {MOST_CLASSES:,}")

    def from_data(self, config: FamilyConfig, data: Dataset) -> Mapping[str, Any]:
        given = _own(config).given
        if given is None:
            return {"classes": ()}
        values = _column(data, given)
        return {"classes": tuple(sorted(set(values)))}

    def labels(self, config: FamilyConfig, data: Dataset) -> np.ndarray | None:
        own = _own(config)
        if own.given is None:
            return None
        index = {name: i for i, name in enumerate(own.classes)}
        # A value that no training item has counts as none.
        return np.array([index.get(value, len(index)) for value in _column(data, own.given)], dtype=np.int64)

    def adopt(self, config: FamilyConfig, model: LatentModel) -> tuple[FamilyConfig, Mapping[str, Tensor]]:
        if not isinstance(model, FlowModel):
            raise InvalidArgument(
                "only the autoencoder of a model of the family flow can be taken over",
                got=f"{model.name}, of the family {model.family}",
                next="Its latents must keep their places; leave out --autoencoder to train one",
            )
        own, other = _own(config), model.config
        if (own.size, own.channels) != (other.size, other.channels):
            raise InvalidArgument(
                "an autoencoder of pictures of another form", got=f"{other.size} pixels, {other.channels} channels",
                allowed=f"{own.size} pixels, {own.channels} channels",
            )  # fmt: skip
        names = ("latent_channels", "widths", "blocks", "beta")
        taken = own.with_(**{name: getattr(other, name) for name in names}, autoencoder_share=0.0)
        return taken, {k: v for k, v in model.state().items() if not k.startswith("field.")}

    def trainable(self, config: FamilyConfig, representation: Representation, items: int) -> Trainable:
        return FlowTraining(_own(config), representation)

    def open(self, config: FamilyConfig, representation: Representation, state: Mapping[str, Tensor]) -> LatentModel:
        with torch.random.fork_rng(devices=[]):
            networks = Networks(_own(config), representation)
        check_shapes(state, networks.state_dict(), "model.safetensors")
        networks.load_state_dict(dict(state))
        return FlowModel(networks, _own(config), representation)


def _column(data: Dataset, name: str) -> list[str]:
    """A column of the rows as text."""
    if name not in data.columns:
        raise UnknownName(f"column of {data.spec}", name, data.columns)
    return [str(value) for value in data.column(name)]


def _own(config: FamilyConfig) -> FlowFamilyConfig:
    if not isinstance(config, FlowFamilyConfig):
        raise TrasluzError("a flow was given another family's config", got=type(config).__name__)
    return config
