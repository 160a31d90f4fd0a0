"""Adventurer by Lisa Wischofsky (CC BY 4.0), as DiceBear gives it, its colours under names of ours."""

from __future__ import annotations

from trasluz.sources._dicebear import Style, names, numbered

HAIR_COLOUR = {
    "black": "#0e0e0e",
    "blond": "#e5d7a3",
    "dark_blond": "#b9a05f",
    "olive": "#796a45",
    "turquoise": "#85c2c6",
    "brown": "#6a4e35",
    "chestnut": "#562306",
    "grey": "#afafaf",
    "green": "#3eac2c",
    "pink": "#dba3be",
    "purple": "#592454",
    "caramel": "#ac6511",
    "orange": "#cb6820",
    "red": "#ab2a18",
}
SKIN_COLOUR = {"pale": "#f2d3b1", "tan": "#ecad80", "brown": "#9e5622", "dark": "#763900"}

ADVENTURER = Style(
    file="adventurer",
    purpose="adventurer",
    colours={"hair_colour": ("hair", HAIR_COLOUR), "skin_colour": ("skin", SKIN_COLOUR)},
    variants={
        "hair": ("hair", {**numbered("long", 26), **numbered("short", 19)}),
        "eyes": ("eyes", numbered("variant", 26)),
        "eyebrows": ("eyebrows", numbered("variant", 15)),
        "mouth": ("mouth", numbered("variant", 30)),
        "glasses": ("glasses", numbered("variant", 5)),
        "earrings": ("earrings", numbered("variant", 6)),
        "details": ("details", names("birthmark blush freckles mustache")),
    },
    sometimes=("glasses", "earrings", "details"),
    background="#cfe3ea",  # as that of `faces`
    view=(0, 0, 762),  # all of it: the widest hair reaches the edges
)
