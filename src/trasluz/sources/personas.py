"""Flat portraits with true factors: Personas by Draftbit (CC BY 4.0), through DiceBear, drawn by resvg.

Faces without outlines, whose colours lie close to each other (seven of hair, seven of skin): a third style, to hold
against what works on the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np

from trasluz.sources import _dicebear
from trasluz.sources._layers import Numbered
from trasluz.sources._personas import PERSONAS


@final
class Personas(Numbered):
    """`personas[:N]`: face i is the same whatever N."""

    name: ClassVar[str] = "personas"
    title: ClassVar[str] = "Flat portraits with known hair, skin, clothes, eyes, nose, mouth and facial hair"
    version: ClassVar[str] = "1"
    prefix: ClassVar[str] = "persona"
    licence: ClassVar[str] = "CC BY 4.0: remix of Personas by Draftbit, https://creativecommons.org/licenses/by/4.0/"
    about: ClassVar[str] = (
        "Flat portraits of another style than `faces`, by number; every factor independent of the others, "
        "and missing where it cannot be seen."
    )

    def one(self, index: int, size: int, channels: int) -> tuple[np.ndarray, Mapping[str, str | None]]:
        return _dicebear.draw(PERSONAS, index, size, channels)
