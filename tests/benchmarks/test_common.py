"""What the benchmarks share: the arithmetic of ratios, whose turn it is, and the form of a result."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import _common, factor_classifier, memory, speed_train
from toys import shapes
from trasluz.base.progress import SILENT
from trasluz.io.workspace import Workspace
from trasluz.spaces.data import Dataset


def bench(folder: Path, *, quick: bool = True) -> _common.Bench:
    return _common.Bench("example", quick, folder / "out", Workspace(folder / "workspace"))


def test_a_ratio_is_the_median_of_its_pairs() -> None:
    found = _common.ratio([2.0, 30.0, 4.0], [1.0, 10.0, 1.0])
    assert found == {"median": 3.0, "low": 2.5, "high": 3.5, "rounds": 3}


def test_one_busy_round_changes_both_of_a_pair_and_not_their_ratio() -> None:
    quiet, busy = [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 9.0, 1.0, 7.0, 1.0]
    assert (
        _common.ratio([2 * b for b in busy], busy)["median"] == _common.ratio([2 * q for q in quiet], quiet)["median"]
    )


def test_pairs_of_different_numbers_are_refused() -> None:
    with pytest.raises(ValueError):
        _common.ratio([1.0, 2.0], [1.0])


def test_ways_take_turns_and_the_first_round_is_not_counted() -> None:
    order: list[str] = []
    count = itertools.count()

    def way(name: str) -> int:
        order.append(name)
        return next(count)

    found = _common.interleaved({"a": lambda: way("a"), "b": lambda: way("b")}, rounds=2)
    assert order == ["a", "b"] * 3
    assert found == {"a": [2, 4], "b": [3, 5]}


@pytest.mark.parametrize(
    ("relation", "value", "holds"), [(">=", 1.0, True), (">=", 0.9, False), ("<=", 1.0, True), ("<", 1.0, False)]
)
def test_bars(relation: str, value: float, holds: bool) -> None:
    assert _common.Bar("a figure", value, relation, 1.0).holds is holds  # type: ignore[arg-type]


def test_no_number_keeps_no_bar() -> None:
    assert not any(_common.Bar("a figure", math.nan, r, 1.0).holds for r in (">=", "<=", "<"))  # type: ignore[arg-type]


def test_a_result_is_json_that_says_what_was_measured_where_and_when(tmp_path: Path) -> None:
    bars = [_common.Bar("speed", 0.97, ">=", 0.95)]
    report = _common.Report({"speed": {"median": 0.97}}, [["", "speed"], ["ours", "0.97"]], bars, ["example.png"])
    said = _common.finish(bench(tmp_path, quick=False), report, "How fast it is.", 1.25)
    kept = json.loads((tmp_path / "out" / "example.json").read_text())
    assert kept["bars"] == [{"what": "speed", "value": 0.97, "relation": ">=", "limit": 0.95, "holds": True}]
    assert (kept["benchmark"], kept["measures"], kept["quick"]) == ("example", "How fast it is.", False)
    assert kept["figures"] == {"speed": {"median": 0.97}} and kept["pictures"] == ["example.png"]
    assert {"cpu", "cores", "threads", "torch", "python", "load_1_min"} <= set(kept["machine"])
    assert len(kept["date"].split("-")) == 3
    assert "ours   0.97" in said and "0.97 >= 0.95  holds" in said


def test_a_quick_figure_is_not_judged(tmp_path: Path) -> None:
    report = _common.Report({}, [["a"]], [_common.Bar("speed", 0.1, ">=", 0.95)])
    assert "means nothing" in _common.finish(bench(tmp_path), report, "", 0.0)


def test_columns_lie_below_each_other_and_remarks_are_as_wide_as_they_like() -> None:
    rows = [["", "s"], ["ours", "1.25"], ["a remark of some length"], [], ["other", "table", "x"]]
    assert _common.lay_out(rows) == ["         s", "ours  1.25", "a remark of some length", "", "other  table  x"]


def test_a_stopwatch_adds_up_tasks_of_one_title() -> None:
    watch = _common.Stopwatch(SILENT)
    for _ in range(2):
        with watch.task("work", 3) as step:
            step(1)
            step(2, note="done")
    assert set(watch.seconds) == {"work"} and watch.seconds["work"] >= 0


def test_steps_after_which_the_loop_writes_are_not_counted() -> None:
    """Steps 7 and 15 (counted from 0) end at powers of two; their seconds are 100, all others' 1."""
    stamps = np.cumsum([0.0] + [100.0 if (k + 1) & k == 0 else 1.0 for k in range(19)]).tolist()
    assert speed_train.per_step(stamps) == 1.0


def test_memory_that_rises_after_the_first_tenth_is_growth() -> None:
    flat = [memory.Reading(10 * (k + 1), 100.0 + (k == 0) * 20, 90.0) for k in range(20)]
    leak = [memory.Reading(10 * (k + 1), 100.0 + k, 90.0 + k) for k in range(20)]
    assert memory.growth(flat)["resident"] == -20.0 and memory.growth(flat)["own"] == 0.0
    assert memory.growth(leak)["own"] == 18.0
    assert memory.thinned(leak, most=4)[-1] == leak[-1] and len(memory.thinned(leak, most=4)) == 4


def test_the_classifier_learns_factors_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factor_classifier, "QUICK_STEPS", 30)
    monkeypatch.setattr(factor_classifier, "BATCH", 16)
    data = shapes(160)
    asked = bench(tmp_path)
    made = factor_classifier.factor_classifier(asked, data)
    assert made.name == "factor-classifier(shapes, 2 heads, 96-d)"
    assert set(made.factors) == {"label", "colour"}
    assert made.accuracy["colour"] > 0.9
    pixels = data.stored(slice(0, 5))
    assert made.features(pixels).shape == (5, 96)
    assert made.items == dict.fromkeys(made.factors, len(data.split("test")))
    monkeypatch.setattr(factor_classifier, "_fit", lambda *a: pytest.fail("it was trained before"))
    again = factor_classifier.factor_classifier(asked, data)
    assert torch.equal(again.features(pixels), made.features(pixels)) and again.accuracy == made.accuracy


def test_the_classifier_is_judged_on_the_items_that_have_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two of three items do not say their colour: they are neither learned from nor counted as mistakes.
    monkeypatch.setattr(factor_classifier, "QUICK_STEPS", 60)
    monkeypatch.setattr(factor_classifier, "BATCH", 16)
    whole = shapes(240)
    said = [None if i % 3 else value for i, value in enumerate(whole.column("colour"))]
    place = whole.rows.schema.get_field_index("colour")
    data = Dataset("shapes", "d-some", whole.stored(slice(None)), whole.rows.set_column(place, "colour", [said]), {})
    made = factor_classifier.factor_classifier(bench(tmp_path), data)
    assert made.factors["colour"] == factor_classifier.factors_of(whole)["colour"]
    assert made.items["colour"] == sum(v is not None for v in data.split("test").column("colour"))
    assert 0 < made.items["colour"] < 0.5 * made.items["label"]
    assert made.accuracy["colour"] > 0.9
