"""A small network that makes magnitudes of single tones finer than bands say: harmonics lie between bands, and what is
usual of voices, tones and noise tells where."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

WIDTH = 192
FARTHEST = 5.0
"""Natural logarithm of the factor by which a magnitude is changed at most."""


@final
class Finer(nn.Module):
    """Factors for magnitudes `(n, frames, bins)`, from log-mel bands `(n, frames, bands)` about [0, 1]: three
    convolutions in time. What is not trained changes nothing."""

    def __init__(self, bands: int, bins: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(bands, WIDTH, 5, padding=2)
        self.second = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)
        self.last = nn.Conv1d(WIDTH, bins, 1, bias=False)
        nn.init.zeros_(self.last.weight)

    def forward(self, bands: Tensor, magnitudes: Tensor) -> Tensor:
        seen = nn.functional.gelu(self.first(bands.transpose(1, 2)))
        seen = seen + nn.functional.gelu(self.second(seen))
        return magnitudes * torch.exp(self.last(seen).transpose(1, 2).clamp(-FARTHEST, FARTHEST))
