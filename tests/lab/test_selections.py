"""Selections: a set of rows under one name, which is those very items wherever several POINTs are taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import toy_models as toys
import trasluz as tl
from door.situations import Said
from toys import shapes
from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import IdentityMismatch, InvalidArgument, TrasluzError, UnknownName
from trasluz.lab.calls.taking import by_commas
from trasluz.lab.shelf.points import Resolver, resolve
from trasluz.lab.shelf.selections import Selection, kept_selection, selection_of

SIZE = 16
DISC = "label = 'disc'"


def written(path: Path, n: int = 120, seed: int = 0) -> Path:
    """Discs and squares in a file, with their labels."""
    drawn = shapes(n, SIZE, seed=seed)
    label, colour, x = (np.array(drawn.rows.column(name).to_pylist()) for name in ("label", "colour", "x"))
    np.savez(path, images=drawn.stored(slice(None)), label=label, colour=colour, x=x)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return written(tmp_path / "shapes.npz")


@pytest.fixture
def model(data: Path, workspace: Any) -> Any:
    """A model that says that it was trained on them."""
    made = toys.coded(size=SIZE, channels=3)
    made.trained_on = str(data)
    return made


@pytest.fixture
def atlas(model: Any) -> Atlas:
    """All of them, encoded."""
    return tl.encode(model, split="all", name="every")


def latents(atlas: Atlas, rows: Any) -> torch.Tensor:
    return atlas.latents[torch.as_tensor(np.asarray(rows))]


def test_a_condition_is_the_rows_that_meet_it_whenever_it_is_asked(model: Any, atlas: Atlas) -> None:
    tl.save_selection("discs", model, where=DISC, atlas="every")
    rows = atlas.where(DISC)
    found = tl.decode(model, "@discs", atlas="every")
    assert found.names == [atlas.points[row] for row in rows] and 20 < len(rows) < 100
    assert torch.equal(found.latents, latents(atlas, rows))
    # In a smaller atlas of the same data it is those of that one.
    few = tl.encode(model, split="test", name="few")
    assert tl.decode(model, "@discs", atlas="few").names == [few.points[row] for row in few.where(DISC)]


def test_points_by_name_are_themselves_in_their_order(model: Any, atlas: Atlas) -> None:
    tl.save_selection("some", model, ["test:4", "train:2", "test:0"])
    assert kept_selection("some").points == ("test:4", "train:2", "test:0")
    one_by_one = torch.cat([resolve(model, point) for point in ("test:4", "train:2", "test:0")])
    assert torch.equal(tl.decode(model, "@some", atlas="every").latents, tl.decode(model, "@some").latents)
    assert torch.allclose(tl.decode(model, "@some").latents, one_by_one, atol=1e-5)


def test_without_an_atlas_the_items_are_encoded(model: Any) -> None:
    tl.save_selection("some", model, ["test:4", "train:2"])
    found = tl.decode(model, "@some", create=False)
    assert torch.allclose(found.latents, torch.cat([resolve(model, p) for p in ("test:4", "train:2")]), atol=1e-5)


def test_a_region_is_the_rows_it_encloses_and_stays_so(model: Any, atlas: Atlas) -> None:
    xy = tl.map(model, atlas="every").xy.numpy()
    low, high = xy.min(0).tolist(), xy.max(0).tolist()
    half = [[low[0] - 1, low[1] - 1], [float(np.median(xy[:, 0])), low[1] - 1],
            [float(np.median(xy[:, 0])), high[1] + 1], [low[0] - 1, high[1] + 1]]  # fmt: skip
    tl.save_selection("left", model, region=half, atlas="every")
    held = kept_selection("left")
    inside = [atlas.points[row] for row in np.flatnonzero(xy[:, 0] < np.median(xy[:, 0]))]
    assert list(held.points) == inside and held.form == "region"
    assert json.loads(held.region or "")["method"] == "pca"


def test_the_same_direction_as_of_the_list(model: Any, atlas: Atlas) -> None:
    discs, squares = (atlas.where(f"label = '{label}'")[:20] for label in ("disc", "square"))
    by_list = tl.find(
        model, atlas="every", measured=False, these=[atlas.points[i] for i in discs],
        those=[atlas.points[i] for i in squares],
    )  # fmt: skip
    for name, rows in (("discs", discs), ("squares", squares)):
        tl.save_selection(name, model, [atlas.points[row] for row in rows], atlas="every")
    named = tl.find(model, atlas="every", measured=False, these="@discs", those=["@squares"])
    assert torch.allclose(named[0].vector, by_list[0].vector, atol=1e-5)
    assert "--these @discs --those @squares" in named.command() and "test:" not in named.command()
    assert "these='@discs'" in named.code() or "these=['@discs']" in named.code()


def test_what_comes_twice_counts_once_and_is_told(model: Any, atlas: Atlas) -> None:
    tl.save_selection("a", model, ["test:0", "test:1"])
    tl.save_selection("b", model, ["test:1", "test:2", "seed:3"])
    said = Said()
    found = tl.decode(model, "@a,@b,test:0,test:5,seed:3/0", progress=said)
    assert found.names == ["test:0", "test:1", "test:2", "seed:3/0", "test:5"]
    assert any("3 came twice and count once" in line for line in said.lines)
    # Where there is no selection, a list is what it is: a path may come back to a point.
    assert tl.decode(model, ["test:0", "test:0"]).names == ["test:0", "test:0"]


def test_examples_on_both_sides_are_told(model: Any, atlas: Atlas) -> None:
    tl.save_selection("discs", model, where=DISC, atlas="every")
    first = atlas.points[int(atlas.where(DISC)[0])]
    squares = [str(atlas.points[row]) for row in atlas.where("label = 'square'")[:10]]
    said = Said()
    tl.find(model, atlas="every", measured=False, these="@discs", those=[*squares, str(first)], progress=said)
    assert any(f"1 of the examples are on both sides, and tell nothing: {first}" in line for line in said.lines)


def test_one_selection_out_of_others_and_points_of_the_model(model: Any, atlas: Atlas) -> None:
    tl.save_point("scout", model, "seed:7")
    tl.save_selection("a", model, ["test:0", "@scout"])
    tl.save_selection("b", model, ["@a", "test:1,test:0"])
    assert kept_selection("b").points == ("test:0", "@scout", "test:1")
    assert torch.equal(tl.decode(model, "@b").latents[1], resolve(model, "seed:7")[0])
    tl.remove_point("scout")
    with pytest.raises(UnknownName, match=r"unknown point: got 'scout'.*The selection @b holds it"):
        tl.decode(model, "@b")


@pytest.mark.parametrize("verb", ["decode", "invert", "interpolate", "edit"])
def test_every_verb_of_several_points_takes_it(model: Any, atlas: Atlas, verb: str) -> None:
    tl.save_selection("some", model, ["test:4", "test:1", "test:0"])
    more = {"dims": {0: 2.0}, "report": False} if verb == "edit" else {}
    found = getattr(tl, verb)(model, "@some", **more)
    first = found.points if hasattr(found, "points") else found.latents
    assert len(first) >= 3 and "@some" in found.call.verb.positional[1].words(found.call.values[
        found.call.verb.positional[1].name])  # fmt: skip


def test_samples_are_drawn_near_all_of_it(model: Any, atlas: Atlas) -> None:
    tl.save_selection("some", model, ["test:4", "test:1", "test:0"])
    near = tl.sample(model, 40, near="@some", atlas="every", temperature=0.0)
    held = tl.decode(model, "@some", atlas="every").latents
    assert {int(i) for i in torch.cdist(near.latents, held).argmin(1)} == {0, 1, 2}
    assert float(torch.cdist(near.latents, held).min(1).values.max()) < 1e-4


def test_where_one_point_is_wanted_several_are_refused_with_their_number(model: Any, atlas: Atlas) -> None:
    tl.save_selection("some", model, ["test:4", "test:1"])
    tl.save_selection("discs", model, where=DISC, atlas="every")
    n = len(atlas.where(DISC))
    with pytest.raises(InvalidArgument, match=r"@some is a selection of 2 items, and one POINT.*such as test:4"):
        resolve(model, "@some")
    with pytest.raises(InvalidArgument, match=f"@discs is a selection of {n} items"):
        resolve(model, "@discs", atlas="every")
    with pytest.raises(InvalidArgument, match="@some is a selection of 2 items"):
        tl.save_point("x", model, "@some")
    tl.save_selection("one", model, "test:4")
    assert torch.allclose(resolve(model, "@one"), resolve(model, "test:4"), atol=1e-5)


def test_it_is_listed_shown_and_removed(model: Any, workspace: Any) -> None:
    tl.save_selection("some", model, ["test:4", "test:1"])
    shown = tl.show_selection("@some")
    assert len(shown) == 2 and shown.first == ("test:4", "test:1")
    assert "The selection @some: 2 items" in repr(shown) and "test:4, test:1" in repr(shown)
    assert [line["name"] for line in tl.list_selections()] == ["some"]
    assert tl.list_selections()[0]["holds"] == "2 items" and tl.list_points() == []
    tl.remove_selection("some")
    assert tl.list_selections() == [] and not list((workspace.root / "points").glob("*.json"))


def test_commas_part_what_has_none_in_itself() -> None:
    assert by_commas("test:3,train:4 , seed:1/2,@a b") == ["test:3", "train:4", "seed:1/2", "@a b"]
    for whole in ("map:0.3,-1.2", "a,b.png", "@a,b", "test:3", "test:3,map:1,2"):
        assert by_commas(whole) == [whole]


def test_a_file_reads_back_as_it_was_written() -> None:
    for held in (
        Selection("m", "m-1", "z", "faces", "d-1", "test:3", ("test:3", "seed:1/0", "@niño")),
        Selection("m", "m-1", "z", "faces", "d-1", "a condition", (), "label = 'cat'"),
    ):
        assert selection_of(json.loads(json.dumps(held.dump())), "it") == held


@pytest.mark.long
def test_ten_thousand_items_are_one_name(model: Any, workspace: Any, tmp_path: Path) -> None:
    many = str(written(tmp_path / "many.npz", 12_500))
    resolver = Resolver(model, tl.lab.calls.session.Session.of(workspace), data=many)  # type: ignore[attr-defined]
    train, test = (len(resolver.counted._items(split)) for split in ("train", "test"))  # pyright: ignore
    points = [*(f"train:{i}" for i in range(train)), *(f"test:{i}" for i in range(test))][:10_000]
    tl.save_selection("many", model, points, data=many)
    z = torch.cat([resolver(point) for point in resolver.several("@many")])
    assert z.shape == (10_000, 6)
    assert torch.allclose(z[[0, 9_999]], torch.cat([resolver(points[0]), resolver(points[-1])]), atol=1e-5)
    with pytest.raises(TrasluzError, match=r"more than a selection holds.*100,000"):
        tl.save_selection("most", model, [f"train:{i}" for i in range(100_001)], data=many)


def test_other_data_are_refused_with_what_it_holds(model: Any, atlas: Atlas, data: Path, tmp_path: Path) -> None:
    tl.save_selection("some", model, ["test:4", "test:1"])
    tl.save_selection("discs", model, where=DISC, atlas="every")
    other = str(written(tmp_path / "other.npz", seed=1))
    for name in ("some", "discs"):
        with pytest.raises(IdentityMismatch, match=f"the selection @{name} .* is of other data.*--data .*shapes.npz"):
            tl.decode(model, f"@{name}", data=other)
    written(data, 119, seed=2)
    with pytest.raises(IdentityMismatch, match=r"@some \(2 items\) is of .* as they were: the data have changed since"):
        tl.decode(model, "@some")
    # Beside the atlas that keeps them they are still what they were.
    assert torch.equal(tl.decode(model, "@some", atlas="every").latents, latents(atlas, [
        atlas.row_of("test:4"), atlas.row_of("test:1")]))  # fmt: skip
