"""What a column is, decided once: one kind for each sort of hostile column, whoever asks."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from columns import HOSTILE
from trasluz.base.errors import UnknownName
from trasluz.spaces import column
from trasluz.spaces.column import FEW, MOST, Column, date_text

NAN = math.nan


@pytest.mark.parametrize("name", HOSTILE)
def test_every_column_is_of_one_kind(name: str) -> None:
    given, kind, missing = HOSTILE[name]
    column = Column.of(name, given)
    assert (column.kind, int(column.missing.sum()), len(column)) == (kind, missing, len(given))
    assert sum(column.counts) + missing == len(given) and column.distinct == len(set(column.values))
    assert [text is None for text in column.texts] == column.missing.tolist()
    if column.numbers is not None:
        assert np.array_equal(np.isnan(column.numbers), column.missing)
        order = [float(column.numbers[column.codes == i][0]) for i in range(column.distinct)]
        assert order == sorted(order)
    assert Column.of(name, np.array(given, dtype=object)).values == column.values


def test_an_age_with_a_gap_stays_a_quantity() -> None:
    age = Column.of("age", [3.5, NAN, 5, None])
    assert age.kind == "quantity" and age.values == ("3.5", "5") and age.span == (3.5, 5)
    assert age.missing.tolist() == [False, True, False, True]
    whole = Column.of("age", np.array([3, NAN, 5]))
    assert whole.kind == "order" and whole.values == ("3", "5") and whole.numbers is not None


def test_what_tells_an_order_from_a_quantity_is_how_many_whole_numbers_there_are() -> None:
    assert Column.of("n", range(FEW)).kind == "order" and Column.of("n", range(FEW + 1)).kind == "quantity"
    assert Column.of("n", [0.5, 1.0]).kind == "quantity"


def test_what_tells_a_category_from_text_is_whether_values_come_again() -> None:
    assert Column.of("t", [f"v{i}" for i in range(FEW)]).kind == "category"
    assert Column.of("t", [f"v{i}" for i in range(FEW + 1)]).kind == "text"
    assert Column.of("t", [f"v{i}" for i in range(FEW + 1)] * 2).kind == "category"
    assert Column.of("t", [f"v{i}" for i in range(MOST)] * 3).kind == "category"
    assert Column.of("t", [f"v{i}" for i in range(MOST + 1)] * 3).kind == "text"


def test_values_stand_in_their_order() -> None:
    assert Column.of("n", [10, 2, -1]).values == ("-1", "2", "10")
    assert Column.of("t", ["10", "b", "2", "a", "nan"]).values == ("2", "10", "a", "b", "nan")
    days = Column.of("d", ["2024-05-01T12:00:00Z", "1969-12-31", None])
    assert days.values == ("1969-12-31", "2024-05-01T12:00:00Z") and days.numbers is not None
    assert days.numbers[:2].tolist() == [19844.5, -1]
    assert [date_text(day) for day in days.numbers[:2]] == ["2024-05-01 12:00:00", "1969-12-31"]
    there = [date(2024, 5, 1), datetime(2024, 5, 2, tzinfo=UTC)]
    assert Column.of("d", there).kind == "date" and Column.of("d", there).distinct == 2


def test_a_truth_value_is_found_however_it_is_written() -> None:
    smiles = Column.of("smiles", [True, False, None])
    assert [smiles.place(text) for text in ("True", "true", "1", " False ", "0")] == [1, 1, 1, 0, 0]
    assert smiles.has(1)[:2].tolist() == [1, 0] and math.isnan(smiles.has(1)[2])
    with pytest.raises(UnknownName, match="unknown value of smiles: got 'yes'; allowed: False, True"):
        smiles.place("yes")
    with pytest.raises(UnknownName):
        Column.of("n", ["True", "x"]).place("1")


def test_some_rows_are_what_the_whole_is() -> None:
    ages = Column.of("age", range(60))
    some = ages.take([3, 5])
    assert some.kind == "quantity" and some.counts[3] == 1 and sum(some.counts) == 2
    assert Column.of("age", range(10)).as_part("quantity").kind == "quantity"
    assert Column.of("age", ["a", "b"]).as_part("quantity").kind == "category"  # a part of something else


@pytest.mark.parametrize("given", [[1, "1"], [True, 2], ["2024-05-01", 3.5], [date(2024, 5, 1), "soon", 1]])
def test_several_types_are_read_as_text_and_said_so(given: list[Any]) -> None:
    column = Column.of("odd", given)
    assert column.mixed and column.kind == "category" and column.numbers is None
    assert not Column.of("even", ["1", "2", None]).mixed


@pytest.mark.parametrize("name", HOSTILE)
def test_the_quick_way_says_what_the_long_one_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given, _, _ = HOSTILE[name]
    quick = Column.of(name, given)
    monkeypatch.setattr(column, "_of_one_type", lambda name, raw: None)
    slow = Column.of(name, given)
    assert (quick.kind, quick.values, quick.mixed) == (slow.kind, slow.values, slow.mixed)
    assert np.array_equal(quick.codes, slow.codes)
    assert (quick.numbers is None) == (slow.numbers is None)
    if quick.numbers is not None and slow.numbers is not None:
        assert np.array_equal(quick.numbers, slow.numbers, equal_nan=True)
