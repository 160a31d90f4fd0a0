"""Small models that keep to the contracts, each by another shape of space: what tests explore, encode and break."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor, nn

from trasluz.base.errors import InvalidArgument
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset, split_of
from trasluz.spaces.model import LatentModel, freeze
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace

SIZE, CHANNELS = 16, 3


class VectorSpace(LatentSpace):
    """A vector that decodes by one layer; without an encoder."""

    kind = "vector"

    def __init__(self, name: str, decoder: nn.Module, width: int, size: int = SIZE, channels: int = CHANNELS) -> None:
        super().__init__()
        self.name, self.shape, self.decoder = name, (width,), decoder
        self.representation = Pixels(channels, size)
        self.priors = {"normal": registry.get("priors", "normal").open(self.shape, {}, {})}
        self.default_prior = "normal"

    def render(self, z: Tensor) -> Tensor:
        return self.decoder(z).reshape(len(z), *self.representation.native_shape)

    def first_affine(self) -> Tensor | None:
        return next(self.decoder.parameters())


class CodedSpace(VectorSpace):
    """The same with an encoder, which has a posterior."""

    def __init__(self, name: str, decoder: nn.Module, encoder: nn.Module, width: int, **form: int) -> None:
        super().__init__(name, decoder, width, **form)
        self.encoder = encoder

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(self.representation.check(x).flatten(1))

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor] | None:
        mu = self.encode(x)
        return mu, -1 - mu.square()


class SpatialSpace(LatentSpace):
    """(4, 8, 8): a small picture of codes, decoded by a convolution; encoded by another."""

    name, kind, shape = "z", "spatial", (4, 8, 8)

    def __init__(self, decoder: nn.Module, encoder: nn.Module) -> None:
        super().__init__()
        self.decoder, self.encoder = decoder, encoder
        self.representation = Pixels(3, 32)
        self.priors = {"normal": registry.get("priors", "normal").open(self.shape, {}, {})}
        self.default_prior = "normal"

    def render(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(self.representation.check(x))


class Toy(LatentModel):
    """A model from its spaces and a module that holds the weights."""

    family = "toy"

    def __init__(self, module: nn.Module, *spaces: LatentSpace, name: str = "toy") -> None:
        self.module = freeze(module)
        self.spaces = {space.name: space for space in spaces}
        self.default_space = spaces[0].name
        self.representation = spaces[0].representation
        self.name = name

    def state(self) -> dict[str, Tensor]:
        return self.module.state_dict()

    def to(self, device: torch.device | str) -> LatentModel:
        self.module.to(device)
        return self


class Mapped(Toy):
    """Two spaces, z → w by a mapping network, as a style-based generator has them."""

    def transport(self, z: Tensor, src: str, dst: str) -> Tensor:
        if (src, dst) == ("z", "w"):
            return self.module["mapping"](self.space("z").check(z))  # type: ignore[index,operator]
        return super().transport(z, src, dst)


class Conditioned(Toy):
    """A model of one of three classes."""

    label = 0

    def dump(self) -> dict[str, Any]:
        return {"label": self.label}

    def given(self, **condition: Any) -> LatentModel:
        unknown = set(condition) - {"label"}
        if unknown or condition.get("label") not in (0, 1, 2):
            raise InvalidArgument("the condition is label=0, 1 or 2", got=str(condition))
        view = Conditioned(self.module, *self.spaces.values(), name=self.name)
        view.label = condition["label"]
        view.spaces = {"z": Shifted(self.spaces["z"].decoder, self.module["classes"].weight[view.label])}  # type: ignore[attr-defined,index]
        return view


class Shifted(VectorSpace):
    """A vector space whose latents are moved before they are decoded."""

    def __init__(self, decoder: nn.Module, shift: Tensor) -> None:
        super().__init__("z", decoder, len(shift))
        self.shift = shift

    def render(self, z: Tensor) -> Tensor:
        return super().render(z + self.shift)


def _dense(inp: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inp, 24), nn.SiLU(), nn.Linear(24, out))


def coded(seed: int = 0, *, width: int = 6, size: int = SIZE, channels: int = CHANNELS, name: str = "toy") -> Toy:
    """One vector space with an encoder."""
    torch.manual_seed(seed)
    numbers = channels * size * size
    module = nn.ModuleDict({"decoder": _dense(width, numbers), "encoder": _dense(numbers, width)})
    space = CodedSpace("z", module["decoder"], module["encoder"], width, size=size, channels=channels)
    return Toy(module, space, name=name)


def build() -> dict[str, Any]:
    """The same as `tl.wrap` takes it: what a saved one is built by."""
    model = coded()
    space = model.space()
    shape = space.representation.native_shape
    decoder, encoder = model.module["decoder"], model.module["encoder"]
    return {
        "decode": nn.Sequential(decoder, nn.Unflatten(1, shape)),
        "encode": nn.Sequential(nn.Flatten(), encoder),
        "shape": space.shape,
    }


def spatial(seed: int = 0) -> Toy:
    """A spatial space (4, 8, 8) of 32-pixel pictures."""
    torch.manual_seed(seed)
    decoder, encoder = nn.ConvTranspose2d(4, 3, 4, stride=4), nn.Conv2d(3, 4, 4, stride=4)
    return Toy(nn.ModuleDict({"decoder": decoder, "encoder": encoder}), SpatialSpace(decoder, encoder), name="spatial")


def two_spaces(seed: int = 0) -> Mapped:
    """z and w, with a way from z to w."""
    torch.manual_seed(seed)
    module = nn.ModuleDict({"mapping": _dense(6, 9), "synthesis": _dense(9, CHANNELS * SIZE * SIZE)})
    whole = nn.Sequential(module["mapping"], module["synthesis"])
    spaces = VectorSpace("z", whole, 6), VectorSpace("w", module["synthesis"], 9)
    spaces[1].priors, spaces[1].default_prior = {}, None
    return Mapped(module, *spaces, name="mapped")


def conditioned(seed: int = 0) -> Conditioned:
    """Takes a label."""
    torch.manual_seed(seed)
    module = nn.ModuleDict({"decoder": _dense(6, CHANNELS * SIZE * SIZE), "classes": nn.Embedding(3, 6)})
    return Conditioned(module, VectorSpace("z", module["decoder"], 6), name="conditioned")


def pictures(n: int = 50, *, size: int = SIZE, channels: int = CHANNELS, spec: str = "toys", seed: int = 0) -> Dataset:
    """Random smooth pictures with a label, a number and a factor with gaps."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(0, 256, (n, channels, 1, 1))
    ramp = np.linspace(0.3, 1, size)[None, None, :, None] * np.linspace(1, 0.5, size)[None, None, None, :]
    pixels = (colours * ramp).astype(np.uint8)
    ids = [f"item-{i:04d}" for i in range(n)]
    split = [split_of(i, test_share=0.5) for i in ids]
    counter = {"train": 0, "test": 0}
    index = []
    for part in split:
        index.append(counter[part])
        counter[part] += 1
    rows = pa.table(
        {
            "id": ids,
            "index": pa.array(index, pa.int64()),
            "source": ["toys"] * n,
            "split": split,
            "label": [("cat", "dog")[int(c[0, 0, 0]) > 127] for c in colours],
            "red": pa.array(colours[:, 0, 0, 0] / 255),
            "note": [None if i % 3 else f"it's {i}" for i in range(n)],
        }
    )
    return Dataset(spec, f"d-{spec}-{n >= 0}-{size}-{channels}-{seed}", pixels, rows, {"licence": "CC0"})
