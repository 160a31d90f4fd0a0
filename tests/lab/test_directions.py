"""Directions from end to end on a model whose numbers are known: found, measured, kept, moved along, edited with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

import painted
import toy_models as toys
import trasluz as tl
from trasluz.base import rng
from trasluz.base.errors import (
    DataError,
    IdentityMismatch,
    InvalidArgument,
    NameTaken,
    NotInvertible,
    TrasluzError,
    UnknownName,
    UnsafePath,
)
from trasluz.io.atomic import read_json
from trasluz.io.workspace import Workspace
from trasluz.lab.judging import effects
from trasluz.lab.judging.evidence import rows_for
from trasluz.lab.judging.reader import reader_for
from trasluz.lab.results.directions import Directions
from trasluz.lab.shelf import directions as kept
from trasluz.lab.work.search import slug_of
from trasluz.nn.reader import ReaderConfig
from trasluz.spaces import registry
from trasluz.spaces.column import Column
from trasluz.spaces.data import Dataset
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import Verdict

MODEL, DATA = painted.model(), painted.data()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workspace with a reader of the painted data in its cache, trained for few steps: the pictures are easy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReaderConfig, "__init__", _short(ReaderConfig.__init__))
        home = Workspace(tmp_path_factory.mktemp("directions"))
        MODEL.save("painted", build=painted.__file__, workspace=home)
        yield home


def _short(init: Any) -> Any:
    return lambda self, **values: init(self, **{"steps": 80, "warmup": 5, **values})


def find(home: Workspace, **asked: Any) -> Directions:
    return tl.find(MODEL, data=DATA, workspace=home, **asked)


def test_the_reader_reads_what_can_be_read_and_says_what_cannot(home: Workspace) -> None:
    reader = reader_for(MODEL, DATA, workspace=home)
    assert reader is not None
    assert reader.columns["colour"].accuracy == 1 and reader.columns["light"].accuracy > 0.9
    assert reader.columns["level"].is_scale and reader.columns["level"].accuracy > 0.8
    assert not reader.columns["noise"].trusted and "one" not in reader.columns
    again = reader_for(MODEL, DATA, workspace=home)
    assert again is not None and again.columns == reader.columns, "kept in the cache"
    x = DATA.tensor(slice(0, 5))
    assert torch.equal(again.features(x), reader.features(x)) and reader.features(x).shape == (5, 96)


def test_a_value_is_reached_and_nothing_else_moves(home: Workspace) -> None:
    direction = find(home, target="colour=green").one
    assert direction.name == "colour-green" and direction.method == "towards" and direction.usual == 1
    assert direction.details["held_out"] > 0.99 and direction.learned
    assert direction.p is not None and direction.p < 1e-3
    m = direction.measured
    assert m is not None
    at = m.at
    assert m.reached is not None and m.reached[at] == 1 and m.reached[0] == 0 and m.monotone == 1
    assert m.kept is not None and m.kept[at] > 0.95 and m.changes_by_chance is not None
    assert m.changes_by_chance["light"] < 0.5 and m.pixels_changed is not None
    assert m.pixels_changed[at] == pytest.approx(0.5, abs=0.02), "the upper half"
    assert direction.verdict is m.verdict is Verdict.WORKS and m.success is not None
    assert m.success.value == 1 and m.success.n == m.items and m.success.interval is not None
    assert m.success.chance is not None and m.success.chance < m.success.interval[0] < 1
    heat = torch.tensor(m.where)
    assert bool((heat[:4] > 0.1).all()) and float(heat[4:].max()) < 0.03
    assert "100% of the items become colour=green" in m.sentence


@pytest.mark.parametrize("method", ["means", "probe"])
def test_plain_vectors_are_in_sigma_of_the_atlas(home: Workspace, method: str) -> None:
    direction = find(home, target="light=yes", method=method, measured=False).one
    assert direction.name == f"light-yes-{method}" and direction.unit == "σ" and direction.usual == 2
    assert int(direction.vector.abs().argmax()) == 3
    codes = MODEL.space().encode(DATA.tensor(slice(None)))
    assert direction.sigma == pytest.approx(float((codes @ direction.vector).std(correction=0)), rel=1e-3)


def test_a_quantity_is_followed(home: Workspace) -> None:
    direction = find(home, target="level").one
    assert direction.method == "regression" and float(direction.vector[3]) > 0.95
    assert direction.details["figure"] == "rank correlation" and direction.details["held_out"] > 0.9


def test_nothing_is_learned_from_labels_without_meaning(home: Workspace) -> None:
    direction = find(home, target="noise=a").one
    assert direction.learned is False and direction.p is not None and direction.p > 0.05
    assert direction.measured is not None and direction.verdict is Verdict.NOTHING
    assert direction.measured.sentence.startswith("nothing was learned: on ")
    assert "no better than chance" in direction.measured.sentence
    assert "cannot be read off items" in direction.measured.sentence
    shown = find(home, target="colour=red", method="means", against=["light"], seed=3).one
    assert shown.measured is not None and 0 <= (shown.measured.reached_shuffled or 0) < 0.9


def test_without_labels_a_direction_gets_a_suggested_name(home: Workspace) -> None:
    found = find(home, method="pca", count=3)
    assert [d.name for d in found] == ["pca-1", "pca-2", "pca-3"]
    suggested = [d.measured.suggested for d in found if d.measured is not None]
    assert all(s is not None and s.split("-")[0] in ("colour", "light", "level") for s in suggested)
    assert found.image().width > found.image().height / 2


def test_examples_by_hand(home: Workspace) -> None:
    test = DATA.split("test")
    light = [f"test:{i}" for i, v in enumerate(test.column("level")) if v > 1.5][:5]
    dark = [f"test:{i}" for i, v in enumerate(test.column("level")) if v < -1.5][:5]
    found = find(home, these=light, those=dark)
    assert int(found.one.vector.abs().argmax()) == 3 and found.one.details["left_out_accuracy"] == 1
    assert found.one.learned is None, "five of each cannot be held out where a method wants five"
    assert "not tested: too few items (5 with it, 5 without)" in found.one.told
    assert "--these test:" in found.command() and "these=['test:" in found.code()
    with pytest.raises(InvalidArgument, match="two kinds"):
        find(home, these=light)
    with pytest.raises(InvalidArgument, match="5 or more of each"):
        find(home, these=light[:3], those=dark)


def test_an_example_that_is_named_twice_counts_once(home: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """From two items a side nothing can be told, however often they are named, and whatever their copies are called."""
    test = DATA.split("test")
    column = test.column("light")
    light, dark = ([f"test:{i}" for i in np.flatnonzero(column == value)[:6]] for value in ("yes", "no"))
    with pytest.raises(InvalidArgument, match="got 2 with the value, 2 without"):
        find(home, these=light[:2] * 3, those=dark[:2] * 3)
    once = find(home, these=light, those=dark, measured=False).one
    copies = [MODEL.space().encode(test.tensor([int(point.partition(":")[2])])) for point in light]
    twice = tl.find(
        MODEL, these=[*light, *copies], those=dark * 2, measured=False, workspace=home, data=DATA, progress=True
    )
    assert twice.one.items == once.items == 12 and torch.equal(twice.one.vector, once.vector)
    assert "6 examples are the same as others: each counts once" in capsys.readouterr().err


def test_labels_of_ones_own(home: Workspace, tmp_path: Path) -> None:
    test = DATA.split("test")
    table = tmp_path / "mine.csv"
    lines = [f"{i},{'warm' if c == 'red' else 'cold'}" for i, c in zip(
        test.rows.column("id").to_pylist(), test.column("colour"), strict=True)][:60]  # fmt: skip
    table.write_text("id,feeling\n" + "\n".join(lines) + "\n")
    direction = find(home, labels=table, target="feeling=warm", measured=False).one
    assert float(direction.vector[0]) > 0.5 and direction.details["learned"]
    table.write_text("name,feeling\nx,warm\n")
    with pytest.raises(DataError, match=r"no row .* names one of the"):
        find(home, labels=table, target="feeling=warm")
    table.write_text("id,feeling\nnobody,warm\n")
    with pytest.raises(DataError, match=r"no row .* names one of the"):
        find(home, labels=table, target="feeling=warm")


def _named_apart(folder: Path) -> Path:
    """A table with a text of its own for every item."""
    ids = DATA.split("test").rows.column("id").to_pylist() + DATA.split("train").rows.column("id").to_pylist()
    lines = [f"{name},nick {i}" for i, name in enumerate(ids)]
    (folder / "apart.csv").write_text("\n".join(["id,nickname", *lines]) + "\n")
    return folder / "apart.csv"


def test_what_cannot_be_found_says_why(home: Workspace, tmp_path: Path) -> None:
    for asked, error, match in (
        ({"target": "color=red"}, UnknownName, "Did you mean colour"),
        ({"target": "colour=violet"}, UnknownName, "unknown value of colour"),
        ({"target": "one=same"}, InvalidArgument, "one value only"),
        ({"target": "colour"}, InvalidArgument, "holds categories"),
        ({"method": "probe"}, InvalidArgument, "needs to know which"),
        ({"method": "pca", "target": "colour=red"}, InvalidArgument, "looks at no labels"),
        ({"target": "colour=red", "against": ["colour"]}, InvalidArgument, "left alone as well"),
        (
            {"target": "colour=red", "against": ["nickname"], "labels": _named_apart(tmp_path)},
            InvalidArgument,
            "names items",
        ),
        ({"method": "lda"}, UnknownName, "unknown method"),
        ({"method": "sefa"}, InvalidArgument, "first affine layer"),
        ({"target": "colour=red", "settings": {"shrink": 1}}, UnknownName, "unknown setting"),
    ):
        with pytest.raises(error, match=match):
            find(home, **asked)
    with pytest.raises(NotInvertible, match="--samples"):
        tl.find(toys.two_spaces(), target="colour=red", workspace=home)


def test_a_space_without_encoder_is_searched_on_its_own_samples(home: Workspace) -> None:
    found = tl.find(toys.two_spaces(), method="pca", samples=50, count=2, workspace=home, measured=False)
    assert len(found) == 2 and found.one.data == "samples:mapped:50" if len(found) == 1 else True
    drawn = tl.find(MODEL, data=DATA, samples=300, target="light=yes", method="means", workspace=home, measured=False)
    assert int(drawn.one.vector.abs().argmax()) == 3, "read by the reader of its data"


def test_kept_directions_come_back_and_belong_to_one_model(home: Workspace) -> None:
    found = find(home, target="colour=blue", measured=False)
    [path] = found.keep(workspace=home)
    assert path.name == "painted--z--colour-blue.json"
    again = kept.direction_of("colour-blue", MODEL, "z", workspace=home)
    assert again.dump() == read_json(path, "it") and torch.equal(again.vector, found.one.vector)
    listed = kept.list_directions(workspace=home)
    assert {"name": "colour-blue", "model": "painted", "space": "z"}.items() <= listed[0].items()
    with pytest.raises(UnknownName, match="Did you mean colour-blue"):
        kept.direction_of("colour-blu", MODEL, "z", workspace=home)
    with pytest.raises(IdentityMismatch, match="belongs to another model"):
        kept.direction_of(again, toys.coded(name="painted"), "z", workspace=home)
    renamed = kept.rename_direction("colour-blue", "sea", workspace=home)
    assert renamed.exists() and not path.exists() and kept.show_direction("sea", workspace=home).name == "sea"
    found.keep(name="other", workspace=home)
    with pytest.raises(NameTaken):
        kept.rename_direction("other", "sea", workspace=home)
    with pytest.raises(TrasluzError):
        kept.show_direction("../sea", workspace=home)
    kept.remove_direction("sea", workspace=home)
    kept.remove_direction("painted--z--other", workspace=home)
    assert kept.list_directions(workspace=home) == []
    path.write_text('{"version": 9}')
    assert "another version" in kept.list_directions(workspace=home)[0]["changes"]
    path.unlink()


def test_of_few_pictures_of_somebody_all_are_looked_at_and_not_those_held_out_alone(
    home: Workspace, tmp_path: Path
) -> None:
    """Of 90 pictures some 13 are held out: they are no place to look for a value, nor to say that there is none."""
    items = painted.data(90)
    folder = tmp_path / "few"
    folder.mkdir()
    for i, pixels in enumerate(items.stored(slice(None))):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(folder / f"{i:02}.png")
    colours = items.column("colour")
    lines = [f"{i:02}.png,{colour},{'once' if i == 7 else 'often'}" for i, colour in enumerate(colours)]
    (folder / "labels.csv").write_text("\n".join(["file,colour,seen", *lines]) + "\n")
    asked = {"data": str(folder), "workspace": home, "measured": False}
    found = tl.find(painted.model(), target="colour=red", **asked).one
    assert found.items == 90 and found.learned is True
    with pytest.raises(InvalidArgument, match=r"too few items on one side.*1 with the value, 89 without"):
        tl.find(painted.model(), target="seen=once", **asked)


def test_names_of_directions_tell_them_apart(home: Workspace) -> None:
    targets = ("s=0.5", "s=0.25", "s=black/white", "s=white", "s=\u9ed2", "s=\u767d", "s=" + 50 * "x", "s=" + 51 * "x")
    names = [slug_of(target) for target in targets]
    assert names[:4] == ["s-0.5", "s-0.25", "s-black-white", "s-white"] and len(set(names)) == len(names)
    assert slug_of("ojos=marrón") == "ojos-marron"
    found = find(home, target="colour=blue", measured=False).one
    assert kept.file_name("v1.5", "z", "x") != kept.file_name("v1.0", "z", "x")
    kept.keep(found, name="a--b", workspace=home)
    assert kept.show_direction("a--b", model="painted", workspace=home).name == "a--b"
    kept.remove_direction("a--b", workspace=home)
    with pytest.raises(UnsafePath, match="too long"):
        kept.check_free(61 * "x", "painted", workspace=home)


def test_an_edit_takes_nobodys_place(home: Workspace) -> None:
    mine = find(home, target="colour=red", method="means").one
    path = kept.keep(mine, workspace=home)
    before = path.read_bytes()
    tl.edit(MODEL, "test:0", set={"colour": "red"}, method="means", data=DATA, workspace=home, report=False)
    assert path.read_bytes() == before, "what was measured stays"
    kept.keep(replace(mine, model_identity="of an earlier training"), workspace=home)
    tl.edit(MODEL, "test:0", set={"colour": "red"}, method="means", data=DATA, workspace=home, report=False)
    assert kept.show_direction(mine.name, workspace=home).model_identity == mine.model_identity
    path.unlink()


def test_chance_is_counted_as_what_it_is_compared_with(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "RANDOM", 1)
    vector = torch.randn(5, generator=rng.generator(0, "random direction", 0))
    vector /= vector.norm()
    by_chance = Direction("by chance", "painted", "", "z", vector, 1.5, "given")
    rows = rows_for(MODEL, MODEL.space(), data=DATA, workspace=home)
    reader = reader_for(MODEL, DATA, workspace=home)
    m = effects.measure(by_chance, MODEL.space(), rows, reader)
    assert dict(m.moves or ()) == m.changes_by_chance and m.suggested is None and m.verdict is Verdict.NOTHING
    assert max(m.changes_by_chance.values()) > 0.2, "it does change something"
    m = effects.measure(replace(by_chance, target="colour=red"), MODEL.space(), rows, reader)
    assert m.reached is not None and m.changes_by_chance is not None
    assert m.reached_by_chance == m.reached[m.at] <= m.changes_by_chance["colour"]


def beside(**columns: list[Any]) -> Dataset:
    """The same data with further columns, before the others."""
    first = ["id", "index", "source", "split"]
    given = DATA._rows
    rows = {name: given[name] for name in first} | columns | {n: given[n] for n in given.column_names if n not in first}
    return Dataset("twice", f"d-twice-{'-'.join(columns)}", DATA._items, pa.table(rows), {})


def test_a_column_that_says_the_same_is_no_loss_and_said(home: Workspace) -> None:
    """A table often has a column twice; that the second follows the first is not what a direction drags along."""
    light, colour = (DATA.column(name).tolist() for name in ("light", "colour"))
    data = beside(
        brightness=[{"yes": "bright", "no": "dim"}[one] for one in light],
        shade=[f"{a} {b}" for a, b in zip(light, colour, strict=True)],
    )
    arrow = find(home, target="light=yes", method="means", measured=False).one
    rows, reader = rows_for(MODEL, MODEL.space(), data=data, workspace=home), reader_for(MODEL, data, workspace=home)
    assert reader is not None and next(iter(reader.columns)) == "brightness"
    m = effects.measure(arrow, MODEL.space(), rows, reader)
    assert m.twins == ("brightness",) and "says the same in other words: brightness" in m.sentence
    assert "brightness" not in (m.changes or {}) and "shade" in (m.changes or {})
    # Wherever the twin stood, the others are read by their own heads, and the direction works as it does alone.
    assert m.verdict is Verdict.WORKS and m.ceiling is not None and m.ceiling.value > 0.9
    x = DATA.split("test").tensor(slice(None))
    whole, part = reader.read(x), reader.but(["brightness"]).read(x)
    assert list(part) == [name for name in whole if name != "brightness"]
    for name, said in part.items():
        assert said.tolist() == whole[name].tolist(), name
    # What is only part of it in other words is another column.
    assert effects.measure(replace(arrow, target="colour=red"), MODEL.space(), rows, reader).twins is None


@pytest.mark.parametrize(
    ("other", "twin"),
    [
        (lambda v: 10 * v, True),
        (lambda v: -v, True),
        (lambda v: np.round(2.54 * v, 1), True),
        (lambda v: np.where(np.arange(len(v)) % 3 == 0, np.nan, v), True),
        (lambda v: np.where(np.arange(len(v)) % 40 == 0, v, np.nan), False),
        (lambda v: v + np.sin(40 * v), False),
        (lambda v: np.ones(len(v)), False),
    ],
    ids=["in other units", "turned round", "rounded", "with gaps", "of a few", "much alike", "constant"],
)
def test_a_quantity_in_other_units_is_the_same_column(home: Workspace, other: Any, twin: bool) -> None:
    rows = rows_for(MODEL, MODEL.space(), data=DATA, workspace=home)
    level = rows.column("level").numbers
    assert level is not None
    both = replace(rows, columns={**rows.columns, "height": Column.quantity("height", other(level))})
    assert effects._twins("level", both) == (["height"] if twin else [])


def test_an_edit_reaches_all_that_was_asked_at_once(home: Workspace) -> None:
    edited = tl.edit(MODEL, ["test:0", "test:1"], set={"colour": "green", "light": "yes"}, data=DATA, workspace=home)
    reader = reader_for(MODEL, DATA, workspace=home)
    assert reader is not None
    read = reader.read(edited.items)
    assert read["colour"].tolist() == ["green"] * 2 and read["light"].tolist() == ["yes"] * 2
    assert {"painted--z--colour-green", "painted--z--light-yes"} <= set(home.names("directions"))
    for before, differs in zip(reader.read(edited.base)["colour"], edited.differs, strict=True):
        assert ("colour" in differs) == (before != "green")
    assert edited.command().startswith("trasluz edit painted test:0 test:1 --set colour=green --set light=yes")
    assert edited.image().height > 300


def test_other_ways_to_edit(home: Workspace, tmp_path: Path) -> None:
    z = torch.zeros(5)
    raised = tl.edit(MODEL, z, dims={3: 2.0}, data=DATA, workspace=home, report=False)
    codes = MODEL.space().encode(DATA.tensor(slice(None)))
    assert float(raised.latents[0, 3]) == pytest.approx(2 * float(codes[:, 3].std(correction=0)), rel=1e-3)
    like = tl.edit(MODEL, z, analogy=[z, torch.ones(5)], strength=0.5, data=DATA, workspace=home, report=False)
    assert torch.allclose(like.latents, torch.full((1, 5), 0.5))
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(3):
        Image.new("RGB", (20, 20), (200, 30, 30)).save(folder / f"p{i}.png")
    blue = find(home, target="colour=blue", measured=False)
    blue.keep(workspace=home)
    many = tl.edit(MODEL, folder, directions=[blue], data=DATA, workspace=home)
    assert len(many) == 3 and all(d["colour"] == ("red", "blue") for d in many.differs)
    assert [p.name for p in many.paths(tmp_path)] == ["0000-p0.png", "0001-p1.png", "0002-p2.png"]
    many.save(f"{tmp_path}/out/")
    assert all(path.is_file() for path in many.paths(tmp_path / "out"))
    assert many.code().endswith(f"edited.save('{tmp_path}/out/')")
    two = tl.edit(MODEL, torch.zeros(2, 5), directions=blue, data=DATA, workspace=home, report=False)
    assert len(two) == 2 and two.names == ["#0", "#1"]
    exact = tl.edit(MODEL, z, directions={blue: 1.23456789}, data=DATA, workspace=home, report=False)
    assert exact.call.arguments["directions"] == {"colour-blue": 1.23456789}


def test_what_cannot_be_edited_says_why(home: Workspace, tmp_path: Path) -> None:
    z = torch.zeros(5)
    (tmp_path / "empty").mkdir()
    for items, asked, match in (
        (z, {}, "nothing to change"),
        (z, {"dims": {5: 1.0}}, "no such dimension"),
        (z, {"dims": {1: float("nan")}}, "out of range"),
        (z, {"directions": ["nowhere"]}, "unknown direction"),
        (z, {"analogy": [z, z]}, "one point"),
        (z, {"dims": {1: 1.0}, "strength": float("nan")}, "out of range"),
        (str(tmp_path / "empty"), {"dims": {1: 1.0}}, "no item in"),
        (z, {"set": {"colour": "violet"}}, "unknown value"),
    ):
        with pytest.raises(TrasluzError, match=match):
            tl.edit(MODEL, items, data=DATA, workspace=home, report=False, **asked)  # type: ignore[arg-type]
    blue = find(home, target="colour=blue", measured=False).one
    with pytest.raises(InvalidArgument, match="undo each other"):
        tl.edit(MODEL, z, directions={blue: 1, blue.renamed("again"): 2}, data=DATA, workspace=home, report=False)


def test_strength_beyond_the_data_is_done_and_said(home: Workspace) -> None:
    direction = find(home, target="light=yes", method="means").one
    assert direction.measured is not None
    assert direction.measured.support is not None and direction.measured.support[0] > 0
    assert "leaves_data_at" in direction.measured.dump()
    far = tl.edit(MODEL, "test:0", directions={direction: 60.0}, data=DATA, workspace=home, report=False)
    assert bool(torch.isfinite(far.items).all()) and far.beyond == 1 and "left the data" in far.told()


def test_rows_of_directions_and_a_pair(home: Workspace) -> None:
    a, b = (
        find(home, target="colour=red", measured=False),
        find(home, target="light=yes", method="means", measured=False),
    )
    rows = tl.traverse(MODEL, directions=[a, b], start="test:0", columns=5, data=DATA, workspace=home)
    assert rows.latents.shape == (10, 5) and rows.labels == ["colour-red", "light-yes-means"]
    z = MODEL.space().encode(DATA.split("test").tensor([0]))
    assert torch.allclose(rows.latents[2], z[0], atol=1e-5) and torch.allclose(rows.latents[7], z[0], atol=1e-5)
    pair = tl.traverse(MODEL, pair=[a, b], start="test:0", columns=3, range=2, data=DATA, workspace=home)
    assert pair.latents.shape == (9, 5) and torch.allclose(pair.latents[4], z[0], atol=1e-5)
    assert float(pair.items[2, 0, 0, 0]) > 0.7 and float(pair.items[2, :, -1].mean()) > float(
        pair.items[8, :, -1].mean()
    )
    assert pair.told() == "colour-red across, light-yes-means up in 3 steps from test:0"
    with pytest.raises(InvalidArgument, match="exclude each other"):
        tl.traverse(MODEL, dims=[0], directions=[a], data=DATA, workspace=home)
    assert tl.traverse(MODEL, directions=a, start="test:0", columns=3, data=DATA, workspace=home).labels == [
        "colour-red"
    ]
    with pytest.raises(InvalidArgument, match="a pair is two"):
        tl.traverse(MODEL, pair=[a], data=DATA, workspace=home)


def test_every_label_method_is_measured_by_the_same_rule(home: Workspace) -> None:
    for name in registry.names("finders"):
        how = registry.get("finders", name)
        if "target" in how.needs and name not in ("examples", "regression"):
            assert find(home, target="light=yes", method=name, measured=False).one.details["learned"], name
