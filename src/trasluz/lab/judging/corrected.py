"""Directions that were searched for at once: their tests corrected for each other (see `spaces/many.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trasluz.lab.judging.separation import ALPHA
from trasluz.spaces.direction import Direction
from trasluz.spaces.many import By, corrected


def of_one_search(found: Sequence[Direction], by: By) -> list[Direction]:
    """Directions of one search with their p corrected for each other, and whether anything was learned judged by that.
    Those that could not be tested stay so, and do not count."""
    tested = [one.p for one in found if one.p is not None]
    if len(tested) < 2:
        return list(found)
    left = iter(corrected(tested, by))
    return [
        one if one.p is None else replace(one, details=_details(one.details, next(left), len(tested), by))
        for one in found
    ]


def _details(details: Mapping[str, Any], p: float, tests: int, by: By) -> dict[str, Any]:
    return {**details, "p_corrected": float(f"{p:.3g}"), "tests": tests, "corrected_by": by, "learned": p <= ALPHA}
