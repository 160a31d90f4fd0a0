"""Items that hang together: windows of one file, and copies of one item. They are too alike to try on one what another
has taught; where it matters how many items there are, those of a group that have the same value are one."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

Groups = Int64[Tensor, " n"]
"""Of each item the number of its group."""
_WINDOW = re.compile(r"(.+\.[^./\\#]+)#[0-9]+")
"""What a window of a file is called."""
FEW = 0.05
"""Of the items, those that hang together with others, below which they count as they are."""
ALIKE = 1e-4
"""Of the spread of a dimension: latents that are nearer than that in all of them are of copies. The same item may be
encoded to something else in another batch, by the last digits."""


def groups_of(ids: Sequence[object], latents: Tensor | None = None) -> Groups | None:
    """Which of some items hang together, by their ids and their latents `(n, *shape)`; None where each stands alone, or
    so few do not that it changes nothing."""
    n = len(ids)
    files: dict[str, int] = {}
    file = np.empty(n, np.int64)
    for i, one in enumerate(ids):
        found = _WINDOW.fullmatch(str(one))
        file[i] = files.setdefault(f"file {found[1]}" if found else f"item {i}", len(files))
    copy = np.arange(n) if latents is None or n < 2 else _copies(latents)
    if n == 0:
        return None
    found = torch.from_numpy(_joined(file, copy))
    sizes = found.unique(return_inverse=True, return_counts=True)[2]
    beside = int(sizes[sizes > 1].sum())
    return found if beside >= FEW * n else None


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


def _joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The finest groups within which both hang together."""
    found = one.astype(np.int64)
    while True:
        before = found
        for part in (other, one):
            least = np.full(int(part.max()) + 1, len(found), np.int64)
            np.minimum.at(least, part, found)
            found = least[part]
        if np.array_equal(before, found):
            return found
