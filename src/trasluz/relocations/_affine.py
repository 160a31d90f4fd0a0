"""What affine maps share: A as a matrix, or where that would be too large as two thin ones, and where they are
fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.errors import DamagedFile
from trasluz.base.shapes import Latents
from trasluz.spaces.relocation import Pairs, Relocation, Shape

KEYS = {"inner", "outer", "offset", "chosen"}
SPAN = 17
"""Penalties that are tried, a factor of ten apart each two."""


@final
class Affine(Relocation):
    """z ↦ z · inner · outer + offset, latents as rows; `outer` has no rows where `inner` is the whole matrix."""

    def __init__(
        self,
        method: str,
        source: Shape,
        target: Shape,
        inner: Tensor,
        outer: Tensor,
        offset: Tensor,
        chosen: Mapping[str, float] | None = None,
    ) -> None:
        self.method = method  # type: ignore[misc]
        self.source, self.target, self.chosen = source, target, dict(chosen or {})
        self.inner, self.outer, self.offset = inner.float(), outer.float(), offset.float()

    def move(self, z: Latents) -> Latents:
        rows = z.flatten(1) @ self.inner
        if len(self.outer):
            rows = rows @ self.outer
        return (rows + self.offset).reshape(len(z), *self.target)

    def matrix(self) -> Float[Tensor, "d e"]:
        """A as one matrix, latents being rows."""
        return self.inner @ self.outer if len(self.outer) else self.inner

    def state(self) -> dict[str, Tensor]:
        chosen = torch.tensor([value for _, value in sorted(self.chosen.items())], dtype=torch.float64)
        return {"inner": self.inner, "outer": self.outer, "offset": self.offset, "chosen": chosen}

    @classmethod
    def read(
        cls, method: str, names: Sequence[str], state: Mapping[str, Tensor], source: Shape, target: Shape
    ) -> Affine:
        """From what `state` gave; `names` are those of what was chosen, sorted."""
        if set(state) != KEYS:
            raise DamagedFile(f"not a map by {method}", got=sorted(state), next="Fit the map again")
        inner, outer, offset, chosen = state["inner"], state["outer"], state["offset"], state["chosen"]
        d, e = torch.Size(source).numel(), torch.Size(target).numel()
        whole = outer.shape == (0, e) and inner.shape == (d, e)
        thin = outer.dim() == 2 and len(outer) > 0 and outer.shape[1] == e and inner.shape == (d, len(outer))
        if not (whole or thin) or offset.shape != (e,) or chosen.shape != (len(names),):
            raise DamagedFile(
                f"a map by {method} of impossible sizes",
                got=[f"{k} {tuple(v.shape)}" for k, v in sorted(state.items())],
                next="Fit the map again",
            )
        if not all(bool(torch.isfinite(part).all()) for part in state.values()):
            raise DamagedFile(f"a map by {method} with numbers that are not finite", next="Fit the map again")
        return cls(method, source, target, inner, outer, offset, dict(zip(names, chosen.tolist(), strict=True)))


@final
@dataclass(frozen=True)
class Centred:
    """Pairs as rows, less the means of what is fitted on; the means are zero where there is to be no offset."""

    x: Float[Tensor, "n d"]
    y: Float[Tensor, "n e"]
    x_aside: Float[Tensor, "m d"]
    y_aside: Float[Tensor, "m e"]
    x_mean: Float[Tensor, " d"]
    y_mean: Float[Tensor, " e"]

    @classmethod
    def of(cls, pairs: Pairs, bias: bool = True) -> Centred:
        x, y, x_aside, y_aside = pairs.rows()
        x_mean = x.mean(0) if bias else torch.zeros_like(x[0])
        y_mean = y.mean(0) if bias else torch.zeros_like(y[0])
        return cls(x - x_mean, y - y_mean, x_aside - x_mean, y_aside - y_mean, x_mean, y_mean)

    def affine(
        self,
        method: str,
        pairs: Pairs,
        inner: Tensor,
        outer: Tensor | None = None,
        chosen: Mapping[str, float] | None = None,
    ) -> Affine:
        """The map that takes centred rows by these matrices."""
        moved = self.x_mean @ inner if outer is None else self.x_mean @ inner @ outer
        second = torch.zeros(0, self.y.shape[1]) if outer is None else outer
        return Affine(method, *pairs.shapes, inner, second, self.y_mean - moved, chosen)


@final
class Ridge:
    """Every ridge regression of y on x at once: one decomposition, then any penalty.

    Hoerl & Kennard 1970, *Ridge regression*; W = (XᵀX + λI)⁻¹XᵀY by the eigenvectors of XᵀX, or where there are fewer
    items than dimensions by those of XXᵀ, W = Xᵀ(XXᵀ + λI)⁻¹Y, so that nothing of size d x d is formed.
    """

    def __init__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "n e"]) -> None:
        n, d = x.shape
        self.is_wide = d > n
        self._x, self._y = x, y
        self.values, vectors = torch.linalg.eigh(x @ x.T if self.is_wide else x.T @ x)
        self.values = self.values.clamp_min(0)
        self.turned = x.T @ vectors if self.is_wide else vectors
        """`(d, r)`: latents times this are in the coordinates that the penalties act on."""
        self.cross = vectors.T @ (y if self.is_wide else x.T @ y)

    def inner(self, penalty: float) -> Float[Tensor, "d r"]:
        """The first factor of W; `cross` is the second."""
        return self.turned / (self.values + penalty).clamp_min(self._least())

    def weight(self, penalty: float) -> Float[Tensor, "d e"]:
        """W itself."""
        return self.inner(penalty) @ self.cross

    def penalties(self) -> list[float]:
        """From hardly any to as good as none of the map left, in steps of the square root of ten."""
        scale = float(self.values.sum()) / max(1, len(self.values))
        return [scale * 10 ** (k / 2 - 6) for k in range(SPAN)] if scale > 0 else [1.0]

    def best(self, x: Float[Tensor, "m d"], y: Float[Tensor, "m e"]) -> float:
        """The penalty with the least error on rows that it was not fitted on."""
        seen, penalties = x @ self.turned, self.penalties()
        # |seen · diag(d) · cross - y|² is a quadratic form in d, the same one for every penalty.
        square = (seen.T @ seen) * (self.cross @ self.cross.T)
        linear = ((seen.T @ y) * self.cross).sum(1)
        d = 1 / (self.values + torch.tensor(penalties, dtype=x.dtype)[:, None]).clamp_min(self._least())
        errors = ((d @ square) * d).sum(1) - 2 * d @ linear
        return penalties[int(errors.argmin())]

    def _least(self) -> float:
        return float(self.values.amax()) * 1e-14 + 1e-300
