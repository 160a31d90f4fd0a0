"""Small real data and a small real learner for tests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor, nn

from trasluz.base import rng
from trasluz.nn.update import Update, UpdateConfig
from trasluz.spaces.data import Dataset, split_of
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch, Trainable

COLOURS = {"red": (220, 60, 50), "green": (60, 180, 90), "blue": (60, 90, 210)}


def shapes(n: int = 120, size: int = 32, channels: int = 3, seed: int = 0) -> Dataset:
    """Discs and squares, in three colours, at random places: `label` is the shape, `colour` a factor, `x` a number."""
    draw = np.random.default_rng(seed)
    yy, xx = np.mgrid[:size, :size] / size
    pixels = np.empty((n, 3, size, size), np.uint8)
    rows: dict[str, list[object]] = {
        "id": [],
        "index": [],
        "source": [],
        "split": [],
        "label": [],
        "colour": [],
        "x": [],
    }
    for i in range(n):
        shape, colour = draw.choice(["disc", "square"]), draw.choice(list(COLOURS))
        cx, cy, r = draw.uniform(0.35, 0.65), draw.uniform(0.35, 0.65), 0.25
        inside = (xx - cx) ** 2 + (yy - cy) ** 2 < r**2 if shape == "disc" else (abs(xx - cx) < r) & (abs(yy - cy) < r)
        pixels[i] = np.where(inside, np.array(COLOURS[colour])[:, None, None], 235)
        values = (f"shape-{i}", i, "shapes", split_of(f"shape-{i}"), str(shape), str(colour), float(cx))
        for key, value in zip(rows, values, strict=True):
            rows[key].append(value)
    grey = pixels if channels == 3 else pixels[:, :1]
    return Dataset("shapes", f"d-shapes-{n}-{size}-{channels}-{seed}", grey, pa.table(rows), {"licence": "made here"})


class Regression(Trainable):
    """Learns to double its input, with noise drawn for each step."""

    def __init__(self, poison: int | None = None) -> None:
        self.poison = poison

    def init(self, seed: int, precision: Precision, total: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.update = Update(nn.Linear(3, 3), UpdateConfig(lr=0.05, warmup=2), total)

    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        x = batch["x"]
        noise = 0.01 * torch.randn(x.shape, generator=rng.generator(seed, "toy", k))
        loss = (self.update.module(x) - 2 * x - noise).square().mean()
        if k == self.poison:
            loss = loss * float("nan")
        self.update.apply(loss, k)
        return {"loss": float(loss.detach())}

    def evaluate(self, batch: Batch, seed: int) -> Mapping[str, float]:
        return {"error": float((self.update.average(batch["x"]) - 2 * batch["x"]).square().mean())}

    def state(self) -> dict[str, Tensor]:
        return self.update.state("toy")

    def load(self, state: Mapping[str, Tensor]) -> None:
        self.update.load(state, "toy")

    def weights(self) -> dict[str, Tensor]:
        return self.update.average.state_dict()


def batches(k: int) -> dict[str, Tensor]:
    return {"x": torch.randn(8, 3, generator=rng.generator(7, "toy-data", k))}


def equal(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
