"""Many tests at once: of twenty searches for what is not there one finds it, each at its one in twenty.

A list of claims, targets that a person named, is corrected by Holm 1979, *A simple sequentially rejective multiple test
procedure*: at most one list in twenty says anything false. A search of all that there is, where more is looked at than
claimed, by Benjamini & Hochberg 1995, *Controlling the false discovery rate*: at most one in twenty of what it says is
false. Neither asks how tests hang together in a way that ours do not meet: Holm's asks nothing, and tests on the same
items depend on each other positively, which the other allows (Benjamini & Yekutieli 2001).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from trasluz.lab.judging.separation import ALPHA
from trasluz.spaces.direction import Direction

By = Literal["Holm", "Benjamini-Hochberg"]


def corrected(p: Sequence[float], by: By) -> list[float]:
    """Each p so that 0.05 means what it says of the whole list, in the same order."""
    if not p:
        return []
    if by == "Benjamini-Hochberg":
        from scipy import stats

        return [float(one) for one in stats.false_discovery_control(p)]
    out, least = [0.0] * len(p), 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        least = max(least, min(1.0, (len(p) - rank) * p[i]))
        out[i] = least
    return out


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
