"""One cartoon face as a function of its number alone.

The style is ToonHead by Johan Melin (CC BY 4.0), as DiceBear gives it. Every factor is drawn by itself, so that
factors are independent and each value of one is as likely as the others; a beard and hair behind the head are
absent from half of the faces, as in the style itself.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from trasluz.base.errors import TrasluzError
from trasluz.base.rng import numpy_generator
from trasluz.sources._layers import lay

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
LAYERS = {
    "rearHair": "hair_colour",
    "body": "skin_colour",
    "head": "skin_colour",
    "clothes": "clothes_colour",
    "mouth": None,
    "beard": "hair_colour",
    "eyes": None,
    "eyebrows": "hair_colour",
    "hair": "hair_colour",
}
"""The style's components from the back to the front, and the factor that colours each."""
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


def choose(index: int) -> dict[str, str]:
    """The factors of face `index`."""
    draw = numpy_generator(0, "faces", index)
    chosen = {factor: list(values)[draw.integers(len(values))] for factor, (_, values) in COLOURS.items()}
    for factor, (_, values) in VARIANTS.items():
        value = list(values)[draw.integers(len(values))]
        chosen[factor] = "none" if factor in SOMETIMES and not draw.integers(2) else value
    return chosen


def options(chosen: dict[str, str]) -> dict[str, Any]:
    """Factors as the style's own options."""
    given: dict[str, Any] = {}
    for factor, (component, values) in COLOURS.items():
        given[f"{component}Color"] = values[chosen[factor]]
    for factor, (component, values) in VARIANTS.items():
        absent = chosen[factor] == "none"
        given[f"{component}Probability"] = 0 if absent else 100
        if not absent:
            given[f"{component}Variant"] = values[chosen[factor]]
    return given


@cache
def _part(component: str, variant: str | None, colour: tuple[str, str] | None) -> str:
    """One component of the style alone, as SVG; what the style says that it drew is held against what was asked."""
    from dicebear import Avatar

    alone: dict[str, Any] = {f"{other}Probability": 0 for other in LAYERS if other != component}
    alone[f"{component}Probability"] = 100
    if variant is not None:
        alone[f"{component}Variant"] = variant
    if colour is not None:
        alone[f"{colour[0]}Color"] = colour[1]
    made = Avatar(_style(), alone).to_json()
    drawn = made["options"]
    if variant not in (None, drawn.get(f"{component}Variant")) or (
        colour and drawn[f"{colour[0]}Color"] != [colour[1]]
    ):
        raise TrasluzError(f"the style toon-head did not draw {component} {variant} as asked")
    return made["svg"].replace('viewBox="0 0 768 768"', f'viewBox="{VIEW}"', 1)


def draw(index: int, size: int, channels: int) -> tuple[np.ndarray, dict[str, str]]:
    """Face `index`: pixels `(C, size, size)` and its factors."""
    chosen = choose(index)
    variants = {component: values.get(chosen[factor]) for factor, (component, values) in VARIANTS.items()}
    parts: list[str] = []
    for component, colouring in LAYERS.items():
        if component in variants and variants[component] is None:
            continue
        name, values = COLOURS[colouring] if colouring else ("", {})
        colour = (name, values[chosen[colouring]]) if colouring else None
        parts.append(_part(component, variants.get(component), colour))
    return lay(parts, size, channels, BACKGROUND), chosen
