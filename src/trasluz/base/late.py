"""Libraries that take long to load, loaded by whoever first needs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def stats() -> Any:
    """`scipy.stats`, which takes as long to load as half of torch and has no types."""
    return import_module("scipy.stats")
