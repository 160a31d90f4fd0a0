"""Cartoon cats and dogs with true factors, from the shapes of animal-avatar (MIT), drawn by resvg.

Two species that share fur colours, patterns, eyes and hair, and differ in ears and muzzle: the picture of a latent
space with two regions, dogs here and cats there.
"""

from __future__ import annotations

from typing import ClassVar, final

import numpy as np

from trasluz.sources import _animals
from trasluz.sources._layers import Numbered


@final
class Pets(Numbered):
    """`pets[:N]`: animal i is the same whatever N."""

    name: ClassVar[str] = "pets"
    title: ClassVar[str] = "Cartoon cats and dogs with known species, fur, ears, muzzle, pattern and eyes"
    version: ClassVar[str] = "3"
    prefix: ClassVar[str] = "pet"
    twins: ClassVar[bool] = True
    licence: ClassVar[str] = "MIT: shapes of animal-avatar"
    about: ClassVar[str] = (
        "Cartoon cats and dogs drawn by number; given the species, every factor independent of the others."
    )

    def one(self, index: int, size: int, channels: int) -> tuple[np.ndarray, dict[str, str]]:
        return _animals.draw(index, size, channels)
