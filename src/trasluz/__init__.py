"""Trasluz: hold a generative model up to the light and see what is inside its latent space.

>>> import trasluz as tl
>>> model = tl.open("mine")          # doctest: +SKIP
>>> tl.sample(model, 16, seed=0)     # doctest: +SKIP

Importing this loads nothing heavy; the verbs load what they need when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_VERBS = {
    "load": "trasluz.lab.shelf.data",
    "open": "trasluz.lab.shelf.models",
    "train": "trasluz.lab.train",
    "encode": "trasluz.lab.encode",
    "map": "trasluz.lab.map",
    "decode": "trasluz.lab.decode",
    "sample": "trasluz.lab.sample",
    "interpolate": "trasluz.lab.interpolate",
    "invert": "trasluz.lab.invert",
    "find": "trasluz.lab.find",
    "edit": "trasluz.lab.edit",
    "states": "trasluz.lab.states",
    "traverse": "trasluz.lab.traverse",
}
"""Each verb of the Python face and the module that holds it."""

if TYPE_CHECKING:
    from trasluz.lab.decode import decode
    from trasluz.lab.edit import edit
    from trasluz.lab.encode import encode
    from trasluz.lab.find import find
    from trasluz.lab.interpolate import interpolate
    from trasluz.lab.invert import invert
    from trasluz.lab.map import map
    from trasluz.lab.sample import sample
    from trasluz.lab.shelf.data import load
    from trasluz.lab.shelf.models import open
    from trasluz.lab.states import states
    from trasluz.lab.train import train
    from trasluz.lab.traverse import traverse

__all__ = [
    "__version__",
    "decode",
    "edit",
    "encode",
    "find",
    "interpolate",
    "invert",
    "load",
    "map",
    "open",
    "sample",
    "states",
    "train",
    "traverse",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _VERBS:
        return getattr(import_module(_VERBS[name]), name)
    if name in ("adapters", "base", "spaces", "lab"):
        return import_module(f"trasluz.{name}")
    raise AttributeError(f"module 'trasluz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "adapters", "spaces"])
