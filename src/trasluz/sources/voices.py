"""Spoken words with true factors: two languages, eight speakers, any pitch and speed, spoken by espeak-ng.

Word, speaker, pitch and speed are what everybody hears in speech and wants to move by itself; known exactly, so that a
direction or a morph can be measured instead of listened to alone. Every factor is drawn by itself: language, one of its
twelve words, speaker, pitch and speed are independent of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import numpy_generator
from trasluz.io.sounds import sound_bytes
from trasluz.sources._espeak import RATE as SPOKEN_AT
from trasluz.sources._espeak import Utterance, speak
from trasluz.sources._layers import parse_count
from trasluz.spaces.data import Block, Drawing, Request, Source, Value
from trasluz.spaces.kind import Kind
from trasluz.spaces.registry import get

WORDS = {
    "English": ("bird", "fish", "green", "hello", "house", "moon", "music", "night", "seven", "water", "window", "yes"),
    "Spanish": ("agua", "casa", "hola", "luna", "música", "noche", "pájaro", "pez", "siete", "sí", "ventana", "verde"),
}
"""The same twelve things in both, of one to three syllables."""
VOICES = {"English": "gmw/en-US", "Spanish": "roa/es"}
"""Of a language, as espeak-ng's files are called."""
SPEAKERS = {"f1": 55, "f2": 55, "f3": 55, "f4": 55, "m1": 80, "m3": 80, "m4": 80, "m7": 80}
"""Variants of espeak-ng, four women and four men, who speak both languages, and the setting of their own pitch: of the
men it is higher than espeak-ng's, whose 80 Hz are lower than men speak, and than mel bands tell apart."""
AROUND = 18
"""Settings above and below that, of which 50 are an octave."""
OCTAVE, SEMITONES = 50, 12
MELODY = 25
"""Setting of how far the pitch moves in a word: less than usual, so that a word has one pitch."""
SPEEDS = (125, 225)
"""Words a minute, at which every word lasts less than a second, and none is a blur."""
SAMPLES = 16000
"""Of a word: a second, which every one lasts less than."""
BLOCK = 200
DEFAULT = 9600
VERSION = "1"
LICENCE = (
    "spoken by espeak-ng, GPL 3 or later; as a rule what a program gives is not under its licence, "
    "https://www.gnu.org/licenses/gpl-faq.html#WhatCaseIsOutputGPL"
)
ABOUT = "Words spoken by espeak-ng, drawn by number; every factor independent of the others."


@final
@dataclass(frozen=True)
class Factors:
    """What is known of a spoken word."""

    language: str
    word: str
    speaker: str
    pitch: float
    """Semitones above the speaker's own."""
    speed: int
    """Words a minute."""

    @property
    def utterance(self) -> Utterance:
        setting = SPEAKERS[self.speaker] + round(self.pitch * OCTAVE / SEMITONES)
        return Utterance(self.word, f"{VOICES[self.language]}+{self.speaker}", setting, MELODY, self.speed)

    def row(self, id: str) -> dict[str, Value]:
        """Of a data set."""
        return {
            "id": id, "word": self.word, "language": self.language, "speaker": self.speaker,
            "pitch": self.pitch, "speed": self.speed,
        }  # fmt: skip


def factors_of(index: int) -> Factors:
    """Of word `index`."""
    draw = numpy_generator(0, "voices", index)
    language = list(WORDS)[draw.integers(len(WORDS))]
    word = WORDS[language][draw.integers(len(WORDS[language]))]
    speaker = list(SPEAKERS)[draw.integers(len(SPEAKERS))]
    pitch = int(draw.integers(-AROUND, AROUND + 1)) * SEMITONES / OCTAVE
    return Factors(language, word, speaker, round(pitch, 2), int(draw.integers(SPEEDS[0], SPEEDS[1] + 1)))


@final
class Voices(Source):
    """`voices[:N]`: word i is the same whatever N."""

    name: ClassVar[str] = "voices"
    title: ClassVar[str] = "Spoken words, English and Spanish, with known word, speaker, pitch and speed"
    heeds: ClassVar[frozenset[str]] = frozenset({"seconds"})

    def fingerprint(self, request: Request) -> str:
        return f"{VERSION}/{_count(request)}"

    def draw(self, request: Request) -> Drawing:
        kind, total = get("kinds", "sound"), _count(request)
        shape = kind.settle([], request.asked).shape
        if shape < (SAMPLES,):
            raise InvalidArgument(
                "spoken words last a second", got=f"{request.asked.seconds:g} s", allowed="1 s or more",
                next="Leave seconds out",
            )  # fmt: skip
        return Drawing.of("sound", shape, total, _blocks(kind, shape, total), LICENCE, ABOUT)


def _blocks(kind: Kind, shape: tuple[int, ...], total: int) -> Iterator[Block]:
    """A word is read as any recording is: its ends without silence, in the middle of an item, as loud as all."""
    for start in range(0, total, BLOCK):
        chosen = [factors_of(i) for i in range(start, min(start + BLOCK, total))]
        spoken = speak([one.utterance for one in chosen])
        words = [kind.read(sound_bytes(wave, SPOKEN_AT, ".wav"), shape) for wave in spoken]
        rows = [one.row(f"voice-{start + k:06d}") for k, one in enumerate(chosen)]
        yield Block(np.concatenate(words), rows)


def _count(request: Request) -> int:
    return parse_count(Voices.name, request.argument, DEFAULT, "words")
