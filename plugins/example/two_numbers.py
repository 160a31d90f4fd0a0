"""The plainest map: two numbers of the latent, as they are. The way back puts all others at their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.spaces.methods import Projection, ProjectionMethod


class NumbersConfig(Config):
    """Which two numbers are drawn."""

    horizontal: int = setting(0, "Number of the latent along x, counted from 0.", ge=0)
    vertical: int = setting(1, "Number of the latent along y, counted from 0.", ge=0)


@final
class NumbersPlane(Projection):
    """Two numbers of the latents."""

    method: ClassVar[str] = "numbers"

    def __init__(self, mean: Tensor, which: Tensor, xy: Tensor) -> None:
        self._mean, self._which, self.xy = mean, which, xy
        self.axes = (f"number {int(which[0])}", f"number {int(which[1])}")

    def project(self, z: Tensor) -> Tensor:
        if z.shape[1:] != self._mean.shape:
            raise InvalidArgument("latents of another shape than the map's", got=tuple(z.shape[1:]))
        return z.flatten(1)[:, self._which.long()].contiguous()

    def inverse(self, xy: Tensor) -> Tensor:
        rows = self._mean.flatten().repeat(len(xy), 1)
        rows[:, self._which.long()] = xy
        return rows.reshape(len(xy), *self._mean.shape)

    def state(self) -> dict[str, Tensor]:
        return {"mean": self._mean, "which": self._which, "xy": self.xy}


@final
class Numbers(ProjectionMethod):
    """Two numbers of the latents, which a person may choose."""

    name: ClassVar[str] = "numbers"
    title: ClassVar[str] = "Two numbers of the latent as they are"
    config_type = NumbersConfig

    def fit(self, z: Tensor, config: Config, seed: int, labels: Sequence[object] | None = None) -> Projection:
        settings = NumbersConfig.make(config.dump())
        which = [settings.horizontal, settings.vertical]
        if len(z) < 2 or not bool(torch.isfinite(z).all()) or bool((z == z[:1]).all()):
            raise InvalidArgument("a map needs two latents or more, finite and not all the same", got=len(z))
        if which[0] == which[1] or max(which) >= z[0].numel():
            raise InvalidArgument("the axes are two numbers of a latent", got=which, allowed=f"0 to {z[0].numel() - 1}")
        xy = z.detach().cpu().float().flatten(1)[:, which].contiguous()
        return NumbersPlane(z.float().mean(0).cpu(), torch.tensor(which, dtype=torch.float32), xy)

    def open(self, state: Mapping[str, Tensor]) -> Projection:
        if set(state) != {"mean", "which", "xy"}:
            raise DamagedFile("not a map by numbers", got=sorted(state), next="Draw the map again")
        return NumbersPlane(state["mean"], state["which"], state["xy"])
