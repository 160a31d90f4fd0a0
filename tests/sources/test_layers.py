"""Faces and pets: each picture a function of its number, with factors that are true."""

from __future__ import annotations

import numpy as np
import pytest

from trasluz.base.errors import InvalidArgument
from trasluz.io.media import draw_svg
from trasluz.sources import _animals, _toonhead
from trasluz.sources.faces import Faces
from trasluz.sources.pets import Pets
from trasluz.spaces.data import Request, Source

BOTH = pytest.mark.parametrize("source", [Faces(), Pets()], ids=["faces", "pets"])


def draw(source: Source, n: int, **request: int) -> tuple[np.ndarray, list[dict[str, object]]]:
    drawing = source.draw(Request(str(n), **request))
    blocks = list(drawing.blocks)
    assert drawing.total == n
    return np.concatenate([b.items for b in blocks]), [dict(r) for b in blocks for r in b.rows]


@BOTH
def test_a_picture_depends_on_its_number_alone(source: Source) -> None:
    few, few_rows = draw(source, 3, size=32)
    many, many_rows = draw(source, 20, size=32)
    assert np.array_equal(few, many[:3])
    assert few_rows == many_rows[:3]
    assert len({row["id"] for row in many_rows}) == 20


@BOTH
def test_pictures_have_the_size_and_channels_asked_for(source: Source) -> None:
    assert draw(source, 2)[0].shape == (2, 3, 64, 64)
    assert draw(source, 2, size=128, channels=3)[0].shape == (2, 3, 128, 128)
    grey = draw(source, 2, size=28, channels=1)[0]
    assert grey.shape == (2, 1, 28, 28)
    assert grey.std() > 10


@pytest.mark.parametrize("size", [64, 160])
def test_a_face_in_layers_is_the_style_s_own_drawing(size: int) -> None:
    from dicebear import Avatar

    for k in range(25):
        pixels, factors = _toonhead.draw(k, size, 3)
        whole = Avatar(_toonhead._style(), _toonhead.options(factors)).to_json()
        for factor, (component, values) in _toonhead.VARIANTS.items():
            assert whole["options"].get(f"{component}Variant") == values.get(factors[factor])
        svg = whole["svg"].replace('viewBox="0 0 768 768"', f'viewBox="{_toonhead.VIEW}"', 1)
        direct = over(draw_svg(svg, size=size), _toonhead.BACKGROUND)
        difference = np.abs(pixels.astype(int) - direct)
        assert difference.mean() < 0.3
        assert np.quantile(difference, 0.995) <= 4
        assert difference.max() <= 24  # single pixels of an outline, where soft edges meet


def over(drawn: np.ndarray, background: str) -> np.ndarray:
    """A drawing `(H, W, 4)` on a plain background, `(3, H, W)`."""
    alpha = drawn[..., 3:] / 255
    ground = np.frombuffer(bytes.fromhex(background[1:]), np.uint8)
    return np.rint(drawn[..., :3] * alpha + ground * (1 - alpha)).astype(int).transpose(2, 0, 1)


def test_a_face_wears_the_colours_that_its_factors_name() -> None:
    _, rows = draw(Faces(), 60, size=28)
    for k in (3, 17, 59):
        pixels, factors = _toonhead.draw(k, 256, 3)
        assert factors == {n: v for n, v in rows[k].items() if n != "id"}
        present = {tuple(p) for p in pixels.reshape(3, -1).T.tolist()}
        for factor, (_, values) in _toonhead.COLOURS.items():
            wanted = values[factors[factor]]
            assert tuple(bytes.fromhex(wanted[1:])) in present, (k, factor)
    assert {row["hair_colour"] for row in rows} == {"black", "brown", "auburn", "light_brown", "blond"}
    assert {row["beard"] for row in rows} >= {"none", "full", "long"}


def test_factors_of_faces_are_independent_and_even() -> None:
    # The choices alone, without drawing: hair colour says nothing about the mouth.
    faces = [_toonhead.choose(i) for i in range(2000)]
    colours, mouths = sorted({f["hair_colour"] for f in faces}), sorted({f["mouth"] for f in faces})
    table = np.zeros((len(colours), len(mouths)))
    for face in faces:
        table[colours.index(face["hair_colour"]), mouths.index(face["mouth"])] += 1
    expected = table.sum() / table.size
    assert ((table - expected) ** 2 / expected).sum() < 52  # chi-squared, 24 degrees of freedom, p = 0.001


def test_species_decides_ears_and_muzzle() -> None:
    _, rows = draw(Pets(), 200, size=28)
    assert 70 < sum(row["label"] == "cat" for row in rows) < 130
    for row in rows:
        species = str(row["label"])
        assert row["ears"] in _animals.EARS[species]
        assert row["muzzle"] in _animals.MUZZLES[species]


@BOTH
@pytest.mark.parametrize("argument", ["0", "-3", "1e4", "many", "99999999999999999999", "٣"])
def test_a_number_of_pictures_has_to_be_one(source: Source, argument: str) -> None:
    with pytest.raises(InvalidArgument, match="takes a number of pictures"):
        source.fingerprint(Request(argument))


@BOTH
def test_sizes_that_cannot_be_drawn_are_refused(source: Source) -> None:
    with pytest.raises(InvalidArgument, match="28 to 256"):
        source.draw(Request("5", size=8))
    with pytest.raises(InvalidArgument, match="1 or 3"):
        source.draw(Request("5", channels=4))
