"""Samples beside real items, by several judges of one recipe: classifiers of the true factors, of different seeds.

The figure is the first judge's; the others say how far it hangs on its seed. A judge that reads a factor of real items
less well than another does is trained for longer: by its seed alone one was left at .2 where others have 1.00. Every
figure carries its judge, and a ratio of figures by different ones is refused. As many real items in the samples' place
show what no model gets below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from torch import Tensor

from benchmarks._common import Bench
from benchmarks.factor_classifier import FactorClassifier, factor_classifier
from trasluz.metrics.frechet import Frechet
from trasluz.metrics.prdc import PRDC
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import Figure

SEEDS = 3
SHORT, LONGER = 0.02, (2, 4)
"""The accuracy by which a judge falls short of the best, and how many times as long it is then trained."""
SHARES = ("precision", "recall", "density", "coverage")
HEAD = ("Fréchet", "95 %", f"by {SEEDS} judges", "of real items", *SHARES)


@final
class Judges:
    """Judges of a data set, the real items that they hold samples against, and as many others."""

    def __init__(self, bench: Bench, data: Dataset, real: np.ndarray, others: np.ndarray | None = None) -> None:
        self.all = _equals(bench, data, bench.pick(SEEDS, 2))
        self._real = [one.features(real) for one in self.all]
        self._others = None if others is None else [one.features(others) for one in self.all]

    @property
    def first(self) -> FactorClassifier:
        return self.all[0]

    @property
    def real(self) -> Tensor:
        """The real items in features of the first."""
        return self._real[0]

    def about(self) -> dict[str, Any]:
        """Who they are."""
        names = [{"name": one.judge.name, "identity": one.judge.identity} for one in self.all]
        return {"judges": names, "accuracy": [one.accuracy for one in self.all]}

    def sampled(self, items: np.ndarray) -> dict[str, Any]:
        """Figures of samples as their kind keeps them, of pictures uint8 `(n, C, H, W)`: numbers by name, and each as a
        `Figure` in `measured`."""
        found: dict[str, list[Figure]] = {"frechet": [], "endless": [], **{name: [] for name in SHARES}}
        for k, one in enumerate(self.all):
            peers = None if self._others is None or len(self._others[k]) != len(items) else self._others[k]
            parts = {"real": self._real[k], "fake": one.features(items), "peers": peers}
            distance, covered = Frechet().of(**parts), PRDC().of(**parts)
            by_name = {"frechet": distance, **distance.further, "coverage": covered, **covered.further}
            for name, figure in by_name.items():
                found[name].append(figure)
        judge = self.first.judge
        told = {name: some[0].judged_by(judge, some[1:]) for name, some in found.items() if some}
        numbers = {name: figure.value for name, figure in told.items()}
        return {"n": len(items), **numbers, "measured": {name: figure.dump() for name, figure in told.items()}}


def _equals(bench: Bench, data: Dataset, count: int) -> list[FactorClassifier]:
    """Judges that read real items about equally well."""
    found = [factor_classifier(bench, data, seed) for seed in range(count)]
    for times in bench.pick(LONGER, ()):
        best = {name: max(one.accuracy[name] for one in found) for name in found[0].accuracy}
        for seed, one in enumerate(found):
            if any(one.accuracy[name] < best[name] - SHORT for name in best):
                found[seed] = factor_classifier(bench, data, seed, times)
    return found


def cells(row: Mapping[str, Any]) -> list[str]:
    """What stands below `HEAD`."""
    distance = figure_of(row, "frechet")
    ends, judged = distance.interval, distance.by_judge
    return [
        f"{distance.value:.4g}",
        "" if ends is None else _range(ends),
        "" if not judged else _range((min(judged), max(judged))),
        "" if distance.real is None else f"{distance.real:.3g}",
        *(f"{row[name]:.3f}" if name in row else "" for name in SHARES),
    ]


def figure_of(row: Mapping[str, Any], name: str) -> Figure:
    """A figure out of what `sampled` gave."""
    return Figure.read(row["measured"][name], name)


def ratio(above: Mapping[str, Any], below: Mapping[str, Any], name: str = "frechet") -> float:
    """One figure over another of the same judge.

    Raises:
        InvalidArgument: the judges are different ones.
    """
    return figure_of(above, name).over(figure_of(below, name))


def _range(ends: Sequence[float]) -> str:
    return f"{ends[0]:.3g} to {ends[1]:.3g}"
