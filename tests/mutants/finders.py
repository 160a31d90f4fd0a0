"""Finders that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument
from trasluz.conformance.finders import FinderCase
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod


class Nothing(Config):
    """Nothing to set."""


def unit(vector: Tensor) -> Tensor:
    return (vector.double() / vector.double().norm()).float()


class Middle(FinderMethod):
    """A toy that keeps to the contract: the difference of the means."""

    name: ClassVar[str] = "middle"
    title: ClassVar[str] = "Difference of means"
    config_type = Nothing
    needs = frozenset({"latents", "target"})

    def find(self, evidence: Evidence, count: int, config: Any, seed: int, progress: Any) -> list[Arrow]:
        z, y = evidence.latents, evidence.target
        if z is None or y is None or len(z) != len(y) or not bool(torch.isfinite(z).all()):
            raise InvalidArgument("no items, or no target")
        with progress.task("Looking", 1) as tick:
            gap = z[y == 1].mean(0) - z[y == 0].mean(0)
            tick(1)
        if not bool(torch.isfinite(gap).all()):
            raise InvalidArgument("one side is empty")
        return [Arrow(unit(gap), details={"gap": float(gap.norm())})]


class Numbers(FinderMethod):
    """A toy without a target: the axes of the space, as they are numbered."""

    name: ClassVar[str] = "numbers"
    title: ClassVar[str] = "One number after the other"
    config_type = Nothing
    needs = frozenset({"gradients"})

    def find(self, evidence: Evidence, count: int, config: Any, seed: int, progress: Any) -> list[Arrow]:
        if not evidence.space.differentiable:
            raise InvalidArgument("no gradients")
        shape = evidence.space.shape
        d = torch.Size(shape).numel()
        return [Arrow(v.reshape(shape)) for v in torch.eye(d)[:count]]


def broken(base: type[FinderMethod] = Middle, **changes: Any) -> FinderCase:
    """A toy with something of its class exchanged."""
    return FinderCase(method=type("Broken", (base,), {"__doc__": "Broken.", **changes})())


def finding(change: Callable[..., list[Arrow]], base: type[FinderMethod] = Middle) -> FinderCase:
    """A toy with something done to what it finds: `change(arrows, evidence)`."""

    def find(self, evidence, count, config, seed, progress):
        return change(base.find(self, evidence, count, config, seed, progress), evidence)  # type: ignore[arg-type]

    return broken(base, find=find)


def turned(change: Callable[[Tensor], Tensor], **details: Any) -> FinderCase:
    return finding(lambda arrows, _: [Arrow(change(a.vector), details=details) for a in arrows])


def trampling(arrows: list[Arrow], evidence: Evidence) -> list[Arrow]:
    if evidence.latents is not None:
        evidence.latents.sub_(1)
    return arrows


def filled(self: Middle, evidence: Evidence, count: int, config: Any, seed: int, progress: Any) -> list[Arrow]:
    """Takes what is not known for a no."""
    target = None if evidence.target is None else evidence.target.nan_to_num(0)
    return Middle.find(self, Evidence(evidence.space, evidence.latents, target), count, config, seed, progress)


def stubborn(self: Middle, evidence: Evidence, count: int, config: Any, seed: int, progress: Any) -> list[Arrow]:
    """Always knows a way."""
    try:
        return Middle.find(self, evidence, count, config, seed, progress)
    except InvalidArgument:
        return [Arrow(torch.nn.functional.one_hot(torch.tensor(0), 12).float())]


def first_row(arrows: list[Arrow], evidence: Evidence) -> list[Arrow]:
    return [Arrow(unit(evidence.latents[0]))] if evidence.latents is not None else arrows


def picky(self: Middle, evidence: Evidence, count: int, config: Any, seed: int, progress: Any) -> list[Arrow]:
    y = evidence.target
    if y is not None and bool((y.isfinite() & (y != 0) & (y != 1)).any()):
        raise KeyError(float(y[0]))
    return Middle.find(self, evidence, count, config, seed, progress)


def greedy(self: Middle, evidence: Evidence, count: int, config: Any, seed: int, progress: Any) -> list[Arrow]:
    """Wants a point, and says nothing of it."""
    if evidence.start is None:
        raise InvalidArgument("no start")
    return Middle.find(self, evidence, count, config, seed, progress)


def half_told(self: Middle, evidence: Evidence, count: int, config: Any, seed: int, progress: Any) -> list[Arrow]:
    with progress.task("Looking", 5) as tick:
        tick(2)
    return Middle.find(self, evidence, count, config, seed, progress)


def random_(arrows: list[Arrow], evidence: Evidence) -> list[Arrow]:
    return [Arrow(unit(a.vector + 0.1 * torch.randn_like(a.vector))) for a in arrows]


BROKEN: list[tuple[str, Callable[[], FinderCase], str]] = [
    ("names", lambda: broken(title=""), "title has to say something"),
    ("names", lambda: broken(needs=frozenset({"labels"})), "needs is a frozenset"),
    ("settings", lambda: broken(config_type=dict), "no Config"),
    ("directions", lambda: turned(lambda v: 2 * v), "2 long, not 1"),
    ("directions", lambda: turned(lambda v: v.double()), "float64"),
    ("directions", lambda: turned(lambda v: v.flatten()), "the shape"),
    ("directions", lambda: turned(lambda v: v, share=float("nan")), "ValueError"),
    ("directions", lambda: finding(lambda arrows, _: []), "no list of directions"),
    ("one", lambda: finding(lambda arrows, _: arrows * 2), "2 directions to one target"),
    ("count", lambda: finding(lambda arrows, _: arrows[:1], Numbers), "1 directions where 3"),
    ("count", lambda: finding(lambda arrows, _: arrows[:1] * len(arrows), Numbers), "same direction twice"),
    ("needs", lambda: broken(find=greedy), "no start"),
    (
        "needs",
        lambda: broken(Numbers, needs=frozenset({"latents"})),
        "evidence without latents must raise|no gradients",
    ),
    ("same-again", lambda: finding(random_), "global random numbers"),
    ("same-again", lambda: finding(trampling), "changes its latents"),
    ("items", lambda: finding(first_row), "another order of the items"),
    ("side", lambda: turned(lambda v: -v), "away from the value"),
    ("teaches-nothing", lambda: broken(find=stubborn), "must raise InvalidArgument"),
    ("unknown", lambda: broken(find=filled), "move the direction"),
    ("quantity", lambda: broken(find=picky), "raised KeyError"),
    ("progress", lambda: broken(find=half_told), "2 of 5 parts"),
]


def GOOD() -> list[FinderCase]:
    return [broken(), broken(Numbers)]
