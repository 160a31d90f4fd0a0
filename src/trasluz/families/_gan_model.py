"""What a style-based GAN is: settings, networks, the spaces `z`, `w` and `w+`, the judge.

How it is trained, and the papers, are in `gan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, final

import torch
from torch import Tensor, nn

from trasluz.base import rng
from trasluz.base.config import Same, setting
from trasluz.base.errors import TrasluzError
from trasluz.base.shapes import Latents, Native, Public, Scores
from trasluz.nn.blocks import Encoder
from trasluz.nn.judges import Discriminator, FeatureJudge, Judge
from trasluz.nn.styles import Mapping as MappingNetwork
from trasluz.nn.styles import Synthesis
from trasluz.nn.update import UpdateConfig, place
from trasluz.spaces.family import FamilyConfig
from trasluz.spaces.model import LatentModel, freeze
from trasluz.spaces.pushforward import Pushforward
from trasluz.spaces.registry import get
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace

CENTRE_DRAWS = 4096
"""Draws that the mean and the spread of w are taken over."""


class GANConfig(FamilyConfig, UpdateConfig):
    """Settings of a GAN: its two networks, their contest, and the encoder that is trained after it."""

    batch: int = setting(32, "Items per step.", unit="items", ge=2)
    steps: int = setting(12000, "Steps of a run by default, the encoder's included.", unit="steps", ge=1)
    latent: int = setting(64, "Dimensions of z and of w.", ge=1, le=4096)
    mapping: int = setting(2, "Layers of the mapping network from z to w.", ge=1, le=16)
    widths: tuple[int, ...] = setting((32, 64, 96, 128), "Channels of both networks after each halving.")
    lr: float = setting(6e-4, "Peak learning rate of Adam, for both.", gt=0, le=1)
    beta1: float = setting(0.0, "Adam's decay of the first moment.", ge=0, lt=1)
    beta2: float = setting(0.99, "Adam's decay of the second moment.", ge=0, lt=1)
    clip: float = setting(0.0, "Largest norm of the whole gradient; 0 leaves it as it is.", ge=0)
    floor: float = setting(0.1, "Share of the peak that a cosine ends at.", ge=0, le=1)
    gamma: float = setting(4.0, "Weight of the gradient penalties R1 and R2.", ge=0, source="Huang et al. 2024")
    gamma_end: float = setting(0.1, "Share of gamma that is left at the end.", ge=0, le=1)
    lazy: int = setting(16, "Steps between penalties, each then weighing so much more.", unit="steps", ge=1)
    augment: Literal["auto", "on", "off"] = setting(
        "auto", "Differentiable augmentation; auto is on below 5,000 items.", source="Zhao et al. 2020"
    )
    encoder_share: float = setting(
        0.2, "Share of the steps, the last ones, that train an encoder for the finished generator.", ge=0, le=1
    )
    encoder_lr: float = setting(1e-3, "Peak learning rate of the encoder.", gt=0, le=1)
    judge: Literal["pixels", "features"] = setting(
        "pixels",
        "What made items are told by: pixels, or fixed features at several scales of an encoder of our own.",
        source="Sauer et al. 2021",
    )
    features_share: float = setting(
        0.2, "Judge of features: share of the steps before the last stage, the first ones, that train its encoder.",
        ge=0, lt=1,
    )  # fmt: skip
    features_lr: float = setting(2e-3, "Judge of features: peak learning rate of its encoder.", gt=0, le=1)
    begin: bool = setting(True, "Judge of features: whether the generator begins as the decoder of its encoder.")
    cover: float = setting(
        0.0, "Judge of features: weight of the energy distance between codes of made and of real items.", ge=0,
        source="Santos et al. 2019",
    )  # fmt: skip
    rebuild: float = setting(
        0.0, "Judge of features: weight of rebuilding real items from their codes.", ge=0, source="Larsen et al. 2016"
    )

    @classmethod
    def read(cls: type[Same], values: Mapping[str, Any], where: str) -> Same:
        """As ever; where nothing is said of a judge of features, items were judged on pixels."""
        unsaid = not any(name in values for name in OF_FEATURES)
        return super().read({**PIXELS, **values} if unsaid else values, where)

    def dump(self) -> dict[str, Any]:
        """As ever, without what says nothing of a judge of pixels: models of before such settings keep identity."""
        values = super().dump()
        return {k: v for k, v in values.items() if k not in OF_FEATURES} if self.judge == "pixels" else values


OF_FEATURES = ("judge", "features_share", "features_lr", "begin", "cover", "rebuild")
"""Settings that only a judge of features has."""
PIXELS = {name: GANConfig.model_fields[name].default for name in OF_FEATURES}


@final
class Generator(nn.Module):
    """z to w to pictures in [-1, 1]."""

    def __init__(self, config: GANConfig, representation: Representation) -> None:
        super().__init__()
        channels, size, _ = representation.native_shape
        self.mapping = MappingNetwork(config.latent, config.latent, config.mapping)
        self.synthesis = Synthesis(channels, size, config.widths, config.latent)

    def spread(self, w: Tensor) -> Tensor:
        """One w for all layers: `(n, d)` to `(n, layers, d)`."""
        return w[:, None].expand(-1, self.synthesis.layers, -1)

    def forward(self, z: Tensor) -> Tensor:
        return self.synthesis(self.spread(self.mapping(z)))

    def centre(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of w, `(d,)` each; a function of the weights alone."""
        width = self.mapping.layers[0].in_features
        z = torch.randn(CENTRE_DRAWS, int(width), generator=rng.generator(0, "centre"))  # type: ignore[arg-type]
        with torch.no_grad():
            w = self.mapping(z.to(self.synthesis.start.device))
        return w.mean(0), w.std(0).clamp_min(1e-4)


@final
class Networks(nn.Module):
    """The two players, and the encoder where there is one."""

    def __init__(self, config: GANConfig, representation: Representation) -> None:
        super().__init__()
        channels, size, _ = representation.native_shape
        self.generator = Generator(config, representation)
        self.discriminator = _judge(config, channels, size)
        self.encoder = Encoder(channels, size, config.widths, 0, config.latent) if config.encoder_share > 0 else None


def _judge(config: GANConfig, channels: int, size: int) -> Judge:
    if config.judge == "features":
        return FeatureJudge(channels, size, config.widths, config.latent)
    return Discriminator(channels, size, config.widths)


def signed(x: Tensor) -> Tensor:
    """[0, 1] to [-1, 1], in which the networks compute."""
    return (2 * x - 1).contiguous(memory_format=torch.channels_last)


def native(x: Tensor) -> Tensor:
    """[-1, 1] to [0, 1]."""
    return 0.5 * x + 0.5


@final
class ZSpace(LatentSpace):
    """What the mapping network starts from: N(0, I)."""

    name, kind, knows_draws = "z", "vector", True

    def __init__(self, generator: Generator, config: GANConfig, representation: Representation) -> None:
        super().__init__()
        self._generator, self.representation, self.shape = generator, representation, (config.latent,)
        self.priors["normal"] = get("priors", "normal").open(self.shape, {}, {})
        self.default_prior = "normal"

    def render(self, z: Latents) -> Native:
        return native(self._generator(z))

    def first_affine(self) -> Tensor:
        return self._generator.mapping.layers[0].weight  # type: ignore[return-value]

    def activations(self, z: Latents) -> Tensor:
        """`w`, what the mapping network makes of z: section 2.2 of GANSpace, for generators of styles."""
        return self._generator.mapping(z)


class _Styles(LatentSpace):
    """What `w` and `w+` share: the encoder, and the weights that read a style."""

    knows_draws = True

    def __init__(self, networks: Networks, representation: Representation) -> None:
        super().__init__()
        self._generator, self._encoder, self.representation = networks.generator, networks.encoder, representation
        self._found: tuple[Tensor, Tensor] | None = None

    @property
    def encodes(self) -> bool:
        return self._encoder is not None

    def _w(self, x: Public) -> Tensor:
        if self._encoder is None:
            return super().encode(x)
        mean, spread = self._centre()
        return mean + spread * self._encoder(signed(self.representation.to_native(self.representation.check(x))))

    def _centre(self) -> tuple[Tensor, Tensor]:
        if self._found is None or self._found[0].device != self.device:
            self._found = self._generator.centre()
        return self._found

    def first_affine(self) -> Tensor:
        return torch.cat([conv.get_parameter("style.weight") for conv in self._generator.synthesis.styles()])


@final
class WSpace(_Styles):
    """One style for all layers."""

    name, kind = "w", "vector"

    def __init__(self, networks: Networks, z: ZSpace, identity: Any) -> None:
        super().__init__(networks, z.representation)
        self.shape = z.shape
        self.priors["pushforward"] = Pushforward(
            z.prior(),
            lambda eps: self._generator.mapping(eps.to(self.device)),
            self._mean,
            identity,
        )
        self.default_prior = "pushforward"

    def _mean(self) -> Tensor:
        return self._centre()[0].cpu()

    def render(self, z: Latents) -> Native:
        return native(self._generator.synthesis(self._generator.spread(z)))

    def encode(self, x: Public) -> Latents:
        return self._w(x)


@final
class WPlusSpace(_Styles):
    """A style for each layer (Abdal et al. 2019)."""

    name, kind = "w+", "layers"

    def __init__(self, networks: Networks, w: WSpace, identity: Any) -> None:
        super().__init__(networks, w.representation)
        self.shape = (self._generator.synthesis.layers, *w.shape)
        self.priors["pushforward"] = Pushforward(
            w.prior(), self._generator.spread, lambda: w.prior().mean.expand(self.shape).clone(), identity
        )
        self.default_prior = "pushforward"

    def render(self, z: Latents) -> Native:
        return native(self._generator.synthesis(z))

    def encode(self, x: Public) -> Latents:
        return self._generator.spread(self._w(x)).clone()


@final
class GANModel(LatentModel):
    """An open GAN."""

    family, default_space = "gan", "w"

    def __init__(self, networks: Networks, config: GANConfig, representation: Representation) -> None:
        self._networks = freeze(place(networks, "cpu", torch.channels_last))
        self._inner, self.config, self.representation = networks, config, representation
        z = ZSpace(networks.generator, config, representation)
        w = WSpace(networks, z, lambda: self.identity)
        self.spaces = {"z": z, "w": w, "w+": WPlusSpace(networks, w, lambda: self.identity)}

    def logits(self, x: Public) -> Scores:
        """What the discriminator makes of items: the higher, the more like the data it holds them to be.

        They compare with each other and with nothing else: the loss is about differences of logits alone.
        """
        return self._inner.discriminator(signed(self.representation.to_native(self.representation.check(x))))

    def transport(self, z: Latents, src: str, dst: str) -> Latents:
        self.space(src).check(z)
        self.space(dst)
        generator = self._inner.generator
        if src == dst:
            return z
        if src == "z":
            w = generator.mapping(z)
            return w if dst == "w" else generator.spread(w).clone()
        if (src, dst) == ("w", "w+"):
            return generator.spread(z).clone()
        raise TrasluzError(
            f"the model {self.name} has no way from its space {src!r} to {dst!r}",
            next="Decode, and invert the picture into the other space",
        )

    def state(self) -> dict[str, Tensor]:
        return self._inner.state_dict()

    def dump(self) -> dict[str, Any]:
        return self.config.dump()

    def to(self, device: torch.device | str) -> GANModel:
        self._inner.to(device)
        for space in self.spaces.values():
            space.device = torch.device(device)
        return self


def open_networks(config: GANConfig, representation: Representation) -> Networks:
    """Networks of the right shapes, for weights to be read into."""
    with torch.random.fork_rng(devices=[]):
        return Networks(config, representation)
