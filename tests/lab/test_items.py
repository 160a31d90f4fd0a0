"""Which items a verb looks at where nobody names a part."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import painted
from door.situations import Said
from trasluz import wrap
from trasluz.lab.shelf.atlases import atlas_for


def folder(place: Path, n: int) -> Path:
    place.mkdir()
    for i, pixels in enumerate(painted.data(n).stored(slice(None))):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(place / f"{i:03}.png")
    return place


@pytest.mark.parametrize(
    ("n", "knows", "whole", "says"),
    [
        (5, False, True, "was trained on other data: all are taken"),
        (60, False, False, "was trained on other data: trasluz encode --split all would take all of them"),
        (60, True, False, None),
        (400, False, False, None),
    ],
    ids=["too few for a map", "few of other data", "few of its own data", "many of other data"],
)
def test_of_few_items_of_data_that_a_model_never_saw_all_are_looked_at_or_offered(
    n: int, knows: bool, whole: bool, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = folder(tmp_path / "mine", n)
    trained_on = mine if knows else folder(tmp_path / "other", 3)
    model = wrap(**painted.build(), name="painted", identity="painted", trained_on=str(trained_on))
    heard = Said()
    monkeypatch.chdir(tmp_path)
    found = atlas_for(model, data=Path("mine"), workspace=tmp_path / "w", progress=heard)
    assert (len(found) == n) is whole and found.manifest.split == ("all" if whole else "test")
    said = [line for line in heard.lines if "was trained on other data" in line]
    assert len(said) == (says is not None) and all(str(says) in line for line in said)
