"""Spatial latents place by place: one linear map for all places, from a patch about each of them.

One picture is a pair of hundreds of patches, so that a few pictures do, and the map has as many numbers as a
convolution of that size: nothing grows with the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile
from trasluz.base.progress import Progress
from trasluz.base.shapes import Latents
from trasluz.relocations._affine import Ridge
from trasluz.spaces.relocation import Pairs, Relocation, RelocationMethod, Shape

BATCH = 64
"""Latents at a time."""
MOST_PLACES = 200_000
"""Patches that a map is fitted on."""


class PatchesConfig(Config):
    """The penalty."""

    penalty: float | None = setting(
        None, "λ, in units of the squared latents summed over places; null to choose it by items held aside.", ge=0
    )


@final
class Convolved(Relocation):
    """One linear map of patches for every place; beyond the border lies the mean."""

    def __init__(
        self, method: str, source: Shape, target: Shape, kernel: Tensor, mean: Tensor, offset: Tensor, penalty: float
    ) -> None:
        self.method = method  # type: ignore[misc]
        self.source, self.target, self.chosen = source, target, {"penalty": penalty}
        self.kernel, self.mean, self.offset = kernel.float(), mean.float(), offset.float()
        """`(C₂, C₁, k, k)`, `(C₁,)`, `(C₂,)`."""

    def move(self, z: Latents) -> Latents:
        centred = _on_grid(z - self.mean[:, None, None], self.target)
        return F.conv2d(centred, self.kernel, self.offset, padding=self.kernel.shape[-1] // 2)

    def state(self) -> dict[str, Tensor]:
        penalty = torch.tensor([self.chosen["penalty"]], dtype=torch.float64)
        return {"kernel": self.kernel, "mean": self.mean, "offset": self.offset, "penalty": penalty}


class Patches(RelocationMethod):
    """A linear map from a patch of one space to the place in its middle in the other."""

    config_type = PatchesConfig
    side: ClassVar[int]
    """Places across a patch, odd."""
    source = "Hoerl & Kennard 1970, eq. 2.3, over places"

    def why_not(self, source: Shape, target: Shape, items: int) -> str | None:
        if len(source) != 3 or len(target) != 3:
            return "only spatial latents have places"
        return None

    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        settings = PatchesConfig.make(config.dump())
        source, target = pairs.shapes
        mean = pairs.source.double().mean((0, 2, 3))
        x, y = self._rows(pairs.source, pairs.target, mean, target)
        x_aside, y_aside = self._rows(pairs.source_aside, pairs.target_aside, mean, target)
        # At the border a patch reaches beyond the picture, so that patches have another mean than places.
        x_mean, y_mean = x.mean(0), y.mean(0)
        every = Ridge(x - x_mean, y - y_mean)
        penalty = every.best(x_aside - x_mean, y_aside - y_mean) if settings.penalty is None else settings.penalty
        weight = every.weight(penalty)
        kernel = weight.T.reshape(target[0], source[0], self.side, self.side)
        return Convolved(self.name, source, target, kernel, mean, y_mean - x_mean @ weight, penalty)

    def _rows(
        self, a: Latents, b: Latents, mean: Tensor, target: Shape
    ) -> tuple[Float[Tensor, "p d"], Float[Tensor, "p e"]]:
        """Patches of the first space and places of the second, as rows; of many items the first ones."""
        most = max(2, MOST_PLACES // (target[1] * target[2]))
        x, y = list[Tensor](), list[Tensor]()
        for i in range(0, min(len(a), most), BATCH):
            some = slice(i, min(i + BATCH, most, len(a)))
            grid = _on_grid(a[some].cpu().double() - mean[:, None, None], target)
            x.append(F.unfold(grid, self.side, padding=self.side // 2).movedim(1, 2).flatten(0, 1))
            y.append(b[some].cpu().double().flatten(2).movedim(1, 2).flatten(0, 1))
        return torch.cat(x), torch.cat(y)

    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        sizes = {"kernel": (target[0], source[0], self.side, self.side), "mean": source[:1], "offset": target[:1]}
        sizes |= {"penalty": (1,)}
        if self.why_not(source, target, 0) or {k: tuple(v.shape) for k, v in state.items()} != sizes:
            raise DamagedFile(f"not a map by {self.name}", got=sorted(state), next="Fit the map again")
        parts = (state["kernel"], state["mean"], state["offset"], float(state["penalty"]))
        return Convolved(self.name, source, target, *parts)


def _on_grid(z: Latents, target: Shape) -> Latents:
    """Latents on the target's grid of places: by area where it is coarser, else linearly between places."""
    if z.shape[2:] == target[1:]:
        return z
    coarser = target[1] <= z.shape[2] and target[2] <= z.shape[3]
    if coarser:
        return F.interpolate(z, size=target[1:], mode="area")
    return F.interpolate(z, size=target[1:], mode="bilinear", align_corners=False)
