"""Many tests at once: of twenty that look for what is not there one finds it, each at its one in twenty.

A list of claims is corrected by Holm 1979, *A simple sequentially rejective multiple test procedure*: at most one list
in twenty says anything false. A search of all that there is, where more is looked at than claimed, by Benjamini &
Hochberg 1995, *Controlling the false discovery rate*: at most one in twenty of what it says is false. Holm's way asks
nothing of how tests hang together; the other one allows that they do positively, as tests on the same items do
(Benjamini & Yekutieli 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from trasluz.base.late import stats

By = Literal["Holm", "Benjamini-Hochberg"]


def corrected(p: Sequence[float], by: By, tests: int | None = None) -> list[float]:
    """Each p so that 0.05 means what it says of the whole list, in the same order.

    Args:
        tests: How many tests there were, where the list holds the smaller part of them (Holm's way alone).
    """
    if not p:
        return []
    if by == "Benjamini-Hochberg":
        return [float(one) for one in stats().false_discovery_control(p)]
    out, least, n = [0.0] * len(p), 0.0, max(len(p), tests or 0)
    for rank, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        least = max(least, min(1.0, (n - rank) * p[i]))
        out[i] = least
    return out


def more_than(share: float, n: int, chance: float, n_chance: int) -> float:
    """How often a share of n items would be as large by chance alone, where `chance` of other items is what chance
    gives: Fisher's exact test (1922), one-sided."""
    hits, others = round(share * n), round(chance * n_chance)
    found: Any = stats().fisher_exact([[hits, n - hits], [others, n_chance - others]], alternative="greater")
    return float(found.pvalue)
