"""Long work tells whoever watches, or nobody."""

from __future__ import annotations

import pytest

from trasluz.base.progress import SILENT, Progress


def test_nobody_is_told_and_nothing_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    SILENT.say("hello")
    with SILENT.task("encode", 3) as step:
        step()
        step(2, note="almost")
        step(n=1)
    with SILENT.task("unknown length", None):
        pass
    assert capsys.readouterr() == ("", "")


def test_an_error_inside_a_task_comes_out() -> None:
    with pytest.raises(ZeroDivisionError), SILENT.task("encode", 3):
        _ = 1 / 0


def test_a_face_brings_both() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Progress()  # type: ignore[abstract]
