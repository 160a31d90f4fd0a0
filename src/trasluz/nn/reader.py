"""A small network that reads labels and factors off pictures: the judge of what a direction changes.

A probe on the latents would be the method judging itself. This one has seen real pictures and their labels alone, one
head a column, all columns at once; what its heads see, 96 numbers a picture, are features in which pictures are alike
when their factors are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trasluz.base import rng
from trasluz.base.config import setting
from trasluz.base.shapes import Images
from trasluz.nn.update import Update, UpdateConfig
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch, Trainable

FEATURES = 96
WIDTHS = (24, 48, 72, 96)
OTHER_WIDTHS, OTHER_KERNEL = (32, 64, 96), 5
"""Of a reader that gives a second opinion: three layers in the place of four, which see further at once."""
UNKNOWN = -100
"""The code of a category that is not known; no loss counts it."""


class ReaderConfig(UpdateConfig):
    """How a reader is trained."""

    steps: int = setting(400, "Steps of training.", unit="steps", ge=1)
    batch: int = setting(64, "Items per step.", ge=2)
    lr: float = setting(2e-3, "Peak learning rate of Adam.", gt=0, le=1)
    weight_decay: float = setting(1e-3, "Decoupled weight decay.", ge=0)
    ema: float = setting(0.0, "No average of weights is kept.", ge=0, lt=1)


@final
class ReaderNetwork(nn.Module):
    """Four strided convolutions, `FEATURES` numbers, one linear head a column.

    Args:
        channels: Of the pictures.
        size: Their height and width, in pixels.
        heads: Outputs of each head: as many as a category has values, 1 for a quantity.
        other: Whether it is the one that gives a second opinion, of other layers.
    """

    def __init__(self, channels: int, size: int, heads: Sequence[int], *, other: bool = False) -> None:
        super().__init__()
        widths, kernel = (OTHER_WIDTHS, OTHER_KERNEL) if other else (WIDTHS, 3)
        layers: list[nn.Module] = []
        for before, after in zip((channels, *widths), widths, strict=False):
            layers += [
                nn.Conv2d(before, after, kernel, stride=2, padding=kernel // 2),
                nn.GroupNorm(8, after),
                nn.SiLU(),
            ]
            size = -(-size // 2)
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * size * size, FEATURES), nn.SiLU())
        self.heads = nn.ModuleList(nn.Linear(FEATURES, n) for n in heads)

    def forward(self, x: Images) -> list[Tensor]:
        """What each head says of pictures `(n, C, H, W)` in [0, 1]: logits, or a quantity in standard deviations."""
        seen = self.seen(x)
        return [head(seen) for head in self.heads]

    def seen(self, x: Images) -> Tensor:
        """The features `(n, FEATURES)` that the heads look at."""
        return self.trunk(x)


@final
class Reading(Trainable):
    """Learns all columns at once, from batches `x` with `y0, y1, ...`: codes, `UNKNOWN` where not known, or quantities
    in standard deviations, NaN where not known."""

    def __init__(
        self, config: ReaderConfig, channels: int, size: int, heads: Sequence[int], *, other: bool = False
    ) -> None:
        self.config, self._form, self._other = config, (channels, size, tuple(heads)), other

    def init(self, seed: int, precision: Precision, total: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.derive(seed, "reader"))
            self.network = ReaderNetwork(*self._form, other=self._other)
        self._update = Update(self.network, self.config, total)

    def set_total(self, total: int, k: int) -> None:
        self._update.set_total(total)

    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        parts = [
            _loss(said, batch[f"y{j}"], size)
            for j, (said, size) in enumerate(zip(self.network(batch["x"]), self._form[2], strict=True))
        ]
        loss = torch.stack(parts).sum()
        self._update.apply(loss, k)
        return {"loss": float(loss.detach())}

    def state(self) -> dict[str, Tensor]:
        return self._update.state("reader")

    def load(self, state: Mapping[str, Tensor]) -> None:
        self._update.load(state, "reader")

    def weights(self) -> dict[str, Tensor]:
        return self.network.state_dict()


def _loss(said: Tensor, truth: Tensor, size: int) -> Tensor:
    known = torch.isfinite(truth) if size == 1 else truth != UNKNOWN
    if not bool(known.any()):
        return said.sum() * 0
    if size == 1:
        return F.mse_loss(said[known, 0], truth[known])
    return F.cross_entropy(said, truth, ignore_index=UNKNOWN)
