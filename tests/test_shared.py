"""What is shared is made once, is whole, and is made anew where its maker died."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared import shared


def test_it_is_made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "a").write_text("whole")

    first, again = (shared(tmp_path_factory, "once", make) for _ in range(2))
    assert made == [first] == [again] and (first / "a").read_text() == "whole"


def test_what_a_dead_maker_left_is_no_part_of_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    def dies(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared(tmp_path_factory, "twice", dies)
    folder = shared(tmp_path_factory, "twice", lambda folder: (folder / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]
