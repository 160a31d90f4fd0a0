"""What a latent diffusion model is: settings, networks, the spaces `z` and `noise`, the flow between them.

How it is trained, and the papers, are in `flow`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, final

import torch
from torch import Tensor, nn

from trasluz.base import rng
from trasluz.base.config import setting
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.base.shapes import Latents, Native, Public, Vectors
from trasluz.nn.flow_matching import integrate, path_states
from trasluz.nn.likelihood import LOG_VAR_RANGE
from trasluz.nn.spatial import SpatialDecoder, SpatialEncoder, SpatialField
from trasluz.nn.update import UpdateConfig, place
from trasluz.spaces.family import FamilyConfig
from trasluz.spaces.model import Condition, LatentModel, State, freeze
from trasluz.spaces.pushforward import Pushforward
from trasluz.spaces.registry import get
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace

GUIDANCE, STEPS = "guidance", "steps"
"""The words of `given` that are no column: the weight of the class, and the steps between noise and latent."""
MOST_STEPS = 1000
STRONGEST = 20
"""Guidance, at most."""
ALIKE = 0.2
"""Root mean square by which latents differ, in their own spread, up to which two items get draws that are alike: one
that was decoded and encoded again moves by half of it or so, different ones lie several times as far apart."""


class FlowFamilyConfig(FamilyConfig, UpdateConfig):
    """Settings of a latent diffusion model: its autoencoder, its velocity network, and how both are trained."""

    steps: int = setting(20000, "Steps of a run by default, both stages together.", unit="steps", ge=1)
    latent_channels: int = setting(8, "Channels of the latents.", ge=1, le=64)
    widths: tuple[int, ...] = setting((32, 64, 128), "Channels of the autoencoder after each halving.")
    blocks: int = setting(0, "Residual blocks of the autoencoder at each resolution.", ge=0, le=8)
    beta: float = setting(0.5, "Weight of the KL; lower keeps finer detail, harder to model.", ge=0)
    autoencoder_share: float = setting(0.25, "Share of the steps that train the autoencoder, first.", ge=0, lt=1)
    autoencoder_lr: float = setting(1e-3, "Peak learning rate of the autoencoder.", gt=0, le=1)
    field_width: int = setting(128, "Channels of the velocity network.", ge=8, le=1024)
    field_depth: int = setting(6, "Residual blocks of the velocity network.", ge=1, le=64)
    lr: float = setting(1e-3, "Peak learning rate of the velocity network.", gt=0, le=1)
    shift: float = setting(1.0, "Skew of training times to noise; 1 is uniform.", gt=0, source="Esser et al. 2024")
    solver: Literal["heun", "euler"] = setting("heun", "How the flow is integrated; Heun takes two calls per step.")
    solver_steps: int = setting(25, "Steps from noise to latent.", unit="steps", ge=1, le=MOST_STEPS)
    given: str | None = setting(None, "Column of the data to condition on, such as label; none trains without.")
    classes: tuple[str, ...] = setting((), "The values of that column; found in the training items.")
    class_dropout: float = setting(
        0.15, "Share of items whose class is withheld; draws without one learn from these.", ge=0, lt=1,
        source="Ho & Salimans 2021",
    )  # fmt: skip


@final
class Autoencoder(nn.Module):
    """Pictures to the mean and log-variance of their latents, and back."""

    def __init__(self, config: FlowFamilyConfig, representation: Representation) -> None:
        super().__init__()
        channels, size, _ = representation.native_shape
        self.encoder = SpatialEncoder(channels, size, config.widths, config.blocks, 2 * config.latent_channels)
        self.decoder = SpatialDecoder(config.latent_channels, channels, size, config.widths, config.blocks)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, log_var = self.encoder(x).float().chunk(2, dim=1)
        return mu, LOG_VAR_RANGE * torch.tanh(log_var / LOG_VAR_RANGE)

    @property
    def side(self) -> int:
        return self.encoder.sizes[-1]


@final
class Networks(nn.Module):
    """Autoencoder, the normalisation of its latents, velocity."""

    def __init__(self, config: FlowFamilyConfig, representation: Representation) -> None:
        super().__init__()
        self.autoencoder = Autoencoder(config, representation)
        shape = (config.latent_channels, 1, 1)
        self.mean = nn.Parameter(torch.zeros(shape), requires_grad=False)
        self.scale = nn.Parameter(torch.ones(shape), requires_grad=False)
        side, classes = self.autoencoder.side, len(config.classes)
        self.field = SpatialField(config.latent_channels, side, config.field_width, config.field_depth, classes)


@final
class ZSpace(LatentSpace):
    """The autoencoder's latents, normalised: where the flow ends."""

    name, kind = "z", "spatial"

    def __init__(self, networks: Networks, config: FlowFamilyConfig, representation: Representation) -> None:
        super().__init__()
        self._networks, self.representation = networks, representation
        self.shape = (config.latent_channels, networks.autoencoder.side, networks.autoencoder.side)

    def render(self, z: Latents) -> Native:
        return self._networks.autoencoder.decoder(z * self._networks.scale + self._networks.mean)

    def encode(self, x: Public) -> Latents:
        return self.posterior(x)[0]

    def posterior(self, x: Public) -> tuple[Latents, Latents]:
        native = self.representation.to_native(self.representation.check(x))
        mu, log_var = self._networks.autoencoder.posterior(native.contiguous(memory_format=torch.channels_last))
        return (mu - self._networks.mean) / self._networks.scale, log_var - 2 * self._networks.scale.log()


@final
class NoiseSpace(LatentSpace):
    """Where the flow starts. Encoding integrates it backwards, from a draw of the autoencoder's posterior.

    The flow was trained on draws: their spread is what most of the noise becomes, and backwards from a posterior's mean
    it leads to the middle, where hardly a draw of N(0, I) lies. The draw is a function of the item alone
    (`_draw_of`).
    """

    name, kind, knows_draws, encodes_soon = "noise", "spatial", True, False

    def __init__(self, model: FlowModel, z: ZSpace) -> None:
        super().__init__()
        self._model, self._z = model, z
        self.representation, self.shape, self.device = z.representation, z.shape, z.device
        self.priors["normal"] = get("priors", "normal").open(self.shape, {}, {})
        self.default_prior = "normal"

    def render(self, z: Latents) -> Native:
        return self._z.render(self._model.integrate(z, 0.0, 1.0))

    def encode(self, x: Public) -> Latents:
        mu, log_var = self._z.posterior(x)
        return self._model.integrate(mu + (0.5 * log_var).exp() * _draw_of(mu), 1.0, 0.0)


def _draw_of(mu: Latents) -> Latents:
    """Standard normal `(n, *shape)`, a smooth function of each item's latent: draws of different items have nothing to
    do with each other, and an item that comes back a little changed has nearly the one it had.

    Random Fourier features (Rahimi & Recht 2007, eq. 3) of orthogonal frequencies (Yu et al. 2016), turned once more
    into sums of all of them: the correlation of two draws is exp(-|mu - mu'|² / (2 d ALIKE²)).
    """
    flat = mu.flatten(1)
    phases = 2 * torch.pi * torch.rand(flat.shape[1], generator=rng.generator(0, "phases of draws")).to(flat)
    waves = math.sqrt(2) * torch.cos(_turned(flat, "frequencies of draws") / ALIKE + phases)
    return _turned(waves, "sums of draws").reshape(mu.shape)


def _turned(x: Vectors, purpose: str) -> Vectors:
    """A rotation that mixes all dimensions: signs drawn once, then the Hartley transform, three times over."""
    for k in range(3):
        signs = torch.randint(0, 2, (x.shape[1],), generator=rng.generator(0, purpose, k)).to(x) * 2 - 1
        found = torch.fft.fft(x * signs, norm="ortho")
        x = found.real - found.imag
    return x


@final
class FlowModel(LatentModel):
    """An open latent diffusion model."""

    family, default_space, begins_in = "flow", "z", "noise"

    def __init__(
        self,
        networks: Networks,
        config: FlowFamilyConfig,
        representation: Representation,
        condition: Mapping[str, Any] | None = None,
        base: FlowModel | None = None,
    ) -> None:
        self._networks = freeze(place(networks, "cpu", torch.channels_last)) if condition is None else networks
        self._inner, self.config, self.representation = networks, config, representation
        self.condition, self._base = dict(condition or {}), base
        z = ZSpace(networks, config, representation)
        z.device = networks.mean.device
        noise = NoiseSpace(self, z)
        centre = torch.zeros(z.shape)
        z.priors["pushforward"] = Pushforward(
            noise.prior(), lambda eps: self.integrate(eps.to(z.device), 0.0, 1.0), centre, lambda: self.identity
        )
        z.default_prior = "pushforward"
        self.spaces = {"z": z, "noise": noise}

    @property
    def steps(self) -> int:
        """Steps between noise and latent."""
        return int(self.condition.get(STEPS, self.config.solver_steps))

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """v(x_t, t) `(n, *shape)`; of a class `v(∅) + guidance·(v(y) − v(∅))`."""
        field = self._inner.field
        chosen = self.condition.get(str(self.config.given))
        if chosen is None:
            return field(x, t)
        index = self.config.classes.index(str(chosen))
        y = torch.full((len(x),), index, device=x.device)
        weight = float(self.condition.get(GUIDANCE, 1.0))
        if weight == 1.0:
            return field(x, t, y)
        free = field(x, t)
        return free + weight * (field(x, t, y) - free)

    def integrate(self, x: Latents, start: float, end: float, *, steps: int | None = None) -> Latents:
        """Along the flow from time `start` to `end`: 0 is noise, 1 the latent z. `steps` as the condition says, or the
        settings."""
        return integrate(self.velocity, x, start, end, steps or self.steps, self.config.solver)

    def transport(self, z: Latents, src: str, dst: str) -> Latents:
        self.space(src).check(z)
        self.space(dst)
        if src == dst:
            return z
        return self.integrate(z, 0.0, 1.0) if src == "noise" else self.integrate(z, 1.0, 0.0)

    def states(self, z: Latents, src: str, frames: int) -> list[State]:
        noise = self.transport(self.space(src).check(z), src, "noise")
        steps = max(self.steps, frames - 1)
        found = path_states(self.velocity, noise, steps, self.config.solver, frames)
        return [State(t, "z", x, expected) for t, x, expected in found]

    def given(self, **condition: Any) -> FlowModel:
        column, known = self.config.given, [one.name for one in self.conditions]
        asked = ", ".join(condition) or "nothing"
        others = [word for word in condition if word != STEPS]
        if column is None and (others or not condition):
            raise InvalidArgument(
                f"the model {self.name} was trained without classes", got=asked,
                next=f"Leave out --given but for {STEPS}=N, or train one with --set given=COLUMN",
            )  # fmt: skip
        for word in condition:
            if word not in known:
                raise UnknownName(f"condition of the model {self.name}", word, known)
        if (others or not condition) and column not in condition:
            raise InvalidArgument("guidance needs a class to guide to", got=asked, next=f"Add {column}=VALUE")
        chosen: dict[str, Any] = {}
        if column in condition:
            if str(condition[column]) not in self.config.classes:
                raise UnknownName(column, str(condition[column]), self.config.classes)
            chosen = {column: str(condition[column]), GUIDANCE: _number(GUIDANCE, condition, 1.0, 0, STRONGEST)}
        if STEPS in known and STEPS in condition:
            chosen[STEPS] = int(_number(STEPS, condition, self.config.solver_steps, 1, MOST_STEPS, whole=True))
        view = FlowModel(self._inner, self.config, self.representation, chosen, self._base or self)
        view.name, view.trained_on, view.folder = self.name, self.trained_on, self.folder
        return view

    @property
    def conditions(self) -> tuple[Condition, ...]:
        column, usual = self.config.given, self.config.solver_steps
        steps = Condition(STEPS, low=1, high=MOST_STEPS, usual=usual, whole=True)
        if column is None:
            return (steps,)
        weight = Condition(GUIDANCE, low=0, high=STRONGEST, usual=1, needs=column)
        # A class that is called as the steps are goes before them.
        return Condition(column, tuple(self.config.classes)), weight, *([] if column == STEPS else [steps])

    def owner(self, space: str) -> str:
        # The condition is the flow's alone: what noise becomes, not what a latent decodes to.
        return super().owner(space) if self._base is None or space != "z" else self._base.owner(space)

    def state(self) -> dict[str, Tensor]:
        return self._inner.state_dict()

    def dump(self) -> dict[str, Any]:
        return self.config.dump() | ({"condition": self.condition} if self.condition else {})

    def to(self, device: torch.device | str) -> FlowModel:
        self._inner.to(device)
        for space in self.spaces.values():
            space.device = torch.device(device)
        return self


def _number(
    word: str, condition: Mapping[str, Any], usual: float, low: float, high: float, *, whole: bool = False
) -> float:
    """A condition that is a number.

    Raises:
        InvalidArgument: it is none, or out of range.
    """
    try:
        value = float(condition.get(word, usual))
    except (TypeError, ValueError):
        value = float("nan")
    if not low <= value <= high or (whole and value != int(value)):
        kind = "a whole number from " if whole else ""
        raise InvalidArgument(f"{word} out of range", got=condition[word], allowed=f"{kind}{low} to {high}")
    return value
