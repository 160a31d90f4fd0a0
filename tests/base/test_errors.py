"""Errors are one clear line: what, got, allowed, next."""

from __future__ import annotations

import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trasluz.base.errors import InvalidArgument, NoSpace, Stopped, TrasluzError, UnknownName


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (TrasluzError("it broke"), "it broke."),
        (TrasluzError("it broke", got=3), "it broke: got 3."),
        (TrasluzError("it broke", allowed=["a", "b"]), "it broke; allowed: a, b."),
        (
            TrasluzError("bad size", got=(3, 2), allowed="1 to 3", next="Choose another"),
            "bad size: got 3, 2; allowed: 1 to 3. Choose another.",
        ),
        (TrasluzError("bad", got=0), "bad: got 0."),
        (TrasluzError("bad", got={"a": 1}), "bad: got {'a': 1}."),
        (TrasluzError("a\n  b", next="Now\nwhat?"), "a b. Now what?"),
        (TrasluzError("it ends already.", next="Really!"), "it ends already. Really!"),
        (
            UnknownName("family", "vea", ["gan", "vae"]),
            "unknown family: got 'vea'; allowed: gan, vae. Did you mean vae?",
        ),
        (UnknownName("model", "x", []), "unknown model: got 'x'; allowed: none exist yet."),
        (
            UnknownName("model", "faecs", ["faces"], next="Workspace: w"),
            "unknown model: got 'faecs'; allowed: faces. Did you mean faces? Workspace: w.",
        ),
    ],
)
def test_the_line(error: TrasluzError, line: str) -> None:
    assert str(error) == error.sentence() == line


def test_long_things_are_cut_short() -> None:
    assert len(str(TrasluzError("bad", got="x" * 10_000))) < 250
    assert len(str(TrasluzError("bad", got={"x": "y" * 10_000}))) < 250
    assert str(TrasluzError("bad", allowed=map(str, range(100)))).endswith("28, 29 and 70 more.")


@given(st.text(), st.text(), st.text())
def test_nothing_breaks_the_line_or_reaches_the_terminal(what: str, got: str, following: str) -> None:
    assert str(TrasluzError(what, got=got, allowed=[got], next=following)).isprintable()


def test_an_escape_sequence_in_a_name_is_shown_not_obeyed() -> None:
    assert "\\x1b[2J" in str(InvalidArgument("no such file: \x1b[2Jphoto.png"))
    assert "\\udcff" in str(InvalidArgument("no such file", got="photo-\udcff.png"))


def test_exit_codes() -> None:
    assert TrasluzError.exit_code == InvalidArgument.exit_code == 2
    assert Stopped.exit_code == 130


def test_errors_travel_between_processes() -> None:
    for error in (
        UnknownName("family", "vea", {"vae": 1}.keys(), next="Look"),
        NoSpace("full", got=torch.zeros(2), allowed={"a": 1}.items(), next="Free some"),
    ):
        back = pickle.loads(pickle.dumps(error))
        assert type(back) is type(error) and str(back) == str(error) and back.next == error.next
        assert back.sentence() == str(error)
