"""Which items a step sees: position k in one endless stream of shuffled epochs, a function of (seed, k)."""

from __future__ import annotations

from functools import lru_cache
from typing import final

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.spaces.data import Dataset
from trasluz.spaces.precision import Precision


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

    def __call__(self, k: int) -> dict[str, Tensor]:
        return batch_of(self.data, self.indices(k), self.precision, self.labels)


def batch_of(
    data: Dataset, items: np.ndarray | slice, precision: Precision, labels: np.ndarray | None
) -> dict[str, Tensor]:
    """Some items as a step takes them: `x`, and their classes `y` where there are any."""
    batch = {"x": native(data, items, precision)}
    if labels is not None:
        batch["y"] = torch.from_numpy(np.ascontiguousarray(labels[items])).to(precision.device)
    return batch


def native(data: Dataset, items: np.ndarray | slice, precision: Precision) -> Tensor:
    """Some items as networks take them, float32 `(n, *native_shape)`, where and how the run wants them."""
    x = data.kind.place(data.stored(items), precision.device, precision.memory_format)
    return data.representation.to_native(x).to(memory_format=precision.memory_format)
