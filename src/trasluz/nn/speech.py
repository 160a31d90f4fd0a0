"""What can be measured of speech without a model: how high a voice is, and how long it speaks.

The height is the fundamental frequency by YIN (de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for
speech and music", J. Acoust. Soc. Am. 111, 2002): the first dip of the difference between a frame and itself a period
later, divided by its mean over all shorter periods.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

LOWEST, HIGHEST = 55.0, 550.0
"""Hertz between which a voice is looked for: a low man's, and a child's."""
STEP = 0.01
"""Seconds between two frames."""
DIP = 0.15
"""Of YIN's normalised difference: a frame whose least is above it is no voice."""
FAINT = 1e-3
"""Power, of the loudest, below which a frame is not listened to: -30 decibels."""
SILENT = 1e-4
"""Power, of the loudest, below which it is silent: -40 decibels."""
_PART = 64


def fundamental(waves: Tensor, rate: int) -> Tensor:
    """The fundamental frequency of each wave, in hertz `(n,)`: the median of its voiced frames; NaN where none is.

    Args:
        waves: `(n, samples)` in [-1, 1].
        rate: Samples a second.
    """
    parts = [_contours(part, rate).nanmedian(1).values for part in waves.float().split(_PART)]
    return torch.cat(parts) if parts else waves.new_zeros(0)


def contour(waves: Tensor, rate: int) -> Tensor:
    """The fundamental frequency every 10 ms, in hertz `(n, frames)`; NaN where there is no voice."""
    return torch.cat([_contours(part, rate) for part in waves.float().split(_PART)])


def _contours(waves: Tensor, rate: int) -> Tensor:
    longest, shortest = math.ceil(rate / LOWEST), max(2, math.floor(rate / HIGHEST))
    width, hop = 2 * longest, round(rate * STEP)
    padded = torch.nn.functional.pad(waves, (width // 2, width - width // 2))
    frames = padded.unfold(1, width, hop)
    window = width - longest
    head = frames[..., :window]
    size = 1 << (width + window - 1).bit_length()
    cross = torch.fft.irfft(torch.fft.rfft(frames, size) * torch.fft.rfft(head, size).conj(), size)[..., : longest + 1]
    power = torch.nn.functional.pad(frames.square().cumsum(-1), (1, 0))
    energy = power[..., window : window + longest + 1] - power[..., : longest + 1]
    difference = (energy[..., :1] + energy - 2 * cross).clamp_min(0)
    lags = torch.arange(1, longest + 1, dtype=torch.float32, device=waves.device)
    mean = difference[..., 1:].cumsum(-1) / lags
    normal = torch.nn.functional.pad(difference[..., 1:] / mean.clamp_min(1e-12), (1, 0), value=1.0)
    loud = energy[..., 0] > FAINT * energy[..., 0].amax(1, keepdim=True)
    return _periods(normal, shortest, loud, rate)


def _periods(normal: Tensor, shortest: int, loud: Tensor, rate: int) -> Tensor:
    """From YIN's normalised difference `(n, frames, lags)` to hertz."""
    inner = normal[..., 1:-1]
    is_dip = (inner <= normal[..., :-2]) & (inner <= normal[..., 2:]) & (inner < DIP)
    is_dip[..., : shortest - 1] = False
    there = is_dip.any(-1)
    lag = is_dip.int().argmax(-1) + 1
    before, here, after = (normal.gather(-1, (lag + k)[..., None])[..., 0] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = torch.where(bend > 0, (before - after) / (2 * bend.clamp_min(1e-12)), torch.zeros_like(bend))
    hertz = rate / (lag + shift.clamp(-0.5, 0.5))
    return torch.where(there & loud, hertz, torch.full_like(hertz, math.nan))


def duration(waves: Tensor, rate: int) -> Tensor:
    """From the first to the last sound that is less than 40 decibels below the loudest, in seconds `(n,)`; 0 of
    silence. Loudness is that of 10 ms."""
    hop = round(rate * STEP)
    power = torch.nn.functional.avg_pool1d(waves.float().square()[:, None], hop, hop // 2, padding=hop // 2)[:, 0]
    loud = power > SILENT * power.amax(1, keepdim=True).clamp_min(1e-20)
    count = loud.shape[1]
    places = torch.arange(count, device=waves.device)
    first = torch.where(loud, places, torch.full_like(places, count)).amin(1)
    last = torch.where(loud, places, torch.full_like(places, -1)).amax(1)
    return ((last - first + 1).clamp_min(0) * (hop // 2) / rate).float()
