"""Names of models and atlases that ship with Trasluz, which no others can take."""

from __future__ import annotations

from pathlib import Path

from trasluz.base.errors import NameTaken

ZOO = Path(__file__).parents[1] / "zoo"
"""Where they are."""
BUNDLED = (
    "faces-vae", "faces-flow", "faces-gan", "pets-vae", "pets-flow", "pets-gan", "fashion-vae", "fashion-flow",
    "fashion-gan", "voices-vae", "voices-flow",
)  # fmt: skip


def is_bundled(name: object) -> bool:
    """Whether a MODEL argument names a bundled model."""
    return name in BUNDLED


def reserve(name: object) -> None:
    """Refuse to give a model the name of a bundled one."""
    if is_bundled(name):
        raise NameTaken(f"{name} is the name of a bundled model", next=f"Choose another, such as my-{name}")


def bundled_atlas(model: str, space: str) -> str:
    """What the atlas is called that ships with a bundled model: MODEL--bundled--SPACE."""
    return f"{model}--bundled--{space.replace('+', '-plus')}"


def atlas_folder(name: str, zoo: Path = ZOO) -> Path | None:
    """The folder of an atlas that ships with a bundled model, by its name; None where none is called so."""
    model, mark, _ = name.partition("--bundled--")
    folder = zoo / model / name
    return folder if mark and is_bundled(model) and folder.is_dir() else None
