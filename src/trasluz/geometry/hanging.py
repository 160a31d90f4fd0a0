"""Items that hang together: windows of one file, copies of one item, and what a person says belongs together. They are
too alike to try on one what another has taught; where it matters how many items there are, those of a group that have
the same value are one."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

Groups = Int64[Tensor, " n"]
"""Of each item the number of its group."""
_WINDOW = re.compile(r"(.+\.[^./\\#]+)#[0-9]+")
"""What a window of a file is called."""
FEW = 0.05
"""Of the items, those that hang together with others, below which they count as they are, where nobody says that they
belong together."""
ALIKE = 1e-4
"""Of the spread of a dimension: latents that are nearer than that in all of them are of copies. The same item may be
encoded to something else in another batch, by the last digits."""


def groups_of(
    ids: Sequence[object],
    latents: Tensor | None = None,
    said: Sequence[Hashable] | None = None,
    known: Groups | None = None,
) -> Groups | None:
    """Which of some items hang together; None where each stands alone, or so few do not that it changes nothing.

    Args:
        ids: What they are called; windows of a file are known by it.
        latents: `(n, *shape)`: those that are the same are of copies.
        said: What a person says of each: the same of what belongs together, None of what stands alone.
        known: Groups that are known already, which are joined.
    """
    n = len(ids)
    if n == 0:
        return None
    files = [_WINDOW.fullmatch(str(one)) for one in ids]
    found = numbered([None if file is None else file[1] for file in files])
    if latents is not None and n > 1:
        found = joined(found, _copies(latents))
    named = None if said is None else numbered(said)
    if named is not None:
        found = joined(found, named)
    if known is not None:
        found = joined(found, numbered(known.tolist()))
    sizes = np.unique(found, return_counts=True)[1]
    asked = known is not None or (named is not None and len(np.unique(named)) < n)
    return torch.from_numpy(found) if sizes[sizes > 1].sum() >= (1 if asked else FEW * n) else None


def numbered(said: Sequence[Hashable]) -> np.ndarray:
    """The number of the group of each, `(n,)` int64: the same for what is the same, its own for None."""
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault((i, None) if one is None else one, i) for i, one in enumerate(said)], np.int64)


def first_of(groups: Tensor, values: Tensor | None = None) -> Tensor:
    """Places of the items to count, in order: of those of a group `(n,)` that have the same value `(n,)` the first; of
    each group, where no values are told apart."""
    told = torch.zeros(len(groups)) if values is None else values
    pairs = np.stack([groups.numpy().astype(np.float64), told.double().numpy()])
    first = np.unique(pairs, axis=1, return_index=True)[1]
    return torch.from_numpy(np.sort(first).astype(np.int64))


def _copies(latents: Tensor) -> np.ndarray:
    rows = latents.detach().float().cpu().flatten(1)
    spread = rows.std(0)
    if not bool(spread.isfinite().all()) or not bool((spread > 0).any()):
        return np.arange(len(rows))  # of latents that are all the same nobody knows whose they are
    # Along one dimension alone many are near to each other by chance.
    alike = ALIKE if rows.shape[1] > 1 else ALIKE / 100
    steps = (rows / (alike * spread.clamp_min(float(spread.max()) * 1e-6))).round()
    return np.unique(steps.numpy(), axis=0, return_inverse=True)[1].reshape(-1)


def joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The finest groups within which both hang together, by their numbers `(n,)` int64."""
    found = one.astype(np.int64)
    while True:
        before = found
        for part in (other, one):
            least = np.full(int(part.max()) + 1, len(found), np.int64)
            np.minimum.at(least, part, found)
            found = least[part]
        if np.array_equal(before, found):
            return found
