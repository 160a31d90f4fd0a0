"""A figure says what is needed to believe it, and is read back as it was written, or not at all."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from trasluz.base.errors import DamagedFile, InvalidArgument, VersionMismatch
from trasluz.spaces.figures import ENDLESS, Figure, Judge, check_one_judge

SHARE = Figure(0.912, "", "higher", 412, (0.88, 0.934), 0.34, "Cover & Hart 1967", "accuracy")
WHOLE = Figure(27.31, "dB", "higher", 3, source="eq. 1", further={"share": SHARE}, details={"cap": 100.0, "rows": [1]})


def test_it_tells_itself_in_words() -> None:
    assert SHARE.told() == "0.912 (0.88 to 0.934); 0.34 by chance; n = 412; higher is better"
    assert WHOLE.told() == "27.3 dB; n = 3; higher is better"
    assert Figure(-1234.5).told() == "\N{MINUS SIGN}1,234"
    assert Figure(0.0).told() == "0"


def test_it_is_read_back_as_it_was_written() -> None:
    for figure in (SHARE, WHOLE, Figure(-3)):
        assert Figure.read(json.loads(json.dumps(figure.dump())), "it") == figure
    endless = Figure(1, details={"ratio": math.inf, "rows": [math.nan, 1.0]}).dump()
    assert endless["details"] == {"ratio": None, "rows": [None, 1.0]}, "JSON has no infinity"


@pytest.mark.parametrize("version", [0, 3, "1", True, None])
def test_a_stored_figure_of_another_version_is_one_clear_line(version: object) -> None:
    with pytest.raises(VersionMismatch) as refused:
        Figure.read({**SHARE.dump(), "version": version}, "directions/smile.json, reached")
    line = str(refused.value)
    assert "\n" not in line and "directions/smile.json, reached is a figure of another version" in line
    assert "allowed: 1 or 2" in line and "Measure it again" in line


def test_one_of_version_1_still_opens() -> None:
    old = WHOLE.dump()
    for one in (old, old["further"]["share"]):
        for name in ("real", "judge", "by_judge"):
            del one[name]
    assert Figure.read({**old, "version": 1}, "it") == WHOLE
    with pytest.raises(DamagedFile):
        Figure.read({**old, "version": 2}, "it")


def test_real_items_and_other_judges_stand_beside_it() -> None:
    one, two = Figure(40.0, better="lower", n=500, real=12.0), Figure(44.0, better="lower", n=500)
    found = one.judged_by(Judge("reader(faces)", "ab12cd34ef"), [two])
    assert found.by_judge == (40, 44) and Figure.read(json.loads(json.dumps(found.dump())), "it") == found
    assert found.told() == "40; 12 for real items; 40 to 44 by 2 judges; n = 500; lower is better"


def test_distances_of_different_judges_are_never_side_by_side() -> None:
    faces, other, unknown = Judge("reader(faces)", "ab12"), Judge("reader(faces)", "cd34"), Judge("reader(faces)")
    mine, theirs = Figure(40.0, judge=faces), Figure(20.0, judge=faces)
    assert mine.over(theirs) == 2 and mine.unlike(theirs) is None
    for judge in (other, unknown, None):
        with pytest.raises(InvalidArgument, match="not to be compared"):
            mine.over(replace(theirs, judge=judge))
        with pytest.raises(InvalidArgument, match="ours and theirs"):
            check_one_judge({"ours": mine, "theirs": replace(theirs, judge=judge)})
    few, many = replace(mine, n=500), replace(mine, n=2000)
    assert "different numbers of items" in str(few.unlike(many))
    assert replace(few, name=ENDLESS).unlike(replace(many, name=ENDLESS)) is None
    assert mine.unlike(Figure(3.0, "dB", judge=faces)) == "they are of different things"
    assert Figure(30.0, "dB").over(Figure(20.0, "dB")) == 1.5, "pixels need no judge"
    with pytest.raises(InvalidArgument, match="that is 0"):
        mine.over(Figure(0.0, judge=faces))


WRONG: list[dict[str, Any]] = [
    {"value": "3"},
    {"value": True},
    {"value": math.nan},
    {"value": 10**400},
    {"interval": [0.5]},
    {"interval": [0.9, 0.1]},
    {"interval": "ab"},
    {"chance": ""},
    {"real": "12"},
    {"judge": "reader"},
    {"judge": {"name": "reader"}},
    {"by_judge": 3},
    {"by_judge": ["a"]},
    {"n": 1.5},
    {"n": -1},
    {"better": "more"},
    {"source": None},
    {"further": {"share": 3}},
    {"further": {"share": {}}},
    {"further": []},
    {"details": None},
    {"colour": "blue"},
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_what_was_changed_by_hand_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DamagedFile, match="the file"):
        Figure.read({**SHARE.dump(), **change}, "the file")
    with pytest.raises(DamagedFile, match="the file"):
        Figure.read([1], "the file")
    with pytest.raises(DamagedFile, match="the file"):
        Figure.read({key: value for key, value in SHARE.dump().items() if key != "unit"}, "the file")


@pytest.mark.parametrize("wrong", [{"value": math.inf}, {"interval": (2.0, 1.0)}, {"chance": math.nan}, {"n": -1}])
def test_numbers_that_are_none_make_no_figure(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match=r"a figure|an interval"):
        Figure(**{"value": 1.0, **wrong})


def test_what_it_was_called_still_works_and_warns() -> None:
    from trasluz.spaces import methods

    with pytest.warns(DeprecationWarning, match="Figure"):
        made = methods.Measurement("mine", 0.5, "dB", 3, {"k": 1})
    assert made == Figure(0.5, "dB", n=3, name="mine", details={"k": 1})
