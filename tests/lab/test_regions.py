"""What lies inside a region: the even-odd rule, for any polygon that a hand can draw."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trasluz.base.bounds import REGION_CORNERS
from trasluz.lab.shelf.regions import read_region

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4]]


def holds(corners: object, *places: tuple[float, float]) -> list[bool]:
    return read_region(np.array(corners, float)).holds(np.array(places, float).reshape(-1, 2)).tolist()


def test_a_dent_is_outside_and_so_is_the_middle_of_a_star() -> None:
    dented = [[0, 0], [10, 0], [10, 10], [5, 5], [0, 10]]
    assert holds(dented, (5, 2), (5, 8), (9, 8), (-1, 5)) == [True, False, True, False]
    star = [[np.cos(a), np.sin(a)] for a in 4 * np.pi / 5 * np.arange(5)]
    tips = [(0.7 * x, 0.7 * y) for x, y in star]
    assert holds(star, (0, 0), *tips) == [False, True, True, True, True, True]


def test_what_is_gone_round_twice_is_outside_and_a_corner_said_twice_changes_nothing() -> None:
    assert holds(SQUARE * 2, (1, 1)) == [False]
    assert holds([*SQUARE[:2], SQUARE[1], *SQUARE[2:], SQUARE[0]], (1, 1), (5, 1)) == [True, False]


def test_a_line_holds_nothing_and_no_number_lies_nowhere() -> None:
    for line in ([[0, 0], [1, 1], [2, 2]], [[1, 0], [1, 2], [1, 5]], [[0, 1], [9, 1], [5, 1]], [[1, 1]] * 3):
        for corners in (line, line[::-1], [[1e6 + x, y - 1e6] for x, y in line]):
            places = [(x, y) for x, y in corners] + [(1, 1), (1, 1.1), (1, 0.9), (3, 3)]
            assert not any(holds(corners, *places))
    nan, inf = float("nan"), float("inf")
    assert holds(SQUARE, (nan, 1), (1, nan), (inf, 1), (1, -inf)) == [False] * 4
    assert holds(SQUARE) == []


def test_single_precision_places_are_taken_as_they_are() -> None:
    region = read_region(SQUARE)
    xy = torch.tensor([[1.0, 1.0], [5.0, 1.0]])
    assert region.holds(xy.numpy()).tolist() == [True, False]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e8])
def test_it_is_the_number_of_crossings_whichever_way_round_and_wherever_it_begins(scale: float) -> None:
    dice = np.random.default_rng(0)
    for count in (3, 7, 60, REGION_CORNERS):
        corners, places = dice.normal(size=(count, 2)) * scale, dice.normal(size=(400, 2)) * scale
        crossings = np.zeros(len(places), int)
        for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, 0), strict=True):
            reached = (ay > places[:, 1]) != (by > places[:, 1])
            crossings += reached & (places[:, 0] < ax + (places[:, 1] - ay) * (bx - ax) / (by - ay))
        for same in (corners, corners[::-1], np.roll(corners, 2, 0)):
            assert np.array_equal(read_region(same).holds(places), crossings % 2 == 1)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=8))
def test_places_on_the_border_are_the_same_ones_whichever_way_round(corners: list[tuple[int, int]]) -> None:
    grid = [(float(x), float(y)) for x in range(7) for y in range(7)]
    assert holds(corners, *grid) == holds(corners[::-1], *grid) or not _area(corners)


def _area(corners: list[tuple[int, int]]) -> float:
    x, y = np.array(corners, float).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
