"""Differentiable augmentation for adversarial training on few items (Zhao et al. 2020): colour, translation, cutout.

Both players see every item through it, so that what it does is not learned by the generator.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

SHIFT, HOLE = 1 / 8, 1 / 2
"""Greatest translation, and the side of the hole, as shares of the picture's side."""


def augment(x: Tensor, draws: torch.Generator) -> Tensor:
    """Pictures in [-1, 1], `(n, C, H, W)`, each changed in its own way."""
    u = torch.rand(7, len(x), generator=draws).to(x.device)
    return _hole(_moved(_coloured(x, u[0], u[1], u[2]), u[3], u[4]), u[5], u[6])


def _coloured(x: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    x = x + (brightness - 0.5)[:, None, None, None]
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * (2 * saturation)[:, None, None, None]
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.5 + contrast)[:, None, None, None]


def _moved(x: Tensor, down: Tensor, right: Tensor) -> Tensor:
    n, _, height, width = x.shape
    most = round(height * SHIFT)
    rows = torch.arange(height, device=x.device) + (down * (2 * most + 1)).long()[:, None]
    columns = torch.arange(width, device=x.device) + (right * (2 * most + 1)).long()[:, None]
    padded = F.pad(x, (most, most, most, most)).permute(0, 2, 3, 1)
    item = torch.arange(n, device=x.device)[:, None, None]
    return padded[item, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _hole(x: Tensor, down: Tensor, right: Tensor) -> Tensor:
    height, width = x.shape[2:]
    y, x_ = torch.arange(height, device=x.device), torch.arange(width, device=x.device)
    inside_y = (y - (down * height)[:, None]).abs() < height * HOLE / 2
    inside_x = (x_ - (right * width)[:, None]).abs() < width * HOLE / 2
    return x * (~(inside_y[:, :, None] & inside_x[:, None, :]))[:, None].to(x.dtype)
