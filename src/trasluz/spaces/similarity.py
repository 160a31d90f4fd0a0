"""Contract of similarities: how alike the same items lie in two spaces, whatever the axes are.

Values of most measures grow with width and shrink with items: the biased CKA of independent Gaussians is 0.66 for 64
items in 128 dimensions. So a value is read beside what the same latents give when the pairs are broken, which is why a
measure takes the second space in another order than it was prepared in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument

FEWEST = 8
"""Items that anything can be said of."""


class Similarity(ABC):
    """A measure of how alike two spaces are, on the same items in both. One file in `similarities/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]] = Config
    source: ClassVar[str]
    """Paper and equation."""
    most: ClassVar[float] = 1.0
    """What a space has with itself; more is more alike."""
    is_symmetric: ClassVar[bool] = True
    """Whether the two spaces may change places."""

    @abstractmethod
    def prepare(self, rows: Float[Tensor, "n d"]) -> Any:
        """What is made of a space once, from float64 rows."""

    @abstractmethod
    def compare(self, first: Any, second: Any, order: Int64[Tensor, " n"] | None = None) -> float:
        """The measure of two prepared spaces; the items of the second in this order, None for as they came."""

    def too_few(self, items: int, first: int, second: int) -> str | None:
        """Why so many items say little in spaces of these widths; None where they do."""
        return None

    @final
    def of(self, first: Tensor, second: Tensor) -> float:
        """The measure of the same items in two spaces, `(n, ...)` each, in one order.

        Raises:
            InvalidArgument: fewer than eight items, not as many in both, numbers that are not finite, items that do
                not differ.
        """
        return self.compare(self.prepare(rows_of(first)), self.prepare(rows_of(second, len(first))))


def rows_of(z: Tensor, items: int | None = None) -> Float[Tensor, "n d"]:
    """Latents as float64 rows on the CPU, where something can be said of them.

    Raises:
        InvalidArgument: they are too few, not as many as `items`, not finite, or all the same.
    """
    if items is not None and len(z) != items:
        raise InvalidArgument("two spaces are compared on the same items", got=f"{items} and {len(z)}")
    if len(z) < FEWEST:
        raise InvalidArgument("too few items to compare two spaces by", got=len(z), allowed=f"{FEWEST} or more")
    rows = z.detach().cpu().double().flatten(1)
    if not bool(torch.isfinite(rows).all()):
        raise InvalidArgument("latents that are not finite numbers")
    if bool((rows == rows[:1]).all()):
        raise InvalidArgument("latents that are all the same", next="The encoder may have collapsed")
    return rows
