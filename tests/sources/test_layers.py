"""Faces of three styles, and pets: each picture a function of its number, with factors that are true."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import distribution
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from trasluz.base.errors import InvalidArgument
from trasluz.io.media import draw_svg
from trasluz.sources import _animals, _dicebear
from trasluz.sources._adventurer import ADVENTURER
from trasluz.sources._dicebear import Style
from trasluz.sources._layers import Layer, Numbered, lay
from trasluz.sources._personas import PERSONAS
from trasluz.sources._toonhead import TOON_HEAD
from trasluz.sources.adventurer import Adventurer
from trasluz.sources.faces import Faces
from trasluz.sources.personas import Personas
from trasluz.sources.pets import Pets
from trasluz.spaces.data import Request, Source

SOURCES = (Faces(), Adventurer(), Personas(), Pets())
STYLES = {Faces(): TOON_HEAD, Adventurer(): ADVENTURER, Personas(): PERSONAS}
EACH = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
FACES = pytest.mark.parametrize(("source", "style"), STYLES.items(), ids=[source.name for source in STYLES])


def draw(source: Source, n: int, **request: int) -> tuple[np.ndarray, list[dict[str, object]]]:
    drawing = source.draw(Request(str(n), **request))
    blocks = list(drawing.blocks)
    assert drawing.total == n
    return np.concatenate([b.items for b in blocks]), [dict(r) for b in blocks for r in b.rows]


@EACH
def test_a_picture_depends_on_its_number_alone(source: Source) -> None:
    few, few_rows = draw(source, 3, size=32)
    many, many_rows = draw(source, 20, size=32)
    assert np.array_equal(few, many[:3])
    assert few_rows == many_rows[:3]
    assert len({row["id"] for row in many_rows}) == 20


@EACH
def test_pictures_have_the_size_and_channels_asked_for(source: Source) -> None:
    assert draw(source, 2)[0].shape == (2, 3, 64, 64)
    assert draw(source, 2, size=128, channels=3)[0].shape == (2, 3, 128, 128)
    grey = draw(source, 2, size=28, channels=1)[0]
    assert grey.shape == (2, 1, 28, 28)
    assert grey.std() > 10


@cache
def theirs(style: Style) -> Any:
    from dicebear import Style as Theirs

    return Theirs(_dicebear.definition(style))


@pytest.mark.parametrize("size", [64, 160])
@FACES
def test_a_face_in_layers_is_the_style_s_own_drawing(source: Numbered, style: Style, size: int) -> None:
    from dicebear import Avatar

    for k in range(25):
        pixels, factors = source.one(k, size, 3)
        chosen = _dicebear.choose(style, k)
        asked = {**_dicebear.options(style, chosen), "backgroundColor": style.background}
        whole = Avatar(theirs(style), asked).to_json()
        for factor, (part, values) in style.variants.items():
            # What the style says that it drew: nothing where it has no place for it, and then nothing is said.
            drawn = whole["options"].get(f"{part}Variant")
            assert drawn == values.get(chosen[factor]) or (drawn, factors[factor]) == (None, None), (k, factor)
        direct = draw_svg(whole["svg"], size=size)[..., :3].astype(int).transpose(2, 0, 1)
        difference = np.abs(pixels.astype(int) - direct)
        assert difference.mean() < 0.3
        assert np.quantile(difference, 0.995) <= 4
        assert (difference > 24).mean() < 1e-3  # single pixels of an outline, where soft edges meet


@FACES
def test_every_option_of_a_style_is_a_factor(source: Numbered, style: Style) -> None:
    made = _dicebear.definition(style)
    parts = {part: set(said["variants"]) for part, said in made["components"].items() if len(said["variants"]) > 1}
    assert {part: set(values.values()) for part, values in style.variants.values()} == parts
    colours = {name: set(said["values"]) for name, said in made["colors"].items() if len(said["values"]) > 1}
    assert {name: set(values.values()) for name, values in style.colours.values()} == colours
    may_lack = {part for part, said in made["components"].items() if said.get("probability", 100) < 100}
    assert {style.variants[factor][0] for factor in style.sometimes} == may_lack
    for _, values in (*style.variants.values(), *style.colours.values()):
        assert len(set(values.values())) == len(values)
    assert style.background not in {colour for said in made["colors"].values() for colour in said["values"]}


@FACES
def test_a_style_is_credited_to_whoever_drew_it(source: Numbered, style: Style) -> None:
    meta = json.loads(files("dicebear_styles").joinpath(f"{style.file}.json").read_text(encoding="utf-8"))["meta"]
    creator = meta["creator"]["name"].split(" - ")[0]
    assert meta["license"]["name"] == "CC BY 4.0"
    assert source.licence.startswith(f"CC BY 4.0: remix of {meta['source']['name'].split(' by ')[0]} by {creator}, ")
    assert meta["license"]["url"] in source.licence
    wheel = distribution("dicebear-styles")
    said = [file for file in wheel.files or [] if file.name == "LICENSE.md"]
    assert said, "the package has its licences with it"


@FACES
def test_a_picture_shows_what_its_factors_say_and_hides_what_they_do_not(source: Numbered, style: Style) -> None:
    # With one factor chosen otherwise and all else as it was, the picture is another one; where the factor is None, it
    # is the same but for what sticks out.
    for k in range(14):
        chosen = _dicebear.choose(style, k)
        pixels, factors = _dicebear.drawn(style, chosen, 64, 3)
        for factor, (_, values) in (*style.colours.items(), *style.variants.items()):
            other = next(value for value in values if value != chosen[factor])
            changed, there = _dicebear.drawn(style, {**chosen, factor: other}, 64, 3)
            far = np.abs(changed.astype(int) - pixels)
            if factors[factor] is not None:
                assert far.max() > 8, (k, factor)
            elif there[factor] is None:
                assert far.mean() < 0.1, (k, factor)


def test_what_a_picture_has_no_place_for_is_not_said() -> None:
    seen: dict[str, set[str | None]] = {"cap": set(), "long": set()}
    for k in range(400):
        _, factors = _dicebear.draw(PERSONAS, k, 28, 3)
        assert (factors["facial_hair_colour"] is None) == (factors["facial_hair"] == "none")
        if factors["hair"] in seen:
            seen[factors["hair"]].add(factors["hair_colour"])
    assert seen["cap"] == {None}
    assert len(seen["long"]) > 3 and None not in seen["long"]
    rows = [_dicebear.draw(ADVENTURER, k, 28, 3)[1] for k in range(400)]
    assert {row["earrings"] for row in rows if row["hair"] == "long06"} == {None}
    assert {row["hair_colour"] for row in rows if row["hair"] == "short19"} == {None}
    assert all(row["hair_colour"] is not None for row in rows if row["hair"] != "short19")


def test_what_something_else_hides_is_not_said() -> None:
    chosen = _dicebear.choose(ADVENTURER, 0)
    for glasses in ("none", *ADVENTURER.variants["glasses"][1]):
        for size in (28, 64, 160):
            _, factors = _dicebear.drawn(ADVENTURER, {**chosen, "glasses": glasses}, size, 3)
            assert (factors["eyes"] is None) == (glasses == "variant01"), (glasses, size)
    bearded = {**_dicebear.choose(PERSONAS, 0), "facial_hair": "beard_mustache", "mouth": "smile"}
    assert _dicebear.drawn(PERSONAS, bearded, 64, 3)[1]["mouth"] is None
    assert _dicebear.drawn(PERSONAS, {**bearded, "facial_hair": "goatee"}, 64, 3)[1]["mouth"] == "smile"


def test_blended_layers_are_as_the_standard_says() -> None:
    # One colour over another, half see-through, against the formulas of the standard in floating point.
    def plain(fill: str, extra: str = "") -> str:
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8H0z" {fill} {extra}/></svg>'

    behind, front = np.array([200, 90, 30]) / 255, np.array([60, 180, 120]) / 255
    overlay = np.where(behind <= 0.5, 2 * behind * front, 1 - 2 * (1 - behind) * (1 - front))
    expected = {"multiply": behind * front, "overlay": overlay, "lighten": np.maximum(behind, front), "normal": front}
    for mode, colour in expected.items():
        half = Layer(plain('fill="rgb(60,180,120)"', 'opacity="0.5"'), mode)
        pixels = lay([Layer(plain('fill="rgb(200,90,30)"')), half], 28, 3, "#ffffff")
        assert np.abs(pixels[:, 14, 14] - 255 * (behind + colour) / 2).max() <= 2, mode


def test_a_face_wears_the_colours_that_its_factors_name() -> None:
    _, rows = draw(Faces(), 60, size=28)
    for k in (3, 17, 59):
        pixels, factors = _dicebear.draw(TOON_HEAD, k, 256, 3)
        assert factors == {n: v for n, v in rows[k].items() if n != "id"}
        present = {tuple(p) for p in pixels.reshape(3, -1).T.tolist()}
        for factor, (_, values) in TOON_HEAD.colours.items():
            wanted = values[str(factors[factor])]
            assert tuple(bytes.fromhex(wanted[1:])) in present, (k, factor)
    assert {row["hair_colour"] for row in rows} == {"black", "brown", "auburn", "light_brown", "blond"}
    assert {row["beard"] for row in rows} >= {"none", "full", "long"}


@FACES
def test_factors_of_faces_are_independent_and_even(source: Numbered, style: Style) -> None:
    # The choices alone, without drawing: no factor says anything about another, and no value comes more often.
    n = 4000
    faces = [_dicebear.choose(style, i) for i in range(n)]
    codes = {factor: np.unique([face[factor] for face in faces], return_inverse=True)[1] for factor in faces[0]}
    for factor, (_, values) in (*style.colours.items(), *style.variants.items()):
        share = 0.5 if factor in style.sometimes else 1.0
        counts = np.array([sum(face[factor] == value for face in faces) for value in values])
        expected = n * share / len(values)
        assert ((counts - expected) ** 2 / expected).sum() < too_much(len(values) - 1 + (share < 1)), factor
    names = list(codes)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            table = np.zeros((codes[one].max() + 1, codes[other].max() + 1))
            np.add.at(table, (codes[one], codes[other]), 1)
            expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / n
            freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
            assert ((table - expected) ** 2 / expected).sum() < too_much(freedom), (one, other)


def too_much(freedom: int) -> float:
    """What chi-squared passes once in ten thousand times."""
    from scipy.stats import chi2

    return float(chi2.isf(1e-4, freedom))


def test_species_decides_ears_and_muzzle() -> None:
    _, rows = draw(Pets(), 200, size=28)
    assert 70 < sum(row["label"] == "cat" for row in rows) < 130
    for row in rows:
        species = str(row["label"])
        assert row["ears"] in _animals.EARS[species]
        assert row["muzzle"] in _animals.MUZZLES[species]


@EACH
@pytest.mark.parametrize("argument", ["0", "-3", "1e4", "many", "99999999999999999999", "٣"])
def test_a_number_of_pictures_has_to_be_one(source: Source, argument: str) -> None:
    with pytest.raises(InvalidArgument, match="takes a number of pictures"):
        source.fingerprint(Request(argument))


@EACH
def test_sizes_that_cannot_be_drawn_are_refused(source: Source) -> None:
    with pytest.raises(InvalidArgument, match="28 to 256"):
        source.draw(Request("5", size=8))
    with pytest.raises(InvalidArgument, match="1 or 3"):
        source.draw(Request("5", channels=4))
