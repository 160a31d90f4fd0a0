"""A prior that one space inherits from another of the same model: draws there, carried over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base.shapes import Latents
from trasluz.spaces.prior import Prior

BATCH = 64
"""Draws that are carried over at once."""


@final
class Pushforward(Prior):
    """The distribution of `carry(eps)`, eps drawn from the prior of another space (`w` from `z`, `z` from `noise`).

    `seed:42` is thereby the same item in every space of the model.

    Args:
        source: The prior that is drawn from.
        carry: `(n, *source.shape)` to `(n, *shape)`; deterministic, a network's forward pass.
        mean: `shape`; where truncation pulls to.
        origin: What names `carry` for the identity: the model's weights and settings.
    """

    method = "pushforward"
    exact = False

    def __init__(
        self,
        source: Prior,
        carry: Callable[[Tensor], Tensor],
        mean: Callable[[], Tensor] | Tensor,
        origin: Callable[[], str],
    ) -> None:
        self._source, self._carry, self._mean, self._origin = source, carry, mean, origin
        self._found: Tensor | None = mean if isinstance(mean, Tensor) else None

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return tuple(self.mean.shape)

    @property
    def mean(self) -> Tensor:
        if self._found is None:
            self._found = self._mean() if callable(self._mean) else self._mean
        return self._found

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        out = torch.empty(n, *self.shape)
        with torch.no_grad():
            for i in range(0, n, BATCH):
                some = min(BATCH, n - i)
                eps = self._source.sample(some, seed, start=start + i, temperature=temperature)
                out[i : i + some] = self._carry(eps).float().cpu()
        return out

    def dump(self) -> dict[str, Any]:
        return {"source": self._source.identity, "origin": self._origin()}
