"""The models that ship inside the package: where they are, and how a trained one becomes such a one."""

from __future__ import annotations

from pathlib import Path

from trasluz.base.errors import DamagedFile
from trasluz.base.reserved import BUNDLED, ZOO, is_bundled, reserve
from trasluz.io.weights import half, single

__all__ = ["BUNDLED", "PICTURE", "RECIPE", "REINSTALL", "ZOO", "folder_of", "half", "is_bundled", "names", "reserve",
           "single"]  # fmt: skip

RECIPE, PICTURE = "recipe.json", "picture.png"
REINSTALL = "Install Trasluz again: pip install --force-reinstall trasluz"


def folder_of(name: str) -> Path:
    """The folder of a bundled model.

    Raises:
        DamagedFile: it is not there.
    """
    folder = ZOO / name
    if not folder.is_dir():
        raise DamagedFile(f"the bundled model {name} is missing from this installation", next=REINSTALL)
    return folder


def names() -> list[str]:
    """The bundled models that are there."""
    return [name for name in BUNDLED if (ZOO / name).is_dir()]
