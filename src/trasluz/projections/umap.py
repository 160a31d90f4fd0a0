"""UMAP: McInnes, Healy & Melville 2018, *Uniform Manifold Approximation and Projection*, arXiv 1802.03426.

Rows that are neighbours in the space (its fuzzy graph, section 3.1) are laid near each other on the plane by
minimising the cross-entropy between the two graphs (section 3.2). So it shows groups and what is near what; distances
between groups, and their sizes, say little.

How the rows are laid out is in `_layout`, the way back and the place of new latents in `_back`: both are ours, of
arrays alone. umap-learn lays them out as well, but compiles itself first, which takes longer than the layout; its
`inverse_transform` takes seconds for one point, and far from the data gives latents without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.base.shapes import Latents, Plane, Vectors
from trasluz.geometry.linear_algebra import pca
from trasluz.geometry.neighbours import all_but, parts_held_out
from trasluz.projections._back import WayBack
from trasluz.projections._layout import lay_out
from trasluz.projections._plane import flat
from trasluz.spaces.methods import HeldOut, Projection, ProjectionMethod

LEAST = 10
"""Rows below which there is no layout to speak of."""
ONCE = 3
"""How many numbers maps had whose round trip was measured on rows that were laid out with the others."""
KEYS = {"xy", "mean", "basis", "rows", "landmarks", "weights", "round_trip", "numbers"}
HELD = {"held", "held_xy", "others_xy"}
"""What maps of earlier versions have not: the second layout, made without some rows."""


class UMAPConfig(Config):
    """How the rows are laid out, and how places are taken back."""

    neighbours: int = setting(
        15,
        "Rows that count as near a row, itself included: few show detail, many the whole.",
        source="umap-learn's n_neighbors",
        ge=2,
        le=500,
    )
    min_dist: float = setting(
        0.1, "How near rows may lie on the map: small packs groups tightly.", unit="of the map", ge=0, le=0.99
    )
    epochs: int | None = setting(
        None,
        "Passes over the graph; null for 500 up to 10,000 rows, 200 beyond, as umap-learn has it.",
        ge=10,
        le=10_000,
    )
    span: int = setting(256, "Principal components that latents are kept by, and compared in.", ge=2, le=2048)
    blend: int = setting(
        12, "Rows that the latent of a place is blended from: few give single items, many averages.", ge=1, le=200
    )


@final
class UMAPPlane(Projection):
    """A layout of rows on the plane, with a way back between and around them."""

    method = "umap"

    def __init__(
        self, mean: Tensor, basis: Float[Tensor, "k ..."], way: WayBack, lost: float, numbers: Tensor,
        held_out: HeldOut | None = None,
    ) -> None:  # fmt: skip
        self.xy, self.round_trip, self.held_out = way.xy, lost, held_out
        self._mean, self._basis, self._way = mean, basis.contiguous(), way
        self._numbers = numbers
        self.round_trip_of = "items held out of the way back, not of the layout"
        if len(numbers) > ONCE:
            self.round_trip_of = f"{int(numbers[ONCE]):,} items held out of the layout"
        self.axes = (f"UMAP 1 ({int(numbers[0])} neighbours)", "UMAP 2 (what lies near is alike; far says little)")

    @classmethod
    def read(cls, state: Mapping[str, Tensor]) -> UMAPPlane:
        """From what `state` gave."""
        if set(state) - {"reach"} not in (KEYS, KEYS | HELD):  # the reach was kept by earlier versions
            raise DamagedFile("not a map by umap", got=sorted(state), next="Draw the map again")
        if not _fits(state):
            raise DamagedFile(
                "a map by umap of impossible sizes",
                got=[f"{k} {tuple(v.shape)}" for k, v in sorted(state.items())],
                next="Draw the map again",
            )
        numbers = state["numbers"]
        way = WayBack(state["xy"], state["rows"], int(numbers[1]), state["landmarks"], state["weights"])
        held = HeldOut(state["held"], state["held_xy"], state["others_xy"]) if set(state) >= HELD else None
        return cls(state["mean"], state["basis"], way, float(state["round_trip"]), numbers, held)

    def state(self) -> dict[str, Tensor]:
        return {
            "xy": self.xy,
            "mean": self._mean,
            "basis": self._basis,
            "rows": self._way.rows,
            "landmarks": self._way.landmarks,
            "weights": self._way.weights,
            "round_trip": torch.tensor([self.round_trip]),
            "numbers": self._numbers,
            **(
                {}
                if self.held_out is None
                else {"held": self.held_out.rows, "held_xy": self.held_out.xy, "others_xy": self.held_out.others}
            ),
        }

    def project(self, z: Latents) -> Plane:
        if z.shape[1:] != self._mean.shape:
            raise InvalidArgument(
                "latents of another shape than the map's", got=tuple(z.shape[1:]), allowed=tuple(self._mean.shape)
            )
        if not bool(torch.isfinite(z).all()):
            raise InvalidArgument("latents that are not finite numbers have no place on a map")
        centred = (z.detach().cpu().float() - self._mean).flatten(1)
        return self._way.project(centred @ self._basis.flatten(1).T).to(z.device)

    def inverse(self, xy: Plane) -> Latents:
        rows = self._way.inverse(xy.detach().to(self.xy))
        return (self._mean + (rows @ self._basis.flatten(1)).unflatten(1, self._mean.shape)).to(xy.device)


@final
class UMAP(ProjectionMethod):
    """Neighbours in the space laid near each other, with a way back of our own."""

    name = "umap"
    title = "UMAP"
    config_type = UMAPConfig
    holds_out = True

    def fit(self, z: Latents, config: Config, seed: int, labels: Sequence[object] | None = None) -> Projection:
        """Some seconds for thousands of rows: they are laid out twice, the second time without the tenth that the
        round trip is measured on, and how well new items separate.

        Raises:
            InvalidArgument: fewer than ten rows, or rows that no map can be drawn of.
        """
        return self.fit_watched(z, config, seed, labels)

    def fit_watched(
        self, z: Latents, config: Config, seed: int, labels: Sequence[object] | None = None,
        step: Callable[[float], None] = lambda share: None,
    ) -> Projection:  # fmt: skip
        settings = UMAPConfig.make(config.dump())
        everything = flat(z)
        if len(z) < LEAST:
            raise InvalidArgument("a UMAP map needs ten latents or more", got=len(z), next="Draw fewer by --method pca")
        shape = z.shape[1:]

        def half(share: float) -> None:
            step(share / 2)

        mean, basis, way = _fitted(everything, settings, seed, half)
        lost, count, held = _round_trip(everything, settings, seed, half)
        neighbours = min(settings.neighbours, len(z) - 1)
        numbers = torch.tensor([neighbours, settings.blend, settings.min_dist, count], dtype=torch.float32)
        return UMAPPlane(mean.reshape(shape), basis.reshape(-1, *shape), way, lost, numbers, held)

    def open(self, state: Mapping[str, Tensor]) -> Projection:
        return UMAPPlane.read(state)


def _fitted(
    everything: Vectors, settings: UMAPConfig, seed: int, step: Callable[[float], None]
) -> tuple[Float[Tensor, " d"], Float[Tensor, "k d"], WayBack]:
    """All that a map is made of, from rows `(n, d)`: their mean, their components, the layout with its way back."""
    found = pca(everything, min(settings.span, everything.shape[1], len(everything) - 1), seed)
    mean, basis = found.mean.float(), found.vectors.float()
    rows = (everything.cpu().float() - mean) @ basis.T
    neighbours = min(settings.neighbours, len(rows) - 1)
    xy = lay_out(rows, neighbours, settings.min_dist, settings.epochs, seed, step)
    return mean, basis, WayBack.fit(xy, rows, settings.blend)


def _round_trip(
    everything: Vectors, settings: UMAPConfig, seed: int, step: Callable[[float], None]
) -> tuple[float, int, HeldOut | None]:
    """The share of the variance about their mean that some rows lose on the way to a map and back that they had no part
    in: neither in its components, nor its layout, nor its way back. How many rows these are, and where they and the
    others lie on that map; None where the others are all the same, and nothing can be laid out."""
    [held] = parts_held_out(len(everything), seed)
    rest, here = all_but(len(everything), held), everything.device
    others = everything[rest.to(here)]
    if bool((others == others[:1]).all()):
        return 1.0, len(held), None
    mean, basis, way = _fitted(others, settings, seed, step)
    new = everything[held.to(here)].cpu().float() - mean
    places = way.project(new @ basis.T)
    back = way.inverse(places) @ basis
    lost = float((back - new).square().sum() / new.square().sum().clamp_min(1e-30))
    return lost, len(held), HeldOut(held, places, way.xy)


def _fits(state: Mapping[str, Tensor]) -> bool:
    xy, mean, basis, rows = state["xy"], state["mean"], state["basis"], state["rows"]
    landmarks, weights = state["landmarks"], state["weights"]
    return (
        xy.dim() == 2
        and xy.shape[1] == 2
        and len(xy) >= 2
        and basis.dim() >= 2
        and basis.shape[1:] == mean.shape
        and rows.shape == (len(xy), len(basis))
        and landmarks.dim() == 2
        and landmarks.shape[1] == 2
        and weights.shape == (len(landmarks) + 1, len(basis))
        and state["round_trip"].shape == (1,)
        and state["numbers"].shape in ((ONCE,), (ONCE + 1,))
        and int(state["numbers"][1]) >= 1
        and (not set(state) >= HELD or _holds_out(state["held"], state["held_xy"], state["others_xy"], len(xy)))
    )


def _holds_out(held: Tensor, xy: Tensor, others: Tensor, n: int) -> bool:
    return (
        held.dtype == torch.int64
        and held.dim() == 1
        and 0 < len(held) < n
        and bool((held >= 0).all() and (held < n).all())
        and len(held.unique()) == len(held)
        and xy.shape == (len(held), 2)
        and others.shape == (n - len(held), 2)
    )
