"""The picture of the house says what the imports say."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


@cache
def tool() -> Any:
    """tools/make_house.py, as a module."""
    spec = importlib.util.spec_from_file_location("make_house", REPOSITORY / "tools" / "make_house.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def house() -> Any:
    return tool().house()


def test_the_picture_is_current() -> None:
    kept = tool().read(tool().PICTURE.read_text(encoding="utf-8"))
    assert kept == house(), "the house is built otherwise than its picture; run: make house"


def test_a_picture_holds_what_it_was_drawn_from() -> None:
    """Another house is another picture, and is told from this one by the data, not by how it looks."""
    other = {"floors": [["roof"], ["left", "right"]], "imports": [["roof", "left"], ["roof", "right"]]}
    picture = tool().drawn(other)
    assert tool().read(picture) == other != house()
    assert picture.count('class="room"') == 3 and picture.count('class="way"') == 2


def test_ways_that_follow_from_others_are_left_out() -> None:
    assert tool()._bare([["a", "b"], ["b", "c"], ["a", "c"]]) == [("a", "b"), ("b", "c")]


def test_a_module_stands_in_the_innermost_room() -> None:
    rooms = ["lab", "lab.work", "base"]
    names = {"trasluz.lab.work.runs": "lab.work", "trasluz.lab.sample": "lab", "trasluz.lab": "lab", "trasluz": None}
    assert {module: tool().room_of(module, rooms) for module in names} == names
    assert tool().room_of("trasluz.basement", rooms) is None


def test_ways_go_down_only() -> None:
    height = {room: i for i, floor in enumerate(house()["floors"]) for room in floor}
    assert len(house()["imports"]) > 50
    assert [(one, other) for one, other in house()["imports"] if height[one] >= height[other]] == []


def test_every_room_is_explained_in_words() -> None:
    page = (REPOSITORY / "docs" / "overview.md").read_text(encoding="utf-8")
    rooms = [room for floor in house()["floors"] for room in floor]
    assert [room for room in rooms if f"| `{room}` |" not in page] == []
