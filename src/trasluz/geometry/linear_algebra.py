"""Moments and principal components of latents, never with a d × d matrix where d is large.

Principal components: exact by the eigenvectors of the covariance (of very many rows by products in single precision),
or of the n × n Gram matrix where there are fewer rows than dimensions (the dual form); where both are large, by
randomised subspace iteration (Halko, Martinsson & Tropp 2011, *Finding structure with randomness*, algorithm 4.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import generator
from trasluz.base.shapes import Vectors

WIDEST = 4096
"""Dimensions up to which a d × d matrix may be made."""
EXACT = 2048
"""Rows or dimensions, the smaller of them, up to which components are exact: some seconds on two cores. Where many
components are asked for it is `WIDEST`."""
ROWS = 4096
"""Rows worked on at a time."""
OVERSAMPLE, ROUNDS = 16, 8
"""Spare vectors and rounds of subspace iteration."""
LONG = 5_000_000_000
"""Multiplications of a covariance from which on they are in single precision."""
SWAMPED = 50.0
"""How many times a dimension's mean square may be its variance before digits are lost by taking the mean off after."""
FEW = 512
"""Rows that are summed in single precision at a time."""
STRIPES = 4
"""Parts that the columns of such a covariance are cut into."""
NOISE = 1e-12
"""Variance, as a share of the largest, below which a component is rounding alone."""

Square = Float[Tensor, "d d"]


@dataclass(frozen=True)
class Components:
    """The principal components of some rows, those of largest variance first."""

    mean: Float[Tensor, " d"]
    vectors: Float[Tensor, "k d"]
    """Orthonormal rows; the entry of largest magnitude is positive."""
    variances: Float[Tensor, " k"]
    total: float
    """Variance over all dimensions."""


def covariance(x: Vectors) -> tuple[Float[Tensor, " d"], Square]:
    """Mean and unbiased covariance of rows `(n, d)`, in double precision."""
    n, d = x.shape
    if n < 2:
        raise InvalidArgument("a covariance needs two rows or more", got=n)
    if d > WIDEST:
        raise InvalidArgument("too many dimensions for a covariance matrix", got=d, allowed=f"up to {WIDEST}")
    mean = _mean(x)
    total = torch.zeros(d, d, dtype=torch.float64)
    for block in _centred(x, mean):
        total.addmm_(block.T, block)
    return mean, total / (n - 1)


def shrunk(covariance: Square, amount: float) -> Square:
    """`(1 - amount) S + amount m I`, with m the mean variance."""
    d = len(covariance)
    return (1 - amount) * covariance + amount * covariance.diagonal().mean() * torch.eye(d).to(covariance)


def pca(x: Vectors, k: int, seed: int = 0) -> Components:
    """The first k principal components of rows `(n, d)`, k at most d; in double precision, on the CPU.

    Where the rows span fewer than k dimensions, the last vectors have variance 0 and complete the basis.
    `seed` decides only the start of the randomised form.
    """
    n, d = x.shape
    if n < 2:
        raise InvalidArgument("principal components need two rows or more", got=n)
    if not 1 <= k <= d:
        raise InvalidArgument("as many components as there are dimensions at most", got=k, allowed=f"1 to {d}")
    mean = _quick_mean(x) if d <= n and n * d * d > LONG and min(n, d) <= EXACT else _mean(x)
    total: float | None = None
    if min(n, d) > (EXACT if k <= EXACT // 4 else WIDEST):
        vectors, variances = _randomised(x, mean, k, seed)
    elif d <= n and n * d * d > LONG:
        vectors, variances, total = _many(x, mean, k)
    elif d <= n:
        vectors, variances = _primal(x, k)
    else:
        vectors, variances = _dual(x, mean, k)
    if total is None:
        total = sum(float(block.square().sum()) for block in _centred(x, mean)) / (n - 1)
    real = int((variances > NOISE * max(float(variances[0]), 0.0)).sum()) if float(variances[0]) > 0 else 0
    vectors = complete(oriented(vectors[:real]), k)
    variances = torch.cat([variances[:real], torch.zeros(k - real, dtype=torch.float64)])
    return Components(mean, vectors, variances, total)


def oriented(vectors: Vectors) -> Vectors:
    """Each row or its opposite: the one whose entry of largest magnitude (the first of them) is positive."""
    if not len(vectors):
        return vectors
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return torch.where(largest < 0, -vectors, vectors)


def complete(vectors: Vectors, k: int) -> Float[Tensor, "k d"]:
    """Orthonormal rows made k, by the coordinate axes that they hold least of, in order."""
    d = vectors.shape[1]
    while len(vectors) < k:
        axis = torch.zeros(d, dtype=vectors.dtype)
        axis[vectors.square().sum(0).argmin()] = 1
        for _ in range(2):  # twice is enough (Kahan), once is not
            axis = axis - vectors.T @ (vectors @ axis)
        vectors = torch.cat([vectors, (axis / axis.norm())[None]])
    return vectors


def _mean(x: Tensor) -> Tensor:
    return sum((x[i : i + ROWS].cpu().double().sum(0) for i in range(0, len(x), ROWS)), torch.zeros(())) / len(x)


def _quick_mean(x: Tensor) -> Tensor:
    """The mean of very many rows: sums of a few in single precision, and of those in double."""
    parts = (x[i : i + FEW].cpu().float().sum(0).double() for i in range(0, len(x), FEW))
    return sum(parts, torch.zeros(())) / len(x)


def _centred(x: Tensor, mean: Tensor, dtype: torch.dtype = torch.float64) -> Iterator[Tensor]:
    """Blocks of rows, without the mean."""
    step = max(1, min(ROWS, (1 << 25) // max(1, x.shape[1])))
    for i in range(0, len(x), step):
        yield x[i : i + step].cpu().to(dtype) - mean.to(dtype)


def _primal(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    values, vectors = torch.linalg.eigh(covariance(x)[1])
    return vectors.flip(1)[:, :k].T.contiguous(), values.flip(0)[:k]


def _many(x: Tensor, mean: Tensor, k: int) -> tuple[Tensor, Tensor, float]:
    """Components of very many rows, with their total variance: products in single precision, sums over blocks of rows
    in double, and of the symmetric result the upper half alone. Good to a hundred-thousandth or so.

    The mean is taken off afterwards, or, where it is so large that digits would be lost, from the rows themselves.
    """
    n = len(x)
    total = _products(x[i : i + ROWS].cpu().float() for i in range(0, n, ROWS))
    centred = total - n * mean[:, None] * mean
    if bool((total.diagonal() > SWAMPED * centred.diagonal()).any()):
        centred = _products(_centred(x, mean, torch.float32))
    values, vectors = torch.linalg.eigh(centred / (n - 1))
    return vectors.flip(1)[:, :k].T.contiguous(), values.flip(0)[:k], float(values.sum())


def _products(blocks: Iterable[Tensor]) -> Tensor:
    """`Xᵀ X` of blocks of rows."""
    total = torch.zeros(0, 0, dtype=torch.float64)
    for block in blocks:
        d = block.shape[1]
        if not len(total):
            total = torch.zeros(d, d, dtype=torch.float64)
        edges = [*range(0, d, max(1, -(-d // STRIPES))), d]
        for i, j in pairwise(edges):
            total[i:j, i:] += block[:, i:j].T @ block[:, i:]
    return torch.triu(total) + torch.triu(total, 1).T


def _dual(x: Tensor, mean: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Fewer rows than dimensions: `X Xᵀ u = lambda u` gives the component `Xᵀ u / sqrt(lambda)`."""
    n, d = x.shape
    width = max(1, (1 << 25) // n)
    columns = [(x[:, i : i + width].cpu().double() - mean[i : i + width]) for i in range(0, d, width)]
    values, u = torch.linalg.eigh(sum((c @ c.T for c in columns), torch.zeros(())))
    values, u = values.flip(0)[:k], u.flip(1)[:, :k]
    vectors = torch.cat([u.T @ c for c in columns], 1)
    # Rounding has taken a little of their right angles where lambda is small.
    q, r = torch.linalg.qr(vectors.T)
    return (q * r.diagonal().sign()).T.contiguous(), values / (n - 1)


def _randomised(x: Tensor, mean: Tensor, k: int, seed: int) -> tuple[Tensor, Tensor]:
    n, d = x.shape
    width = min(k + OVERSAMPLE, n, d)
    q = torch.linalg.qr(torch.randn(d, width, generator=generator(seed, "pca"))).Q
    for _ in range(ROUNDS):  # in single precision: a round mends the rounding of the one before
        image = sum((block.T @ (block @ q) for block in _centred(x, mean, torch.float32)), torch.zeros(()))
        q = torch.linalg.qr(image).Q
    q = torch.linalg.qr(q.double()).Q
    inner = sum(((block @ q).T @ (block @ q) for block in _centred(x, mean)), torch.zeros(()))
    values, u = torch.linalg.eigh(inner)
    return (q @ u.flip(1)[:, :k]).T.contiguous(), values.flip(0)[:k] / (n - 1)
