"""ToonHead by Johan Melin (CC BY 4.0), as DiceBear gives it, under names of ours."""

from __future__ import annotations

from trasluz.sources._dicebear import Style

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

TOON_HEAD = Style(
    file="toon-head",
    purpose="faces",
    colours={
        "hair_colour": ("hair", HAIR_COLOUR),
        "skin_colour": ("skin", SKIN_COLOUR),
        "clothes_colour": ("clothes", CLOTHES_COLOUR),
    },
    variants={
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
    },
    sometimes=("rear_hair", "beard"),
    background="#cfe3ea",  # a light blue that no hair, skin or garment of the style has
    view=(48, 24, 672),  # of 768 units: head, hair and collar, without the empty margin
)
