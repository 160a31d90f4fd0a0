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
    Those that could not be tested stay so, and do not count; one that was among more before keeps what it had."""
    tested = [one.p for one in found if one.p is not None]
    if len(tested) < 2:
        return list(found)
    left = iter(corrected(tested, by))
    out: list[Direction] = []
    for one in found:
        p = None if one.p is None else next(left)
        known = p is None or (one.p_corrected is not None and one.p_corrected >= p)
        out.append(one if known or p is None else replace(one, details=_details(one.details, p, len(tested), by)))
    return out


def _details(details: Mapping[str, Any], p: float, tests: int, by: By) -> dict[str, Any]:
    return {**details, "p_corrected": float(f"{p:.3g}"), "tests": tests, "corrected_by": by, "learned": p <= ALPHA}
