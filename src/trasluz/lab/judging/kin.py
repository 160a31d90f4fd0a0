"""Columns that say whose the items are: of a patient, a speaker, a place. Where each of them has one value of what is
looked for, who they are and what they have cannot be told apart, and items are not as many as there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from trasluz.geometry.hanging import numbered
from trasluz.spaces.column import Column

COVERED = 0.9
"""Of the items, those of which a column that says whose they are has to say it."""
EACH = 2
"""Items for each value of a column, in the mean, from which on it may say whose they are."""


@final
@dataclass(frozen=True)
class Kin:
    """A column each of whose values has one value of another: a patient one diagnosis."""

    column: str
    values: int
    groups: Tensor
    """Which items have the same value, `(n,)`; those that have none stand alone."""


def kin_of(columns: Mapping[str, Column], name: str, wanted: Tensor) -> Kin | None:
    """The column each of whose values has one value of what is wanted; of several the one of the fewest values. None
    where there is none: a column with hardly more items than values says nothing of them, and one with no more values
    than what is wanted says the same in other words.

    Args:
        columns: All that are known of the items.
        name: What is wanted, which is passed over.
        wanted: `(n,)`, NaN for unknown.
    """
    known = torch.isfinite(wanted)
    whole = len(wanted[known].unique())
    found: Kin | None = None
    for other, column in columns.items():
        here = known & torch.from_numpy(~column.missing)
        if other == name or int(here.sum()) < max(EACH, COVERED * int(known.sum())):
            continue
        codes, values = torch.from_numpy(column.codes)[here], wanted[here]
        several = len(codes.unique())
        pairs = torch.stack([codes.double(), values.double()]).unique(dim=1).shape[1]
        if pairs > several or several * EACH > len(codes) or len(values.unique()) < whole or several <= whole:
            continue
        if found is None or several < found.values:
            found = Kin(other, several, torch.from_numpy(numbered(column.texts)))
    return found
