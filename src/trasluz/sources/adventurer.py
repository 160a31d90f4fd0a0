"""Drawn faces with true factors: Adventurer by Lisa Wischofsky (CC BY 4.0), through DiceBear, drawn by resvg.

Faces of another hand than `faces`, with many values to a factor (45 hairstyles, 14 colours of hair), so that
what works on one style of drawing can be held against another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np

from trasluz.sources import _dicebear
from trasluz.sources._adventurer import ADVENTURER
from trasluz.sources._layers import Numbered


@final
class Adventurer(Numbered):
    """`adventurer[:N]`: face i is the same whatever N."""

    name: ClassVar[str] = "adventurer"
    title: ClassVar[str] = "Drawn faces with known hair, skin, eyes, brows, mouth, glasses and earrings"
    version: ClassVar[str] = "1"
    prefix: ClassVar[str] = "adventurer"
    licence: ClassVar[str] = (
        "CC BY 4.0: remix of Adventurer by Lisa Wischofsky, https://creativecommons.org/licenses/by/4.0/"
    )
    about: ClassVar[str] = (
        "Drawn faces of another style than `faces`, by number; every factor independent of the others, "
        "and missing where it cannot be seen."
    )

    def one(self, index: int, size: int, channels: int) -> tuple[np.ndarray, Mapping[str, str | None]]:
        return _dicebear.draw(ADVENTURER, index, size, channels)
