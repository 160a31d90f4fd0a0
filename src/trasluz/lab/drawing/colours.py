"""The colours of a column, the same on a drawn map and on the studio's page.

Names have the colours of a palette in the order of their values; but where they are words for colours (black, blond,
rojo), these. Of more than the palette holds, the most frequent ones have a colour, and the others are grey: what nobody
can tell apart is not shown as if it could be. A scale, and an order of more steps than the palette has colours, runs
from dark to light.
"""

from __future__ import annotations

import numpy as np

from trasluz.lab.drawing import sight
from trasluz.lab.drawing.words import colour_of
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
WORDS = 0.75
"""Share of the values from which on words for colours are taken as such: an orange among apples is a fruit, and where
half of the values had their own colour, one would take the others for theirs too."""
ALIKE = 12.0
"""Distance under which two colours of one column would be taken for one."""


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
    paint = _painted(column, shown(column))
    return tuple(paint.get(place, OTHER) for place in range(column.distinct))


def _painted(column: Column, kept: list[int]) -> dict[int, str]:
    """The colours of some values by their places: of words their own, of the others those of the palette that are least
    like them."""
    words = {place: colour_of(column.values[place]) for place in kept} if column.kind == "category" else {}
    own = {place: colour for place, colour in words.items() if colour is not None}
    if not own or len(own) < WORDS * len(kept):
        return dict(zip(kept, PALETTE, strict=False))
    paint: dict[int, str] = {}
    for place, colour in own.items():
        paint[place] = _unlike(sight.visible(colour), list(paint.values()))
    free = [colour for colour in PALETTE if all(sight.apart_to_all(colour, one) >= ALIKE for one in paint.values())]
    free += [colour for colour in PALETTE if colour not in free]
    return paint | dict(zip((place for place in kept if place not in own), free, strict=False))


def _unlike(colour: str, taken: list[str]) -> str:
    """A colour, or a shade of it where another value has the same: gris beside grey."""
    shades = [sight.mixed(colour, other, share) for share in (0.25, 0.5, 0.75) for other in ("#000000", "#ffffff")]
    for shade in (colour, *map(sight.visible, shades)):
        if all(sight.apart(shade, one) >= ALIKE for one in taken):
            return shade
    return colour


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
