"""Files that arrive piece by piece: what is wanted of them, where they may lie, and that a part of them is nothing."""

from __future__ import annotations

import pytest

from trasluz.base.errors import InvalidArgument, NameTaken
from trasluz.io import receiving
from trasluz.io.atomic import move_folder, read_json
from trasluz.io.receiving import ARRIVED, HIDDEN, SYSTEMS, TAKEN, Receiving, safe_name


def anything(name, head):
    return None


def arrange(came, to):
    move_folder(came, to / "data")


@pytest.fixture
def coming(tmp_path):
    made = Receiving(tmp_path / "uploads", anything)
    yield made
    made.give_up()


@pytest.mark.parametrize(
    "name", ["../a.png", "a/../../b.png", "/etc/passwd", "a//b.png", "", ".", "a/.", "a\x00b.png", "a\nb.png",
             "x" * 300, "d/" * 600 + "a.png", "a\u202egnp.exe"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_or_is_none_is_not_taken(coming, name):
    assert safe_name(name) is None
    assert coming.announce(name, 3) == "no name that a disk can have"
    with pytest.raises(InvalidArgument):
        coming.take(name, 0, b"abc")


def test_names_of_any_script_are_kept_and_written_in_one_way(coming):
    decomposed, composed = "gatos/n\u0303andu\u0301 1.png", "gatos/ñandú 1.png"
    assert coming.announce(decomposed, 3) is None and coming.called(decomposed) == composed
    assert coming.announce(composed, 3) == TAKEN
    assert coming.announce("ねこ/いぬ.png", 3) is None


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        (".DS_Store", 5, HIDDEN), ("a/.git/config", 5, HIDDEN), ("a/Thumbs.db", 5, SYSTEMS),
        ("__MACOSX/a.png", 5, SYSTEMS), ("desktop.ini", 5, SYSTEMS), ("a.png", 0, "an empty file"),
        ("a.png", 1 << 40, "larger than 4 GiB"),
    ],
)  # fmt: skip
def test_what_nobody_meant_to_hand_over_is_left_out_with_its_reason(coming, name, size, why):
    assert coming.announce(name, size) == why
    assert coming.left_out == [(name, why)] and coming.files == 0


def test_pieces_make_the_file_in_their_order_alone(coming, tmp_path):
    coming.announce("cats/a.png", 6)
    coming.take("cats/a.png", 0, b"abc")
    for offset, data in ((0, b"abc"), (4, b"d"), (3, b"defg"), (3, b"")):
        with pytest.raises(InvalidArgument):
            coming.take("cats/a.png", offset, data)
    with pytest.raises(InvalidArgument, match="not all has come"):
        coming.finish(tmp_path / "uploads" / "mine", arrange)
    coming.take("cats/a.png", 3, b"def")
    coming.finish(tmp_path / "uploads" / "mine", arrange)
    assert (tmp_path / "uploads" / "mine" / "data" / "cats" / "a.png").read_bytes() == b"abcdef"
    assert read_json(tmp_path / "uploads" / "mine" / ARRIVED, "the note")["bytes"] == 6
    assert not coming.folder.exists()


def test_a_name_that_is_taken_keeps_what_it_has(coming, tmp_path):
    (tmp_path / "uploads" / "mine").mkdir()
    coming.announce("a.png", 1)
    coming.take("a.png", 0, b"x")
    with pytest.raises(NameTaken):
        coming.finish(tmp_path / "uploads" / "mine", arrange)


def test_a_file_that_is_called_like_a_folder_is_left_out(coming):
    coming.announce("a", 1)
    coming.announce("a/b.png", 1)
    assert coming.take("a", 0, b"x") is None
    assert coming.take("a/b.png", 0, b"x") == TAKEN


def test_the_first_bytes_may_say_that_it_is_nothing(tmp_path):
    coming = Receiving(tmp_path, lambda name, head: "nothing" if head.startswith(b"MZ") else None)
    coming.announce("a", 4)
    assert coming.take("a", 0, b"MZ..") == "nothing" and coming.files == 0 and not any(coming.folder.iterdir())
    coming.give_up()


def test_there_is_an_end_to_how_many_and_how_large(coming, monkeypatch):
    monkeypatch.setattr(receiving, "UPLOAD_SIZE", 10)
    coming.announce("a.png", 8)
    with pytest.raises(InvalidArgument, match="too large to be handed over"):
        coming.announce("b.png", 8)
    monkeypatch.setattr(receiving, "UPLOAD_FILES", 2)
    coming.announce(".hidden", 1)
    with pytest.raises(InvalidArgument, match="too large to be handed over"):
        coming.announce("c.png", 1)


def test_what_is_given_up_leaves_nothing(coming, tmp_path):
    coming.announce("a.png", 2)
    coming.take("a.png", 0, b"x")
    coming.give_up()
    assert list((tmp_path / "uploads").iterdir()) == []
