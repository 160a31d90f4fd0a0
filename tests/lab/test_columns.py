"""A column means the same to the map, the studio, the finder, the reader and a condition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

import toy_models as toys
from columns import HOSTILE, N
from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument
from trasluz.io.items import _column
from trasluz.io.workspace import Workspace
from trasluz.lab.encode import encode
from trasluz.lab.judging.evidence import Rows, as_scores, as_target, said_target
from trasluz.lab.judging.reader import _learned
from trasluz.lab.map import map as draw
from trasluz.lab.shelf.data import describe_data
from trasluz.server.columns import coded
from trasluz.spaces.data import Dataset, split_of

BROUGHT = {name: values for name, (values, _, _) in HOSTILE.items() if len(values) == N}


@pytest.fixture(scope="module")
def data() -> Dataset:
    ids = [f"item-{i}" for i in range(N)]
    rows = {"id": ids, "index": list(range(N)), "source": ["x"] * N, "split": [split_of(i) for i in ids]}
    kept = {name: _column(values, text=False) for name, values in BROUGHT.items()}
    pixels = np.random.default_rng(0).integers(0, 255, (N, 3, 16, 16), dtype=np.uint8)
    return Dataset("hostile", "d-hostile", pixels, pa.table({**rows, **kept}), {"licence": "made here"})


@pytest.fixture(scope="module")
def atlas(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return encode(toys.coded(size=16), data, workspace=Workspace(tmp_path_factory.mktemp("columns")))


@pytest.mark.parametrize("name", BROUGHT)
def test_it_is_one_kind_to_all(name: str, data: Dataset, atlas: Atlas, tmp_path: Path) -> None:
    _, kind, missing = HOSTILE[name]
    column = atlas.typed(name)
    assert (column.kind, int(column.missing.sum())) == (kind, missing)
    rows = Rows(atlas.name, atlas.data_identity, atlas.latents, {name: column}, atlas)

    shown = coded(atlas, name).document()
    assert (shown["kind"], shown["missing"]) == (kind, missing)
    told = describe_data(data)["columns"][name]
    assert (told["kind"], told["missing"], told["distinct"]) == (kind, missing, column.distinct)
    assert len(atlas.where(f"{name} IS NULL")) == missing

    if kind == "text":
        with pytest.raises(InvalidArgument, match="is text"):
            draw(atlas, color=name, workspace=Workspace(tmp_path))
    else:
        plane = draw(atlas, color=name, thumbnails=False, workspace=Workspace(tmp_path))
        assert plane.column is not None and plane.column.kind == kind
        assert plane.image().width > 300

    scores = as_scores(rows, name)
    expected = {"text": 0, "quantity": 1, "date": 1}.get(kind, column.distinct)
    assert len(scores) == expected
    assert all(int(torch.isnan(values).sum()) == missing for values in scores.values())
    if column.has_names and column.distinct > 1:
        _, value, y = as_target(rows, f"{name} = {column.values[0]}")
        assert value == column.values[0] and int((y == 1).sum()) == column.counts[0]

    read = {one.name: one for one, _ in _learned(data, data.split("train"))}
    assert name not in read or read[name].kind == kind
    assert (name in read) == (kind != "text" and column.distinct > 1)


def test_a_target_is_said_as_the_column_says_it(atlas: Atlas) -> None:
    rows = Rows("", "", atlas.latents, {name: atlas.typed(name) for name in ("truth", "gaps", "names")})
    assert said_target(rows, "truth = 1") == said_target(rows, "truth=true") == "truth=True"
    assert said_target(rows, " gaps ") == "gaps"
    with pytest.raises(InvalidArgument, match=r"holds categories.*--target names=blue"):
        as_target(rows, "names")


def test_a_condition_does_not_take_what_is_missing_for_large(atlas: Atlas) -> None:
    gaps = atlas.column("gaps").astype(float)
    assert atlas.where("gaps > 3").tolist() == np.flatnonzero(gaps > 3).tolist()
    assert len(atlas.where("NOT gaps > 3")) == N // 4
    assert len(atlas.where("empty <> 'red'")) == N // 4
    with pytest.raises(InvalidArgument, match="IS NULL"):
        atlas.where("isnan(gaps)")


def test_a_map_of_some_rows_colours_them_as_the_whole_is(atlas: Atlas, tmp_path: Path) -> None:
    few = draw(atlas, color="whole_many", where="whole_many < 5", workspace=Workspace(tmp_path))
    assert few.column is not None and few.column.kind == "quantity" and len(few) == 5


def test_where_nobody_says_the_colour_it_is_chosen_and_named(atlas: Atlas) -> None:
    home = Workspace(atlas.folder.parents[1])
    plane = draw(atlas, workspace=home)
    assert plane.color is not None and plane.color in plane.told()
    assert f"--color {plane.color}" in plane.command() and f"color={plane.color!r}" in plane.code()
    assert draw(atlas, color=plane.color, workspace=home).image().tobytes() == plane.image().tobytes()
    assert "color" not in draw(atlas, sheet=True, workspace=home).command()  # a sheet shows none
