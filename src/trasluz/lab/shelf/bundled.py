"""The models that ship inside the package: where they are, and how a trained one becomes such a one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, NameTaken

ZOO = Path(__file__).parents[2] / "zoo"
RECIPE, PICTURE = "recipe.json", "picture.png"
REINSTALL = "Install Trasluz again: pip install --force-reinstall trasluz"
BUNDLED = (
    "faces-vae", "faces-flow", "faces-gan", "pets-vae", "pets-flow", "pets-gan", "fashion-vae", "fashion-flow",
    "fashion-gan",
)  # fmt: skip
"""Their names, which no model of a workspace can take."""


def is_bundled(name: object) -> bool:
    """Whether a MODEL argument names a bundled model."""
    return name in BUNDLED


def folder_of(name: str) -> Path:
    """The folder of a bundled model.

    Raises:
        DamagedFile: it is not there.
    """
    folder = ZOO / name
    if not (folder / "config.json").is_file():
        raise DamagedFile(f"the bundled model {name} is missing from this installation", next=REINSTALL)
    return folder


def names() -> list[str]:
    """The bundled models that are there."""
    return [name for name in BUNDLED if (ZOO / name / "config.json").is_file()]


def reserve(name: str | os.PathLike[str]) -> None:
    """Refuse to give a model the name of a bundled one."""
    if is_bundled(name):
        raise NameTaken(f"{name} is the name of a bundled model", next=f"Choose another, such as my-{name}")


def half(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights in half precision, half as large; what does not fit its range or is no float stays as it is."""
    out: dict[str, Tensor] = {}
    for name, value in state.items():
        small = value.to(torch.float16) if value.dtype == torch.float32 else value
        out[name] = small if bool(torch.isfinite(small).all()) else value
    return out


def single(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights kept in half precision as float32, in which everything computes; others as they are."""
    return {k: v.float() if v.dtype == torch.float16 else v for k, v in state.items()}
