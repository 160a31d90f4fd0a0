"""Personas by Draftbit (CC BY 4.0), as DiceBear gives it, its colours under names of ours."""

from __future__ import annotations

from trasluz.sources._dicebear import Style, names

HAIR_COLOUR = {
    "dark": "#362c47",
    "apricot": "#f29c65",
    "brown": "#6c4545",
    "coral": "#f27d65",
    "silver": "#dee1f5",
    "pink": "#e16381",
    "red": "#e15c66",
}
SKIN_COLOUR = {
    "pale": "#eeb4a4",
    "rosy": "#e7a391",
    "honey": "#e5a07e",
    "copper": "#d78774",
    "sienna": "#b16a5b",
    "brown": "#92594b",
    "dark": "#623d36",
}
CLOTHES_COLOUR = {
    "blue": "#456dff",
    "green": "#6dbb58",
    "pink": "#f55d81",
    "purple": "#7555ca",
    "red": "#e24553",
    "turquoise": "#54d7c7",
    "yellow": "#f3b63a",
}

PERSONAS = Style(
    file="personas",
    purpose="personas",
    colours={
        "hair_colour": ("hair", HAIR_COLOUR),
        "skin_colour": ("skin", SKIN_COLOUR),
        "clothes_colour": ("clothing", CLOTHES_COLOUR),
        "facial_hair_colour": ("facialHair", HAIR_COLOUR),
    },
    variants={
        "hair": (
            "hair",
            names(
                "bald balding beanie bobBangs bobCut bunUndercut buzzcut cap curly curlyBun curlyHighTop extraLong "
                "fade long mohawk pigtails shortCombover shortComboverChops sideShave straightBun"
            ),
        ),
        "eyes": ("eyes", names("glasses happy open sleep sunglasses wink")),
        "nose": ("nose", names("mediumRound smallRound wrinkles")),
        "mouth": ("mouth", names("bigSmile frown lips pacifier smile smirk surprise")),
        "facial_hair": ("facialHair", names("beardMustache goatee pyramid shadow soulPatch walrus")),
        "clothes": ("clothes", names("checkered rounded small squared")),
    },
    sometimes=("facial_hair",),
    background="#fbeec6",  # a cream, far from all that the style has
    view=(3, 3, 58),  # of 64 units: without the empty margin
)
