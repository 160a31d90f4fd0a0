"""Sounds for tests: tones with a soft beginning and end, as arrays and as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile


def tone(hertz: float = 440, seconds: float = 0.5, rate: int = 16_000, height: float = 0.3) -> np.ndarray:
    """A tone and its octave, `(n,)` float64."""
    t = np.arange(round(seconds * rate)) / rate
    return height * np.hanning(len(t)) * (np.sin(2 * np.pi * hertz * t) + 0.5 * np.sin(4 * np.pi * hertz * t))


def write(path: Path, samples: np.ndarray, rate: int = 16_000, subtype: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def folder(place: Path, n: int = 30) -> Path:
    """Labelled tones of different height and length below a folder."""
    for i in range(n):
        label, hertz = (("low", 200 + 8 * i), ("high", 900 + 20 * i))[i % 2]
        write(place / label / f"{i:02d}.wav", tone(hertz, 0.3 + 0.01 * i))
    return place
