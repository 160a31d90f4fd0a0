"""Metrics that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import torch

from trasluz.base.errors import InvalidArgument
from trasluz.conformance.metrics import MetricCase
from trasluz.spaces.methods import Measurement, Metric


class Distance(Metric):
    """A toy that keeps to the contract: how far the means of two sets lie apart."""

    name: ClassVar[str] = "distance"
    title: ClassVar[str] = "Distance of means"
    takes: ClassVar[tuple[str, ...]] = ("real", "fake")
    unit: ClassVar[str] = "lengths"
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    source: ClassVar[str] = "Euclid, *Elements*, I.47"

    def measure(self, *inputs: Any, seed: int = 0) -> Measurement:
        if len(inputs) != 2:
            raise InvalidArgument("distance takes two sets")
        real, fake = inputs
        if not len(real) or not len(fake) or not bool(torch.isfinite(real).all() and torch.isfinite(fake).all()):
            raise InvalidArgument("sets of finite numbers, please")
        value = float((real.double().mean(0) - fake.double().mean(0)).norm())
        return Measurement(self.name, value, self.unit, len(real), {"fake": len(fake)})


def broken(**changes: Any) -> MetricCase:
    return MetricCase(metric=type("Broken", (Distance,), {"__doc__": "Broken.", **changes})())


def measuring(change: Callable[..., Measurement]) -> MetricCase:
    """The toy with another figure: `change(measured, inputs)`."""
    return broken(measure=lambda self, *inputs, seed=0: change(Distance.measure(self, *inputs, seed=seed), inputs))


def valued(value: Callable[..., float]) -> MetricCase:
    return measuring(lambda m, inputs: Measurement(m.name, value(*inputs), m.unit, m.n, m.details))


def trampling(measured: Measurement, inputs: Any) -> Measurement:
    inputs[0].sub_(1)
    return measured


def careless(self: Distance, *inputs: Any, seed: int = 0) -> Measurement:
    """Refuses nothing."""
    return Measurement(self.name, 1.0, self.unit, 1)


BROKEN: list[tuple[str, Callable[[], MetricCase], str]] = [
    ("names", lambda: broken(source=""), "source has to say something"),
    ("names", lambda: broken(better="more"), "better is higher or lower"),
    ("names", lambda: broken(unit=None), "unit is a text"),
    ("figure", lambda: valued(lambda real, fake: float("nan")), "the figure is nan"),
    ("figure", lambda: measuring(lambda m, _: Measurement("other", m.value, m.unit, m.n)), "calls itself 'other'"),
    ("figure", lambda: measuring(lambda m, _: Measurement(m.name, m.value, "dB", m.n)), "is in 'dB'"),
    ("figure", lambda: measuring(lambda m, _: Measurement(m.name, m.value, m.unit, 0)), "of 0 items"),
    ("figure", lambda: measuring(lambda m, _: Measurement(m.name, m.value, m.unit, 1, {"x": torch.ones(1)})), "JSON"),
    ("figure", lambda: measuring(lambda m, _: m.value), "no Measurement"),  # type: ignore[arg-type,return-value]
    ("figure", lambda: broken(takes=("left", "right")), "it takes left, right"),
    ("same-again", lambda: valued(lambda real, fake: float(torch.rand(1))), "global random numbers"),
    ("same-again", lambda: measuring(trampling), "changes its real"),
    ("order", lambda: valued(lambda real, fake: float(real[0].norm())), "another order of the items"),
    ("refusals", lambda: broken(measure=careless), "measuring nothing must raise"),
]
GOOD = broken
