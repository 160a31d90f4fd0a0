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
    "find": "trasluz.lab.directions",
    "edit": "trasluz.lab.edit",
    "states": "trasluz.lab.states",
    "traverse": "trasluz.lab.traverse",
    "wrap": "trasluz.openers.wrapped",
}
"""Each verb of the Python face and the module that holds it."""

if TYPE_CHECKING:
    from trasluz.lab.decode import decode
    from trasluz.lab.directions import find
    from trasluz.lab.edit import edit
    from trasluz.lab.encode import encode
    from trasluz.lab.interpolate import interpolate
    from trasluz.lab.invert import invert
    from trasluz.lab.map import map
    from trasluz.lab.sample import sample
    from trasluz.lab.shelf.data import load
    from trasluz.lab.shelf.models import open
    from trasluz.lab.states import states
    from trasluz.lab.train import train
    from trasluz.lab.traverse import traverse
    from trasluz.openers.wrapped import wrap

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
    "studio",
    "train",
    "traverse",
    "wrap",
]


def studio(
    *models: Any,
    data: str | None = None,
    port: int = 0,
    browser: bool = True,
    workspace: Any = None,
    device: str = "auto",
) -> Any:
    """Begin the studio over models by name, by path, or open in memory; in the background, and in the browser.

    A notebook goes on; a script waits for it: `tl.studio(model).wait()`. What it gives has `url`, `wait()`, `close()`,
    and closes at the end of a `with`. See `trasluz.server.begin`.
    """
    from importlib import import_module  # the server stands above everything here, and is loaded for this alone

    begin = import_module("trasluz.server.begin").studio
    return begin(*models, data=data, port=port, browser=browser, workspace=workspace, device=device)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _VERBS:
        return getattr(import_module(_VERBS[name]), name)
    if name in ("adapters", "base", "spaces", "lab"):
        return import_module(f"trasluz.{name}")
    raise AttributeError(f"module 'trasluz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "adapters", "spaces"])
