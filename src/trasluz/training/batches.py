"""Which items a step sees: position k in one endless stream of shuffled epochs, a function of (seed, k)."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import final

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.spaces.data import Dataset
from trasluz.spaces.precision import Precision

KEPT = 256 << 20
"""Bytes of items that are kept as networks take them, where that takes work."""
BLOCK = 256


@final
class Batches:
    """Batches of a data set, by step; nothing is remembered between calls."""

    def __init__(
        self, data: Dataset, size: int, seed: int, precision: Precision, labels: np.ndarray | None = None
    ) -> None:
        self.data, self.size, self.seed, self.precision = data, size, seed, precision
        self.labels = labels
        self._order = lru_cache(maxsize=2)(self._shuffle)

    def _shuffle(self, epoch: int) -> np.ndarray:
        return rng.numpy_generator(self.seed, "epoch", epoch).permutation(len(self.data))

    def indices(self, k: int) -> np.ndarray:
        """Items of step k, `(size,)`: every item once an epoch, epochs following without a gap."""
        n = len(self.data)
        places = np.arange(k * self.size, (k + 1) * self.size)
        epochs = places // n
        return np.concatenate([self._order(int(e))[places[epochs == e] % n] for e in np.unique(epochs)])

    @cached_property
    def _kept(self) -> Tensor | None:
        """All items as networks take them, where their representation does something with them (sounds become
        spectrograms), which would be done again each epoch; None where it does not, and where they are too many.
        They are made in the same blocks whichever step comes first, so that a run that was resumed sees the same."""
        shape = self.data.representation.native_shape
        if shape == self.data.representation.public_shape or 4 * len(self.data) * math.prod(shape) > KEPT:
            return None
        parts = [native(self.data, slice(i, i + BLOCK), self.precision) for i in range(0, len(self.data), BLOCK)]
        return torch.cat(parts).to(memory_format=self.precision.memory_format)

    def __call__(self, k: int) -> dict[str, Tensor]:
        items = self.indices(k)
        if self._kept is None:
            return batch_of(self.data, items, self.precision, self.labels)
        x = self._kept[torch.from_numpy(items).to(self.precision.device)]
        return _batch(x.to(memory_format=self.precision.memory_format), items, self.precision, self.labels)


def batch_of(
    data: Dataset, items: np.ndarray | slice, precision: Precision, labels: np.ndarray | None
) -> dict[str, Tensor]:
    """Some items as a step takes them: `x`, and their classes `y` where there are any."""
    return _batch(native(data, items, precision), items, precision, labels)


def _batch(x: Tensor, items: np.ndarray | slice, precision: Precision, labels: np.ndarray | None) -> dict[str, Tensor]:
    batch = {"x": x}
    if labels is not None:
        batch["y"] = torch.from_numpy(np.ascontiguousarray(labels[items])).to(precision.device)
    return batch


def native(data: Dataset, items: np.ndarray | slice, precision: Precision) -> Tensor:
    """Some items as networks take them, float32 `(n, *native_shape)`, where and how the run wants them."""
    x = data.kind.place(data.stored(items), precision.device, precision.memory_format)
    return data.representation.to_native(x).to(memory_format=precision.memory_format)
