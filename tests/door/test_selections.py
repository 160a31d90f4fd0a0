"""Selections as a stranger makes, names, damages and carries them: each row is a situation, and the one line that is
said, or what it must come to."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import toy_models as toys
import trasluz as tl
from door.situations import Said, rows
from lab.test_selections import SIZE, written
from trasluz.base.bounds import SELECTION_POINTS
from trasluz.base.errors import DamagedFile, TrasluzError
from trasluz.cli.app import app
from trasluz.lab.shelf.selections import kept_selection
from trasluz.nn.reader import ReaderConfig

QUICK = {"batch": 8, "compute": "float32", "prior_steps": 2, "widths": [4, 8], "latent": 6}


class Place:
    """A workspace with a model of discs and squares, their atlas, the point @scout and the selection @some."""

    def __init__(self, folder: Path, home: Any, data: Path) -> None:
        self.folder, self.home, self.data = folder, home, data
        self.model = toys.coded(size=SIZE, channels=3)
        self.model.trained_on = str(data)

    def save(self, *points: Any, name: str = "new", **how: Any) -> Any:
        return tl.save_selection(name, self.model, list(points) or None, **how)

    def file(self, text: str | bytes, name: str = "points.txt") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def damage(self, **change: Any) -> None:
        """Write into the file of @some by hand; None takes a field away."""
        path = self.home.root / "points" / "some.json"
        value = {**json.loads(path.read_text()), "checksum": ..., **change}
        path.write_text(json.dumps({key: part for key, part in value.items() if part is not ...}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace and the data of all tests; each works in a copy."""
    folder = tmp_path_factory.mktemp("made")
    place = Place(folder, folder / "workspace", written(folder / "shapes.npz"))
    told = {"workspace": place.home}
    tl.encode(place.model, split="all", name="every", **told)
    tl.save_point("scout", place.model, "seed:7", **told)
    tl.save_selection("some", place.model, ["test:4", "test:1", "train:0"], **told)
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path, workspace: Any) -> Place:
    shutil.copytree(made / "workspace", workspace.root)
    return Place(tmp_path, workspace, made / "shapes.npz")


SQUARE = [[100, 100], [101, 100], [101, 101]]
REFUSED: dict[str, tuple[Callable[[Place], Any], str]] = {
    "nothing is said": (lambda p: p.save(), r"made from one thing: got nothing; allowed: POINTs such as"),
    "two things are said": (
        lambda p: p.save("test:1", where="x > 0"), r"one thing: got POINT\.\.\. and --where"),
    "an empty file": (lambda p: p.save(file=p.file("\n  \n# nothing\n")), "a selection of nothing: got points.txt"),
    "an empty condition": (lambda p: p.save(where=" "), "a condition has 1 to 2,000 characters"),
    "a condition that no item meets": (lambda p: p.save(where="x > 9", atlas="every"), "no item of the atlas every"),
    "a value that is nowhere": (
        lambda p: p.save(where="label = 'dics'", atlas="every"), r"of nothing .*'dics'.*disc"),
    "a condition that is none": (lambda p: p.save(where="drop table rows", atlas="every"), "cannot be read"),
    "a region without items": (lambda p: p.save(region=SQUARE, atlas="every"), "no item of the atlas every lies in"),
    "a region of two corners": (lambda p: p.save(region=[[0, 0], [1, 1]], atlas="every"), "not a region of the map"),
    "items that are not there": (
        lambda p: p.save("test:1", "test:9999", "train:8888"), r"1 of the 3 POINTs are not in the data: got test:9999"),
    "no POINT": (lambda p: p.save("tset:1"), r"not a POINT: got 'tset:1'"),
    "a file of pictures": (lambda p: p.save("me.png"), "holds what can be named anywhere: got 'me.png'"),
    "a place of the map": (lambda p: p.save("map:0.1,0.2"), "holds what can be named anywhere.*trasluz points save"),
    "a latent in memory": (lambda p: p.save(np.zeros(6)), "holds what can be named anywhere: got a latent"),
    "a point that is not there": (lambda p: p.save("@scuot"), "unknown point: got 'scuot'.*Did you mean scout"),
    "a name that a point has": (lambda p: p.save("test:1", name="scout"), "@scout is a point already, and a name"),
    "and it may not be replaced either": (
        lambda p: p.save("test:1", name="scout", replace=True), "@scout is a point already, and a name"),
    "a point by the name of a selection": (
        lambda p: tl.save_point("some", p.model, "seed:1", replace=True), "@some is a selection already, and a name"),
    "a name that is taken": (lambda p: p.save("test:1", name="some"), "a selection @some already.*remove it first"),
    "a name that leads elsewhere": (lambda p: p.save("test:1", name="../x"), "not a usable selection name"),
    "an empty name": (lambda p: p.save("test:1", name="@"), "not a usable selection name"),
    "a file that is not there": (lambda p: p.save(file=p.folder / "no.txt"), "the file of POINTs is missing"),
    "a file of no text": (lambda p: p.save(file=p.file(b"\xff\xfe\x00x")), "is no text"),
    "a file of other JSON": (lambda p: p.save(file=p.file('{"a": 1}')), "is no selection: got a"),
    "a list of numbers": (lambda p: p.save(file=p.file("[1, 2]")), "no list of POINTs: got 1"),
    "a list of one that is none": (lambda p: p.save(file=p.file("test:1\nnope\n")), "not a POINT: got 'nope'"),
    "a folder": (lambda p: p.save(file=p.folder), "is not a file"),
    "one that is not there": (lambda p: tl.decode(p.model, "@smoe"), "unknown point: got 'smoe'.*Did you mean some"),
    "one that is not there, to be shown": (
        lambda p: tl.show_selection("smoe"), "unknown selection: got 'smoe'.*Did you mean some"),
    "a point, shown as a selection": (lambda p: tl.show_selection("scout"), "@scout is a point, not a selection"),
    "a point, removed as a selection": (lambda p: tl.remove_selection("scout"), "@scout is a point, not a selection"),
    "a selection, removed as a point": (lambda p: tl.remove_point("some"), "@some is a selection, not a point"),
    "several where one is wanted": (
        lambda p: tl.traverse(p.model, start="@some", dims=[0]), "@some is a selection of 3 items, and one POINT"),
    "several points by commas where one is wanted": (
        lambda p: tl.sample(p.model, 2, near="test:1,test:2"), "near is not a single POINT"),
    "three in an analogy": (
        lambda p: tl.edit(p.model, "test:0", analogy=["@some", "test:1"], report=False), "selection of 3 items"),
    "both sides of a search are one name too few": (
        lambda p: tl.find(p.model, these="@some", atlas="every"), "examples are of two kinds"),
}  # fmt: skip


@rows(REFUSED)
def test_one_line_says_it(case: tuple[Callable[[Place], Any], str], place: Place) -> None:
    do, said = case
    with pytest.raises(TrasluzError, match=said) as caught:
        do(place)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700


DAMAGE: dict[str, dict[str, Any]] = {
    "of another version": {"version": 2},
    "with a field missing": {"data_identity": ...},
    "with a field too many": {"more": 1},
    "with no POINTs and no condition": {"points": []},
    "with both": {"where": "x > 0"},
    "with a number for a POINT": {"points": [3]},
    "with a place for a POINT": {"points": ["map:0,0"]},
    "with a path for a POINT": {"points": ["../../etc/passwd.png"]},
    "with a list for a name": {"model": ["x"]},
    "that says that it is of another form": {"selection": "where"},
    "with more than it may hold": {"points": [f"test:{i}" for i in range(SELECTION_POINTS + 1)]},
    "with a condition that is too long": {"points": [], "selection": "where", "where": "x" * 5000},
}


@rows(DAMAGE)
def test_a_damaged_file_is_told_and_can_be_removed(case: dict[str, Any], place: Place) -> None:
    place.damage(**case)
    with pytest.raises(DamagedFile, match="@some is damaged"):
        tl.decode(place.model, "@some")
    [line] = tl.list_selections()
    assert line["name"] == "some" and "damaged" in line["from"]
    assert [one["name"] for one in tl.list_points()] == ["scout"]
    tl.remove_selection("some")
    assert tl.list_selections() == []


def test_a_file_that_holds_itself_does_not_go_on_for_ever(place: Place) -> None:
    place.damage(points=["test:1", "@some"])
    with pytest.raises(DamagedFile, match="@some holds @some, which is a selection itself"):
        tl.decode(place.model, "@some")


def test_items_that_a_hand_has_written_are_counted_where_they_are_not_there(place: Place) -> None:
    place.damage(points=["test:1", "test:9998", "test:9999"])
    with pytest.raises(
        TrasluzError, match="2 of the 3 items of the selection @some are not in the data: got test:9998"
    ):
        tl.decode(place.model, "@some")


def test_a_pipe_or_a_link_out_of_the_workspace_is_no_selection(place: Place, tmp_path: Path) -> None:
    os.mkfifo(place.home.root / "points" / "pipe.json")
    assert [line["name"] for line in tl.list_selections()] == ["some"]
    outside = tmp_path / "outside.json"
    outside.write_text((place.home.root / "points" / "some.json").read_text())
    (place.home.root / "points" / "link.json").symlink_to(outside)
    with pytest.raises(TrasluzError, match="leads out of the workspace"):
        tl.decode(place.model, "@link")


@pytest.mark.parametrize("name", ["niñas", "mis gatos", "a,b", "12:30", "@twice", "Some", "黒い猫", "con", "x" * 120])
def test_a_name_of_any_kind(name: str, place: Place) -> None:
    place.save("test:4", "test:1", name=name)
    found = tl.decode(place.model, f"@{name.removeprefix('@')}")
    assert found.names == ["test:4", "test:1"]
    tl.remove_selection(name)
    assert [line["name"] for line in tl.list_selections()] == ["some"]


def test_a_file_of_points_in_each_of_its_forms(place: Place) -> None:
    for text, name in (
        ("\ufefftest:4\r\n\r\n# mine\r\ntest:1, train:0\r\n", "w.txt"),
        ('["test:4", "test:1,train:0"]', "w.json"),
    ):
        place.save(file=place.file(text, name), name="from-file", replace=True)
        assert kept_selection("from-file").points == ("test:4", "test:1", "train:0")
    its_own = place.home.root / "points" / "some.json"
    place.save(file=its_own, name="again")
    assert kept_selection("again").points == kept_selection("some").points


def test_a_file_of_a_selection_of_other_data_is_refused(place: Place) -> None:
    other = str(written(place.folder / "other.npz", seed=1))
    with pytest.raises(TrasluzError, match="of other data"):
        place.save(file=place.home.root / "points" / "some.json", data=other)


def test_rows_of_no_split_are_left_out_and_counted(place: Place) -> None:
    said = Said()
    place.save("test:1", "test:1", "test:2,test:01", progress=said)
    assert kept_selection("new").points == ("test:1", "test:2")
    assert any("2 POINTs came twice" in line for line in said.lines)


def test_two_models_of_the_same_data_share_it_and_a_latent_belongs_to_one(place: Place) -> None:
    other = toys.coded(3, size=SIZE, channels=3, name="other")
    other.trained_on = str(place.data)
    assert tl.decode(other, "@some").names == ["test:4", "test:1", "train:0"]
    place.save("test:4", "seed:3", name="mixed")
    with pytest.raises(
        TrasluzError, match=r"@mixed \(2 items\) holds latents of another model: got toy .*allowed: other"
    ):
        tl.decode(other, "@mixed")


def test_data_that_are_gone_leave_what_the_atlas_keeps(place: Place) -> None:
    before = tl.decode(place.model, "@some", atlas="every").latents
    hidden = place.data.rename(place.data.with_suffix(".gone"))
    try:
        assert tl.decode(place.model, "@some").latents.equal(before)
    finally:
        hidden.rename(place.data)


# With a model that is kept: exported, and on the command line -------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a model, a point and two selections of it; beside it the data."""
    home = tmp_path_factory.mktemp("mine")
    data = written(home / "shapes.npz", 60)
    told = {"name": "mine", "preset": "tiny", "settings": QUICK, "steps": 2, "force": True, "device": "cpu"}
    tl.train("vae", str(data), workspace=home, **told)
    tl.save_point("here", "mine", np.arange(6), workspace=home)
    tl.save_selection("some", "mine", ["test:0", "test:1", "@here"], workspace=home)
    tl.save_selection("discs", "mine", where="label = 'disc'", workspace=home)
    return home


def test_it_travels_with_the_model(trained: Path, tmp_path: Path) -> None:
    said, heard = Said(), Said()
    packed = tl.export_model("mine", out=tmp_path / "m.zip", workspace=trained, progress=said)
    assert any("1 point and 2 selections of it are included" in line for line in said.lines)
    there = tmp_path / "there"
    tl.add_model(packed, name="yours", workspace=there, progress=heard)
    assert any("1 point" in line and "2 selections" in line for line in heard.lines)
    ours, theirs = (tl.decode(name, "@some", workspace=home) for name, home in (("mine", trained), ("yours", there)))
    assert theirs.names == ["test:0", "test:1", "@here"] and ours.latents.allclose(theirs.latents, atol=1e-5)
    assert {line["model"] for line in tl.list_selections(workspace=there)} == {"yours"}


def test_a_name_that_is_taken_on_the_other_side_is_told(trained: Path, tmp_path: Path) -> None:
    packed = tl.export_model("mine", out=tmp_path / "m.zip", workspace=trained)
    there, said = tmp_path / "there", Said()
    tl.save_point("some", "faces-vae", "seed:1", workspace=there)
    tl.add_model(packed, workspace=there, progress=said)
    assert any("Left out, points/some.json: there is a point @some already" in line for line in said.lines)


def test_the_command_line_from_save_to_remove(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ReaderConfig.__init__
    monkeypatch.setattr(ReaderConfig, "__init__", lambda self, **v: first(self, **{"steps": 5, "warmup": 1, **v}))
    monkeypatch.setenv("TRASLUZ_WORKSPACE", str(trained))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, fails: bool = False) -> str:
        done = CliRunner().invoke(app, [*words, "--device", "cpu"] if words[1] not in ("list", "remove") else [*words])
        assert bool(done.exit_code) == fails, done.output
        return done.output

    run("selections", "save", "squares", "mine", "--where", "label = 'square'")
    assert "where label = 'square'" in run("selections", "list")
    said = json.loads(run("selections", "show", "squares", "--out", "s.png", "--json", "--quiet"))
    n = len(tl.encode("mine").where("label = 'square'"))
    assert (said["items"], len(said["first"]), said["written"]) == (n, min(n, 5), "s.png")
    assert (tmp_path / "s.png").stat().st_size > 500
    assert "1 to 5 items" not in run("decode", "mine", "@squares,test:0", "--out", "d.png")
    told = json.loads(run("decode", "mine", "@some", "test:2", "--out", "d.png", "--json", "--quiet"))
    assert told["command"].startswith("trasluz decode mine @some test:2") and "'@some', 'test:2'" in told["code"]
    assert "unknown point" in run("decode", "mine", "@sqares", fails=True)
    assert "Did you mean squares" in run("decode", "mine", "@sqares", fails=True)
    assert "@here is a point already" in run("selections", "save", "here", "mine", "test:1", "--replace", fails=True)
    assert "Removed squares" in run("selections", "remove", "squares")
    assert "squares" not in run("selections", "list")
