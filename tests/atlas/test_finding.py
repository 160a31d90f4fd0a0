"""Rows by words: in any order, in any column, whatever the case and the accents; and where they are."""

from __future__ import annotations

import numpy as np
import pytest

import painted
from trasluz.atlas.finding import _parts, _spans, found
from trasluz.lab.encode import encode


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("tabby cat", ["cat", "tabby"], ["tabby", "cat"]),
        ("Canción del día", ["cancion", "dia"], ["Canción", "día"]),
        ("STRASSE und Straße", ["strasse"], ["STRASSE", "Straße"]),
        ("aaaa", ["aa"], ["aaaa"]),
        ("ab", ["abc"], []),
    ],
)
def test_words_are_marked_where_they_stand(text, words, marked):
    parts = _parts(text, _spans(text, words))
    assert [part for part, hit in parts if hit] == marked
    assert "".join(part for part, _ in parts) == text


def test_of_a_long_text_what_is_around_the_word_is_shown():
    text = "x" * 400 + " the harbour " + "y" * 400
    parts = _parts(text, _spans(text, ["harbour"]))
    assert ("harbour", True) in parts and sum(len(part) for part, _ in parts) < 100
    assert parts[0] == parts[-1] == ("…", False)


def test_every_word_has_to_be_there_in_some_column(workspace):
    atlas = encode(painted.saved(workspace), painted.data(120), name="painted", workspace=workspace)
    colours = atlas.column("colour")
    all_ = found(atlas, "RED painted", 500)
    assert list(all_.rows) == np.flatnonzero(colours == "red").tolist() and all_.elsewhere == 0
    assert found(atlas, "painted red", 500).rows == all_.rows
    assert [one.column for one in all_.matched[0]] == ["colour", "id"]
    some = np.arange(120) < 40
    part = found(atlas, "red", 3, some)
    assert len(part.rows) == 3 and part.total == int((colours[:40] == "red").sum())
    assert part.total + part.elsewhere == all_.total
    assert found(atlas, "   ", 5).total == 0 and found(atlas, "red nobody", 5).total == 0
