"""What a direction does: the verdict is made once, is kept in the file, and files of any age say what they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from trasluz.base.errors import DamagedFile, TrasluzError, VersionMismatch
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import Effects, Verdict, verdict_of

LEARNED = {"figure": "AUC", "held_out": 0.98, "shuffled": 0.5, "learned": True}


def blond(**change: Any) -> dict[str, Any]:
    """What was stored of a direction to hair=blond before files had a version."""
    values = {
        "items": 48,
        "strengths": [0.0, 0.5, 1.0, 1.5],
        "unit": "the way to the target",
        "usual": 1.0,
        "picture_change": [0.0, 0.01, 0.02, 0.03],
        "pixels_changed": [0.0, 0.1, 0.2, 0.25],
        "where": [[0.0] * 8] * 8,
        "support": [0.0, 0.5, 0.8, 1.4],
        "leaves_data_at": None,
        "reader": {"name": "reader(faces, 3 columns)", "accuracy": {"hair": 0.98, "eyes": 0.97, "beard": 0.99}},
        "changes": {"hair": [0.0, 0.5, 1.0, 1.0], "eyes": [0.0, 0.0, 0.1, 0.2], "beard": [0.0, 0.1, 0.4, 0.5]},
        "changes_by_chance": {"hair": 0.1, "eyes": 0.3, "beard": 0.2},
        "reached_by_chance": 0.05,
        "score": [0.0, 0.4, 0.9, 1.0],
        "monotone": 1.0,
        "kept": [1.0, 0.95, 0.75, 0.65],
        "reached": [0.0, 0.4, 0.98, 1.0],
        "reached_shuffled": 0.2,
        "sentence": "as it was said",
    }
    return {key: value for key, value in {**values, **change}.items() if value != "gone"}


def pca(**change: Any) -> dict[str, Any]:
    found = {
        "items": 48,
        "strengths": [-3.0, -2.0, 0.0, 2.0, 3.0],
        "unit": "σ",
        "usual": 2.0,
        "where": None,
        "changes": {"hair": [0.8, 0.7, 0, 0.7, 0.8], "skin": [0.4, 0.1, 0, 0.3, 0.5], "eyes": [0.1, 0, 0, 0, 0.05]},
        "changes_by_chance": {"hair": 0.2, "skin": 0.6, "eyes": 0.4},
        "moves": [["hair", 1.0], ["skin", 0.7]],
        "suggested": "hair-blond",
        "sentence": "",
    }
    return {**found, **change}


def read(values: object, target: str | None = "hair=blond", details: dict[str, Any] = LEARNED) -> Effects:
    return Effects.read(values, target, details, "the effects in smile.json")


def test_a_file_from_before_there_were_versions_opens_and_is_judged() -> None:
    found = read(blond())
    assert found.verdict is Verdict.WORKS and found.sentence == "as it was said"
    assert [(e.column, e.share, e.chance, e.is_target, e.clear) for e in found.effects] == [
        ("hair", 0.98, 0.2, True, True),
        ("beard", 0.4, 0.2, False, True),
        ("eyes", 0.1, 0.3, False, False),
    ]
    assert found.success is not None
    assert (found.success.value, found.success.chance, found.success.n) == (0.98, 0.2, 48)
    assert found.success.interval is not None and found.success.interval[0] == pytest.approx(0.89, abs=0.01)


@pytest.mark.parametrize("values", [blond(), pca(), blond(support="gone", leaves_data_at="gone")])
def test_what_is_written_is_what_there_was_and_is_read_back(values: dict[str, Any]) -> None:
    target = None if "moves" in values else "hair=blond"
    found = read(values, target)
    written = json.loads(json.dumps(found.dump(), allow_nan=False))
    assert {key: written[key] for key in values} == values, "every key that there was, as it was"
    added = {"version", "verdict", "effects", "chosen", "measured_on"} | (set() if target is None else {"success"})
    assert set(written) - set(values) == added
    assert read(written, target) == found


def test_the_verdict_that_was_made_stays() -> None:
    """It is read, not judged again: whoever changes a threshold does not change what was said."""
    written = {**read(blond()).dump(), "verdict": "hardly"}
    assert read(written).verdict is Verdict.HARDLY


@pytest.mark.parametrize(
    ("target", "values", "details", "verdict"),
    [
        ("hair=blond", blond(), LEARNED, "works"),
        ("hair=blond", blond(reached=[0, 0, 0.3, 0.4]), LEARNED, "hardly"),
        ("hair=blond", blond(reached=[0, 0, 0.3, 0.4]), {}, "nothing"),
        ("hair=blond", blond(), {"learned": False}, "nothing"),
        ("hair=blond", blond(reached_shuffled=0.85), LEARNED, "works"),
        ("beard", blond(reached="gone", reached_by_chance="gone", reached_shuffled="gone"), LEARNED, "works"),
        ("hair=blond", blond(target_not_read="hair"), LEARNED, "unread"),
        ("hair=blond", blond(target_not_read="hair"), {"learned": False}, "nothing"),
        ("hair=blond", blond(changes="gone"), LEARNED, "unread"),
        (None, pca(), {}, "works"),
        (None, pca(suggested=None), {}, "nothing"),
        (None, pca(changes={}), {}, "unread"),
        (None, pca(), {"left_out_accuracy": 0.52}, "unsure"),
        (None, pca(), {"left_out_accuracy": 0.9}, "works"),
        (None, None, {"left_out_accuracy": 0.52}, "unsure"),
        (None, None, {}, "unmeasured"),
    ],
)
def test_the_verdict(target: str | None, values: dict[str, Any] | None, details: dict[str, Any], verdict: str) -> None:
    found = None if values is None else read(values, target, details)
    assert verdict_of(found, target, details) == verdict
    assert found is None or found.verdict == verdict


def test_without_a_target_it_is_told_from_end_to_end() -> None:
    found = read(pca(), None, {})
    assert [(e.column, e.share, e.chance, e.clear) for e in found.effects] == [
        ("hair", 1.0, 0.2, True),
        ("skin", 0.7, 0.6, False),
        ("eyes", 0.1, None, False),
    ]
    assert found.success is None


def test_another_version_is_one_clear_line() -> None:
    for values in (
        {**read(blond()).dump(), "version": 9},
        {**read(blond()).dump(), "success": {**read(blond()).dump()["success"], "version": 9}},
    ):
        with pytest.raises(VersionMismatch) as refused:
            read(values)
        assert "\n" not in str(refused.value) and "the effects in smile.json" in str(refused.value)
        assert "another version" in str(refused.value) and "gain" in str(refused.value), "and what to do"


WRONG: list[Any] = [
    3,
    [],
    {},
    blond(strengths=[0, 1]),
    blond(usual=7),
    blond(kept=[1, 2]),
    blond(changes={"hair": [0]}),
    blond(changes=3),
    blond(items="48"),
    blond(monotone=float("nan")),
    blond(colour="blue"),
    blond(moves=[["a"]]),
    {**pca(), "version": 1, "verdict": "splendid", "effects": []},
]


@pytest.mark.parametrize("values", WRONG, ids=range(len(WRONG)))
def test_nothing_in_the_file_is_taken_for_granted(values: object) -> None:
    with pytest.raises(DamagedFile, match=r"the effects in smile\.json") as refused:
        read(values)
    assert "\n" not in str(refused.value)


def test_a_direction_keeps_it_in_its_file() -> None:
    plain = Direction("blond", "mine", "m-1", "z", torch.tensor([1.0, 0]), 1.0, "towards", target="hair=blond")
    assert plain.verdict is Verdict.UNMEASURED
    found = plain.with_measured(read(blond()))
    stored = json.loads(json.dumps(found.dump()))
    assert Direction.read(stored, "blond.json").measured == found.measured
    old = {**stored, "measured": blond()}
    assert Direction.read(old, "blond.json").verdict is Verdict.WORKS
    for change in ({"measured": {"version": 5}}, {"details": 3}, {"target": 4}, {"measured": "x"}):
        with pytest.raises(TrasluzError, match=r"blond\.json"):
            Direction.read({**stored, **change}, "blond.json")


def test_the_earlier_way_to_ask_still_works_and_warns() -> None:
    found = read(blond())
    with pytest.warns(DeprecationWarning, match=r"measured\.sentence"):
        assert found["sentence"] == "as it was said"
    with pytest.warns(DeprecationWarning, match=r"measured\.suggested"):
        assert found.get("suggested", "-") == "-"
