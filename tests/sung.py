"""Sung vowels as a folder of WAV files with a table: two vowels, whose pitch and length are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import trasluz as tl
from trasluz.io.sounds import sound_bytes

RATE = 16_000
VOWELS = {"ah": (800.0, 1200.0), "ee": (300.0, 2300.0)}
"""Hertz of their first two formants."""


def vowel(name: str, hertz: float, seconds: float, seed: int = 0) -> np.ndarray:
    """A vowel of a pitch, `(samples,)` in [-1, 1], with a breath of noise."""
    n = round(RATE * seconds)
    t = np.arange(n) / RATE
    tones = np.arange(1, int(RATE / 2 / hertz)) * hertz
    near = [np.exp(-np.square((tones - formant) / 120)) for formant in VOWELS[name]]
    weights = (0.03 + near[0] + 0.6 * near[1]) / tones**0.3
    wave = (weights[:, None] * np.sin(2 * np.pi * tones[:, None] * t)).sum(0)
    wave *= np.minimum(1, np.minimum(t, seconds - t) / 0.05)
    wave += np.random.default_rng(seed).normal(0, 0.01, n)
    return wave / np.abs(wave).max() * 0.6


def wav(name: str, hertz: float, seconds: float, seed: int = 0) -> bytes:
    """The same as a WAV file."""
    return sound_bytes(np.rint(vowel(name, hertz, seconds, seed) * 32767).astype("<i2"), RATE, ".wav")


def folder(path: Path, n: int = 240) -> Path:
    """`n` files in a sub-folder for each vowel, and what is known of them in `sung.csv`."""
    rng = np.random.default_rng(0)
    lines = ["file,vowel,pitch"]
    for i in range(n):
        name = list(VOWELS)[i % 2]
        hertz = round(float(rng.uniform(90, 260)))
        (path / name).mkdir(parents=True, exist_ok=True)
        (path / name / f"{i:03d}.wav").write_bytes(wav(name, hertz, float(rng.uniform(0.4, 0.9)), i))
        lines.append(f"{name}/{i:03d}.wav,{name},{hertz}")
    (path / "sung.csv").write_text("\n".join(lines) + "\n")
    return path


def learned(home: Path, steps: int = 4, **settings: object) -> Path:
    """A workspace with the model `sung`, trained for a moment on the folder `sung` beside it."""
    data = folder(home / "sung")
    how = {"batch": 16, "compute": "float32", "prior_steps": 5, "widths": [4, 8, 8], **settings}
    tl.train(
        "vae", str(data), name="sung", preset="tiny", settings={"latent": 8, **how}, steps=steps, seed=0, force=True,
        workspace=home / "workspace", device="cpu",
    )  # fmt: skip
    return home / "workspace"
