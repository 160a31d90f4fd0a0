"""Spoken words go the way of every kind: drawn once whatever length is named, trained on, stopped, and trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

import trasluz as tl
from trasluz.base.errors import InvalidArgument

SETTINGS = {"latent": 4, "widths": [4, 8], "batch": 16, "prior_steps": 0, "likelihood": "gaussian"}


def test_a_second_is_the_length_that_nobody_named(tmp_path: Path) -> None:
    words = tl.load("voices:30", workspace=tmp_path)
    named = tl.load("voices:30", seconds=1.0, workspace=tmp_path)
    assert named.identity == words.identity
    assert len(list((tmp_path / "cache" / "data").iterdir())) == 1
    assert words.shape == (16000,)
    assert [words.typed(name).kind for name in ("word", "language", "speaker")] == ["category"] * 3
    assert {words.typed(name).kind for name in ("pitch", "speed")} <= {"quantity", "order"}


def test_words_have_no_room_in_less_than_a_second_and_more_in_two(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"0\.5 s.*allowed: 1 s or more"):
        tl.load("voices:30", seconds=0.5, workspace=tmp_path)
    assert tl.load("voices:4", seconds=2, workspace=tmp_path).shape == (32000,)


def test_a_run_that_was_stopped_goes_on_with_the_same_words(tmp_path: Path) -> None:
    tl.train("vae", "voices:60", name="talk", settings=SETTINGS, steps=2, force=True, workspace=tmp_path)
    run = tl.train("vae", name="talk", resume=True, steps=4, workspace=tmp_path)
    assert run.model.trained_on == "voices:60"
    said = tl.sample(run.model, 2, workspace=tmp_path)
    assert said.items.shape == (2, 16000)
