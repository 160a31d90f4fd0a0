"""What a map shows of its latents, for many requests at once: their pictures, where they lie, what is near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from trasluz.lab.desk import Desk
from trasluz.server import images
from trasluz.server.batches import Work, joined


@final
@dataclass(frozen=True)
class Known:
    """A latent `(1, *shape)` and its place on the map `(1, 2)`."""

    z: Tensor
    xy: Tensor


Spot = tuple[float, float] | int | Known
"""A place of the map, a row of its atlas, or a latent of which both are known."""


@final
@dataclass(frozen=True)
class Look:
    """Spots to be looked at, and how many of the encoded items that are nearest to each."""

    spots: Sequence[Spot]
    neighbours: int


@final
@dataclass(frozen=True)
class Looked:
    """One spot, looked at."""

    item: Tensor
    """`(*public_shape)`."""
    drawn: Tensor
    """The same as a picture `(C, S, S)`."""
    webp: bytes
    xy: tuple[float, float]
    support: float | None
    """How unlike the encoded items it is; up to 1 is among them. None where that is not tested."""
    near: list[tuple[int, float]]
    """Rows and their distances, nearest first."""


@final
class Looks(Work[Look, list[Looked]]):
    """Looking at one map."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._kind = desk, desk.space.representation.of

    def latents(self, asked: Sequence[Look]) -> Sequence[Tensor]:
        spots = _spots(asked)
        places = [spot for spot in spots if isinstance(spot, tuple)]
        z = self._desk.plane.inverse(torch.tensor(places)).float().cpu() if places else torch.empty(0)
        if len(places) < len(spots):
            others = iter(z)
            z = torch.stack([self._known(spot, others) for spot in spots])
        return z.split([len(one.spots) for one in asked])

    def results(self, asked: Sequence[Look], z: Sequence[Tensor], items: Sequence[Tensor]) -> Sequence[list[Looked]]:
        latents, every = joined(z), joined(items)
        places = [self._place(spot) for spot in _spots(asked)]
        found = self._desk.support(latents)
        support = [None] * len(latents) if found is None else found.tolist()
        near = self._near(latents, max(one.neighbours for one in asked))
        drawn = self._kind.draw(every)
        shown = iter(zip(every, drawn, images.webps(drawn), places, support, near, strict=True))
        out: list[list[Looked]] = []
        for one in asked:
            mine = [next(shown) for _ in one.spots]
            out.append([
                Looked(item, picture, webp, (x, y), beyond, near[: one.neighbours])
                for item, picture, webp, (x, y), beyond, near in mine
            ])  # fmt: skip
        return out

    def _near(self, z: Tensor, k: int) -> list[list[tuple[int, float]]]:
        """Of each latent the rows of the k items nearest to it and their distances."""
        if not k:
            return [[] for _ in z]
        distances, rows = self._desk.atlas.neighbours(z, min(k, len(self._desk.atlas)))
        return [list(zip(*of, strict=True)) for of in zip(rows.tolist(), distances.tolist(), strict=True)]

    def _known(self, spot: Spot, others: Iterator[Tensor]) -> Tensor:
        """The latent of a spot; of a place the next of the others."""
        if isinstance(spot, int):
            return self._desk.atlas.latents[spot].float()
        return spot.z[0].float() if isinstance(spot, Known) else next(others)

    def _place(self, spot: Spot) -> list[float]:
        if isinstance(spot, tuple):
            return list(spot)
        return (self._desk.plane.projection.xy[spot] if isinstance(spot, int) else spot.xy[0]).tolist()


def _spots(asked: Sequence[Look]) -> list[Spot]:
    return [spot for one in asked for spot in one.spots]
