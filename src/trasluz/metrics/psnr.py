"""Peak signal-to-noise ratio: `10 log10(1 / MSE)` of each picture over all its pixels and channels, in [0, 1]; then the
mean over pictures, as the literature on image restoration reports it. By chance: with the reconstruction of another
picture.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.progress import Progress
from trasluz.base.shapes import Scores
from trasluz.metrics._inputs import picture_pairs, pictures, shuffled
from trasluz.metrics._intervals import of_mean
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Array, Metric, MetricEvidence

CAP = 100.0
"""Decibels given to identical pictures, whose ratio is infinite; anything above is cut to it."""


@final
class PSNR(Metric):
    """How close reconstructions are to their pictures, pixel by pixel."""

    name = "psnr"
    title = "Peak signal-to-noise ratio"
    needs = frozenset({"x", "x_hat"})
    unit = "dB"
    better = "higher"
    source = "10 log10(1 / MSE) per picture, peak 1, at most 100 dB"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        x, x_hat = pictures(evidence)
        values = psnr(x, x_hat)
        details = {
            "median": float(values.median()),
            "worst": float(values.min()),
            "best": float(values.max()),
            "identical": int((values >= CAP).sum()),
            "cap": CAP,
        }
        others = float(psnr(x, shuffled(x_hat, seed)).mean()) if len(values) > 1 else None
        return self.figure(
            float(values.mean()), len(values), interval=of_mean(values, seed), chance=others, details=details
        )


def psnr(x: Array, x_hat: Array) -> Scores:
    """Decibels of each picture, `(n,)`, in double precision; 100 where the two are identical."""
    return torch.cat([_psnr(a, b) for a, b in picture_pairs(x, x_hat)])


def _psnr(a: Tensor, b: Tensor) -> Tensor:
    mse = (a.double() - b.double()).square().flatten(1).mean(1)
    return (-10 * torch.log10(mse)).clamp_max(CAP)
