"""Cartoon faces with true factors: ToonHead by Johan Melin (CC BY 4.0), through DiceBear, drawn by resvg.

Hair, skin and clothes have a colour and a shape, the face an expression: attributes that everybody wants to move,
known exactly, so that disentanglement and edits can be measured instead of judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np

from trasluz.sources import _dicebear
from trasluz.sources._layers import Numbered
from trasluz.sources._toonhead import TOON_HEAD


@final
class Faces(Numbered):
    """`faces[:N]`: face i is the same whatever N."""

    name: ClassVar[str] = "faces"
    title: ClassVar[str] = "Cartoon faces with known hair, skin, clothes and expression"
    version: ClassVar[str] = "1"
    prefix: ClassVar[str] = "face"
    licence: ClassVar[str] = "CC BY 4.0: remix of ToonHead by Johan Melin, https://creativecommons.org/licenses/by/4.0/"
    about: ClassVar[str] = "Cartoon faces drawn by number; every factor independent of the others."

    def one(self, index: int, size: int, channels: int) -> tuple[np.ndarray, Mapping[str, str | None]]:
        return _dicebear.draw(TOON_HEAD, index, size, channels)
