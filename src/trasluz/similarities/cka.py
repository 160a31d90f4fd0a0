"""Linear centred kernel alignment, debiased: Kornblith et al. 2019, *Similarity of neural network representations
revisited*, with the estimator of Song et al. 2012, *Feature selection via dependence maximization*, eq. 5, which is 0
in the mean where nothing is shared, whatever the widths are."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor

from trasluz.spaces.similarity import Similarity


@final
class CKA(Similarity):
    """How alike the two matrices of inner products between items are."""

    name = "cka"
    title = "CKA (linear, debiased)"
    source = "Kornblith et al. 2019, eq. 4; Song et al. 2012, eq. 5"

    def prepare(self, rows: Tensor) -> Any:
        kernel = rows @ rows.T
        kernel.fill_diagonal_(0)
        return kernel, _hsic(kernel, kernel)

    def compare(self, first: Any, second: Any, order: Tensor | None = None) -> float:
        (a, own_a), (b, own_b) = first, second
        if own_a <= 0 or own_b <= 0:  # the estimate of a space that has hardly any variance may be
            return 0.0
        moved = b if order is None else b[order][:, order]
        return _hsic(a, moved) / (own_a * own_b) ** 0.5


def _hsic(a: Tensor, b: Tensor) -> float:
    """The Hilbert-Schmidt independence criterion of two kernels with empty diagonals, without bias."""
    n = len(a)
    together = float((a * b).sum())
    apart = float(a.sum()) * float(b.sum()) / ((n - 1) * (n - 2))
    across = 2 * float(torch.dot(a.sum(0), b.sum(0))) / (n - 2)
    return (together + apart - across) / (n * (n - 3))
