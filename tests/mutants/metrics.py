"""Metrics that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import torch

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument
from trasluz.conformance.metrics import MetricCase
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Metric, MetricEvidence


class Nothing(Config):
    """Nothing to set."""


class Distance(Metric):
    """A toy that keeps to the contract: how far the means of two sets lie apart."""

    name: ClassVar[str] = "distance"
    title: ClassVar[str] = "Distance of means"
    config_type = Nothing
    needs = frozenset({"real", "fake"})
    unit: ClassVar[str] = "lengths"
    better = "lower"
    source: ClassVar[str] = "Euclid, *Elements*, I.47"

    def measure(self, evidence: MetricEvidence, config: Any, seed: int, progress: Any) -> Figure:
        real, fake = evidence.real, evidence.fake
        if real is None or fake is None or not len(real) or not len(fake):
            raise InvalidArgument("two sets, please")
        with progress.task("Measuring", 1) as tick:
            value = float((real.double().mean(0) - fake.double().mean(0)).norm())
            tick(1)
        if value != value:
            raise InvalidArgument("sets of finite numbers, please")
        return self.figure(value, len(real), details={"fake": len(fake)})


def broken(**changes: Any) -> MetricCase:
    return MetricCase(metric=type("Broken", (Distance,), {"__doc__": "Broken.", **changes})())


def measuring(change: Callable[..., Figure]) -> MetricCase:
    """The toy with another figure: `change(figure, evidence)`."""

    def measure(self, evidence, config, seed, progress):
        return change(Distance.measure(self, evidence, config, seed, progress), evidence)

    return broken(measure=measure)


def changed(**other: Any) -> MetricCase:
    return measuring(lambda figure, _: replace(figure, **other))


def trampling(figure: Figure, evidence: MetricEvidence) -> Figure:
    evidence.real.sub_(1)  # type: ignore[union-attr]
    return figure


def careless(self: Distance, evidence: MetricEvidence, config: Any, seed: int, progress: Any) -> Figure:
    """Refuses nothing."""
    return self.figure(1.0, 1)


def greedy(self: Distance, evidence: MetricEvidence, config: Any, seed: int, progress: Any) -> Figure:
    """Wants labels, and says nothing of it."""
    if evidence.labels is None:
        raise InvalidArgument("no labels")
    return Distance.measure(self, evidence, config, seed, progress)


def half_told(self: Distance, evidence: MetricEvidence, config: Any, seed: int, progress: Any) -> Figure:
    with progress.task("Measuring", 4) as tick:
        tick(1)
    return Distance.measure(self, evidence, config, seed, progress)


class Shy(Config):
    """Says nothing of its setting."""

    width: int = 4


BROKEN: list[tuple[str, Callable[[], MetricCase], str]] = [
    ("names", lambda: broken(source=""), "source has to say something"),
    ("names", lambda: broken(better="more"), "better is higher, lower or None"),
    ("names", lambda: broken(needs=frozenset({"left"})), "needs is a frozenset"),
    ("settings", lambda: broken(config_type=Shy), "width does not say what it means"),
    ("figure", lambda: changed(unit="dB"), "is in 'dB'"),
    ("figure", lambda: changed(better="higher"), "higher is better"),
    ("figure", lambda: changed(n=0), "of 0 items"),
    ("figure", lambda: changed(interval=(-2.0, -1.0)), "outside its interval"),
    ("figure", lambda: measuring(lambda figure, _: figure.value), "no Figure"),  # type: ignore[arg-type,return-value]
    ("needs", lambda: broken(measure=greedy), "no labels"),
    ("same-again", lambda: measuring(lambda f, _: replace(f, value=float(torch.rand(1)))), "global random numbers"),
    ("same-again", lambda: measuring(trampling), "changes its real"),
    ("order", lambda: measuring(lambda f, e: replace(f, value=float(e.real[0].norm()))), "another order of the items"),
    ("refusals", lambda: broken(measure=careless), "hold NaN must raise"),
    ("progress", lambda: broken(measure=half_told), "1 of 4 parts"),
]
GOOD = broken
