"""Gratings: models that are a formula. A folder with a `gratings.json` is one: `{"size": 32}`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import ClassVar, final

import torch
from torch import Tensor

import trasluz as tl
from trasluz.base.errors import DamagedFile
from trasluz.spaces.model import LatentModel
from trasluz.spaces.opener import Allow, ModelFacts, Opener, Stamp

FILE = "gratings.json"


@final
class Gratings(Opener):
    """Two numbers of a latent are the waves across and down, the other two phase and contrast."""

    name: ClassVar[str] = "gratings"
    title: ClassVar[str] = "Gratings by a formula"
    looks_for: ClassVar[str] = FILE

    def recognises(self, folder: Path) -> bool:
        return (folder / FILE).is_file() and not (folder / FILE).is_symlink()

    def stamp(self, folder: Path) -> Stamp:
        try:
            status = (folder / FILE).stat()
        except OSError:
            return ()
        return (status.st_mtime_ns, status.st_size)

    def describe(self, folder: Path) -> ModelFacts:
        _size(folder)
        return ModelFacts("gratings", self.title)

    def open(self, folder: Path, device: torch.device, allow: Allow) -> LatentModel:
        size = _size(folder)

        def decode(z: Tensor) -> Tensor:
            y, x = torch.meshgrid(*[torch.linspace(0, 2 * math.pi, size, device=z.device)] * 2, indexing="ij")
            across, down, phase, contrast = (part[:, None, None] for part in z.unbind(1))
            return 0.5 + 0.5 * contrast.tanh()[:, None] * torch.sin(across * x + down * y + phase)[:, None]

        model = tl.wrap(decode, (4,), name=folder.name, identity=f"gratings of {size} pixels")
        model.family = self.name
        model.opened_from(folder)
        return model.to(device)


def _size(folder: Path) -> int:
    """What the file says.

    Raises:
        DamagedFile: it is no size.
    """
    try:
        size = json.loads((folder / FILE).read_text(encoding="utf-8"))["size"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedFile(f"{folder / FILE} does not say a size", next='Write {"size": 32} into it') from error
    if not isinstance(size, int) or not 8 <= size <= 256:
        raise DamagedFile(f"{folder / FILE} has no size of pictures", got=repr(size), allowed="8 to 256")
    return size
