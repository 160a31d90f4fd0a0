"""Directions as a result: what each one changes, as a picture and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.geometry.moves import moved
from trasluz.io.pictures import PICTURES
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.given import Ways
from trasluz.lab.drawing import pictures
from trasluz.lab.judging.effects import STEPS, WAYS
from trasluz.lab.results.base import Origin, Result
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.directions import keep
from trasluz.lab.shelf.where import Place
from trasluz.spaces.direction import Direction
from trasluz.spaces.space import LatentSpace

SEVERAL = 3
"""Directions from which on each gets one row, and not one row an item."""


@final
class Directions(Result, Ways):
    """Directions that were found, the one that matters most first."""

    suffixes: ClassVar[tuple[str, ...]] = (*PICTURES, ".safetensors", ".npz")

    def __init__(
        self, found: Sequence[Direction], starts: Tensor, space: LatentSpace, origin: Origin, call: Call
    ) -> None:
        super().__init__(torch.stack([d.vector for d in found]), origin, call)
        self.found = list(found)
        self.starts = starts
        """`(n, *shape)`: latents that they are shown from."""
        self._space = space

    def __getitem__(self, i: int) -> Direction:
        return self.found[i]

    def __iter__(self) -> Iterator[Direction]:
        return iter(self.found)

    @property
    def one(self) -> Direction:
        """The only one.

        Raises:
            InvalidArgument: there are several.
        """
        if len(self.found) != 1:
            raise InvalidArgument(
                "one direction is needed", got=f"{len(self.found)} of them", next="Take one: found[0]"
            )
        return self.found[0]

    def keep(self, *, name: str | None = None, replace: bool = True, workspace: Place = None) -> list[Path]:
        """Keep them in the workspace; `name` for a single one."""
        if name is not None and len(self.found) > 1:
            raise InvalidArgument("one name for several directions", got=name, next="Keep them one by one")
        return [keep(d, name=name, replace=replace, workspace=workspace) for d in self.found]

    @cached_property
    def _sheets(self) -> list[tuple[Tensor, Tensor]]:
        """For each direction, pictures `(starts, strengths, C, h, w)` and where they change, `(starts, H, W)`."""
        starts = self.starts if len(self.found) < SEVERAL else self.starts[:1]
        out: list[tuple[Tensor, Tensor]] = []
        for direction in self.found:
            strengths = strengths_of(direction)
            z = torch.cat([moved(starts, [direction], [s]) for s in strengths])
            items = decode_all(self._space, z).unflatten(0, (len(strengths), len(starts))).transpose(0, 1)
            drawn = self._space.representation.of.draw(items.flatten(0, 1)).unflatten(0, items.shape[:2])
            change = (drawn[:, strengths.index(direction.usual)] - drawn[:, strengths.index(0.0)]).abs().mean(1)
            out.append((drawn, change))
        return out

    def image(self) -> Image.Image:
        """A row an item and a column a strength, and where the picture changes; of several directions, a row each."""
        rows: list[list[pictures.Cell]] = []
        labels: list[str] = []
        first = self.found[0]
        strengths = strengths_of(first)
        several = len(self.found) >= SEVERAL
        factor = pictures.factor_for(self._sheets[0][0][0, 0], len(strengths) + 1, sum(len(s) for s, _ in self._sheets))
        for direction, (items, change) in zip(self.found, self._sheets, strict=True):
            for k in range(len(items)):
                cells: list[pictures.Cell] = [pictures.enlarged(pictures.image_of(x), factor) for x in items[k]]
                rows.append([*cells, pictures.enlarged(pictures.heat(change[k]), factor)])
                labels.append(direction.name if several or k == 0 else "")
        columns = [*(said(s, first) for s in strengths), "where"]
        title = f"{self.origin.model}, space {self.origin.space}: {self._title()}"
        return pictures.table(rows, title=title, row_labels=labels, column_labels=columns, framed=strengths.index(0.0))

    def _title(self) -> str:
        if len(self.found) == 1:
            d = self.found[0]
            return f"{d.target or d.name}, by {d.method}"
        return f"{len(self.found)} directions by {self.found[0].method}"

    def arrays(self) -> Mapping[str, np.ndarray]:
        sigma = np.array([d.sigma for d in self.found])
        return {"latents": self.latents.numpy(), "sigma": sigma, "starts": self.starts.numpy()}

    def told(self) -> str:
        if len(self.found) == 1:
            d = self.found[0]
            return f"{d.name}, by {d.method}: {d.changes}"
        return f"{len(self.found)} directions by {self.found[0].method}"


def strengths_of(direction: Direction) -> tuple[float, ...]:
    """The strengths that a direction is shown at."""
    return WAYS if direction.aim is not None else STEPS


def said(strength: float, direction: Direction) -> str:
    """A strength as the head of a column."""
    if abs(strength) < 1e-9:
        return "start"
    if direction.aim is not None:
        return f"{strength:.0%}"
    return f"{strength:+g}σ".replace("-", "\N{MINUS SIGN}")
