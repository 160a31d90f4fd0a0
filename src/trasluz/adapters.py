"""What `wrap` was called before: use `tl.wrap`."""

from __future__ import annotations

import warnings
from typing import Any

from trasluz.spaces.model import LatentModel


def wrap(*given: Any, **named: Any) -> LatentModel:
    """`tl.wrap`, under its earlier name."""
    from trasluz.openers.wrapped import wrap as wrapped

    warnings.warn("tl.adapters.wrap is called tl.wrap now", DeprecationWarning, stacklevel=2)
    return wrapped(*given, **named)
