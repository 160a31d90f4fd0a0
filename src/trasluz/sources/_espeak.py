"""Speech by espeak-ng (GPL 3), whose library and data come with the package espeakng-loader: no program is called.

The library has one state for a whole process, and is not to be used by two threads. It is therefore spoken to in a
process of its own (`_espeak_apart.py`), one word after the other; whoever comes meanwhile waits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from trasluz.base.errors import DataError, MissingExtra
from trasluz.io.apart import Ended, Workers

RATE = 22050
"""Samples a second that it speaks at."""
PATIENCE = 0.5
"""Seconds that a word may take on a machine under load; usually 5 ms."""
LOADING = 60.0
_workers = Workers(Path(__file__).parent / "_espeak_apart.py", 1)


@final
@dataclass(frozen=True)
class Utterance:
    """What is to be said, and how."""

    text: str
    voice: str
    """A language and a variant by their names in espeak-ng: `en-us+f1`."""
    pitch: int
    """0 to 99: 50 is the voice's own; an octave is 50."""
    melody: int
    """How far the pitch rises and falls, 0 to 99: 50 is the voice's own."""
    rate: int
    """Words a minute, 80 to 450."""


def speak(utterances: Sequence[Utterance]) -> list[np.ndarray]:
    """Each of them, int16 `(samples,)` at 22,050 Hz, to the bit the same whatever was said before.

    Raises:
        MissingExtra: espeakng-loader is not installed.
        DataError: it cannot say one of them.
    """
    asked = json.dumps([[one.text, one.voice, one.pitch, one.melody, one.rate] for one in utterances]).encode()
    try:
        with _workers.one(*_installed()) as worker, worker.within(LOADING + PATIENCE * len(utterances)):
            answer = worker.ask(asked)
    except Ended as ended:
        reason = "did not answer in time" if ended.late else "ended by itself"
        raise DataError(f"espeak-ng {reason}", got=f"{len(utterances)} words to say") from None
    if answer[:1] != b"R":
        raise DataError(f"espeak-ng does not speak here: {answer[1:].decode()}")
    found: list[np.ndarray] = []
    place = 1
    for _ in utterances:
        count = int.from_bytes(answer[place : place + 4], "little")
        place += 4
        found.append(np.frombuffer(answer, "<i2", count, place))
        place += 2 * count
    return found


def _installed() -> tuple[str, str]:
    """Where library and data lie."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise MissingExtra(
            "spoken words need a package that is not installed: espeakng-loader",
            next="Install it: pip install 'trasluz[voices]'",
        ) from error
    return str(espeakng_loader.get_library_path()), str(espeakng_loader.get_data_path())
