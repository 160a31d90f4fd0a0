"""Small spaces and data with known structure, for methods to be tried on."""

from __future__ import annotations

from typing import Literal, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.shapes import Latents, Native, Public
from trasluz.spaces import registry
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace

SHAPES = ((2,), (3,), (40,), (3, 5), (2, 4, 4))
"""Of vectors, of layers and of a small picture of codes."""
_KINDS: tuple[Literal["vector", "layers", "spatial"], ...] = ("vector", "layers", "spatial")
SLOPE = 0.2


class Ground(LatentSpace):
    """A space of any shape whose decoder is one layer of orthonormal columns and a sigmoid; without an encoder."""

    def __init__(self, shape: tuple[int, ...], *, size: int = 8, differentiable: bool = True) -> None:
        super().__init__()
        self.name, self.shape, self.kind = "z", shape, _KINDS[len(shape) - 1]
        self.differentiable = differentiable
        self.representation = Pixels(1, size)
        width = torch.Size(shape).numel()
        self.weight = torch.linalg.qr(draws(size * size, width, purpose="decoder")).Q * SLOPE
        self.priors = {"normal": registry.get("priors", "normal").open(shape, {}, {})}
        self.default_prior = "normal"

    def render(self, z: Latents) -> Native:
        grey = torch.sigmoid(z.flatten(1) @ self.weight.T)
        if not self.differentiable:
            grey = (grey * 255).round() / 255
        return grey.reshape(len(z), *self.representation.native_shape)


class Open(Ground):
    """The same, which also says what its first layer is."""

    def first_affine(self) -> Tensor | None:
        return self.weight


@final
class Coded(Open):
    """The same with an encoder that undoes the decoder."""

    def encode(self, x: Public) -> Latents:
        grey = self.representation.check(x).flatten(1)
        return (torch.logit(grey, eps=1e-6) @ self.weight / SLOPE**2).reshape(len(x), *self.shape)


def draws(*shape: int, seed: int = 0, purpose: str = "latents") -> Tensor:
    """Standard normal numbers, always the same."""
    return torch.randn(shape, generator=rng.generator(seed, f"conformance, {purpose}"))


def cloud(n: int, shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """Latents `(n, *shape)` about 1, spread from 2 in the first dimension to 0.3 in the last."""
    d = torch.Size(shape).numel()
    return (1 + draws(n, d, seed=seed) * torch.linspace(2, 0.3, d)).reshape(n, *shape)
