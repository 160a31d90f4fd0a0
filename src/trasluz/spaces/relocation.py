"""Contract of relocations: from the latents of one space to those of another, fitted on items that both encode.

The setting is that of Asperti & Tonelli 2023, *Comparing the latent space of generative models*: z₁ = enc₁(x) and
z₂ = enc₂(x) for a support set of items x, and a map A with A(z₁) ≈ z₂.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument
from trasluz.base.forward import jvp
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Latents

Shape = tuple[int, ...]
WIDEST = 4096
"""Dimensions up to which a map may have a number for every pair of them."""


@final
@dataclass(frozen=True)
class Pairs:
    """The same items in two spaces: some to fit a map on, others to choose its settings by."""

    source: Tensor
    """`(n, *source shape)`."""
    target: Tensor
    """`(n, *target shape)`, in the same order."""
    source_aside: Tensor
    """`(m, *source shape)`: items that no map is fitted on."""
    target_aside: Tensor

    def __post_init__(self) -> None:
        parts = {"source": (self.source, self.source_aside), "target": (self.target, self.target_aside)}
        for side, (fit, aside) in parts.items():
            if fit.shape[1:] != aside.shape[1:]:
                raise InvalidArgument(
                    f"latents of one shape in the {side}", got=f"{tuple(fit.shape[1:])} and {tuple(aside.shape[1:])}"
                )
            if not bool(torch.isfinite(fit).all()) or not bool(torch.isfinite(aside).all()):
                raise InvalidArgument(f"latents of the {side} that are not finite numbers")
        if len(self.source) != len(self.target) or len(self.source_aside) != len(self.target_aside):
            raise InvalidArgument(
                "a map is fitted on the same items in both spaces",
                got=f"{len(self.source)} and {len(self.target)}, aside {len(self.source_aside)} and "
                f"{len(self.target_aside)}",
            )
        if len(self.source) < 2 or not len(self.source_aside):
            raise InvalidArgument(
                "too few items to fit a map on",
                got=f"{len(self.source)}, and {len(self.source_aside)} aside",
                allowed="2 or more, and 1 or more aside",
            )

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """Of a latent of the source, and of the target."""
        return tuple(self.source.shape[1:]), tuple(self.target.shape[1:])

    def rows(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All four parts as float64 rows `(n, d)`, on the CPU."""
        parts = (self.source, self.target, self.source_aside, self.target_aside)
        a, b, c, d = (part.detach().cpu().double().flatten(1) for part in parts)
        return a, b, c, d


class Relocation(ABC):
    """A fitted map between two spaces."""

    method: ClassVar[str]
    source: Shape
    target: Shape
    chosen: Mapping[str, float]
    """What was chosen by the items aside, by name: a penalty, a rank."""

    @final
    def __call__(self, z: Latents) -> Latents:
        """Latents `(n, *source)` of the first space to latents `(n, *target)` of the second.

        Raises:
            InvalidArgument: latents of another shape.
        """
        if tuple(z.shape[1:]) != self.source:
            raise InvalidArgument(
                "latents of another shape than the map takes", got=tuple(z.shape), allowed=("n", *self.source)
            )
        if not len(z):
            return torch.zeros(0, *self.target)
        return self.move(z.detach().cpu().float())

    @abstractmethod
    def move(self, z: Latents) -> Latents:
        """`(n, *source)`, float32 on the CPU, to `(n, *target)`."""

    @final
    def carry(self, way: Tensor, at: Tensor | None = None) -> Tensor:
        """What a small step `way`, of the source's shape, becomes in the target: the map's derivative along it.

        Args:
            at: `(n, *source)`, where; the mean over these places. A linear map has one answer everywhere.
        """
        here = torch.zeros(1, *self.source) if at is None else at.detach().cpu().float()
        if tuple(way.shape) != self.source or tuple(here.shape[1:]) != self.source:
            raise InvalidArgument(
                "a step of another shape than the map takes", got=tuple(way.shape), allowed=self.source
            )
        step = way.detach().cpu().float().expand_as(here).contiguous()
        return jvp(self.move, here, step)[1].mean(0)

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Arrays that `open` takes."""


class RelocationMethod(ABC):
    """A way to find a map from space to space. One file in `relocations/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]] = Config
    rung: ClassVar[int | None]
    """Where it stands on the ladder from the simplest map to the richest; None for one that is for reference alone."""
    source: ClassVar[str] = ""
    """Paper and equation."""

    def why_not(self, source: Shape, target: Shape, items: int) -> str | None:
        """Why it has no map between these shapes from so many items; None where it has."""
        return None

    @abstractmethod
    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        """A map fitted on `pairs.source` and `pairs.target`, its settings chosen by the items aside. Equal pairs and
        seed give an equal map.

        Raises:
            InvalidArgument: it has none between these shapes.
        """

    @abstractmethod
    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        """A map from what `state` gave.

        Raises:
            DamagedFile: it gave something else.
        """

    @final
    def of(
        self, pairs: Pairs, *, settings: Mapping[str, object] | None = None, seed: int = 0, progress: Progress = SILENT
    ) -> Relocation:
        """`fit` with settings by name.

        Raises:
            InvalidArgument: it has no map between these shapes, and why.
        """
        why = self.why_not(*pairs.shapes, len(pairs.source))
        if why is not None:
            raise InvalidArgument(f"no map by {self.name}: {why}", got=f"{pairs.shapes[0]} to {pairs.shapes[1]}")
        return self.fit(pairs, self.config_type.make(settings or {}), seed, progress)
