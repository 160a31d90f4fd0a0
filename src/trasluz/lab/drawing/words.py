"""Words for colours, in English and Spanish: a hair colour that is black is shown in black, and rojo in red.

Words for hair and eyes, and those of daily speech, stand here; the other names are those of CSS, which Pillow knows,
and `#ff8800` is itself.
"""

from __future__ import annotations

import re
import unicodedata
from colorsys import hls_to_rgb, rgb_to_hls

DAILY = {
    "#3d3d40": "black negro negra negros negras",
    "#c8c3b4": "white blanco blanca blancos blancas",
    "#9a9a9a": "grey gray gris grises",
    "#d32f2f": "red rojo roja rojos rojas",
    "#e8772e": "orange naranja naranjas anaranjado anaranjada",
    "#d9b310": "yellow amarillo amarilla amarillos amarillas",
    "#2e8b3d": "green verde verdes",
    "#2f6fd0": "blue azul azules",
    "#4fb3e0": "sky-blue light-blue celeste celestes azul-claro azul-celeste",
    "#8243a8": "purple morado morada morados moradas purpura",
    "#9a6ad0": "violet violeta violetas lila lilas",
    "#ec7fae": "pink rosa rosas rosado rosada",
    "#7a4a2b": "brown marron marrones brunette castano castana castanos castanas moreno morena cafe",
    "#d8b25c": "blond blonde blondes rubio rubia rubios rubias",
    "#b5532a": "ginger redhead redheaded red-haired auburn pelirrojo pelirroja cobrizo cobriza",
    "#bdb49a": "beige",
    "#1fa7a0": "turquoise turquesa teal",
    "#c9a227": "gold golden dorado dorada oro",
    "#aba6b8": "silver plateado plateada plata canoso canosa",
    "#8c1d2f": "maroon burgundy granate burdeos",
    "#24407a": "navy azul-marino azul-oscuro dark-blue",
    "#7d7a2e": "olive oliva",
    "#8a6a3a": "hazel avellana",
    "#d6c596": "cream crema vainilla vanilla ivory marfil",
    "#c4a06a": "sand sandy arena tan camel",
    "#56749f": "slate pizarra",
    "#d98c98": "rose rosa-palo",
    "#5f3b22": "chocolate coffee espresso",
    "#4c4d52": "charcoal carbon grafito graphite",
    "#7cc7a2": "mint menta",
    "#eda582": "peach melocoton durazno salmon",
    "#d99a1e": "amber ambar honey miel mustard mostaza",
    "#a4522c": "rust oxido cinnamon canela copper cobre",
    "#b7a4d8": "lavender lavanda",
}
"""What each group of words is shown as: such that it is seen by day and by night."""
_DAILY = {word: colour for colour, words in DAILY.items() for word in words.split()}
_LIGHTER = frozenset(["light", "pale", "claro", "clara", "claros", "claras", "palido", "palida", "palidos", "palidas"])
_DARKER = frozenset(["dark", "deep", "oscuro", "oscura", "oscuros", "oscuras"])
SHADED = 0.4
"""How far a lighter colour is on the way to white, a darker one to black, in its lightness."""
_HEX = re.compile(r"#[0-9a-f]{6}|#[0-9a-f]{3}")


def colour_of(value: str) -> str | None:
    """The colour that a value is a word for, `#rrggbb`; None where it is none.

    >>> colour_of("Rubia"), colour_of("light blue"), colour_of("#F80"), colour_of("cat")
    ('#d8b25c', '#4fb3e0', '#ff8800', None)
    """
    said = _key(value)
    if said in _DAILY:
        return _DAILY[said]
    if _HEX.fullmatch(said):
        return said if len(said) == 7 else "#" + "".join(2 * letter for letter in said[1:])
    from PIL import ImageColor

    found = ImageColor.colormap.get(said.replace("-", ""))
    return found if isinstance(found, str) else _shade(said.split("-"))


def _shade(words: list[str]) -> str | None:
    """Of `light-brown` and `castano-oscuro`: the colour, lighter or darker."""
    if len(words) > 3:
        return None
    for word, rest in ((words[0], words[1:]), (words[-1], words[:-1])):
        to = 1.0 if word in _LIGHTER else 0.0 if word in _DARKER else None
        base = colour_of("-".join(rest)) if rest and to is not None else None
        if base is not None and to is not None:
            hue, lightness, saturation = rgb_to_hls(*(int(base[i : i + 2], 16) / 255 for i in (1, 3, 5)))
            parts = hls_to_rgb(hue, lightness + SHADED * (to - lightness), saturation)
            return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
    return None


def _key(value: str) -> str:
    """In small letters, without accents, words with dashes between."""
    plain = unicodedata.normalize("NFKD", value.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\s_-]+", "-", plain.strip())
