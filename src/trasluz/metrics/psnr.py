"""Peak signal-to-noise ratio: `10 log10(1 / MSE)` of each picture over all its pixels and channels, in [0, 1]; then the
mean over pictures, as the literature on image restoration reports it.
"""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.base.shapes import Scores
from trasluz.metrics._inputs import Array, expect, picture_pairs
from trasluz.spaces.methods import Measurement, Metric

CAP = 100.0
"""Decibels given to identical pictures, whose ratio is infinite; anything above is cut to it."""


@final
class PSNR(Metric):
    """How close reconstructions are to their pictures, pixel by pixel."""

    name = "psnr"
    title = "Peak signal-to-noise ratio"
    takes = ("x", "x_hat")
    unit = "dB"
    better = "higher"
    source = "10 log10(1 / MSE) per picture, peak 1, at most 100 dB"

    def measure(self, *inputs: Any, seed: int = 0) -> Measurement:
        x, x_hat = expect(inputs, self.takes, self.name)
        values = psnr(x, x_hat)
        details = {
            "median": float(values.median()),
            "worst": float(values.min()),
            "best": float(values.max()),
            "identical": int((values >= CAP).sum()),
            "cap": CAP,
        }
        return Measurement(self.name, float(values.mean()), self.unit, len(values), details)


def psnr(x: Array, x_hat: Array) -> Scores:
    """Decibels of each picture, `(n,)`, in double precision; 100 where the two are identical."""
    return torch.cat([_psnr(a, b) for a, b in picture_pairs(x, x_hat)])


def _psnr(a: Tensor, b: Tensor) -> Tensor:
    mse = (a.double() - b.double()).square().flatten(1).mean(1)
    return (-10 * torch.log10(mse)).clamp_max(CAP)
