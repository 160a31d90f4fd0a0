"""What a map shows: letters that can be read, colours that mean what they say: a list of promises."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.door.situations import Said, rows

import toy_models as toys
import trasluz as tl
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.workspace import Workspace
from trasluz.lab.drawing import colours, figures, fonts, pictures, sight
from trasluz.lab.drawing.words import DAILY, colour_of
from trasluz.server.columns import Coded
from trasluz.spaces.column import Column

MODEL = toys.coded()
DATA = toys.pictures(60)
GROUNDS = ["#ffffff", "#f3f1ec", "#0e1016"]
XY = np.random.default_rng(0).normal(size=(60, 2))


@pytest.fixture
def atlas(workspace: Workspace) -> Any:
    return tl.encode(MODEL, DATA, split="all")


# Values of one's own ------------------------------------------------------------------------------------------------

TWO = ["a", "b"] * 30


@rows({
    "a list colours a map": TWO,
    "a tuple colours a map": tuple(TWO),
    "an array colours a map": np.array(TWO),
    "an array of objects colours a map": np.array(TWO, dtype=object),
    "a generator colours a map": (value for value in TWO),
    "a column of one colours a map": [[value] for value in TWO],
    "a dictionary by item colours a map": {f"item-{i:04d}": value for i, value in enumerate(TWO)},
})  # fmt: skip
def test_any_sequence_colours_a_map(case: Any, atlas: Any) -> None:
    plane = tl.map(atlas, color=case)
    assert plane.column is not None and plane.column.texts == TWO and plane.column.kind == "category"
    assert plane.image().width > 300


@rows({
    "a column to colour by": (lambda: tl.map(MODEL, data=DATA, color="lable"), "unknown column: got .lable.*label"),
    "a condition's column": (lambda: tl.map(MODEL, data=DATA, where="rad > 1"), "unknown column: got .rad."),
    "a condition that no item meets": (lambda: tl.map(MODEL, data=DATA, where="red > 9"), "no row of the data"),
    "a target of a search": (lambda: tl.find(MODEL, target="rad", data=DATA), "unknown column: got .rad."),
    "what a search leaves alone": (
        lambda: tl.find(MODEL, target="red", data=DATA, against="colour2"), "unknown column: got 'colour2'",
    ),
    "what an edit changes": (
        lambda: tl.edit(MODEL, "seed:1", set={"colour2": "red"}, data=DATA), "unknown column: got 'colour2'",
    ),
})  # fmt: skip
def test_what_the_items_do_not_have_is_refused_before_they_are_encoded(
    case: tuple[Callable[[], Any], str], workspace: Workspace
) -> None:
    with pytest.raises(TrasluzError, match=case[1]):
        case[0]()
    assert workspace.names("atlases") == workspace.unfinished("atlases") == []


@rows({
    "an array of numbers is a scale": (np.linspace(0, 1, 60), "quantity"),
    "a tensor of classes is an order": (torch.arange(60) % 3, "order"),
    "truth values are two names": (np.arange(60) > 9, "category"),
    "dates are a scale of time": ([f"2024-01-{1 + i % 20:02d}" for i in range(60)], "date"),
})  # fmt: skip
def test_what_they_are_is_seen(case: tuple[Any, str], atlas: Any) -> None:
    plane = tl.map(atlas, color=case[0])
    assert plane.column is not None and plane.column.kind == case[1]


@rows({
    "too few values are refused with both counts": ([1, 2], "got 2; allowed.*one value for each of the 60 rows"),
    "two values a row are refused": (np.zeros((60, 2)), "one value per row"),
    "one number is refused": (3, "color is not a list: got 3"),
    "a set has no order and is refused": ({1, 2}, "class set"),
    "items that are not there are refused": ({"who": 1}, "1 of 1 colours are for items"),
    "as many texts as rows are no colours": ([f"text {i}" for i in range(60)], "no colours tell it apart"),
})  # fmt: skip
def test_what_does_not_fit_the_rows_is_refused(case: tuple[Any, str], atlas: Any) -> None:
    with pytest.raises(InvalidArgument, match=case[1]):
        tl.map(atlas, color=case[0])


def test_rows_without_a_value_are_counted_aloud(atlas: Any) -> None:
    said = Said()
    plane = tl.map(atlas, color={"item-0003": "x", "item-0007": "y"}, progress=said)
    assert "58 of 60 rows have no value to colour by" in said.lines
    assert plane.column is not None and plane.column.texts[3] == "x" and plane.column.texts[7] == "y"


def test_a_series_of_pandas_goes_by_its_index(atlas: Any) -> None:
    pandas = pytest.importorskip("pandas")
    ordered = pandas.Series(TWO, name="mood")
    shuffled = ordered.sample(frac=1, random_state=0)
    by_id = pandas.Series(TWO, index=atlas.rows.column("id").to_pylist()).sample(frac=1, random_state=1)
    for series in (ordered, shuffled, by_id):
        column = tl.map(atlas, color=series).column
        assert column is not None and column.texts == TWO
    assert tl.map(atlas, color=ordered).color == "mood"


def test_values_of_ones_own_have_no_name_on_a_line_and_it_is_said_what_to_do(atlas: Any) -> None:
    with pytest.raises(TrasluzError, match="--labels FILE --color COLUMN"):
        tl.map(atlas, color=TWO).command()


def test_a_table_of_labels_colours_a_map_as_it_finds_directions(atlas: Any, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("id,mood\n" + "".join(f"item-{i:04d},{'warm' if i % 3 else 'cold'}\n" for i in range(60)))
    named, alone = tl.map(atlas, labels=table, color="mood"), tl.map(atlas, labels=table)
    assert named.color == alone.color == "mood" and named.column is not None
    assert named.column.texts == ["warm" if i % 3 else "cold" for i in range(60)]
    assert f"--color mood --labels {table}" in named.command() or f"--labels {table}" in named.command()
    with pytest.raises(InvalidArgument, match=r"allowed: .*mood"):
        tl.map(atlas, labels=table, color="moot")


# Colours ------------------------------------------------------------------------------------------------------------


def shown_colours(plane: Any) -> dict[str, str]:
    drawn = figures.colours(plane.column, len(plane), plane.whole)
    return {label: colour for label, colour, _ in drawn.legend}


def test_a_category_keeps_its_colour_under_a_condition(atlas: Any) -> None:
    """Thirty names, of which the frequent ones have colours: which they are does not change with what is looked at."""
    names = [f"kind {i % 30 if i < 40 else i % 3}" for i in range(60)]
    whole, part = tl.map(atlas, color=names), tl.map(atlas, color=names, where="red > 0.5")
    all_, some = shown_colours(whole), shown_colours(part)
    common = [name for name in some if name in all_ and not name.startswith("other")]
    assert len(part) < len(whole) and common and all(some[name] == all_[name] for name in common)


def test_a_number_keeps_its_colour_under_a_condition(atlas: Any) -> None:
    values = np.linspace(0, 1, 60)
    part = tl.map(atlas, color=values, where="red > 0.5")
    whole = figures.colours(tl.map(atlas, color=values).column, 60).points
    assert np.array_equal(figures.colours(part.column, len(part), part.whole).points, whole[part.shown])
    assert figures.colours(part.column, len(part), part.whole).scale == (0.0, 1.0)


@rows({
    "black is black": ("black", (0.0, 0.3)), "Negra is black": ("Negra", (0.0, 0.3)),
    "white is light": ("white", (0.7, 1.0)), "blanco is light": ("blanco", (0.7, 1.0)),
})  # fmt: skip
def test_black_and_white(case: tuple[str, tuple[float, float]]) -> None:
    found = colour_of(case[0])
    assert found is not None and case[1][0] <= float(sight.rgb(found).mean()) <= case[1][1]


@rows({
    "red is red": ("red", 0), "rojo is red": ("rojo", 0), "Rojas is red": ("Rojas", 0),
    "crimson is red": ("crimson", 0),
    "green is green": ("green", 1), "verde is green": ("verde", 1), "#0a0 is green": ("#0a0", 1),
    "blue is blue": ("blue", 2), "azul marino is blue": ("azul marino", 2), "dark_blue is blue": ("dark_blue", 2),
})  # fmt: skip
def test_words_are_their_colours(case: tuple[str, int]) -> None:
    found = colour_of(case[0])
    assert found is not None and int(sight.rgb(found).argmax()) == case[1]


@rows({
    "light brown is a lighter brown": ("light_brown", "brown", 1), "pale red is a lighter red": ("pale red", "red", 1),
    "castaño claro is a lighter brown": ("Castaño claro", "castaño", 1),
    "dark blond is a darker blond": ("dark-blond", "blond", -1),
    "verde oscuro is a darker green": ("verde oscuro", "verde", -1),
})  # fmt: skip
def test_a_shade_lies_beside_its_colour(case: tuple[str, str, int]) -> None:
    shade, whole = colour_of(case[0]), colour_of(case[1])
    assert shade is not None and whole is not None
    assert case[2] * (float(sight.rgb(shade).mean()) - float(sight.rgb(whole).mean())) > 0.1


@rows({"a cat is no colour": "cat", "a dark cat is no colour": "dark cat", "light alone is no colour": "light",
       "a word a thousand times is no colour": "light " * 1000,
       "a number is no colour": "3", "an empty text is no colour": "",
       "a hash alone is no colour": "#12", "a word of two languages is no colour": "reddish thing"})  # fmt: skip
def test_other_words_are_none(case: str) -> None:
    assert colour_of(case) is None


def test_words_for_colours_have_their_own_and_the_rest_of_the_palette() -> None:
    column = Column.of("hair", ["black", "rubio", "rojo", "bald"] * 5)
    paint = dict(zip(column.values, colours.colours_of(column), strict=True))
    assert (paint["black"], paint["rubio"], paint["rojo"]) == tuple(colour_of(w) for w in ("black", "rubio", "rojo"))
    assert paint["bald"] in colours.PALETTE


def test_an_orange_among_apples_is_a_fruit() -> None:
    column = Column.of("fruit", ["apple", "orange", "pear"] * 5)
    assert colours.colours_of(column) == colours.PALETTE[:3]


def test_two_words_for_one_colour_can_be_told_apart() -> None:
    found = colours.colours_of(Column.of("hair", ["grey", "gray", "gris", "black"] * 5))
    assert all(sight.apart(a, b) >= colours.ALIKE for a, b in itertools.combinations(found, 2))


# The test's own eyes: Machado, Oliveira & Fernandes 2009, severity 1, another source than the code's.
MACHADO = {
    "full sight": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}  # fmt: skip


def seen(colour: str, eyes: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a colour to some eyes."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.clip(eyes @ np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4), 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = (v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in xyz / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eyes", MACHADO)
def test_the_palette_can_be_told_apart_by(eyes: str) -> None:
    found = [seen(colour, MACHADO[eyes]) for colour in colours.PALETTE]
    apart = {(i, j): math.dist(found[i], found[j]) for i, j in itertools.combinations(range(len(found)), 2)}
    assert min(apart.values()) > 8, min(apart, key=apart.__getitem__)
    assert min(d for (_, j), d in apart.items() if j < 4) > 18, "the first four, which most maps use"


def contrast(colour: str, ground: str) -> float:
    def luminance(one: str) -> float:
        srgb = np.array([int(one[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    dark, light = sorted((luminance(colour), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


@rows({
    "the palette shows": list(colours.PALETTE),
    "words show as they are": list(DAILY),
    "white, black and midnight are made to show": [
        sight.visible(colour) for colour in ("#ffffff", "#000000", "#191970", "#fffff0")
    ],
})  # fmt: skip
def test_by_day_and_by_night(case: list[str]) -> None:
    assert not [(colour, ground) for colour in case for ground in GROUNDS if contrast(colour, ground) < 1.5]


@rows({
    "names": lambda: Column.of("x", ["cat", "dog", "owl"] * 5),
    "words for colours": lambda: Column.of("x", ["black", "rubio", "red"] * 5),
    "a scale": lambda: Column.of("x", np.linspace(0, 1, 15)),
    "more names than colours": lambda: Column.of("x", [f"n{i % 20}" for i in range(60)]),
})  # fmt: skip
def test_the_page_is_told_the_colours_of_drawn_maps(case: Callable[[], Column]) -> None:
    assert Coded.of(case()).document()["colours"] == list(colours.colours_of(case()))


def test_the_page_has_no_palette_of_its_own() -> None:
    """The colours of values come from the server; of its own it has the one of no value, which is like none of them."""
    source = (Path(__file__).parents[2] / "web" / "src" / "map" / "colours.ts").read_text(encoding="utf-8")
    [none] = re.findall(r"#[0-9a-f]{6}", source)
    assert min(sight.apart(none, colour) for colour in (*colours.PALETTE, *DAILY)) > 9


# Letters ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def cat_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed font that has 猫 and 犬, and nothing else: black squares."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from matplotlib import font_manager

    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 700), (900, 700), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "cat", "dog"])
    builder.setupCharacterMap({ord("猫"): "cat", ord("犬"): "dog"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "cat": square, "dog": square})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "cat": (1000, 100), "dog": (1000, 100)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Two Animals", "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    path = tmp_path / "TwoAnimals.ttf"
    builder.save(path)
    known = list(font_manager.fontManager.ttflist)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_, **__: [str(path)])
    yield path
    font_manager.fontManager.ttflist[:] = known
    fonts._installed.cache_clear()


def ink(image: Any) -> int:
    return int((np.asarray(image.convert("L")) < 128).sum())


def test_letters_that_the_font_lacks_come_from_an_installed_one(cat_font: Path) -> None:
    with fonts.watching() as lacking:
        drawn = figures.map_figure(XY, Column.of("animal", ["猫", "犬"] * 30), axes=("a", "b"), title="猫 cat")
        assert drawn.image().width > 300 and "<svg" in drawn.svg()
    assert not lacking
    families = {
        family
        for text in drawn.figure.findobj(lambda a: hasattr(a, "get_fontfamily"))
        for family in text.get_fontfamily()
    }
    assert "Two Animals" in families


def test_pictures_with_captions_do_the_same(cat_font: Path) -> None:
    cells = [[pictures.image_of(torch.ones(3, 64, 64))] * 2]
    with fonts.watching() as lacking:
        borrowed = pictures.table(cells, captions={(0, 0): "猫犬"}, title="猫 and 犬", row_labels=["猫"])
    assert not lacking and ink(borrowed) > ink(
        pictures.table(cells, captions={(0, 0): "  "}, title="  ", row_labels=[" "])
    )
    assert [run for _, run in fonts.runs("a猫 b")] == ["a", "猫 ", "b"]


def test_where_no_font_has_them_it_is_said_which(atlas: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_installed", lambda paths: ())
    said = Said()
    plane = tl.map(atlas, color=["猫", "dog"] * 30, progress=said)
    plane.save(tmp_path / "map.png")
    assert [line for line in said.lines if "boxes: 猫. Install one" in line], said.lines


@rows({"Latin with accents": "ñandú", "Greek": "γάτα", "Cyrillic": "кошка", "minus and sigma": "−2σ"})
def test_what_the_usual_font_has_needs_no_other(case: str) -> None:
    with fonts.watching() as lacking:
        assert fonts.lenders(case) == {} and fonts.runs(case) == [(fonts.usual_path(), case)]
    assert not lacking
