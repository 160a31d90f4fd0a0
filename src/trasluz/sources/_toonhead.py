"""One cartoon face as a function of its number alone.

The style is ToonHead by Johan Melin (CC BY 4.0), as DiceBear gives it. Every factor is drawn by itself, so that
factors are independent and each value of one is as likely as the others; a beard and hair behind the head are
absent from half of the faces, as in the style itself.

Imports neither torch nor a contract: the drawing processes load this alone.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from trasluz.base.rng import numpy_generator
from trasluz.io.media import draw_svg

if TYPE_CHECKING:
    import numpy as np

HAIR_COLOUR = {
    "black": "#2c1b18",
    "brown": "#724133",
    "auburn": "#a55728",
    "light_brown": "#b58143",
    "blond": "#d6b370",
}
SKIN_COLOUR = {"pale": "#f1c3a5", "rosy": "#c68e7a", "olive": "#b98e6a", "brown": "#a36b4f", "dark": "#5c3829"}
CLOTHES_COLOUR = {
    "black": "#151613",
    "blue": "#0b3286",
    "grey": "#545454",
    "green": "#147f3c",
    "orange": "#f97316",
    "pink": "#ec4899",
    "purple": "#731ac3",
    "red": "#b11f1f",
    "white": "#e8e9e6",
    "yellow": "#eab308",
}
VARIANTS: dict[str, tuple[str, dict[str, str]]] = {
    "hair": ("hair", {"bun": "bun", "side_combed": "sideComed", "spiky": "spiky", "undercut": "undercut"}),
    "rear_hair": (
        "rearHair",
        {
            "long_straight": "longStraight",
            "long_wavy": "longWavy",
            "neck_high": "neckHigh",
            "shoulder_high": "shoulderHigh",
        },
    ),
    "mouth": ("mouth", {v: v for v in ("agape", "angry", "laugh", "sad", "smile")}),
    "eyes": ("eyes", {"bow": "bow", "happy": "happy", "humble": "humble", "wide": "wide", "wink": "wink"}),
    "eyebrows": ("eyebrows", {v: v for v in ("angry", "happy", "neutral", "raised", "sad")}),
    "beard": (
        "beard",
        {
            "chin": "chin",
            "chin_moustache": "chinMoustache",
            "full": "fullBeard",
            "long": "longBeard",
            "twirled_moustache": "moustacheTwirl",
        },
    ),
    "clothes": (
        "clothes",
        {
            "dress": "dress",
            "open_jacket": "openJacket",
            "shirt": "shirt",
            "t_shirt": "tShirt",
            "turtle_neck": "turtleNeck",
        },
    ),
}
"""Factor by our name: the style's component, and the style's variant by our name of the value."""
COLOURS = {
    "hair_colour": ("hair", HAIR_COLOUR),
    "skin_colour": ("skin", SKIN_COLOUR),
    "clothes_colour": ("clothes", CLOTHES_COLOUR),
}
SOMETIMES = ("rear_hair", "beard")
"""Absent (`none`) from half of the faces."""
BACKGROUND = "#cfe3ea"
"""A light blue that no hair, skin or garment of the style has."""
VIEW = "48 24 672 672"
"""Of the style's 768 units: head, hair and collar, without the empty margin."""


@cache
def _style() -> Any:
    from dicebear import Style

    return Style(json.loads(files("dicebear_styles").joinpath("toon-head.json").read_text(encoding="utf-8")))


def _options(index: int) -> dict[str, Any]:
    """The style's options of face `index`."""
    draw = numpy_generator(0, "faces", index)
    options: dict[str, Any] = {"seed": str(index)}
    for component, values in COLOURS.values():
        options[f"{component}Color"] = list(values.values())[draw.integers(len(values))]
    for factor, (component, values) in VARIANTS.items():
        options[f"{component}Variant"] = list(values.values())[draw.integers(len(values))]
        if factor in SOMETIMES:
            options[f"{component}Probability"] = 100 * int(draw.integers(2))
    return options


def _factors(drawn: dict[str, Any]) -> dict[str, str]:
    """Our names of what the style says that it drew."""
    factors = {}
    for factor, (component, values) in COLOURS.items():
        factors[factor] = {v: k for k, v in values.items()}[drawn[f"{component}Color"][0]]
    for factor, (component, values) in VARIANTS.items():
        variant = drawn.get(f"{component}Variant")
        factors[factor] = "none" if variant is None else {v: k for k, v in values.items()}[variant]
    return factors


def draw(index: int, size: int, channels: int) -> tuple[np.ndarray, dict[str, str]]:
    """Face `index`: pixels `(C, size, size)` and its factors."""
    from dicebear import Avatar

    avatar = Avatar(_style(), _options(index)).to_json()
    svg = avatar["svg"].replace('viewBox="0 0 768 768"', f'viewBox="{VIEW}"', 1)
    return draw_svg(svg, size=size, channels=channels, background=BACKGROUND), _factors(avatar["options"])
