"""What the benchmark of spoken words measures, on sounds whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from benchmarks.quality_voices import _correlation, click, levels, rank

RATE = 16000


def tone(seconds: float) -> torch.Tensor:
    return 0.1 * torch.sin(2 * torch.pi * 200 * torch.arange(int(seconds * RATE)) / RATE)


def test_half_the_amplitude_is_six_decibels_less() -> None:
    one = tone(1)
    assert np.diff(levels(torch.stack([one, 0.5 * one]))) == pytest.approx([-6.02], abs=0.01)


def test_a_click_is_found_at_the_border_of_two_steps_and_not_elsewhere() -> None:
    wave = tone(4)
    assert click(wave, 4, RATE) == pytest.approx(1, abs=0.01)
    broken = wave.clone()
    broken[2 * RATE :] += 0.5
    assert click(broken, 4, RATE) > 50
    inside = wave.clone()
    inside[int(2.5 * RATE) :] += 0.5
    assert click(inside, 4, RATE) < 0.02


def test_what_rises_at_every_step_has_rank_one() -> None:
    assert rank(np.array([100.0, 101.0, 120.0])) == pytest.approx(1)
    assert rank(np.array([3.0, 2.0, 1.0])) == pytest.approx(-1)
    assert rank(np.array([100.0, 130.0, 120.0])) == pytest.approx(0.5)
    assert np.isnan(rank(np.array([1.0, np.nan])))


def test_what_a_measure_says_of_a_factor_is_told_without_what_it_hangs_on_besides() -> None:
    draw = np.random.default_rng(0)
    speaker = np.array(["low", "high"] * 200, dtype=object)
    pitch = draw.uniform(-4, 4, 400)
    measured = torch.from_numpy(np.where(speaker == "low", 6.5, 7.5) + pitch / 12)
    measured[:3] = torch.nan
    told = _correlation(measured, pitch, [speaker])
    assert told["r"] == pytest.approx(1, abs=1e-6) and (told["n"], told["not_measured"]) == (397, 3)
    assert abs(_correlation(measured, draw.permutation(pitch), [speaker])["r"]) < 0.15
