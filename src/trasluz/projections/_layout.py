"""Rows laid on the plane so that neighbours in the space are neighbours there: the layout of UMAP (McInnes, Healy &
Melville 2018, arXiv 1802.03426), in NumPy and SciPy.

The fuzzy graph of the rows is that of section 3.1: of row i, v(j|i) = exp(-max(0, d_ij - ρ_i) / σ_i) over its nearest,
ρ_i being the distance of the nearest that differs, and σ_i such that they sum to log₂ k; v = a + b - a b joins both
ways. The rows begin at eigenvectors of that graph (section 3.2), and go down the cross-entropy between it and the
graph of the plane, 1 / (1 + a |y_i - y_j|^2b), edge by edge as often as an edge weighs, against rows by chance (the
negative sampling of Mikolov et al. 2013), with a step that falls to nothing.

What umap-learn does to one edge after the other is done to a part of an epoch's edges at once: neighbourhoods are kept
as well (benchmarks: speed_layouts), and nothing has to be compiled first. It is not in torch, whose threads would be
woken for each of these small steps, and take the processor from whoever decodes meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy.optimize import curve_fit
from scipy.sparse import csr_matrix, diags
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, eigsh
from torch import Tensor

from trasluz.base.rng import numpy_generator
from trasluz.base.shapes import Plane, Vectors
from trasluz.geometry.distances import nearest

LONG, SHORT, MANY = 500, 200, 10_000
"""Epochs by default: so many up to so many rows, and fewer beyond."""
PARTS, AT_ONCE = 8, 10_000
"""Of an epoch's edges, one after the other; with one alone, rows of many edges are thrown about at first. And edges of
a part at most."""
AGAINST = 5
"""Rows by chance that each edge's first row is driven off."""
FARTHEST = np.float32(4.0)
"""What one edge moves a row along an axis, at most."""
NEAREST, LEAST = np.float32(1e-3), np.float32(1e-12)
"""Added to the squared distance that rows are driven apart by; and what one is that they are drawn together by."""
WIDE = 10.0
"""Width of the plane at the beginning."""
BLUR = 1e-4
"""Standard deviation of what parts rows at the beginning that would be one."""
LEAST_SPREAD = 1e-3
"""σ, as a share of the mean distance, at least: of copies it would be nothing."""
HALVINGS = 64
SPREAD = 1.0
"""The distance at which likeness on the plane has fallen to a good third."""


def lay_out(
    rows: Vectors,
    neighbours: int,
    min_dist: float,
    epochs: int | None,
    seed: int,
    step: Callable[[float], None] = lambda share: None,
) -> Plane:
    """Where rows `(n, d)` come to lie, `(n, 2)`; the seed decides all of it. What UMAP leaves open, how the whole is
    turned, goes by the rows' first two columns: of principal components, the map turns into this one by itself.

    Args:
        neighbours: Rows that count as near a row, itself included.
        epochs: Passes over the graph; None for 500 up to 10,000 rows, 200 beyond.
        step: Told the share of the work that was just done; an error of its own stops it.
    """
    n = len(rows)
    passes = epochs or (LONG if n <= MANY else SHORT)
    draws = numpy_generator(seed, "umap")
    distances, near = nearest(rows, rows, neighbours - 1, itself=True)
    graph = _graph(distances.double(), near)
    xy = _begun(graph, rows, draws)
    coo = graph.tocoo()
    weights = (coo.data / coo.data.max()).astype(np.float32)
    # An edge that would come up less than once does not.
    often = weights >= 1 / passes
    _go_down(xy, (coo.row[often], coo.col[often]), weights[often], _curve(min_dist), passes, draws, step)
    return _turned(torch.from_numpy(xy), rows[:, :2])


def _turned(xy: Plane, like: Vectors) -> Plane:
    """Places turned and mirrored about their middle until they lie nearest to others (Schönemann 1966)."""
    middle = xy.mean(0)
    found = (xy - middle).double().T @ (like - like.mean(0)).double()
    u, _, v = np.linalg.svd(torch.nn.functional.pad(found, (0, 2 - found.shape[1])).numpy())
    return ((xy - middle) @ torch.from_numpy(u @ v).float() + middle).contiguous()


def _graph(distances: Float[Tensor, "n k"], near: Int64[Tensor, "n k"]) -> Any:
    """The fuzzy graph as a sparse symmetric matrix, of distances to the nearest others."""
    n, k = distances.shape
    rho = torch.where(distances > 0, distances, math.inf).amin(1, keepdim=True)
    beyond = (distances - torch.where(rho.isinf(), 0.0, rho)).clamp_min(0)
    low, high, sigma = torch.zeros(n, 1), torch.full((n, 1), math.inf), torch.ones(n, 1, dtype=torch.float64)
    for _ in range(HALVINGS):
        over = (-beyond / sigma).exp().sum(1, keepdim=True) > math.log2(k + 1)
        low, high = torch.where(over, low, sigma), torch.where(over, sigma, high)
        sigma = torch.where(high.isinf(), 2 * sigma, (low + high) / 2)
    own = distances.mean(1, keepdim=True)
    sigma = sigma.maximum(LEAST_SPREAD * torch.where(own > 0, own, distances.mean())).clamp_min(1e-30)
    one_way = (-beyond / sigma).exp()
    where = (np.repeat(np.arange(n), k), near.numpy().ravel())
    a = csr_matrix((one_way.numpy().ravel(), where), (n, n))
    return (a + a.T - a.multiply(a.T)).tocsr()


def _begun(graph: Any, rows: Vectors, draws: np.random.Generator) -> np.ndarray:
    """The second and the third eigenvector of the graph; where it falls into parts, which they would each put into one
    place, the rows' principal components."""
    found = _eigenvectors(graph) if connected_components(graph, directed=False)[0] == 1 else None
    xy = rows[:, :2].double().numpy() if found is None else found
    xy = np.pad(xy, ((0, 0), (0, 2 - xy.shape[1])))
    xy = WIDE * xy / max(np.abs(xy).max(), 1e-30) + BLUR * draws.standard_normal(xy.shape)
    low, high = xy.min(0), xy.max(0)
    return np.ascontiguousarray(WIDE * (xy - low) / np.maximum(high - low, 1e-30), dtype=np.float32)


def _eigenvectors(graph: Any) -> np.ndarray | None:
    """Of D^-½ W D^-½, those of the largest eigenvalues but the first, `(n, 2)`; None where they are not found."""
    n = graph.shape[0]
    root = diags(1 / np.sqrt(np.asarray(graph.sum(1)).ravel()))
    start = numpy_generator(0, "eigenvectors").uniform(size=n)
    try:
        values, vectors = cast(Any, eigsh)(root @ graph @ root, k=3, which="LA", v0=start, tol=1e-4)
    except (ArpackError, TypeError, ValueError):
        return None
    picked = vectors[:, np.argsort(-values)[1:3]]
    # Of an eigenvector and its negative, always the same one.
    signs = np.sign(picked[np.abs(picked).argmax(0), [0, 1]])
    return picked * signs


def _curve(min_dist: float) -> tuple[float, float]:
    """a and b by which likeness on the plane is nearest to 1 up to `min_dist`, and falls from there as exp(-d)."""
    d = np.linspace(0, 3 * SPREAD, 300)
    wanted = np.where(d < min_dist, 1.0, np.exp(-(d - min_dist) / SPREAD))

    def like(x: np.ndarray, a: float, b: float) -> np.ndarray:
        return 1 / (1 + a * x ** (2 * b))

    (a, b), _ = curve_fit(like, d, wanted)
    return float(a), float(b)


def _go_down(
    xy: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    weights: np.ndarray,
    curve: tuple[float, float],
    passes: int,
    draws: np.random.Generator,
    step: Callable[[float], None],
) -> None:
    """Move the rows `(n, 2)`, in place."""
    (a, b), n = (np.float32(one) for one in curve), len(xy)
    due = draws.random(len(weights), dtype=np.float32)
    for k in range(passes):
        rate = np.float32(1 - k / passes)
        due += weights
        up = np.flatnonzero(due >= 1)
        due[up] -= 1
        draws.shuffle(up)
        for some in np.array_split(up, max(PARTS, -(-len(up) // AT_ONCE))):
            i, j = ends[0][some], ends[1][some]
            at = xy[i]
            apart = at - xy[j]
            squared = np.square(apart).sum(1, keepdims=True)
            # Of two rows in one place, nothing is known of the way.
            pull = -2 * a * b / (np.maximum(squared, LEAST) ** (1 - b) * (1 + a * squared**b)) * (squared > 0)
            drawn = rate * np.clip(pull * apart, -FARTHEST, FARTHEST)
            away = at[:, None] - xy[draws.integers(n, size=(len(some), AGAINST))]
            squared = np.square(away).sum(2, keepdims=True)
            push = 2 * b / ((NEAREST + squared) * (1 + a * squared**b))
            driven = rate * np.clip(push * away, -FARTHEST, FARTHEST).sum(1)
            for axis in (0, 1):
                xy[:, axis] += np.bincount(i, drawn[:, axis] + driven[:, axis], n)
                xy[:, axis] -= np.bincount(j, drawn[:, axis], n)
        step(1 / passes)
