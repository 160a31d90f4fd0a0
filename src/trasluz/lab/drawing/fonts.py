"""Letters that the usual font lacks: another installed font lends them, or it is said which ones are boxes.

The usual font is DejaVu Sans, which matplotlib brings along: the same letters on every machine. It has Latin, Greek,
Cyrillic and more, but no Chinese, Japanese, Korean, Thai or Devanagari.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

USUAL = "DejaVu Sans"
PREFERRED = ("Noto Sans CJK", "Noto Sans", "Source Han Sans", "WenQuanYi", "Noto", "Droid Sans", "Arial Unicode")
"""Fonts that go well beside the usual one come first."""
_UNFIT = re.compile(r"last ?resort|colou?r emoji|fallback|stix(nonunicode|size)|^cm[a-z]+10$", re.IGNORECASE)
"""Fonts that have every letter as a box, none that can be drawn as an outline, or other shapes than their codes say."""
_SHOWN = 12
"""Letters that are named."""
_watched: ContextVar[set[str] | None] = ContextVar("letters that no font has", default=None)


@contextmanager
def watching() -> Generator[set[str]]:
    """What is drawn inside adds the letters that no font has."""
    lacking: set[str] = set()
    token = _watched.set(lacking)
    try:
        yield lacking
    finally:
        _watched.reset(token)


def told(lacking: Iterable[str]) -> str:
    """What a person is told of letters that are boxes."""
    letters = sorted(lacking)
    some = " ".join(letters[:_SHOWN]) + (" ..." if len(letters) > _SHOWN else "")
    return (
        f"No installed font has {len(letters)} of the letters, which are drawn as boxes: {some}. "
        "Install one that has them, such as Noto Sans CJK"
    )


def usual_path() -> Path:
    """The file of the usual font."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def lenders(text: str) -> dict[str, Path]:
    """Fonts by family, in order, that have what the usual one lacks of a text; what none has is told to who watches."""
    wanted = {letter for letter in text if _is_seen(letter)} - _letters(usual_path())
    if not wanted:
        return {}
    found: dict[str, Path] = {}
    for family, path in _installed(_paths()):
        lent = wanted & _letters(path)
        if lent:
            found[family] = path
            wanted -= lent
        if not wanted:
            break
    lacking = _watched.get()
    if lacking is not None:
        lacking |= wanted
    return found


def runs(text: str) -> list[tuple[Path, str]]:
    """A text in parts, each with the font that it is drawn in."""
    usual = usual_path()
    others = list(lenders(text).values())
    if not others:
        return [(usual, text)]
    out: list[tuple[Path, str]] = []
    for letter in text:
        fit = next((path for path in (usual, *others) if letter in _letters(path)), usual)
        if out and (out[-1][0] == fit or letter.isspace()):
            out[-1] = (out[-1][0], out[-1][1] + letter)
        else:
            out.append((fit, letter))
    return out


def suit(figure: Any) -> None:
    """Give the texts of a matplotlib figure the fonts that they need."""
    from matplotlib.text import Text

    texts = [artist for artist in figure.findobj(Text) if artist.get_text()]
    others = lenders("".join(artist.get_text() for artist in texts))
    if others:
        for artist in texts:
            artist.set_fontfamily([USUAL, *others])


def _is_seen(letter: str) -> bool:
    """Whether a letter has a shape: no blank, no control, no mark that only says how another is drawn."""
    return not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Mn")


@cache
def _letters(path: Path) -> frozenset[str]:
    """What a font has; nothing where it cannot be drawn from."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(str(path))
        if not font.scalable:
            return frozenset()
        return frozenset(chr(code) for code, glyph in font.get_charmap().items() if glyph)
    except (RuntimeError, OSError, ValueError):
        return frozenset()


def _paths() -> tuple[str, ...]:
    """The files of all installed fonts, those that were installed a moment ago among them."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    return tuple(sorted(known | set(findSystemFonts())))


@cache
def _installed(paths: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    """Family and file of installed fonts, upright and of usual weight first; matplotlib knows all of them then."""
    from matplotlib.font_manager import fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    for path in paths:
        if path not in known:
            try:
                fontManager.addfont(path)
            except (RuntimeError, OSError, ValueError, KeyError):  # damaged, or of a form that is not read
                continue
    entries = [entry for entry in fontManager.ttflist if not _UNFIT.search(entry.name)]

    def order(entry: Any) -> tuple[Any, ...]:
        liked = next((i for i, name in enumerate(PREFERRED) if entry.name.startswith(name)), len(PREFERRED))
        plain = entry.style == "normal" and str(entry.weight) in ("400", "normal", "regular", "book")
        return (not plain, liked, entry.name, entry.fname)

    return tuple((entry.name, Path(entry.fname)) for entry in sorted(entries, key=order))
