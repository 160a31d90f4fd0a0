"""What a model generates, as data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import normal
from trasluz.sources.samples import Samples, parse_samples
from trasluz.spaces.data import Request
from trasluz.spaces.model import LatentModel
from trasluz.spaces.prior import Prior
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace


class Standard(Prior):
    """N(0, I) in three dimensions."""

    method = "standard"
    shape = (3,)

    @property
    def mean(self) -> Tensor:
        return torch.zeros(3)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Tensor:
        return normal(n, self.shape, seed, "prior", start=start) * temperature


class Flat(LatentSpace):
    """A latent is the colour of the whole picture."""

    name, shape, kind = "z", (3,), "vector"

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.representation = Pixels(3, 8)
        self.priors, self.default_prior = {"standard": Standard()}, "standard"
        self.gain = gain

    def render(self, z: Tensor) -> Tensor:
        return (z * self.gain + 0.5)[:, :, None, None].expand(-1, 3, 8, 8)


class Painter(LatentModel):
    family, default_space = "painter", "z"

    def __init__(self, gain: float = 0.1) -> None:
        self.representation = Pixels(3, 8)
        self.spaces = {"z": Flat(gain)}
        self.gain = torch.tensor([gain])

    def state(self) -> dict[str, Tensor]:
        return {"gain": self.gain}

    def to(self, device: torch.device | str) -> LatentModel:
        return self


def request(argument: str, gain: float = 0.1, **wish: Any) -> Request:
    return Request(argument, open_model=lambda name: Painter(gain), **wish)


def pixels(argument: str, **wish: Any) -> np.ndarray:
    return np.concatenate([block.items for block in Samples().draw(request(argument, **wish)).blocks])


def test_item_i_is_the_same_whatever_their_number() -> None:
    many = pixels("mine:70")
    assert many.shape == (70, 3, 8, 8)
    assert np.array_equal(pixels("mine:3"), many[:3])
    z = normal(70, (3,), 0, "prior")
    assert np.array_equal(many[:, :, 0, 0], (z * 0.1 + 0.5).clamp(0, 1).mul(255).round().to(torch.uint8).numpy())


def test_size_and_channels_on_request() -> None:
    assert pixels("mine:2", size=16, channels=1).shape == (2, 1, 16, 16)


def test_the_fingerprint_follows_the_model() -> None:
    source = Samples()
    assert source.fingerprint(request("mine:5")) == source.fingerprint(request("mine:5"))
    assert source.fingerprint(request("mine:5")) != source.fingerprint(request("mine:5", gain=0.2))
    assert source.fingerprint(request("mine:5")) != source.fingerprint(request("mine:6"))


@pytest.mark.parametrize(
    ("argument", "parsed"),
    [("m", ("m", 10_000)), ("m:5", ("m", 5)), ("./a:b", ("./a:b", 10_000)), ("./a:b:7", ("./a:b", 7))],
)
def test_the_last_part_is_the_number(argument: str, parsed: tuple[str, int]) -> None:
    assert parse_samples(argument) == parsed


@pytest.mark.parametrize("argument", [None, "", ":5", "5", "m:0"])
def test_a_model_has_to_be_named(argument: str | None) -> None:
    with pytest.raises(InvalidArgument, match=r"samples"):
        parse_samples(argument)
