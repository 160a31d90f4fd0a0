"""Distances and neighbours: exact, block by block, in bounded memory.

Rows may be tensors or arrays, also memory-mapped bytes (read as pixels, divided by 255): a block of them at a time
becomes floating point, so that 25,000 pictures of 12,288 bytes never lie in memory as floats.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from trasluz.base.errors import InvalidArgument

Array = np.ndarray | Tensor
"""Rows: a tensor or an array `(n, ...)`, flattened where they have more than one axis."""

BUDGET = 1 << 25
"""Numbers in a block, of rows or of distances."""
SIDE = 4096
"""Queries in a block of a search, at most."""
SLACK = 4
"""Candidates kept beyond the k asked for, since products of large numbers round."""
FEW = 16
"""Dimensions up to which differences are cheaper than products."""


def distance_blocks(queries: Array, rows: Array) -> Iterator[tuple[slice, Float[Tensor, "b m"]]]:
    """Euclidean distances of blocks of queries to all rows: `(which queries, distances)`."""
    _check(queries, rows)
    dtype, centre = _dtype(queries, rows), _centre(rows)
    for which in _blocks(len(queries), max(_width(queries), len(rows))):
        q = _floats(queries, which, dtype, centre)
        parts = [
            _squared(q, _floats(rows, part, dtype, centre).to(q.device)) for part in _blocks(len(rows), _width(rows))
        ]
        yield which, torch.cat(parts, 1).clamp_min_(0).sqrt_()


def cdist(queries: Array, rows: Array) -> Float[Tensor, "n m"]:
    """All Euclidean distances `(n, m)`, where they fit in memory."""
    return torch.cat([d for _, d in distance_blocks(queries, rows)])


def nearest(
    queries: Array, rows: Array, k: int = 1, *, itself: bool = False
) -> tuple[Float[Tensor, "n k"], Int64[Tensor, "n k"]]:
    """Distances and indices `(n, k)` of the k nearest rows, nearest first, equals by index.

    With `itself` the queries are the rows, and none counts as its own neighbour. Candidates are found by products
    of matrices, and the distances of those kept are computed anew from differences, so that copies are at 0. Where more
    rows are as near as makes no difference to a product than are kept, all of them are looked at.
    """
    _check(queries, rows)
    most = len(rows) - itself
    if itself and len(queries) != len(rows):
        raise InvalidArgument("with itself=True the queries are the rows", got=(len(queries), len(rows)))
    if not 1 <= k <= most:
        raise InvalidArgument("as many neighbours as there are other rows at most", got=k, allowed=f"1 to {most}")
    dtype, centre, wide = _dtype(queries, rows), _centre(rows), min(k + SLACK, most)
    distances, indices = [], []
    for which in _blocks(len(queries), max(_width(queries), BUDGET // SIDE)):
        q, raw = _floats(queries, which, dtype, centre), _floats(queries, which, dtype)
        first = which.start if itself else None
        found, unsure = _candidates(q, rows, centre, wide, k, first)
        d = _exact(raw, rows, found)
        order = d.argsort(stable=True, dim=1)[:, :k]
        d, found = d.gather(1, order), found.gather(1, order)
        for i in unsure.nonzero().flatten().tolist():
            own = None if first is None else first + i
            d[i], found[i] = _among_equals(q[i : i + 1], raw[i : i + 1], rows, centre, float(d[i, -1]), k, own)
        distances.append(d)
        indices.append(found)
    return torch.cat(distances), torch.cat(indices)


def pair_distances(queries: Array, rows: Array, i: Int64[Tensor, " p"], j: Int64[Tensor, " p"]) -> Float[Tensor, " p"]:
    """Distances of query `i` to row `j`, pair by pair, from differences: to the last bit those that `nearest` gives."""
    dtype, parts = _dtype(queries, rows), [torch.zeros(0, dtype=_dtype(queries, rows))]
    for part in _blocks(len(i), _width(rows)):
        a = _floats(queries, i[part].cpu().numpy(), dtype)
        b = _floats(rows, j[part].cpu().numpy(), dtype).to(a.device)
        parts.append((b - a).norm(dim=1).cpu())
    return torch.cat(parts)


@final
class ExactIndex:
    """Rows `(n, ...)` that are searched again and again, by a few queries at a time: `nearest` among them, with what it
    makes of the rows anew for every search made once. Rows that do not fit in a block are searched by `nearest` itself.
    """

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows
        self._n, self._width = len(rows), _width(rows)
        self._kept: tuple[Tensor, Tensor, Tensor] | None = None

    def __call__(self, queries: Tensor, k: int = 1) -> tuple[Float[Tensor, "n k"], Int64[Tensor, "n k"]]:
        """Distances and indices `(n, k)` of the k nearest rows, as `nearest` gives them."""
        if not self._holds(queries, k):
            return nearest(queries, self.rows, k)
        q, apart = self._apart(queries, k)
        near, found = apart.topk(min(k + SLACK, self._n), dim=1, largest=False)
        own = q.square().sum(1, keepdim=True) if q.shape[1] > FEW else 0.0
        if found.shape[1] < self._n and bool(_unsure(q, near + own if q.shape[1] > FEW else near.square(), k).any()):
            return nearest(queries, self.rows, k)
        found = found.sort(1).values
        d = _exact(_floats(queries, slice(None), torch.float32), self.rows, found)
        order = d.argsort(stable=True, dim=1)[:, :k]
        return d.gather(1, order), found.gather(1, order)

    def distances(self, queries: Tensor) -> Float[Tensor, " n"]:
        """Distances `(n,)` to the nearest row, as a search for one gives them, in fewer steps."""
        if not self._holds(queries, 1):
            return nearest(queries, self.rows)[0][:, 0]
        q, apart = self._apart(queries, 1)
        if q.shape[1] <= FEW:
            return apart.amin(1)
        found = apart.topk(min(1 + SLACK, self._n), dim=1, largest=False, sorted=False).indices
        return _exact(_floats(queries, slice(None), torch.float32), self.rows, found).amin(1)

    def _holds(self, queries: Tensor, k: int) -> bool:
        """Whether a search fits in a block, and what is kept of the rows is what it takes."""
        block = max(self._width * self._n, len(queries) * max(self._n, (k + SLACK) * self._width))
        is_single = torch.float64 not in (queries.dtype, self.rows.dtype)
        return block <= BUDGET and is_single and queries.device == self.rows.device

    def _apart(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """Queries about the rows' centre, and what orders the rows by their distance from each of them."""
        _check(queries, self.rows)
        if not 1 <= k <= self._n:
            raise InvalidArgument("as many neighbours as there are rows at most", got=k, allowed=f"1 to {self._n}")
        if self._kept is None:
            self._kept = self._prepared()
        centre, kept, squares = self._kept
        q = queries.detach().flatten(1).float() - centre
        return q, _apart(q, kept, squares)

    def _prepared(self) -> tuple[Tensor, Tensor, Tensor]:
        with torch.inference_mode(False):  # it outlives whoever asked first
            centre = _centre(self.rows)
            kept = _floats(self.rows, slice(None), torch.float32, centre)
            return centre, kept, kept.square().sum(1)


def farthest(rows: Float[Tensor, "n d"], most: int, first: int = 0) -> Int64[Tensor, " m"]:
    """Which rows lie far from each other, `most` at most: from the first one on each the farthest from those before it
    (Gonzalez 1985), until all others are where one of them is."""
    chosen, far = [first], (rows - rows[first]).square().sum(1)
    while len(chosen) < most and float(far.max()) > 0:
        chosen.append(int(far.argmax()))
        far = torch.minimum(far, (rows - rows[chosen[-1]]).square().sum(1))
    return torch.tensor(chosen)


def nearest_distances(rows: Array) -> Float[Tensor, " n"]:
    """Distance of each row to the nearest other one, `(n,)`."""
    return nearest(rows, rows, itself=True)[0][:, 0]


def median_nearest_distance(rows: Array) -> float:
    """The median distance of a row to the nearest other one: the grain of a cloud of points."""
    return float(nearest_distances(rows).median())


def _candidates(q: Tensor, rows: Array, centre: Tensor, wide: int, k: int, first: int | None) -> tuple[Tensor, Tensor]:
    """Indices `(b, wide)`, ascending, of rows that are nearest up to rounding, and of which queries `(b,)` there may be
    others as near as the k nearest; `first` is the queries' own place."""
    best = torch.full((len(q), 0), 0.0, dtype=q.dtype, device=q.device)
    where = torch.zeros((len(q), 0), dtype=torch.int64, device=q.device)
    for part in _blocks(len(rows), max(_width(rows), len(q))):
        d2 = _squared(q, _floats(rows, part, q.dtype, centre).to(q.device))
        if first is not None:
            own = torch.arange(first, first + len(q), device=q.device)[:, None] - part.start
            d2.masked_fill_(own == torch.arange(d2.shape[1], device=q.device), torch.inf)
        near, index = d2.topk(min(wide, d2.shape[1]), dim=1, largest=False)
        best, where = torch.cat([best, near], 1), torch.cat([where, index + part.start], 1)
        if best.shape[1] > wide:
            best, keep = best.topk(wide, dim=1, largest=False)
            where = where.gather(1, keep)
    unsure = _unsure(q, best, k)
    if wide >= len(rows) - (first is not None):
        unsure = torch.zeros_like(unsure)
    return where.sort(1).values, unsure


def _rounding(q: Tensor, d2: Tensor) -> Tensor:
    """What a squared distance `(b,)` from each query may be wrong by."""
    eps, far = torch.finfo(q.dtype).eps, d2.clamp_min(0).sqrt()
    if q.shape[1] <= FEW:
        return 8 * eps * far.square()
    own = q.norm(dim=1)
    return 16 * eps * (own.square() + (own + far).square())


def _unsure(q: Tensor, best: Tensor, k: int) -> Tensor:
    """Of which queries the farthest candidate is as near as the k-th, up to rounding."""
    at = best.kthvalue(k, dim=1).values
    return best.amax(1) <= at + _rounding(q, at)


def _among_equals(
    q: Tensor, raw: Tensor, rows: Array, centre: Tensor, reached: float, k: int, own: int | None
) -> tuple[Tensor, Tensor]:
    """The k nearest rows of one query `(1, d)`, where many are at one distance; k rows are within `reached`."""
    d = torch.zeros(0, dtype=q.dtype, device=q.device)
    index = torch.zeros(0, dtype=torch.int64, device=q.device)
    bound = torch.tensor([reached**2], dtype=q.dtype, device=q.device)
    bound = bound + _rounding(q, bound)
    for part in _blocks(len(rows), _width(rows)):
        d2 = _squared(q, _floats(rows, part, q.dtype, centre).to(q.device))[0]
        found = (d2 <= bound).nonzero().flatten() + part.start
        found = found if own is None else found[found != own]
        if len(found):
            d, index = torch.cat([d, _exact(raw, rows, found[None])[0]]), torch.cat([index, found])
            order = d.argsort(stable=True)[:k]
            d, index = d[order], index[order]
        if len(d) == k and float(d[-1]) == 0:  # none can come before these
            break
    return d, index


def _exact(raw: Tensor, rows: Array, found: Tensor) -> Tensor:
    """Distances of each query `(b, d)` to its own candidates, from differences about no centre: equals are equal."""
    wide = found.shape[1]
    out = torch.empty(found.shape, dtype=raw.dtype, device=raw.device)
    for part in _blocks(len(raw), wide * raw.shape[1]):
        picked = _floats(rows, found[part].reshape(-1).cpu().numpy(), raw.dtype).to(raw.device)
        out[part] = (picked.reshape(-1, wide, raw.shape[1]) - raw[part, None]).norm(dim=2)
    return out


def _squared(q: Tensor, r: Tensor) -> Tensor:
    if q.shape[1] <= FEW:
        return _apart(q, r, None).square_()
    return _apart(q, r, r.square().sum(1)).add_(q.square().sum(1, keepdim=True))


def _apart(q: Tensor, r: Tensor, squares: Tensor | None) -> Tensor:
    """What orders rows by their distance from each query, `(b, n)`: the distance where dimensions are few, else the
    squared one less the query's own square; `squares` are the rows'."""
    if squares is None or q.shape[1] <= FEW:
        return torch.cdist(q, r, compute_mode="donot_use_mm_for_euclid_dist")
    return torch.addmm(squares, q, r.T, alpha=-2)


def _blocks(n: int, width: int) -> Iterator[slice]:
    step = max(1, BUDGET // max(1, width))
    for i in range(0, n, step):
        yield slice(i, min(i + step, n))


def _width(rows: Array) -> int:
    return int(np.prod(rows.shape[1:]))


def _floats(rows: Array, which: slice | np.ndarray, dtype: torch.dtype, centre: Tensor | None = None) -> Tensor:
    """Some rows as floating point `(b, d)`, less the centre: in as few passes over memory as can be."""
    if isinstance(rows, Tensor):
        picked = rows[which if isinstance(which, slice) else torch.from_numpy(which).to(rows.device)].detach()
        own = isinstance(which, np.ndarray)
    else:
        # A copy: torch wants memory that may be written, which a read-only map is not.
        picked, own = torch.from_numpy(np.array(rows[which])), True
    out = picked.flatten(1).to(dtype)
    own = own or picked.dtype != dtype
    if picked.dtype == torch.uint8:
        out.div_(255)
    if centre is None:
        return out
    return out.sub_(centre.to(out)) if own else out - centre.to(out)


def _dtype(*arrays: Array) -> torch.dtype:
    wide = any(str(a.dtype).removeprefix("torch.") == "float64" for a in arrays)
    return torch.float64 if wide else torch.float32


def _centre(rows: Array) -> Tensor:
    """Somewhere in the middle of the rows: distances do not depend on it, but rounding of products does. The origin
    where dimensions are few, and distances come from differences."""
    if _width(rows) <= FEW:
        return torch.zeros(_width(rows), dtype=_dtype(rows))
    return _floats(rows, slice(0, 256), _dtype(rows)).mean(0)


def _check(queries: Array, rows: Array) -> None:
    if _width(queries) != _width(rows) or not len(rows) or not len(queries):
        raise InvalidArgument(
            "distances need items of one shape on both sides, one at least on each",
            got=f"{tuple(queries.shape)} and {tuple(rows.shape)}",
        )
