"""What verbs are given: models, data, atlases and points, by name or open."""

from __future__ import annotations

import os

from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel

Point = str | os.PathLike[str] | Tensor
"""A POINT as text, a picture file, or a latent."""
ModelLike = str | os.PathLike[str] | LatentModel
"""A model by name or path, or open."""
DataLike = str | os.PathLike[str] | Dataset | None
"""Data as a DATA argument, or open; None for what the model was trained on."""
AtlasLike = str | Atlas | None
"""An atlas by name, or open; None for the default one."""
