"""Sound as networks take it: a square of log-mel bands over time, and the way back by phases that are found anew."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile
from trasluz.base.shapes import Native, Public
from trasluz.io.weights import read_tensors
from trasluz.nn.magnitudes import Finer
from trasluz.nn.spectrogram import Spectrogram, mel_bands
from trasluz.spaces.representation import Representation

RATE = 16_000
"""Samples a second."""
SHORTEST, LONGEST = 1600, 128_000
"""Samples of an item: a tenth of a second to eight seconds."""
SIDE, WIDEST, STEP = 64, 256, 16
"""Bands and frames of a second and less, the most there are, and what they are a multiple of."""
WINDOW = 1000
"""Samples of a window, about: 62.5 ms, four hops of a second's."""
QUIET, LOUD = -75.0, -15.0
"""Decibels below the magnitude of a full sine which are 0 and 1: speech at -20 dB RMS reaches -15 dB in its loudest
band, and what is below -75 dB is not heard beside it."""
BEYOND = 1.2
"""Native values are taken up to here: 12 dB above the loudest band of speech."""
ITERATIONS = 16
FINER = Path(__file__).with_name("magnitudes.safetensors")
"""Weights of the network that makes magnitudes finer, by tools/make_magnitudes.py."""
UNMIXING = 10
"""Steps of the multiplicative update that finds magnitudes of bins for those of bands."""


@final
class LogMel(Representation):
    """`(n, samples)` in [-1, 1] to `(n, 1, S, S)`: S mel bands, the lowest at the bottom, in S windows one hop apart.

    S is 64 up to one second and 64 a second above, in steps of 16, up to 256; the hop is what makes S of them cover the
    item. Native values are decibels of the mean magnitude of a band, from -75 dB (0) to -15 dB (1) of a full sine.
    """

    kind: ClassVar[str] = "sound"
    is_lossy: ClassVar[bool] = True

    def __init__(self, samples: int, rate: int = RATE, *, finer: bool = True) -> None:
        self.samples, self.rate, self._is_finer = samples, rate, finer
        self.side = min(max(SIDE, STEP * math.ceil(SIDE * samples / rate / STEP)), WIDEST)
        self.hop = math.ceil(samples / self.side)
        self.ratio = max(4, 2 * round(WINDOW / self.hop / 2))
        self.public_shape, self.native_shape = (samples,), (1, self.side, self.side)

    @cached_property
    def _spectrogram(self) -> Spectrogram:
        return Spectrogram(self.hop, self.ratio, self.side)

    @cached_property
    def _bands(self) -> Tensor:
        return mel_bands(self.side, self._spectrogram.bins, self.rate)

    @cached_property
    @torch.inference_mode(False)
    def _inverse(self) -> Tensor:
        return torch.linalg.pinv(self._bands)

    @cached_property
    @torch.inference_mode(False)
    def _finer(self) -> Finer | None:
        """The network that makes magnitudes finer, which knows bands and bins of a second; None for other lengths."""
        if not self._is_finer or (self.side, self.hop) != (SIDE, RATE // SIDE):
            return None
        bins = self.bins
        with torch.device("meta"):  # no weights are drawn for it
            net = Finer(self.side, bins)
        weights = {name: value.float() for name, value in read_tensors(FINER, "magnitudes")[0].items()}
        net.load_state_dict(weights, assign=True)
        return net.eval().requires_grad_(False)

    @property
    def bins(self) -> int:
        """Single tones, from 0 Hz to half the rate."""
        return self._spectrogram.bins

    def magnitudes(self, public: Public) -> Tensor:
        """`(n, samples)` to `(n, frames, bins)`: those of single tones, 1 for a full sine."""
        padded = torch.nn.functional.pad(public, (0, self.hop * self.side - self.samples))
        return self._spectrogram.spectra(padded).abs() * self._spectrogram.scale

    def to_native(self, public: Public) -> Native:
        magnitudes = self.magnitudes(public)
        heard = 20 * torch.log10(magnitudes @ self._bands.to(public.device).T + _amplitude(QUIET))
        return ((heard - QUIET) / (LOUD - QUIET)).transpose(1, 2).flip(1)[:, None]

    def to_public(self, native: Native) -> Public:
        wave = self._spectrogram.invert(self._fine(self.seen(native)) / self._spectrogram.scale, ITERATIONS)
        return wave[:, : self.samples].clamp(-1, 1)

    def compared(self, native: Native) -> Tensor:
        return native.clamp(0, 1)

    def morph(self, steps: Public, *, loop: bool = False) -> Tensor:
        """Steps of a path `(k, samples)` as one wave `(m,)`, in which an item comes again and again while it changes
        from the first step to the last.

        At every moment the wave has the spectrum that the step of that moment has at that place of the item; between
        two steps, decibels of both mixed. Phases are found for the whole of it, so that nothing begins anew.

        Args:
            loop: Whether it goes on from the last step to the first.
        """
        k, frames = len(steps), self.side
        native = self.to_native(torch.cat([steps, steps[:1]]) if loop else steps)
        moments = torch.arange(k * frames, device=steps.device)
        place = (moments + 0.5) / frames if loop else moments / max(1, k * frames - 1) * (k - 1)
        before = place.long().clamp(0, max(0, len(native) - 2))
        after = (before + 1).clamp_max(len(native) - 1)
        columns = native[:, 0].transpose(1, 2)
        within = moments % frames
        mixed = torch.lerp(columns[before, within], columns[after, within], (place - before)[:, None])
        whole = Spectrogram(self.hop, self.ratio, k * frames)
        return whole.invert(self._fine(mixed.flip(1)[None]) / whole.scale, ITERATIONS)[0].clamp(-1, 1)

    @staticmethod
    def seen(native: Native) -> Tensor:
        """Native items as `(n, frames, bands)`, the lowest band first."""
        return native[:, 0].flip(1).transpose(1, 2)

    def _fine(self, seen: Tensor) -> Tensor:
        """Magnitudes of single tones."""
        rough = self.rough(seen)
        if self._finer is None:
            return rough
        return self._finer.to(seen.device)(seen, rough)

    @staticmethod
    def magnitudes_of_bands(seen: Tensor) -> Tensor:
        decibels = seen.clamp(0, BEYOND) * (LOUD - QUIET) + QUIET
        return (torch.pow(10.0, decibels / 20) - _amplitude(QUIET)).clamp_min(0)

    def rough(self, seen: Tensor) -> Tensor:
        """Magnitudes of single tones, not negative, whose bands are about those of `seen`: the multiplicative update of
        Lee and Seung (2001), from the least-squares answer."""
        bands = self.magnitudes_of_bands(seen)
        weights, inverse = self._bands.to(seen.device), self._inverse.to(seen.device)
        target = bands @ weights
        found = (bands @ inverse.T).clamp_min(1e-6)
        for _ in range(UNMIXING):
            found = found * (target / (found @ weights.T @ weights).clamp_min(1e-10))
        return found

    def dump(self) -> dict[str, Any]:
        form = {"rate": self.rate, "samples": self.samples, "bands": self.side, "frames": self.side}
        return {"kind": self.kind, **form, "hop": self.hop, "window": self.hop * self.ratio}

    def asked(self) -> dict[str, Any]:
        return {"seconds": self.samples / self.rate}


@lru_cache(maxsize=8)
def log_mel(samples: int) -> LogMel:
    """The representation of items of a length."""
    return LogMel(samples)


def recall(values: Mapping[str, Any], where: str) -> LogMel:
    """The representation of which `dump` gave these values.

    Raises:
        DamagedFile: it did not give them.
    """
    samples, rate = values.get("samples"), values.get("rate")
    if type(samples) is not int or rate != RATE or not SHORTEST <= samples <= LONGEST:
        raise DamagedFile(f"{where}: a representation of sound of impossible length or rate", got=dict(values))
    found = log_mel(samples)
    if found.dump() != dict(values):
        raise DamagedFile(f"{where}: unknown representation", got=dict(values), allowed=found.dump())
    return found


def _amplitude(decibels: float) -> float:
    return 10 ** (decibels / 20)
