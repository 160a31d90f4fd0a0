"""Measures of similarity that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from trasluz.conformance.similarities import SimilarityCase
from trasluz.spaces.similarity import Similarity


class Norms(Similarity):
    """A toy that keeps to the contract: whether the same items lie far from the mean."""

    name: ClassVar[str] = "norms"
    title: ClassVar[str] = "Norms"
    source: ClassVar[str] = "Euclid, *Elements*, I.47"

    def prepare(self, rows: Tensor) -> Any:
        norms = (rows - rows.mean(0)).norm(dim=1)
        norms = norms - norms.mean()
        return norms / norms.norm().clamp_min(1e-12)

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        return float(first @ (second if order is None else second[order]))


def broken(**changes: Any) -> SimilarityCase:
    return SimilarityCase(measure=type("Broken", (Norms,), {"__doc__": "Broken.", **changes})())


def comparing(change: Callable[..., float]) -> SimilarityCase:
    return broken(compare=lambda self, a, b, order=None: change(Norms.compare(self, a, b, order), a, b))


def spoiling(self: Any, rows: Tensor) -> Any:
    rows -= rows.mean()
    return Norms.prepare(self, rows)


def drawing(value: float, a: Any, b: Any) -> float:
    return value + 1e-3 * float(torch.randn(()))


BROKEN: list[tuple[str, Callable[[], Any], str]] = [
    ("names", lambda: broken(source=""), "source has to say something"),
    ("same", lambda: comparing(lambda value, a, b: value / 2), "a space and itself have 0.5"),
    ("chance", lambda: comparing(lambda value, a, b: 1.0), "nothing shared have"),
    ("order", lambda: broken(compare=lambda self, a, b, order=None: Norms.compare(self, a, b)), "and so ordered"),
    ("symmetric", lambda: comparing(lambda value, a, b: value * (1 + float(a[0]))), "from the other"),
    ("shapes", lambda: broken(prepare=lambda self, rows: rows[:, 1] - rows[:, 1].mean()), "IndexError|more than"),
    ("inputs", lambda: comparing(drawing), "global random numbers|another value the second time"),
    ("refusals", lambda: broken(of=lambda self, a, b: self.compare(self.prepare(a), self.prepare(b[: len(a)]))),
     "must raise"),
]  # fmt: skip
GOOD = lambda: SimilarityCase(measure=Norms())  # noqa: E731
