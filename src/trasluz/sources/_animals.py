"""One cat or dog as a function of its number alone.

The shapes are animal-avatar's (MIT). Its lists hold the ears and muzzles of many animals; of them we take those
that read as a cat's (pointed ears, whiskers or a small nose) and as a dog's (ears that hang, a long muzzle), so
that species is a property of the picture. Everything else is drawn by itself, each value as likely as the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trasluz.base.rng import numpy_generator
from trasluz.sources._layers import Layer, lay

if TYPE_CHECKING:
    import numpy as np

SPECIES = ("cat", "dog")
EARS = {
    "cat": {"large_pointed": 0, "small_pointed": 3, "sideways_pointed": 8, "tall_pointed": 9},
    "dog": {"folded": 1, "hanging": 2, "small_folded": 4, "long_hanging": 7},
}
MUZZLES = {
    "cat": {"small_white": 5, "button": 6, "fine_whiskers": 10, "thick_whiskers": 12},
    "dog": {"long_white": 0, "wide_white": 1, "white_tongue": 3, "heart_nose": 9},
}
"""Names of ours for places in the package's lists, by species."""
FUR_COLOUR = {
    "sand": "#d7b89c",
    "brown": "#b18272",
    "ginger": "#e39a52",
    "grey": "#a3a7ae",
    "cream": "#f0dfc0",
    "chocolate": "#8a5a44",
    "slate": "#6d7688",
    "rose": "#ec8a90",
}
BACKGROUND = {
    "cream": "#fcf7d1",
    "lilac": "#ddd3ee",
    "sage": "#c9d6b9",
    "blue": "#bcdcea",
    "mint": "#b5f4bc",
}
PATTERN = {"none": None, "cheek_patch": 0, "light_eye_patch": 1, "dark_eye_patch": 2}
EYES = {"sparkling": 0, "dark": 1, "small": 2, "wide": 3, "tiny": 4, "tall": 5, "close": 6, "low": 7}
BROWS = {"tilted": 0, "straight": 1, "raised": 2}
HAIR = {"none": None, "curly_white": 0, "fringe": 1, "tuft": 2, "spiky": 3}
VIEW = "20 20 460 460"
"""Of the package's 500 units: the head, without the empty margin."""


def _choices(index: int) -> dict[str, str]:
    draw = numpy_generator(0, "pets", index)
    species = SPECIES[draw.integers(2)]
    options = {
        "fur_colour": FUR_COLOUR,
        "ears": EARS[species],
        "muzzle": MUZZLES[species],
        "pattern": PATTERN,
        "eyes": EYES,
        "brows": BROWS,
        "hair": HAIR,
        "background": BACKGROUND,
    }
    drawn = {name: list(values)[draw.integers(len(values))] for name, values in options.items()}
    return {"label": species, "species": species, **drawn}


def draw(index: int, size: int, channels: int) -> tuple[np.ndarray, dict[str, str]]:
    """Animal `index`: pixels `(C, size, size)` and its factors, the species as its label."""
    from animal_avatar import shapes

    chosen = _choices(index)
    species, fur = chosen["label"], FUR_COLOUR[chosen["fur_colour"]]
    # From the back to the front.
    layers = [
        (shapes.FACES, 0),
        (shapes.PATTERNS, PATTERN[chosen["pattern"]]),
        (shapes.EARS, EARS[species][chosen["ears"]]),
        (shapes.HAIRS, HAIR[chosen["hair"]]),
        (shapes.MUZZLES, MUZZLES[species][chosen["muzzle"]]),
        (shapes.EYES, EYES[chosen["eyes"]]),
        (shapes.BROWS, BROWS[chosen["brows"]]),
    ]
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{VIEW}">'
    parts = [Layer(f"{start}{shapes_of[place](fur)}</svg>") for shapes_of, place in layers if place is not None]
    return lay(parts, size, channels, BACKGROUND[chosen["background"]]), chosen
