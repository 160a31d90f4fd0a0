"""Figures of a model that is being trained, on items that it is not trained on, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, final

from trasluz.base import rng
from trasluz.base.text import counted
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import Figure, interval_of_mean
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch, Trainable
from trasluz.training.batches import batch_of

TEST_ITEMS = 1024
"""Held-out items that an evaluation in training looks at."""
BLOCKS, LEAST_BLOCK = 8, 4
"""Blocks of them, at least, whose differences give its interval; items of a block, at least."""


@final
class Looking:
    """Evaluations of a run: on the items that are reported on, and on those that there are to choose by.

    Args:
        labels: What a family reads of items besides, `(n,)`.
    """

    def __init__(
        self,
        test: Dataset,
        val: Dataset,
        batch: int,
        precision: Precision,
        seed: int,
        labels: Callable[[Dataset], Any],
    ) -> None:
        self.test, self.val = test, val
        self._batch, self._precision, self._seed, self._labels = batch, precision, seed, labels
        self._last: dict[str, Figure] = {}

    def said(self) -> list[str]:
        """What a person should know of it before."""
        n = min(len(self.val), TEST_ITEMS)
        some = counted(n, "item", "items")
        return [f"The best checkpoint is chosen by {some} of the data's part for validation"] if n else []

    def evaluate(self, trainable: Trainable) -> dict[str, float]:
        """On the items that are reported on."""
        self._last = self.figures(trainable, self.test)
        return {name: figure.value for name, figure in self._last.items()}

    def choose(self, trainable: Trainable) -> dict[str, float]:
        """On those to choose by; nothing where there are none."""
        return {name: figure.value for name, figure in self.figures(trainable, self.val).items()}

    def beside(self) -> dict[str, object]:
        """What else is written down of the last evaluation."""
        ends = {name: figure.interval for name, figure in self._last.items() if figure.interval is not None}
        return {"intervals": ends, "items": min(len(self.test), TEST_ITEMS)}

    def figures(self, trainable: Trainable, data: Dataset) -> dict[str, Figure]:
        """Means of the trainable's figures over some of the items, with the interval that blocks of them give:
        each block has draws of its own."""
        n = min(len(data), TEST_ITEMS)
        if not n:
            return {}
        some = data.some(n, shuffled=True)
        labels = self._labels(some)
        size = min(self._batch, max(LEAST_BLOCK, -(-n // BLOCKS)))
        found: dict[str, list[tuple[float, int]]] = {}
        for k, i in enumerate(range(0, n, size)):
            end = min(i + size, n)
            batch: Batch = batch_of(some, slice(i, end), self._precision, labels)
            seed = self._seed if k == 0 else rng.derive(self._seed, "block of an evaluation", k)
            for name, value in trainable.evaluate(batch, seed).items():
                found.setdefault(name, []).append((value, end - i))
        parts = {name: (found.pop(above), found.pop(below)) for name, (above, below) in trainable.ratios.items()}
        means = {name: of_blocks(name, blocks, n) for name, blocks in found.items()}
        return means | {name: of_ratios(name, above, below, n) for name, (above, below) in parts.items()}


def of_blocks(name: str, blocks: Sequence[tuple[float, int]], n: int) -> Figure:
    """A figure of blocks, each with its value and its number of items."""
    mean = sum(value * items for value, items in blocks) / n
    whole = [value for value, items in blocks if items == blocks[0][1]]  # the last one may be smaller
    ends = interval_of_mean(whole)
    interval = None if ends is None else (min(mean, ends[0]), max(mean, ends[1]))
    return Figure(mean, n=n, interval=interval, name=name)


def of_ratios(name: str, above: Sequence[tuple[float, int]], below: Sequence[tuple[float, int]], n: int) -> Figure:
    """One mean over another, with the interval of a ratio by how blocks differ from it (Cochran 1977, *Sampling
    techniques*, section 6.5)."""
    top, bottom = (sum(value * items for value, items in blocks) / n for blocks in (above, below))
    if bottom <= 0:
        return Figure(0.0 if top <= 0 else 1.0, n=n, name=name)
    ratio = top / bottom
    lines = [(ratio + (a - ratio * b) / bottom, items) for (a, items), (b, _) in zip(above, below, strict=True)]
    return replace(of_blocks(name, lines, n), value=ratio)


def told(event: Mapping[str, Any]) -> dict[str, Figure]:
    """The figures of an evaluation, as they were written down; before they had intervals there was no n either."""
    ends, n = event.get("intervals", {}), int(event.get("items", 0))
    return {
        name: Figure(float(value), n=n, interval=tuple(ends[name]) if name in ends else None, name=name)
        for key, value in event.items()
        if (name := key.removeprefix("test_")) != key
    }
