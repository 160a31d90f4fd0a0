"""Which items a search for directions looks at, and which targets there are."""

from __future__ import annotations

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.geometry.hanging import first_of
from trasluz.lab.judging.effects import ITEMS
from trasluz.lab.judging.evidence import Rows, as_scores, as_target

PARTS = 4
"""Of items that are in no two parts already, one in so many is held out, to measure on."""
FEWEST = 160
"""Items below which none are held out: those to find on would be too few."""


def every_target(rows: Rows) -> tuple[list[str], list[str]]:
    """All that a direction can be searched for: each value of each column that has two or more and names no items, and
    each quantity; and the other columns."""
    found, others = list[str](), list[str]()
    for name, column in rows.columns.items():
        scores = as_scores(rows, name) if column.distinct > 1 else {}
        found += list(scores)
        others += [] if scores else [name]
    return found, others


def divided(rows: Rows, target: str | None, seed: int) -> tuple[Rows, Rows]:
    """Items to find on and others to measure on: by the parts that they are of already; else, of those whose target is
    known, all but a part; where few are known, all of these, and the others. One and the same where there are too few.
    """
    n = len(rows.latents)
    known = torch.ones(n, dtype=torch.bool) if target is None else torch.isfinite(as_target(rows, target)[2])
    split = [] if rows.atlas is None else rows.atlas.rows.column("split").to_pylist()
    train, test = (torch.tensor([one == part for one in split], dtype=torch.bool) for part in ("train", "test"))
    if len(split) == n and int((train & known).sum()) >= FEWEST and int((test & known).sum()) >= FEWEST // PARTS:
        return rows.at(torch.nonzero(train).flatten()), rows.at(torch.nonzero(test).flatten())
    places = torch.nonzero(known).flatten()
    if len(places) < FEWEST:
        others = torch.nonzero(~known).flatten()
        return (rows.at(places), rows.at(others)) if len(others) >= ITEMS else (rows, rows)
    order = places[torch.randperm(len(places), generator=rng.generator(seed, "held out to measure on"))]
    cut = len(order) // PARTS
    return rows.at(order[cut:].sort().values), rows.at(order[:cut].sort().values)


def first_of_each(z: Tensor) -> Tensor:
    """Places of the different ones among latents `(n, *shape)`: where each stands first, in order."""
    if len(z) == 0:
        return torch.zeros(0, dtype=torch.long)
    return first_of(z.flatten(1).unique(dim=0, return_inverse=True)[1])
