"""Structural similarity: Wang, Bovik, Sheikh & Simoncelli 2004, *Image quality assessment: from error visibility to
structural similarity*, equations 13 to 17: Gaussian window of 11 pixels, sigma 1.5, K1 = 0.01, K2 = 0.03, range 1.

Each channel by itself, the mean over all places. Pictures are continued by reflection, so that their borders count
too, as in torchmetrics; the paper's own program leaves out a border of five pixels. By chance: with the reconstruction
of another picture.
"""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.progress import Progress
from trasluz.base.shapes import Scores
from trasluz.metrics._inputs import picture_pairs, pictures, shuffled
from trasluz.metrics._intervals import of_mean
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Array, Metric, MetricEvidence

WINDOW, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2


@final
class SSIM(Metric):
    """How alike reconstructions and pictures are in light, contrast and structure."""

    name = "ssim"
    title = "Structural similarity"
    needs = frozenset({"x", "x_hat"})
    better = "higher"
    source = "Wang et al. 2004, eq. 13-17"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        x, x_hat = pictures(evidence)
        values = ssim(x, x_hat)
        details = {
            "median": float(values.median()),
            "worst": float(values.min()),
            "best": float(values.max()),
            "window": window_of(int(x.shape[2]), int(x.shape[3])),
        }
        others = float(ssim(x, shuffled(x_hat, seed)).mean()) if len(values) > 1 else None
        return self.figure(
            float(values.mean()), len(values), interval=of_mean(values, seed), chance=others, details=details
        )


def ssim(x: Array, x_hat: Array) -> Scores:
    """Similarity of each picture `(n, C, H, W)` with its counterpart, `(n,)`: 1 where they are identical."""
    return torch.cat([_ssim(a, b) for a, b in picture_pairs(x, x_hat)])


def window_of(height: int, width: int) -> int:
    """The window's side: 11, or the largest odd number that fits in a smaller picture (its sigma in proportion)."""
    fits = min(height, width)
    return min(WINDOW, fits if fits % 2 else fits - 1)


def _ssim(a: Float[Tensor, "n C H W"], b: Float[Tensor, "n C H W"]) -> Scores:
    height, width = a.shape[2:]
    side = window_of(height, width)
    rows, columns = _blur(height, side), _blur(width, side)
    mu_a, mu_b, aa, bb, ab = (rows @ x @ columns.T for x in (a, b, a * a, b * b, a * b))
    # Rounding can bring a variance a little below 0.
    var_a, var_b = (aa - mu_a * mu_a).clamp_min(0), (bb - mu_b * mu_b).clamp_min(0)
    covariance = ab - mu_a * mu_b
    light = (2 * mu_a * mu_b + C1) / (mu_a * mu_a + mu_b * mu_b + C1)
    structure = (2 * covariance + C2) / (var_a + var_b + C2)
    return (light * structure).flatten(1).mean(1)


def _blur(length: int, side: int) -> Float[Tensor, "length length"]:
    """The Gaussian window along one axis as a matrix: at laboratory sizes a product is faster than a convolution."""
    offset = torch.arange(side) - side // 2
    weight = torch.exp(-(offset.double() ** 2) / (2 * (SIGMA * side / WINDOW) ** 2))
    last = length - 1
    place = (torch.arange(length)[:, None] + offset).abs()
    place = torch.where(place > last, 2 * last - place, place)  # reflected at both ends
    matrix = torch.zeros(length, length, dtype=torch.float64)
    matrix.scatter_add_(1, place, (weight / weight.sum()).expand(length, side))
    return matrix.float()
