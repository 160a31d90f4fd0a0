"""What every flat map shares: two orthonormal axes through the mean, the exact way back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.base.shapes import Latents, Plane, Vectors
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Projection

ROWS = 1024
"""In a block of differences."""


class Flat(Projection):
    """Latents drawn by their shadow on a plane: `xy = (z - mean) Bᵀ`, back by `z = mean + xy B`.

    Distances on the plane are in the units of the latents.
    """

    linear = True
    figures: int
    """How many numbers the words along the axes are made from."""
    once: tuple[int, ...] = ()
    """How many they were in maps kept by earlier versions."""

    def __init__(
        self,
        mean: Tensor,
        basis: Float[Tensor, "2 ..."],
        xy: Plane,
        numbers: Tensor,
        lost: float | None = None,
    ) -> None:
        self._mean, self._basis, self.xy, self._numbers = mean, basis, xy, numbers
        self.round_trip = lost
        values = [float(v) for v in numbers]
        self.axes, self.separation = self._words(values), self._apart(values)

    @classmethod
    def lay(cls, z: Latents, mean: Float[Tensor, " d"], basis: Float[Tensor, "2 d"], numbers: list[float]) -> Flat:
        """The plane through `mean` along two orthonormal rows, and where the latents fall on it."""
        shape = z.shape[1:]
        mean, basis = mean.float().reshape(shape).to(z.device), basis.float().reshape(2, *shape).to(z.device)
        xy = _shadow(z, mean, basis)
        return cls(mean, basis, xy, torch.tensor(numbers, dtype=torch.float32), _outside(z, mean, xy))

    @classmethod
    def read(cls, state: Mapping[str, Tensor]) -> Flat:
        """From what `state` gave."""
        if set(state) - {"round_trip", "reach"} != {"mean", "basis", "xy", "numbers"}:
            raise DamagedFile(f"not a map by {cls.method}", got=sorted(state), next="Draw the map again")
        mean, basis, xy, numbers = state["mean"], state["basis"], state["xy"], state["numbers"]
        fits = basis.shape == (2, *mean.shape) and xy.dim() == 2 and xy.shape[1] == 2 and len(xy) > 0
        fits = fits and all(state[name].shape == (1,) for name in ("round_trip", "reach") if name in state)
        if not fits or numbers.shape not in [(k,) for k in (cls.figures, *cls.once)]:
            raise DamagedFile(
                f"a map by {cls.method} of impossible sizes",
                got=[f"{k} {tuple(v.shape)}" for k, v in sorted(state.items())],
                next="Draw the map again",
            )
        lost = state.get("round_trip")  # maps kept by earlier versions have none, and a reach that nothing needs
        return cls(mean, basis, xy, numbers, None if lost is None else float(lost))

    def state(self) -> dict[str, Tensor]:
        lost = {} if self.round_trip is None else {"round_trip": torch.tensor([self.round_trip], dtype=torch.float32)}
        flat_ = {"mean": self._mean, "basis": self._basis, "xy": self.xy, "numbers": self._numbers}
        return {**flat_, **lost}

    def project(self, z: Latents) -> Plane:
        if z.shape[1:] != self._mean.shape:
            raise InvalidArgument(
                "latents of another shape than the map's", got=tuple(z.shape[1:]), allowed=tuple(self._mean.shape)
            )
        return _shadow(z, self._mean.to(z.device), self._basis.to(z.device))

    def inverse(self, xy: Plane) -> Latents:
        mean, basis = self._mean.to(xy.device), self._basis.to(xy.device)
        return mean + (xy.to(basis) @ basis.reshape(2, -1)).reshape(-1, *mean.shape)

    def _apart(self, numbers: list[float]) -> Figure | None:
        """How far apart labels lie, where the map is made from some."""
        return None

    @abstractmethod
    def _words(self, numbers: list[float]) -> tuple[str, str]:
        """What to write along the axes."""


def flat(z: Latents) -> Vectors:
    """Latents as rows `(n, d)`, where a plane can be laid through them.

    Raises:
        InvalidArgument: fewer than two rows or dimensions, or no two rows that differ.
    """
    if len(z) < 2 or z[0].numel() < 2:
        raise InvalidArgument(
            "a map needs two latents or more, of two dimensions or more", got=f"{len(z)} of {tuple(z.shape[1:])}"
        )
    if not bool(torch.isfinite(z).all()):
        raise InvalidArgument("a map needs latents that are finite numbers", next="Look for NaN in the latents")
    if bool((z == z[:1]).all()):
        raise InvalidArgument(
            "a map needs latents that differ", got=f"{len(z)} times the same", next="The encoder may have collapsed"
        )
    return z.detach().reshape(len(z), -1)


def _outside(z: Latents, mean: Tensor, xy: Plane) -> float:
    """The share of the variance that lies outside the plane: exact, since the way back is."""
    total = sum(float((part - mean).double().square().sum()) for part in z.split(ROWS))
    return max(0.0, 1 - float(xy.double().square().sum()) / total)


def _shadow(z: Tensor, mean: Tensor, basis: Tensor) -> Tensor:
    return (z.to(basis) - mean).flatten(1) @ basis.reshape(2, -1).T
