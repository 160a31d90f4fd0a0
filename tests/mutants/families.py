"""Families that break their contract, each in one place. Their models are the business of `models`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from toy_models import Toy, VectorSpace
from trasluz.base import rng
from trasluz.base.config import setting
from trasluz.base.errors import DamagedFile
from trasluz.conformance.families import FamilyCase
from trasluz.nn.update import Update, UpdateConfig
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Trainable


class LinesConfig(FamilyConfig):
    """What the toy can be set to."""

    width: int = setting(4, "Numbers of a latent.", ge=1, le=64)


class Undocumented(FamilyConfig):
    """Says nothing of its setting."""

    width: int = 4


class Learning(Trainable):
    """One layer that learns to draw the mean picture."""

    def __init__(self, config: Any, pixels: int) -> None:
        self.config, self.pixels = config, pixels

    def init(self, seed: int, precision: Precision, total: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.derive(seed, "lines"))
            net = nn.Linear(self.config.width, self.pixels)
        self.update = Update(net, UpdateConfig(lr=0.01, warmup=1), total)

    def step(self, batch: Mapping[str, Tensor], seed: int, k: int) -> Mapping[str, float]:
        x = batch["x"].flatten(1)
        z = torch.randn(len(x), self.config.width, generator=rng.generator(seed, "lines", k))
        loss = (self.update.module(z) - x).square().mean()
        self.update.apply(loss, k)
        return {"loss": float(loss.detach())}

    def state(self) -> dict[str, Tensor]:
        return self.update.state("lines")

    def load(self, state: Mapping[str, Tensor]) -> None:
        self.update.load(state, "lines")

    def weights(self) -> dict[str, Tensor]:
        return self.update.average.state_dict()


class Lines(Family):
    """A toy that keeps to the contract; what breaks it in one place is below."""

    name: ClassVar[str] = "lines"
    title: ClassVar[str] = "One layer"
    config_type = LinesConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"tiny": {}, "wide": {"width": 8}}
    learning: type[Learning] = Learning

    def trainable(self, config: Any, representation: Any, items: int) -> Trainable:
        return self.learning(config, torch.Size(representation.native_shape).numel())

    def open(self, config: Any, representation: Any, state: Mapping[str, Tensor]) -> Any:
        if set(state) != {"weight", "bias"}:
            raise DamagedFile("no lines")
        net = nn.Linear(config.width, len(state["bias"]))
        net.load_state_dict(dict(state))
        form = {"size": representation.size, "channels": representation.channels}
        return Toy(net, VectorSpace("z", net, config.width, **form), name="lines")


def broken(learning: dict[str, Any] | None = None, **changes: Any) -> FamilyCase:
    """The toy with something of its class, or of its learning, exchanged."""
    changes["learning"] = type("Changed", (Learning,), learning or {})
    return FamilyCase(type("Broken", (Lines,), {"__doc__": "Broken.", **changes})(), "tiny")


def loose(self: Learning, seed: int, precision: Precision, total: int) -> None:
    self.update = Update(nn.Linear(self.config.width, self.pixels), UpdateConfig(), total)


def fixed(self: Learning, seed: int, precision: Precision, total: int) -> None:
    Learning.init(self, 0, precision, total)


def noisy(self: Learning, batch: Mapping[str, Tensor], seed: int, k: int) -> Mapping[str, float]:
    return Learning.step(self, {"x": batch["x"] + torch.rand(1)}, seed, k)


def forgetful(self: Learning, state: Mapping[str, Tensor]) -> None:
    return None


def idle(self: Learning, batch: Mapping[str, Tensor], seed: int, k: int) -> Mapping[str, float]:
    return {"loss": 1.0}


def crash(self: Lines, config: Any, representation: Any, state: Mapping[str, Tensor]) -> Any:
    net = nn.Linear(config.width, len(state["bias"]))
    net.load_state_dict(dict(state))
    return net


def formless(self: Lines, preset: str, settings: Mapping[str, Any], representation: Any) -> Any:
    return LinesConfig.make({**self.presets.get(preset, {}), **settings})


BROKEN: list[tuple[str, Callable[[], FamilyCase], str]] = [
    ("names", lambda: broken(title=""), "title has to say something"),
    ("settings", lambda: broken(config_type=Undocumented), "width does not say what it means"),
    ("presets", lambda: broken(presets={"tiny": {}, "wide": {"widht": 8}}), "unknown setting"),
    ("presets", lambda: broken(configure=formless), "forgets the data's form"),
    ("presets", lambda: broken(check=lambda self, config, representation: None), "must raise InvalidArgument"),
    ("weights", lambda: broken({"init": loose}), "global random numbers"),
    ("weights", lambda: broken({"init": fixed}), "another seed gives the same"),
    ("weights", lambda: broken(open=crash), "raised KeyError"),
    ("steps", lambda: broken({"step": noisy}), "global random numbers"),
    ("steps", lambda: broken({"load": forgetful}), "goes on otherwise"),
    ("steps", lambda: broken({"step": idle}), "a step changes nothing"),
]
GOOD = broken
