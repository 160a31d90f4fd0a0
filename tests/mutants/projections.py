"""Kinds of map that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.conformance.projections import ProjectionCase
from trasluz.spaces.methods import Projection, ProjectionMethod


class Nothing(Config):
    """Nothing to set."""


class TwoAxes(Projection):
    """The first two numbers of a latent are its place."""

    method: ClassVar[str] = "two"
    axes = ("first", "second")

    def __init__(self, z: Tensor) -> None:
        self.mean, self.xy = z.mean(0), self.flat(z)

    @staticmethod
    def flat(z: Tensor) -> Tensor:
        return z.flatten(1)[:, :2].clone()

    def project(self, z: Tensor) -> Tensor:
        if z.shape[1:] != self.mean.shape:
            raise InvalidArgument("latents of another shape", got=tuple(z.shape))
        return self.flat(z)

    def inverse(self, xy: Tensor) -> Tensor:
        rows = self.mean.flatten().repeat(len(xy), 1)
        rows[:, :2] = xy
        return rows.reshape(len(xy), *self.mean.shape)

    def state(self) -> dict[str, Tensor]:
        return {"mean": self.mean, "xy": self.xy}


class Two(ProjectionMethod):
    """A toy that keeps to the contract; what breaks it in one place is below."""

    name: ClassVar[str] = "two"
    title: ClassVar[str] = "Two numbers"
    config_type = Nothing
    uses_labels = True
    plane: type[TwoAxes] = TwoAxes

    def fit(self, z: Tensor, config: Any, seed: int, labels: Any = None) -> Projection:
        if len(z) < 2 or not bool(torch.isfinite(z).all()) or bool((z == z[:1]).all()):
            raise InvalidArgument("latents that cannot be drawn")
        if len({name for name in labels or () if name is not None}) < 2 or len(labels) != len(z):
            raise InvalidArgument("labels that separate nothing")
        return self.plane(z)

    def open(self, state: Any) -> Projection:
        if set(state) != {"mean", "xy"}:
            raise DamagedFile("no map of two")
        made = self.plane.__new__(self.plane)
        made.mean, made.xy = state["mean"], state["xy"]
        return made


def broken(plane: dict[str, Any] | None = None, **changes: Any) -> ProjectionCase:
    """The toy with something of its class, or of its maps, exchanged."""
    changes["plane"] = type("Plane", (TwoAxes,), plane or {})
    return ProjectionCase(method=type("Broken", (Two,), {"__doc__": "Broken.", **changes})())


def careless(self: Two, z: Tensor, config: Any, seed: int, labels: Any = None) -> Projection:
    """Refuses nothing."""
    return self.plane(z)


def unlabelled(self: Two, z: Tensor, config: Any, seed: int, labels: Any = None) -> Projection:
    return Two.fit(self, z, config, seed, [str(i % 2) for i in range(len(z))])


def lucky(self: Two, z: Tensor, config: Any, seed: int, labels: Any = None) -> Projection:
    made = Two.fit(self, z, config, seed, labels)
    made.xy = made.xy + torch.randn(2)
    return made


def trampling(self: Two, z: Tensor, config: Any, seed: int, labels: Any = None) -> Projection:
    made = Two.fit(self, z, config, seed, labels)
    z.sub_(z.mean(0))
    return made


def fussy(self: Two, z: Tensor, config: Any, seed: int, labels: Any = None) -> Projection:
    if len(z) < 5:
        raise ValueError("n_neighbors must be greater than 1")
    return Two.fit(self, z, config, seed, labels)


def scaled(self: Two, z: Tensor, config: Any, seed: int, labels: Any = None) -> Projection:
    """Divides by the spread of every dimension, which may be none."""
    made = Two.fit(self, z, config, seed, labels)
    made.mean = made.mean / z.std(0) * z.std(0)
    return made


def crash(self: Two, state: Any) -> Projection:
    """Finds out by failing."""
    made = self.plane.__new__(self.plane)
    made.mean, made.xy = state["mean"], state["xy"]
    return made


def nearly(self: Two, state: Any) -> Projection:
    made = Two.open(self, state)
    made.xy = made.xy.half().float()
    return made


BROKEN: list[tuple[str, Callable[[], ProjectionCase], str]] = [
    ("names", lambda: broken({"method": "three"}), "call themselves 'three'"),
    ("names", lambda: broken(title=""), "title has to say something"),
    ("settings", lambda: broken(config_type=None), "no Config"),
    ("shapes", lambda: broken({"project": lambda s, z: TwoAxes.project(s, z).double()}), "project.*float64"),
    ("shapes", lambda: broken({"inverse": lambda s, p: TwoAxes.inverse(s, p).flatten(1)}), "inverse.*the shape"),
    ("shapes", lambda: broken({"axes": ("first", "")}), "axes are two texts"),
    ("shapes", lambda: broken({"round_trip": -1.0}), "round_trip"),
    ("shapes", lambda: broken({"flat": staticmethod(lambda z: torch.zeros(len(z), 2))}), "at one place"),
    ("places", lambda: broken({"project": lambda s, z: s.flat(z) - s.flat(z).mean(0)}), "depends on the batch"),
    ("places", lambda: broken({"inverse": lambda s, p: TwoAxes.inverse(s, p + torch.rand(1))}), "the second time"),
    ("way-back", lambda: broken({"inverse": lambda s, p: 0 * TwoAxes.inverse(s, p)}), "the mean would do as well"),
    ("same-again", lambda: broken(fit=lucky), "global random numbers"),
    ("same-again", lambda: broken(fit=trampling), "changes its latents"),
    ("kept", lambda: broken(open=nearly), "not the same to the bit"),
    ("kept", lambda: broken({"state": lambda s: {"xy": s.xy}}), "no map of two"),
    ("damaged", lambda: broken(open=crash), "raised KeyError"),
    ("few-rows", lambda: broken(fit=fussy), "raised ValueError"),
    ("few-rows", lambda: broken(fit=careless), "must raise InvalidArgument"),
    ("flat", lambda: broken(fit=scaled), "not finite"),
    ("refusals", lambda: broken(fit=careless), "latents with NaN must raise"),
    ("refusals", lambda: broken({"project": lambda s, z: s.flat(z)}), "another shape must raise"),
    ("labels", lambda: broken(fit=unlabelled), "no labels must raise"),
]
GOOD = broken
