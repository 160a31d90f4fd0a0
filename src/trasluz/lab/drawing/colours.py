"""The colours of a column, the same on a drawn map and on the studio's page.

Names have the colours of a palette in the order of their values. Of more than it holds, the most frequent ones have
them, and the others are grey: what nobody can tell apart is not shown as if it could be. A scale, and an order of more
steps than the palette has colours, runs from dark to light.
"""

from __future__ import annotations

import numpy as np

from trasluz.spaces.column import Column

PALETTE = (
    "#3f8ad0", "#f1771d", "#1ea35e", "#d0347e", "#7c5ed2", "#d9c22e",
    "#48bfe3", "#a31f20", "#7c5c38", "#8eb937", "#f58daa", "#3b3bd0",
)  # fmt: skip
"""Twelve colours that stay apart for the colour-blind, the first ones furthest, and show on white and on the dark
ground of the studio (a test measures both)."""
OTHER = "#b4b8bd"
"""Names beyond the palette."""
SEQUENTIAL = "viridis"
"""Of a scale, as matplotlib calls it."""
STOPS = (
    "#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725",
)  # fmt: skip
"""The same at nine places, evenly spaced."""


def is_graded(column: Column) -> bool:
    """Whether a column is shown by a colour bar: a scale, or an order of more steps than the palette has colours."""
    return column.is_scale or (column.kind == "order" and column.distinct > len(PALETTE))


def colours_of(column: Column) -> tuple[str, ...]:
    """One colour for each value of a column with names; of a scale the stops that its colours run through; of text
    none."""
    if column.is_scale:
        return STOPS
    if column.kind == "text":
        return ()
    if is_graded(column):
        return tuple(_between(share) for share in _shares(column))
    kept = shown(column)
    paint = dict(zip(kept, PALETTE, strict=False))
    return tuple(paint.get(place, OTHER) for place in range(column.distinct))


def shown(column: Column) -> list[int]:
    """The places of the values that have a colour of the palette, in order: all, or the most frequent ones."""
    room = len(PALETTE) if column.distinct <= len(PALETTE) else len(PALETTE) - 1
    frequent = sorted(range(column.distinct), key=lambda place: (-column.counts[place], place))
    return sorted(frequent[:room])


def _shares(column: Column) -> list[float]:
    """How far along the range of an order each of its values is."""
    steps = np.array([float(value) for value in column.values])
    return ((steps - steps[0]) / (steps[-1] - steps[0])).tolist()


def _between(share: float) -> str:
    """The colour at a share of the stops' way."""
    at = share * (len(STOPS) - 1)
    low = min(int(at), len(STOPS) - 2)
    pairs = [(int(STOPS[low][i : i + 2], 16), int(STOPS[low + 1][i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * (at - low)):02x}" for a, b in pairs)
