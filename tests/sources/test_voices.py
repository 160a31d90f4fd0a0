"""Spoken words: each a function of its number, of true factors that hang on nothing else, and whole."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from trasluz.base.errors import DataError, InvalidArgument, MissingExtra
from trasluz.nn.speech import contour, duration, fundamental
from trasluz.sources._espeak import RATE, Utterance, speak
from trasluz.sources.voices import AROUND, SPEAKERS, SPEEDS, WORDS, Factors, Voices, factors_of
from trasluz.spaces.data import Request

MANY = [factors_of(i) for i in range(4000)]


def drawn(n: int) -> tuple[np.ndarray, list[dict[str, object]]]:
    blocks = list(Voices().draw(Request(str(n))).blocks)
    return np.concatenate([block.items for block in blocks]), [dict(row) for block in blocks for row in block.rows]


def told(n: Sequence[Factors], *names: str) -> Counter[tuple[object, ...]]:
    return Counter(tuple(getattr(one, name) for name in names) for one in n)


def test_a_word_depends_on_its_number_alone() -> None:
    few, few_rows = drawn(3)
    many, many_rows = drawn(24)
    assert np.array_equal(few, many[:3])
    assert few_rows == many_rows[:3]
    assert len({row["id"] for row in many_rows}) == 24
    assert set(many_rows[0]) == {"id", "word", "language", "speaker", "pitch", "speed"}


def test_the_same_words_are_the_same_samples_whatever_was_said_before() -> None:
    asked = [Utterance(word, f"roa/es+{speaker}", 55, 25, 170) for word in ("agua", "pez") for speaker in SPEAKERS]
    forward, backward = speak(asked), speak(asked[::-1])[::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forward, backward, strict=True))
    assert len({wave.tobytes() for wave in forward}) == len(asked)


def test_every_word_is_whole_at_the_slowest_and_never_clipped() -> None:
    slowest = [
        Factors(language, word, speaker, pitch, SPEEDS[0])
        for language, words in WORDS.items()
        for word in words
        for speaker, pitch in zip(SPEAKERS, (-4.32, 4.32) * 4, strict=True)
    ]
    for wave in speak([one.utterance for one in slowest]):
        assert np.abs(wave.astype(int)).max() < 32767
        assert float(duration(torch.from_numpy(wave / 2**15)[None], RATE)) < 0.9


def test_factors_are_drawn_independently_of_each_other() -> None:
    assert {len(words) for words in WORDS.values()} == {12}
    assert all(one.word in WORDS[one.language] for one in MANY)
    for names, cells in {("language",): 2, ("word",): 24, ("speaker",): 8, ("language", "speaker"): 16}.items():
        counts = told(MANY, *names)
        expected = len(MANY) / cells
        assert len(counts) == cells
        chi = sum((n - expected) ** 2 / expected for n in counts.values())
        assert chi < cells + 5 * cells**0.5, names
    pitch, speed = np.array([one.pitch for one in MANY]), np.array([one.speed for one in MANY])
    woman = np.array([one.speaker.startswith("f") for one in MANY])
    spanish = np.array([one.language == "Spanish" for one in MANY])
    columns = np.corrcoef([pitch, speed, woman, spanish])
    assert np.abs(columns - np.eye(4)).max() < 0.06
    assert (pitch.min(), pitch.max()) == pytest.approx((-AROUND * 0.24, AROUND * 0.24))
    assert (speed.min(), speed.max()) == SPEEDS


def test_pitch_and_speed_are_heard() -> None:
    def said(pitch: float, speed: int) -> torch.Tensor:
        return torch.from_numpy(speak([Factors("Spanish", "luna", "f1", pitch, speed).utterance])[0] / 2**15)[None]

    high, low = (float(fundamental(said(pitch, 170), RATE)) for pitch in (4.08, -4.08))
    assert 12 * np.log2(high / low) == pytest.approx(8.16, abs=1.6)
    slow, fast = (float(duration(said(0, speed), RATE)) for speed in (130, 215))
    assert slow > 1.3 * fast


def test_the_fundamental_of_a_tone_with_overtones_is_its_frequency() -> None:
    time = torch.arange(16000) / 16000
    tones = torch.stack([sum(torch.sin(2 * np.pi * f * k * time) / k for k in (1, 2, 3)) for f in (82.4, 131, 262, 440)])
    assert fundamental(0.2 * tones, 16000).tolist() == pytest.approx([82.4, 131, 262, 440], rel=2e-3)
    assert contour(0.2 * tones, 16000).shape[0] == 4
    noise = torch.randn(2, 16000, generator=torch.Generator().manual_seed(0))
    assert fundamental(torch.cat([0.1 * noise, torch.zeros(1, 16000)]), 16000).isnan().all()


def test_the_duration_is_from_the_first_sound_to_the_last() -> None:
    wave = torch.zeros(3, 16000)
    wave[0, 4000:8000] = torch.sin(torch.arange(4000) * 0.3)
    wave[1, 2000:3000] = wave[1, 13000:14000] = 0.1 * torch.sin(torch.arange(1000) * 0.5)
    assert duration(wave, 16000).tolist() == pytest.approx([0.25, 0.75, 0], abs=0.015)


def test_a_count_that_is_none_is_one_clear_line() -> None:
    with pytest.raises(InvalidArgument, match="takes a number of words"):
        Voices().fingerprint(Request("many"))


def test_what_cannot_be_said_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="no voice xx/none"):
        speak([Utterance("one", "xx/none+m1", 50, 50, 150)])
    assert len(speak([Utterance("one", "gmw/en-US+m1", 50, 50, 150)])) == 1
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(MissingExtra, match=r"espeakng-loader.*pip install 'trasluz\[voices\]'"):
        speak([Utterance("one", "gmw/en-US+m1", 50, 50, 150)])
