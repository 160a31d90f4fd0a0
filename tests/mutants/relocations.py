"""Maps between spaces that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import DamagedFile
from trasluz.conformance.relocations import RelocationCase
from trasluz.spaces.relocation import Pairs, Relocation, RelocationMethod


class Matrix(Relocation):
    """A matrix, by least squares."""

    method = "matrix"

    def __init__(self, source: Any, target: Any, weight: Tensor) -> None:
        self.source, self.target, self.weight = source, target, weight
        self.chosen: Mapping[str, float] = {}

    def move(self, z: Tensor) -> Tensor:
        return (z.flatten(1) @ self.weight).reshape(len(z), *self.target)

    def state(self) -> dict[str, Tensor]:
        return {"weight": self.weight}


class Least(RelocationMethod):
    """A toy that keeps to the contract."""

    name: ClassVar[str] = "least"
    title: ClassVar[str] = "Least squares"
    rung = 1
    kind: ClassVar[type[Matrix]] = Matrix

    def fit(self, pairs: Pairs, config: Any, seed: int, progress: Any) -> Relocation:
        x, y, _, _ = pairs.rows()
        with progress.task("Fitting", 1) as tick:
            weight = torch.linalg.pinv(x, rtol=1e-6) @ y
            tick(1)
        return self.kind(*pairs.shapes, weight.float())

    def open(self, state: Mapping[str, Tensor], source: Any, target: Any) -> Relocation:
        if set(state) != {"weight"}:
            raise DamagedFile("not a map by least", next="Fit it again")
        return self.kind(source, target, state["weight"])


def broken(**changes: Any) -> RelocationCase:
    return RelocationCase(how=type("Broken", (Least,), {"__doc__": "Broken.", **changes})())


def moving(**changes: Any) -> RelocationCase:
    """The toy with another map."""
    return broken(kind=type("Moved", (Matrix,), changes))


def fitting(change: Callable[..., Any]) -> RelocationCase:
    """The toy, fitted otherwise: `change(method, pairs, seed)` gives a map."""
    return broken(fit=lambda self, pairs, config, seed, progress: change(self, pairs, seed))


def plain(self: Any, pairs: Pairs) -> Relocation:
    x, y, _, _ = pairs.rows()
    return self.kind(*pairs.shapes, (torch.linalg.pinv(x, rtol=1e-6) @ y).float())


class Vague(Config):
    """Settings that nobody is told of."""

    depth: int = 3


def by_the_others(self: Matrix, z: Tensor) -> Tensor:
    return Matrix.move(self, z - z.mean(0))


def shuffled(self: Any, pairs: Pairs, seed: int) -> Relocation:
    order = torch.arange(len(pairs.target)).flip(0)
    return plain(self, Pairs(pairs.source, pairs.target[order], pairs.source_aside, pairs.target_aside))


def by_chance(self: Any, pairs: Pairs, seed: int) -> Relocation:
    found = plain(self, pairs)
    found.weight = found.weight + 0.01 * torch.randn(found.weight.shape)  # type: ignore[attr-defined]
    return found


def singular(self: Any, pairs: Pairs, seed: int) -> Relocation:
    x, y, _, _ = pairs.rows()
    return self.kind(*pairs.shapes, torch.linalg.solve(x.T @ x, x.T @ y).float())


def unfinished(self: Any, pairs: Pairs, config: Any, seed: int, progress: Any) -> Relocation:
    with progress.task("Fitting", 3) as tick:
        tick(1)
    return plain(self, pairs)


BROKEN: list[tuple[str, Callable[[], Any], str]] = [
    ("names", lambda: broken(title=" "), "title has to say something"),
    ("settings", lambda: broken(config_type=Vague), "depth does not say what it means"),
    ("shapes", lambda: moving(move=lambda self, z: z.flatten(1) @ self.weight), "gives the shape"),
    ("one-by-one", lambda: moving(move=by_the_others), "elsewhere where others are in the call"),
    ("learns", lambda: fitting(shuffled), "true pairs give an error of"),
    ("same-again", lambda: fitting(by_chance), "global random numbers|another map the second time"),
    ("kept", lambda: moving(state=lambda self: {"weight": self.weight * 2}), "another one when it is kept"),
    ("carries", lambda: moving(move=lambda self, z: Matrix.move(self, z.round())), "carried elsewhere"),
    ("bad-input", lambda: fitting(singular), "must do it or raise|not finite"),
    ("progress", lambda: broken(fit=unfinished), "1 of 3 parts"),
]  # fmt: skip
GOOD = lambda: RelocationCase(how=Least())  # noqa: E731
