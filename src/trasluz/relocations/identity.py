"""The latents as they are: whether two spaces of one shape are the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import DamagedFile
from trasluz.base.progress import Progress
from trasluz.base.shapes import Latents
from trasluz.spaces.relocation import Pairs, Relocation, RelocationMethod, Shape


@final
class Same(Relocation):
    """z ↦ z."""

    method = "identity"

    def __init__(self, shape: Shape) -> None:
        self.source = self.target = shape
        self.chosen: Mapping[str, float] = {}

    def move(self, z: Latents) -> Latents:
        return z.clone()

    def state(self) -> dict[str, Tensor]:
        return {}


@final
class Identity(RelocationMethod):
    """No map at all, where the shapes agree."""

    name = "identity"
    title = "As they are"
    rung = 0

    def why_not(self, source: Shape, target: Shape, items: int) -> str | None:
        return None if source == target else "the spaces are of different shapes"

    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        return Same(pairs.shapes[0])

    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        if state or source != target:
            raise DamagedFile("not a map by identity", got=sorted(state), next="Fit the map again")
        return Same(source)
