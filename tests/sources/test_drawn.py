"""Faces and pets: each picture a function of its number, with factors that are true."""

from __future__ import annotations

import numpy as np
import pytest

from trasluz.base.errors import InvalidArgument
from trasluz.sources import _animals, _drawn, _toonhead
from trasluz.sources.faces import Faces
from trasluz.sources.pets import Pets
from trasluz.spaces.data import Request, Source

BOTH = pytest.mark.parametrize("source", [Faces(), Pets()], ids=["faces", "pets"])


def draw(source: Source, n: int, **request: int) -> tuple[np.ndarray, list[dict[str, object]]]:
    drawing = source.draw(Request(str(n), **request))
    blocks = list(drawing.blocks)
    assert drawing.total == n
    return np.concatenate([b.pixels for b in blocks]), [dict(r) for b in blocks for r in b.rows]


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


@pytest.mark.parametrize("module", ["_toonhead", "_animals"])
def test_several_processes_draw_what_one_would(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drawn, "WORTH", 1)
    shared = list(_drawn.blocks(module, _drawn.BLOCK + 5, 28, 1, workers=2))
    alone = _drawn.draw_block(module, _drawn.BLOCK, _drawn.BLOCK + 5, 28, 1)
    assert [len(rows) for _, rows in shared] == [_drawn.BLOCK, 5]
    assert np.array_equal(shared[1][0], alone[0])
    assert shared[1][1] == alone[1]


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
    # The options alone, without drawing: hair colour says nothing about the mouth.
    options = [_toonhead._options(i) for i in range(2000)]
    colours = sorted({o["hairColor"] for o in options})
    mouths = sorted({o["mouthVariant"] for o in options})
    table = np.zeros((len(colours), len(mouths)))
    for o in options:
        table[colours.index(o["hairColor"]), mouths.index(o["mouthVariant"])] += 1
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


def test_a_process_that_dies_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drawn, "WORTH", 1)
    with pytest.raises(Exception, match="ended before it was done"):
        list(_drawn.blocks("_no_such_module", 10, 28, 1, workers=2))
