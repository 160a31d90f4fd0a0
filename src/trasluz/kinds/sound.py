"""Sounds: one channel at 16 kHz, all of one length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Images, Public
from trasluz.io.sounds import (
    FOREIGN_SUFFIXES,
    SUFFIXES,
    WRITES,
    SoundHeader,
    blocks_of,
    is_sound,
    read_sound_file,
    sound_bytes,
    sound_header,
    soundfile,
)
from trasluz.kinds._log_mel import LONGEST, RATE, SHORTEST, LogMel, log_mel, recall
from trasluz.kinds._recording import Recording
from trasluz.kinds._telling import told_of, told_of_one
from trasluz.nn.spectrogram import Spectrogram, mel_bands
from trasluz.spaces.kind import USUAL, Asked, Drawer, Kind, Reading, Settled

SCALE = 32767
"""The loudest value that is stored."""
GAP = 0.2
"""Seconds of silence between sounds that are written one after another."""
DRAWN = 128
"""Height and width of a drawn spectrogram: bands, and windows."""
QUIET, LOUD = -75.0, -15.0
"""Decibels of the darkest and the brightest that is drawn."""
COLOURS = (
    (0, 0, 4), (11, 9, 36), (32, 17, 75), (59, 15, 112), (87, 21, 126), (114, 31, 129), (140, 41, 129),
    (168, 50, 125), (196, 60, 117), (222, 73, 104), (241, 96, 93), (250, 127, 94), (254, 159, 109), (254, 191, 132),
    (253, 222, 160), (252, 253, 191),
)  # fmt: skip
"""Of a drawing, from quiet to loud, evenly apart: matplotlib's `magma`, whose lightness rises evenly."""


@final
class Sound(Kind):
    """Networks see log-mel bands over time; the wave comes back by phases that are found anew."""

    name: ClassVar[str] = "sound"
    title: ClassVar[str] = "Sounds of one length, 16 kHz, one channel"
    one: ClassVar[str] = "sound"
    many: ClassVar[str] = "sounds"
    suffixes: ClassVar[tuple[str, ...]] = SUFFIXES
    foreign: ClassVar[tuple[str, ...]] = FOREIGN_SUFFIXES
    dtype: ClassVar[np.dtype[Any]] = np.dtype("<i2")
    low: ClassVar[float] = -1.0
    writes: ClassVar[tuple[str, ...]] = WRITES
    media_types: ClassVar[Mapping[str, str]] = {".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg"}
    drawer: ClassVar[Drawer] = "player"
    joins: ClassVar[tuple[str, ...]] = WRITES
    options: ClassVar[frozenset[str]] = frozenset({"seconds"})

    def is_mine(self, head: bytes) -> bool:
        return is_sound(head)

    def settle(self, files: Sequence[Path | bytes], asked: Asked) -> Settled:
        self.check(asked)
        samples = RATE if asked.seconds is None else round(asked.seconds * RATE)
        if not SHORTEST <= samples <= LONGEST:
            raise InvalidArgument(
                "sounds last",
                got=f"{asked.seconds:g} seconds",
                allowed=f"{SHORTEST / RATE:g} to {LONGEST / RATE:g} seconds",
            )
        if files:
            soundfile()
        return Settled((samples,))

    def load(self, path: Path) -> bytes:
        return read_sound_file(path)

    def read(self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL) -> np.ndarray:
        return self.read_noting(data, shape, reading)[0]

    def read_noting(
        self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL
    ) -> tuple[np.ndarray, Mapping[str, int]]:
        if _is_item(sound_header(data), shape):
            return self._stored(np.concatenate(list(blocks_of(data, RATE))))[None], {"as it is": 1}
        recording = Recording(data, RATE)
        return recording.items(shape[0]), recording.done

    def noted(self, done: Mapping[str, int], files: int, shape: tuple[int, ...]) -> list[str]:
        return told_of(done, files, shape[0] / RATE)

    def changes(self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL) -> list[str]:
        return [] if _is_item(sound_header(data), shape) else told_of_one(Recording(data, RATE), shape[0])

    def representation(self, shape: tuple[int, ...], reading: Reading = USUAL) -> LogMel:
        return log_mel(shape[0])

    def recall(self, values: Mapping[str, Any], where: str) -> LogMel:
        return recall(values, where)

    def public(self, stored: np.ndarray) -> Public:
        return torch.from_numpy(np.ascontiguousarray(stored).astype(np.float32)).div_(SCALE).clamp_(-1, 1)

    def stored(self, public: Public) -> np.ndarray:
        return self._stored(public.detach().cpu().numpy())

    @staticmethod
    def _stored(public: np.ndarray) -> np.ndarray:
        return np.rint(np.clip(np.nan_to_num(public), -1, 1) * SCALE).astype("<i2")

    def draw(self, items: Public) -> Images:
        seen = _drawn(items.shape[1])(items)
        colours = torch.tensor(COLOURS, dtype=torch.float32, device=items.device).div_(255)
        place = seen.clamp(0, 1) * (len(COLOURS) - 1)
        before = place.floor().clamp_max(len(COLOURS) - 2)
        rest = (place - before)[..., None]
        below = before.long()
        return torch.lerp(colours[below], colours[below + 1], rest).permute(0, 3, 1, 2).contiguous()

    def file(self, item: Tensor, suffix: str) -> bytes:
        return sound_bytes(self.stored(item), RATE, suffix)

    def joined(self, items: Public, suffix: str) -> bytes:
        stored = self.stored(items)
        if len(stored) > 1:
            stored = np.pad(stored, ((0, 0), (0, round(GAP * RATE))))
        return sound_bytes(stored.reshape(-1), RATE, suffix, is_item=len(stored) == 1)

    def morph(self, items: Public, suffix: str, *, loop: bool = False) -> bytes:
        wave = log_mel(items.shape[1]).morph(items.float(), loop=loop)
        return sound_bytes(self._stored(wave.cpu().numpy()), RATE, suffix, is_item=False)

    def compared(self, items: Public) -> Tensor:
        """Their spectrograms: two waves may be far apart and sound the same."""
        return log_mel(items.shape[1]).to_native(items.float()).clamp(0, 1)

    def duration(self, shape: tuple[int, ...]) -> float:
        return shape[0] / RATE

    def told(self, shape: tuple[int, ...]) -> str:
        return f"{shape[0] / RATE:g} s at {RATE // 1000} kHz"


def _is_item(header: SoundHeader, shape: tuple[int, ...]) -> bool:
    """Whether a file is one of ours, and holds an item of that shape as it is."""
    return header.is_ours and header.rate == RATE and header.channels == 1 and header.frames == shape[0]


@lru_cache(maxsize=8)
def _drawn(samples: int) -> _Drawing:
    return _Drawing(samples)


@final
class _Drawing:
    """The spectrogram that a page shows of items `(n, samples)`, `(n, S, S)` about [0, 1], low tones at the bottom."""

    def __init__(self, samples: int) -> None:
        self._hop = -(-samples // DRAWN)
        self._spectrogram = Spectrogram(self._hop, max(4, 2 * round(WINDOW / self._hop / 2)), DRAWN)
        self._bands = mel_bands(DRAWN, self._spectrogram.bins, RATE)

    def __call__(self, items: Public) -> Tensor:
        padded = torch.nn.functional.pad(items, (0, self._hop * DRAWN - items.shape[1]))
        magnitudes = self._spectrogram.spectra(padded).abs() * self._spectrogram.scale
        heard = 20 * torch.log10((magnitudes @ self._bands.to(items.device).T).clamp_min(1e-6))
        return ((heard - QUIET) / (LOUD - QUIET)).transpose(1, 2).flip(1)


WINDOW = 750
"""Samples of a window of a drawing, about: 47 ms."""
