"""Short-time spectra of sound, their mel bands, and the way from magnitudes back to a wave.

Sources: the mel scale is Slaney's (Auditory Toolbox, 1998), linear up to 1 kHz and logarithmic above; the way back is
the fast Griffin-Lim algorithm of Perraudin, Balazs and Søndergaard (2013).
"""

from __future__ import annotations

import math
from typing import final

import torch
from torch import Tensor
from torch.nn import functional as nn

LINEAR, BREAK, STEP = 200 / 3, 1000.0, math.log(6.4) / 27
"""Of Slaney's scale: hertz a mel below the break, the break in hertz, and the step of the logarithm above."""
MOMENTUM = 0.99
TOGETHER = 1
"""Waves that are found together: what one takes stays in the cache of a processor."""
TINY = 1e-8


@final
class Spectrogram:
    """Windows of `ratio` hops, one hop apart, over a wave of `frames` hops that is silent outside.

    Frame k is centred on the middle of hop k, so that there are as many frames as hops.

    Args:
        hop: Samples between two windows.
        ratio: Hops in a window, 4 or more, even.
        frames: Windows of a wave.
    """

    @torch.inference_mode(False)  # what is made here once may serve where gradients are wanted
    def __init__(self, hop: int, ratio: int, frames: int) -> None:
        self.hop, self.ratio, self.frames = hop, ratio, frames
        self.size = hop * ratio
        self.bins = self.size // 2 + 1
        window = torch.hann_window(self.size)
        self.scale = 2 / float(window.sum())
        """Makes the magnitude of a sine its amplitude."""
        squared = window.square().reshape(ratio, hop)
        envelope = torch.zeros(frames + ratio - 1, hop)
        for r in range(ratio):
            envelope[r : r + frames] += squared[r]
        before = ratio // 2 * hop - hop // 2
        self._inside = slice(before, before + frames * hop)
        norm = torch.zeros_like(envelope).flatten()
        norm[self._inside] = 1 / envelope.flatten()[self._inside]
        self._held: dict[torch.device, tuple[Tensor, Tensor]] = {norm.device: (window, norm)}

    @torch.inference_mode(False)
    def _at(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """The window, and what a wave that is added up of windows is to be multiplied by, on a device."""
        if device not in self._held:
            window, norm = next(iter(self._held.values()))
            self._held[device] = (window.to(device), norm.to(device))
        return self._held[device]

    def spectra(self, wave: Tensor) -> Tensor:
        """`(n, frames * hop)` to complex `(n, frames, bins)`."""
        before = self._inside.start
        after = (self.frames + self.ratio - 1) * self.hop - self._inside.stop
        return self._of(nn.pad(wave, (before, after)))

    def _of(self, padded: Tensor) -> Tensor:
        return torch.fft.rfft(padded.unfold(-1, self.size, self.hop) * self._at(padded.device)[0])

    def _back(self, spectra: Tensor) -> Tensor:
        """The wave nearest to spectra that may be no spectra of any, with what is silent around it."""
        window, norm = self._at(spectra.device)
        pieces = (torch.fft.irfft(spectra, self.size) * window).unflatten(-1, (self.ratio, self.hop))
        out = pieces.new_zeros(len(pieces), self.frames + self.ratio - 1, self.hop)
        for r in range(self.ratio):
            out[:, r : r + self.frames] += pieces[:, :, r]
        return out.flatten(1) * norm

    def wave(self, spectra: Tensor) -> Tensor:
        """The way back of `spectra`: of all waves the one whose spectra are nearest."""
        return self._back(spectra)[:, self._inside]

    def invert(self, magnitudes: Tensor, iterations: int) -> Tensor:
        """The wave `(n, frames * hop)` whose spectra have about these magnitudes `(n, frames, bins)`.

        Args:
            iterations: Of the fast Griffin-Lim algorithm, from `phases`.
        """
        return torch.cat([self._inverted(one, iterations) for one in magnitudes.split(TOGETHER)])

    def _inverted(self, magnitudes: Tensor, iterations: int) -> Tensor:
        now = torch.polar(magnitudes, self.phases(magnitudes))
        before: Tensor | None = None
        for _ in range(iterations):
            rebuilt = self._of(self._back(now))
            ahead = rebuilt if before is None else torch.lerp(before, rebuilt, 1 + MOMENTUM)
            before = rebuilt
            power = (ahead * ahead.conj()).real
            now = ahead * (magnitudes * (power + TINY**2).rsqrt())
        return self.wave(now)

    def phases(self, magnitudes: Tensor) -> Tensor:
        """Phases to begin with, of magnitudes `(n, frames, bins)`: every bin turns as the nearest peak of its frame
        does, whose place between bins a parabola tells (Beauregard, Harish and Wyse, "Single pass spectrogram
        inversion", 2015)."""
        below, above = magnitudes[..., :-2], magnitudes[..., 2:]
        middle = magnitudes[..., 1:-1]
        is_peak = nn.pad((middle > below) & (middle >= above), (1, 1))
        bend = (2 * middle - below - above).clamp_min(TINY**2)
        off = nn.pad(((above - below) / bend / 2).clamp(-0.5, 0.5), (1, 1))
        k = torch.arange(self.bins, dtype=torch.float32, device=magnitudes.device)
        left = torch.where(is_peak, k, -torch.inf).cummax(-1).values
        right = torch.where(is_peak, k, torch.inf).flip(-1).cummin(-1).values.flip(-1)
        nearest = torch.where(k - left <= right - k, left, right)
        nearest = torch.where(nearest.isfinite(), nearest, k)
        places = nearest + off.gather(-1, nearest.long())
        return (places.double().cumsum(1) * (2 * math.pi / self.ratio)).remainder(2 * math.pi).float()


def to_mel(hertz: Tensor) -> Tensor:
    above = BREAK / LINEAR + torch.log(hertz.clamp_min(BREAK) / BREAK) / STEP
    return torch.where(hertz < BREAK, hertz / LINEAR, above)


def to_hertz(mel: Tensor) -> Tensor:
    knee = BREAK / LINEAR
    return torch.where(mel < knee, mel * LINEAR, BREAK * torch.exp((mel - knee).clamp_min(0) * STEP))


@torch.inference_mode(False)
def mel_bands(bands: int, bins: int, rate: int, *, low: float = 0.0) -> Tensor:
    """Weights `(bands, bins)` of triangular bands, evenly apart on the mel scale from `low` to half the rate, which sum
    to 1 each: the mean magnitude of a band. A bin counts as wide as it is, so that no band is empty, however narrow."""
    ends = torch.tensor([low, rate / 2], dtype=torch.float64)
    first, last = to_mel(ends).tolist()
    corners = to_hertz(torch.linspace(first, last, bands + 2, dtype=torch.float64))
    width = rate / 2 / (bins - 1)
    fine = 32
    offsets = (torch.arange(fine, dtype=torch.float64) + 0.5) / fine - 0.5
    hertz = (torch.arange(bins, dtype=torch.float64)[:, None] + offsets) * width
    left, middle, right = (corners[i : i + bands, None, None] for i in range(3))
    rise, fall = (hertz - left) / (middle - left), (right - hertz) / (right - middle)
    weights = torch.minimum(rise, fall).clamp_min(0).mean(-1)
    return (weights / weights.sum(1, keepdim=True)).float()
