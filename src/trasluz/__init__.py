"""Trasluz: hold a generative model up to the light and see what is inside its latent space.

>>> import trasluz as tl
>>> model = tl.open("mine")          # doctest: +SKIP
>>> tl.sample(model, 16, seed=0)     # doctest: +SKIP

Importing this loads nothing heavy; the verbs load what they need when they are first used. Which verbs there are, the
registry says; what an editor sees of them is `__init__.pyi`, made from them by tools/make_docs.py.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_OPENING = {
    "Workspace": "trasluz.io.workspace",
    "load": "trasluz.lab.shelf.data",
    "open": "trasluz.lab.shelf.models",
    "wrap": "trasluz.openers.wrapped",
}
"""What gives the verbs something to work on."""
_PARTS = ("adapters", "base", "lab", "spaces")


def _verbs() -> dict[str, str]:
    """The verbs by their name in Python, with their name in the registry."""
    from trasluz.spaces import registry

    return {registry.calls("verbs", name): name for name in registry.names("verbs")}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _OPENING:
        return getattr(import_module(_OPENING[name]), name)
    if name in _PARTS:
        return import_module(f"trasluz.{name}")
    if name == "__all__":
        return sorted(["__version__", *_OPENING, *_verbs()])
    if not name.startswith("_"):
        found = _verbs().get(name)
        if found is not None:
            from trasluz.lab.calls.verb import told
            from trasluz.spaces import registry

            return told(registry.load("verbs", found))
    raise AttributeError(f"module 'trasluz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(["__version__", *_OPENING, *_verbs(), *_PARTS])
