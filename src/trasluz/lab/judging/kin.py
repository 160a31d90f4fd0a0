"""Columns that say whose the items are: of a patient, a speaker, a place. Where each of them has one value of what is
looked for, who they are and what they have cannot be told apart, and items are not as many as there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from trasluz.geometry.hanging import joined, numbered
from trasluz.spaces.column import Column

MOST = 4
"""Columns that are looked at, those of most values."""
EACH = 2
"""Items for each value of a column, in the mean, from which on it may say whose they are."""
ALL_BUT = 0.9
"""Items that have what most of the same value of it have, at least, of those that have not what most items have: a
table may be wrong of a few."""
HALF = 0.5
"""Of what is told beyond chance: where more is left without those of the same, nothing is said of it."""
COVERED = 0.5
"""Items of each value of what is wanted of which a column says whose they are, at least."""


@final
@dataclass(frozen=True)
class Kin:
    """A column each of whose values has one value of another: a patient one diagnosis."""

    column: str
    values: int
    groups: Tensor
    """Which items have the same value, `(n,)`; those that have none stand alone."""

    def beside(self, groups: Tensor | None) -> Tensor:
        """The same `(n,)`, joined with what else is known to hang together."""
        if groups is None:
            return self.groups
        return torch.from_numpy(joined(numbered(groups.tolist()), self.groups.numpy()))


def kin_of(columns: Mapping[str, Column], name: str, wanted: Tensor, *, quantity: bool = False) -> list[Kin]:
    """The columns each of whose values has one value of what is wanted, but for few items: those of most values first.

    A column with hardly more items than values says nothing of them, and one with no more values than what is wanted
    says the same in other words, unless that is a quantity, of which each may have its own.

    Args:
        columns: All that are known of the items.
        name: What is wanted, which is passed over.
        wanted: `(n,)`, NaN for unknown.
        quantity: Whether that is measured, and no name of anything.
    """
    known = torch.isfinite(wanted)
    _, place, sizes = wanted[known].unique(return_inverse=True, return_counts=True)
    whole = len(sizes)
    mine = torch.full((len(wanted),), -1, dtype=torch.long)
    mine[known] = place
    found: list[Kin] = []
    for other, column in columns.items():
        here = known & torch.from_numpy(~column.missing)
        if other == name or not bool(here.any()):
            continue
        theirs = mine[here]
        told = theirs.bincount(minlength=whole)
        enough = int(here.sum()) >= COVERED * int(known.sum()) if quantity else bool((told >= COVERED * sizes).all())
        _, code = torch.from_numpy(column.codes)[here].unique(return_inverse=True)
        several = int(code.max()) + 1
        if not enough or several * EACH > len(code) or (not quantity and several <= whole):
            continue
        pairs, count = (code * whole + theirs).unique(return_counts=True)
        most = torch.zeros(several, dtype=count.dtype).scatter_reduce(0, pairs // whole, count, "amax")
        # Of what is not of the most frequent value: where one value is nearly all, any column has it.
        rest = len(code) - int(told.max())
        if int(most.sum()) - int(told.max()) >= ALL_BUT * rest:
            found.append(Kin(other, several, torch.from_numpy(numbered(column.texts))))
    return sorted(found, key=lambda kin: -kin.values)[:MOST]


def kin_of_column(columns: Mapping[str, Column], column: Column, *, quantity: bool) -> list[Kin]:
    """The same of all that a column tells apart."""
    wanted = torch.from_numpy(np.where(column.missing, np.nan, column.codes.astype(np.float64)))
    return kin_of(columns, column.name, wanted, quantity=quantity)
