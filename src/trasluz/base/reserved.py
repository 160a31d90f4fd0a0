"""Names of models that ship with Trasluz, which no other model can take."""

from __future__ import annotations

from pathlib import Path

from trasluz.base.errors import NameTaken

ZOO = Path(__file__).parents[1] / "zoo"
"""Where they are."""
BUNDLED = (
    "faces-vae", "faces-flow", "faces-gan", "pets-vae", "pets-flow", "pets-gan", "fashion-vae", "fashion-flow",
    "fashion-gan", "voices-vae",
)  # fmt: skip


def is_bundled(name: object) -> bool:
    """Whether a MODEL argument names a bundled model."""
    return name in BUNDLED


def reserve(name: object) -> None:
    """Refuse to give a model the name of a bundled one."""
    if is_bundled(name):
        raise NameTaken(f"{name} is the name of a bundled model", next=f"Choose another, such as my-{name}")
