"""Columns that say whose the items are, known by that each of their values has one value of what is looked for."""

from __future__ import annotations

import numpy as np
import torch

from trasluz.lab.judging.kin import kin_of
from trasluz.spaces.column import Column

N = 1000
DRAW = np.random.default_rng(0)
PATIENT = np.arange(N) // 10
COLUMNS = {
    "patient": Column.of("patient", PATIENT.tolist()),
    "visit": Column.of("visit", [f"v{i}" for i in np.arange(N) // 5]),
    "hair": Column.of("hair", [f"h{i}" for i in DRAW.integers(0, 5, N)]),
    "file": Column.of("file", [f"{i}.png" for i in range(N)]),
}


def found(wanted: np.ndarray, **asked: bool) -> list[tuple[str, int]]:
    return [(kin.column, kin.values) for kin in kin_of(COLUMNS, "x", torch.from_numpy(wanted.astype(float)), **asked)]


def test_a_diagnosis_is_of_patients_and_of_their_visits_the_finer_first() -> None:
    ill = PATIENT % 2
    assert found(ill) == [("visit", 200), ("patient", 100)]
    wrong = ill.copy()
    wrong[::50] = 1 - wrong[::50]
    assert found(wrong) == [("visit", 200), ("patient", 100)], "a table may be wrong of a few"
    assert found(DRAW.integers(0, 2, N)) == [], "what is thrown for each item is nobody's"
    rare = (PATIENT % 30 == 0).astype(int)
    assert found(rare) == [("visit", 200), ("patient", 100)]


def test_where_nearly_all_have_one_value_a_column_says_nothing_by_that() -> None:
    assert found((DRAW.random(N) < 0.03).astype(int)) == []


def test_what_each_patient_has_of_its_own_is_the_patient_unless_it_is_measured() -> None:
    weight = DRAW.normal(size=100)[PATIENT]
    assert found(weight) == [("visit", 200)], "no more values than what is wanted: the same in other words"
    assert found(weight, quantity=True) == [("visit", 200), ("patient", 100)]
    unknown = weight.copy()
    unknown[: N // 2] = np.nan
    assert [name for name, _ in found(unknown, quantity=True)] == ["visit", "patient"]


def test_a_column_that_most_items_of_a_value_lack_says_nothing_of_them() -> None:
    """Of whoever has no hair no colour is known, and it tells nothing of who is bald."""
    bald = PATIENT % 3 == 0
    colour = Column.of("colour", [None if b else f"c{i % 6}" for i, b in enumerate(bald)])
    assert kin_of({"colour": colour}, "bald", torch.from_numpy(bald.astype(float))) == []
