"""Structural similarity: Wang, Bovik, Sheikh & Simoncelli 2004, *Image quality assessment: from error visibility to
structural similarity*, equations 13 to 17: Gaussian window of 11 pixels, sigma 1.5, K1 = 0.01, K2 = 0.03, range 1.

Each channel by itself, the mean over all places. Pictures are continued by reflection, so that their borders count
too, as in torchmetrics; the paper's own program leaves out a border of five pixels.
"""

from __future__ import annotations

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, pad

from trasluz.base.shapes import Scores
from trasluz.metrics._inputs import Array, expect, picture_pairs
from trasluz.spaces.methods import Measurement, Metric

WINDOW, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2


@final
class SSIM(Metric):
    """How alike reconstructions and pictures are in light, contrast and structure."""

    name = "ssim"
    title = "Structural similarity"
    takes = ("x", "x_hat")
    better = "higher"
    source = "Wang et al. 2004, eq. 13-17"

    def measure(self, *inputs: Any, seed: int = 0) -> Measurement:
        x, x_hat = expect(inputs, self.takes, self.name)
        values = ssim(x, x_hat)
        details = {
            "median": float(values.median()),
            "worst": float(values.min()),
            "best": float(values.max()),
            "window": window_of(int(x.shape[2]), int(x.shape[3])),
        }
        return Measurement(self.name, float(values.mean()), self.unit, len(values), details)


def ssim(x: Array, x_hat: Array) -> Scores:
    """Similarity of each picture `(n, C, H, W)` with its counterpart, `(n,)`: 1 where they are identical."""
    return torch.cat([_ssim(a, b) for a, b in picture_pairs(x, x_hat)])


def window_of(height: int, width: int) -> int:
    """The window's side: 11, or the largest odd number that fits in a smaller picture (its sigma in proportion)."""
    fits = min(height, width)
    return min(WINDOW, fits if fits % 2 else fits - 1)


def _ssim(a: Float[Tensor, "n C H W"], b: Float[Tensor, "n C H W"]) -> Scores:
    kernel = _gaussian(window_of(a.shape[2], a.shape[3]))
    border = [len(kernel) // 2] * 4
    a, b = pad(a, border, mode="reflect"), pad(b, border, mode="reflect")
    planes = torch.stack([a, b, a * a, b * b, a * b]).flatten(0, 2)[:, None]
    blurred = conv2d(conv2d(planes, kernel[None, None, :, None]), kernel[None, None, None, :])
    mu_a, mu_b, aa, bb, ab = blurred.reshape(5, *a.shape[:2], *blurred.shape[2:])
    # Rounding can bring a variance a little below 0.
    var_a, var_b = (aa - mu_a * mu_a).clamp_min(0), (bb - mu_b * mu_b).clamp_min(0)
    covariance = ab - mu_a * mu_b
    light = (2 * mu_a * mu_b + C1) / (mu_a * mu_a + mu_b * mu_b + C1)
    structure = (2 * covariance + C2) / (var_a + var_b + C2)
    return (light * structure).flatten(1).mean(1)


def _gaussian(side: int) -> Float[Tensor, " side"]:
    sigma = SIGMA * side / WINDOW
    offset = torch.arange(side, dtype=torch.float32) - side // 2
    weight = torch.exp(-(offset**2) / (2 * sigma**2))
    return weight / weight.sum()
