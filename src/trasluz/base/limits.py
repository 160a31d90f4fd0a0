"""Numbers within limits, or one clear error."""

from __future__ import annotations

from trasluz.base.errors import InvalidArgument

STRONGEST = 100.0
"""Of a move along a direction, in its unit."""


def between(name: str, value: float, *, low: float, high: float) -> float:
    """A number between two limits, or one clear error."""
    if not low <= value <= high:  # false for NaN too
        raise InvalidArgument(f"{name} out of range", got=f"{value:g}", allowed=f"{low:g} to {high:g}")
    return float(value)


def whole(name: str, value: int, *, low: int, high: int) -> int:
    """A whole number between two limits, or one clear error."""
    if not low <= value <= high:
        raise InvalidArgument(f"{name} out of range", got=value, allowed=f"{low:,} to {high:,}")
    return value
