"""How colours look beside each other and on their ground: contrast, and distance as colour-blind eyes see it.

Contrast is that of WCAG 2.2; what is left to eyes without the long or the middle cones is after Viénot, Brettel and
Mollon (1999), "Digital video colourmaps for checking the legibility of displays by dichromats"; distance is CIE 1976.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

GROUNDS = ("#ffffff", "#f3f1ec", "#0e1016")
"""Of a drawn map, and of the studio's page by day and by night."""
LEAST = 1.5
"""Contrast of a point with its ground: it is a disc, and no letter."""
_EYES = (
    np.eye(3),
    np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
)
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1, 1.089])


def rgb(colour: str) -> np.ndarray:
    """`#rrggbb` to three shares of 1."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share of another in it."""
    parts = rgb(colour) * (1 - share) + rgb(other) * share
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def contrast(colour: str, ground: str) -> float:
    """From 1, the same, to 21, black on white."""
    dark, light = sorted(float(_linear(one) @ _XYZ[1]) for one in (colour, ground))
    return (light + 0.05) / (dark + 0.05)


def visible(colour: str) -> str:
    """A colour, made darker or lighter as far as it has to be to show on every ground."""
    for share in np.linspace(0, 1, 41):
        for other in ("#000000", "#ffffff"):
            made = mixed(colour, other, float(share))
            if all(contrast(made, ground) >= LEAST for ground in GROUNDS):
                return made
    return colour


def apart(a: str, b: str) -> float:
    """How far two colours are from each other to full sight."""
    return math.dist(_lab(a)[0], _lab(b)[0])


def apart_to_all(a: str, b: str) -> float:
    """How far they are to the eyes that see them most alike."""
    return min(math.dist(x, y) for x, y in zip(_lab(a), _lab(b), strict=True))


def _linear(colour: str) -> np.ndarray:
    srgb = rgb(colour)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


@cache
def _lab(colour: str) -> tuple[tuple[float, float, float], ...]:
    """CIE L*a*b* as each kind of eyes sees it."""
    out: list[tuple[float, float, float]] = []
    for eyes in _EYES:
        share = (_XYZ @ np.clip(eyes @ _linear(colour), 0, 1)) / _WHITE
        x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116).tolist()
        out.append((116 * y - 16, 500 * (x - y), 200 * (y - z)))
    return tuple(out)
