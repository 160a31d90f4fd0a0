"""What a person calls things is what they are called: each row is a name, and what must come of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import toy_models as toys
from trasluz.atlas.query import matching
from trasluz.base.errors import InvalidArgument, NameTaken, TrasluzError, UnknownName, UnsafePath
from trasluz.io.names import BYTES, on_disk, shown
from trasluz.io.workspace import Workspace
from trasluz.lab.encode import encode
from trasluz.lab.shelf import directions, points
from trasluz.lab.shelf.atlases import list_atlases, remove_atlas, show_atlas
from trasluz.lab.shelf.points import resolve
from trasluz.spaces.column import Column
from trasluz.spaces.direction import Direction

NFD = unicodedata.normalize("NFD", "niña")
REFUSED_BY_DISKS = set('<>:"/\\|?*')
NAMES = {
    "an ñ": "niño",
    "blanks": "mi punto",
    "Japanese": "黒い猫",
    "Persian, with the joiner it is written with": "می\u200cخواهم",
    "an accent of two characters becomes one": NFD,
    "a device of Windows": "con",
    "a device of Windows with an ending": "NUL.txt",
    "a device of Windows in small figures": "com¹",
    "a dot at the end": "fin.",
    "a blank at the end": "fin ",
    "a blank before it": " ini",
    "a dot before it": ".oculto",
    "a dash before it": "-x",
    "a dash and digits": "-1",
    "a slash": "antes/después",
    "a backslash": "a\\b",
    "a colon": "12:30",
    "what a shell would read": "a*b?<c>|d",
    "quotes": "el \"rey\" y 'la reina'",
    "per cents that look like ours": "50%41",
    "a tilde that looks like our mark": "A~aaaaaa",
    "what stands for a row of a file": "a.safetensors#3",
    "a picture's ending": "me.png",
    "an equals sign": "a=b",
    "two dashes": "a--b",
    "an ending of ours": "a.json",
    "capitals": "Gato Negro",
    "sixty letters of three bytes": "猫" * 60,
    "as long as may be": "a" * 120,
    "an emoji": "🐈 gato",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_point_of_any_name_is_kept_found_shown_and_removed(workspace: Workspace, name: str) -> None:
    model = toys.coded()
    path = points.save_point(name, model, "seed:1")
    assert path.parent == workspace.root / "points" and not set(path.name) & REFUSED_BY_DISKS
    assert not path.name.removesuffix(".json").endswith((".", " ")) and path.name[0] not in ".- "
    assert len(path.name.encode()) <= 255
    assert torch.equal(resolve(model, f"@{name}"), resolve(model, "seed:1"))
    assert [line["name"] for line in points.list_points()] == [unicodedata.normalize("NFC", name)]
    points.remove_point(name)
    assert points.list_points() == []


@pytest.mark.parametrize("name", [n for n in NAMES.values() if "=" not in n and len(n) <= 60 and "猫猫" not in n])
def test_a_direction_of_any_name_is_kept_and_found_by_it(workspace: Workspace, name: str) -> None:
    model = toys.coded(name="año")
    path = directions.keep(arrow(model), name=name)
    assert path.parent == workspace.root / "directions"
    assert directions.direction_of(name, model, "z").name == unicodedata.normalize("NFC", name)
    full = f"año--z--{unicodedata.normalize('NFC', name)}"
    assert directions.show_direction(full).name == directions.show_direction(name).name


@pytest.mark.parametrize("name", ["niño", "mi atlas", "con", "fin.", "antes/después", "Gato", "a" * 120])
def test_an_atlas_of_any_name_opens_by_it(workspace: Workspace, name: str) -> None:
    made = encode(toys.coded(), toys.pictures(8), name=name)
    assert made.name == name and show_atlas(name)["name"] == name
    assert [line["name"] for line in list_atlases()] == [name]
    remove_atlas(name)
    assert list_atlases() == []


REFUSED = {
    "nothing": ("point", ""),
    "blanks alone": ("point", "   "),
    "a path that leads out": ("point", "../x"),
    "a path from the root": ("point", "/etc/passwd"),
    "a path that turns back": ("point", "a/../../b"),
    "a drive": ("point", "C:\\x"),
    "a line break": ("point", "a\nb"),
    "a zero": ("point", "a\0b"),
    "what colours a terminal": ("point", "\x1b[31mred"),
    "what turns the direction of writing": ("point", "a\u202egnp"),
    "bytes that are no text": ("point", "a\udcff"),
    "too many characters": ("point", "a" * 121),
    "too many bytes": ("point", "猫" * 100),
    "a model that reads as a path": ("model", "a/b"),
    "a model that reads as an option": ("model", "-x"),
    "a model that reads as a source": ("model", "hub:x"),
    "a model that reads as a folder here": ("model", ".x"),
    "a direction that reads as its strength": ("direction", "a=2"),
}  # fmt: skip


@pytest.mark.parametrize(("what", "name"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_name_is_one_clear_line_and_leaves_nothing(workspace: Workspace, what: str, name: str) -> None:
    kinds: dict[str, Any] = {"point": "points", "model": "models", "direction": "directions"}
    with pytest.raises(UnsafePath, match=f"not a usable {what} name.*allowed: ") as caught:
        workspace.entry(kinds[what], name)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 500
    assert not workspace.root.exists()


def test_names_that_differ_in_capitals_alone_are_two_files_on_every_disk(workspace: Workspace) -> None:
    model = toys.coded()
    paths = [points.save_point(name, model, f"seed:{i}") for i, name in enumerate(["Mine", "mine", "MINE"])]
    assert len({path.name.casefold() for path in paths}) == 3
    assert [line["name"] for line in points.list_points()] == ["MINE", "Mine", "mine"]
    for i, name in enumerate(["Mine", "mine", "MINE"]):
        assert torch.equal(resolve(model, f"@{name}"), resolve(model, f"seed:{i}"))


def test_a_name_is_taken_however_its_accents_are_composed(workspace: Workspace) -> None:
    points.save_point("niña", toys.coded(), "seed:1")
    with pytest.raises(NameTaken):
        points.save_point(NFD, toys.coded(), "seed:2")


@pytest.mark.parametrize("entry", ["faces-vae", "A.b_c-9", "m--faces-12000--test--z", "Mi Modelo", NFD, "100%", "x~1"])
def test_folders_named_the_old_way_or_by_hand_open(workspace: Workspace, entry: str) -> None:
    (workspace.root / "models" / entry).mkdir(parents=True)
    (name,) = workspace.names("models")
    assert name == unicodedata.normalize("NFC", entry)
    assert workspace.existing("models", name) == workspace.root / "models" / entry


def test_a_workspace_from_a_disk_that_knew_capitals_opens_whole(workspace: Workspace) -> None:
    for entry in ("Faces", "faces"):
        (workspace.root / "models" / entry).mkdir(parents=True)
    assert [workspace.existing("models", name).name for name in ("Faces", "faces")] == ["Faces", "faces"]


@pytest.mark.parametrize("name", [*NAMES.values(), "a" * 120, "%", "~", "%~", "a%7E"])
def test_what_stands_on_the_disk_reads_back_and_stays_short(name: str) -> None:
    name = unicodedata.normalize("NFC", name)
    entry = on_disk(name)
    assert shown(entry) == name and len(entry.encode()) <= BYTES
    marked = on_disk(name, [entry.swapcase()]) if entry.swapcase() != entry else entry
    assert shown(marked) == name


def test_directions_of_models_whose_names_look_alike_stay_apart(workspace: Workspace) -> None:
    for name in ("ano", "año", "a-no", "a--no", "a no", "w"):
        directions.keep(arrow(toys.coded(name=name)), name="x")
    assert len(workspace.names("directions")) == 6


def test_a_direction_kept_under_its_old_name_is_found_and_stays_there(workspace: Workspace) -> None:
    model = toys.coded(name="Mi Modelo")
    path = directions.keep(arrow(model), name="x")
    old = path.rename(path.with_name("Mi-Modelo--z--x.json"))
    assert directions.direction_of("x", model, "z").model == "Mi Modelo"
    assert directions.keep(arrow(model), name="x") == old and workspace.names("directions") == ["Mi-Modelo--z--x"]


def arrow(model: Any) -> Direction:
    return Direction("", model.name, model.identity, "z", torch.ones(6), 1.0, "given")


ROWS = pa.table(
    {
        "id": [f"{i}.png" for i in range(8)],
        "index": pa.array(range(8), pa.int64()),
        "source": ["s"] * 8,
        "split": ["test"] * 8,
        "size": pa.array(range(8), pa.int64()),
        "Size": ["S", "M", "L", "XL"] * 2,
        "my col": ["w", "b"] * 4,
        "hair-colour": ["blond", "red", "Bräun", "red"] * 2,
        "año": pa.array([2020 + i // 2 for i in range(8)], pa.int64()),
        "order": ["first", "second"] * 4,
        "2nd": ["x", "y"] * 4,
        'the "best"': ["yes", None] * 4,
        "Label": ["cat", "dog"] * 4,
        "weight": pa.array([i / 7 for i in range(8)]),
        "real": pa.array([i % 2 == 0 for i in range(8)]),
    }
)
EVEN, ODD = [0, 2, 4, 6], [1, 3, 5, 7]
CONDITIONS: dict[str, tuple[str, list[int]]] = {
    "of two columns that differ in capitals, the one that is written": ("size = 3", [3]),
    "and the other": ("Size = 'M'", [1, 5]),
    "both in one condition": ("size > 3 and Size = 'M'", [5]),
    "in quotes too": ('"size" > 3 and "Size" = \'M\'', [5]),
    "any capitals where only one is meant": ("LABEL = 'dog'", ODD),
    "a name with a blank, in quotes": ("\"my col\" = 'w'", EVEN),
    "a name with a blank, without": ("my col = 'w'", EVEN),
    "a name with a blank, in other capitals": ("My  Col = 'w' and size < 4", [0, 2]),
    "a name with a blank beside the same words as text": ("my col = 'w' and Label <> 'my col'", EVEN),
    "a name with a dash": ("hair-colour = 'red'", ODD),
    "a name with an ñ": ("año >= 2023", [6, 7]),
    "an ñ of two characters": (unicodedata.normalize("NFD", "año") + " >= 2023", [6, 7]),
    "a word of SQL": ("order = 'first'", EVEN),
    "a name that begins with a digit": ("2nd = 'y'", ODD),
    "quotes in a name": ('"the ""best""" = \'yes\'', EVEN),
    "a remark after a name": ("my col = 'w' -- my col", EVEN),
    "what looks like one of our own names is only text": ("Label = 'cat' and id <> 'c1'", EVEN),
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_answers_from_the_column_that_is_meant(condition: str, expected: list[int]) -> None:
    assert matching(ROWS, condition).tolist() == expected


UNCLEAR = {
    "capitals that fit two columns": ("SIZE = 3", "which column is SIZE.*allowed: size, Size"),
    "a column that is nowhere": ("sise = 3", r"unknown column: got 'sise'.*Did you mean size\?"),
    "a sentence that is none tells how names are quoted": ("my col = = 'w'", r'"my col" = '),
    "our own names are nobody's columns": ("c0 = 'x'", "unknown column: got 'c0'"),
    "nor is the place of a row": ("position = 1", "unknown column: got 'position'"),
    "types that do not compare say the name as it is": ("weight = 'heavy'", "does not work.*weight"),
}


@pytest.mark.parametrize(("condition", "told"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_unclear_is_asked_about(condition: str, told: str) -> None:
    with pytest.raises(InvalidArgument, match=told) as caught:
        matching(ROWS, condition)
    assert "\u241f" not in str(caught.value), "our own names are nobody's business"


NOWHERE = {
    "a misspelt value": ("hair-colour = 'blnd'", "no row has hair-colour 'blnd'.*Did you mean 'blond'"),
    "in other capitals": ("hair-colour = 'Blond'", "Did you mean 'blond'"),
    "without its accent": ("hair-colour = 'braun'", "Did you mean 'Bräun'"),
    "one of several": ("Size in ('S', 'XXL')", "no row has Size 'XXL'"),
    "one that is to be left out": ("Label not in ('cat', 'dgo')", "Did you mean 'dog'"),
    "unequal to what nothing is": ("Label <> 'dgo'", "Did you mean 'dog'"),
    "beside others that are there": ("Label = 'cat' or Label = 'dgo'", "Did you mean 'dog'"),
    "the other way about": ("'dgo' = Label", "no row has Label 'dgo'"),
    "under a function": ("lower(hair-colour) = 'Red'", "Did you mean 'red'"),
    "a number that is not there": ("size = 99", "no row has size 99; allowed: 0, 1"),
    "an id": ("id = '1.pgn'", r"Did you mean '1\.png'"),
}


@pytest.mark.parametrize(("condition", "told"), NOWHERE.values(), ids=NOWHERE)
def test_a_value_that_is_nowhere_is_asked_about(condition: str, told: str) -> None:
    with pytest.raises(InvalidArgument, match=told):
        matching(ROWS, condition, asking=True)


PLAIN = {
    "a number that none may be": ("size <> 99", 8),
    "an empty text": ("Label <> ''", 8),
    "no value": ("Label is null", 0),
    "a range with nothing in it": ("weight > 5", 0),
    "a pattern": ("Label like 'z%'", 0),
    "two that never meet": ("Label = 'cat' and order = 'second'", 0),
    "true and false": ("real = false", 4),
}


@pytest.mark.parametrize(("condition", "count"), PLAIN.values(), ids=PLAIN)
def test_what_no_row_meets_by_itself_is_an_answer(condition: str, count: int) -> None:
    assert len(matching(ROWS, condition, asking=True)) == count


def test_an_atlas_asks_and_so_do_all_that_stand_on_it(workspace: Workspace) -> None:
    atlas = encode(toys.coded(), toys.pictures(20))
    value = str(atlas.column("label")[0])
    with pytest.raises(InvalidArgument, match=f"no row has label '{value}x'.*Did you mean '{value}'"):
        atlas.where(f"label = '{value}x'")


TARGETS: dict[str, tuple[list[str], str, str]] = {
    "a misspelt value": (["blond", "red"], "blnd", "blond"),
    "other capitals": (["BLOND", "red"], "blond", "BLOND"),
    "one of more than are listed": ([f"breed {i:03d}" for i in range(90)], "breed 08B", "breed 08"),
}


@pytest.mark.parametrize(("values", "asked", "near"), TARGETS.values(), ids=TARGETS)
def test_a_target_that_is_nowhere_is_asked_about(values: list[str], asked: str, near: str) -> None:
    column = Column.of("hair", [value for value in values for _ in range(3)])
    with pytest.raises(UnknownName, match=f"Did you mean {near}"):
        column.place(asked)


def test_json_of_names_that_are_no_text_can_be_written_and_read(tmp_path: Path) -> None:
    from trasluz.cli.output import document
    from trasluz.io.atomic import read_json, write_json

    name = "fot\udcf3"
    write_json(tmp_path / "x.json", {"data": name})
    assert read_json(tmp_path / "x.json", "it")["data"] == name
    with open(tmp_path / "out.json", "w+", encoding="ascii") as stream:
        document({"written": Path(name)}, stream)
        stream.seek(0)
        assert json.load(stream)["written"] == name


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_columns_that_differ_in_capitals_are_both_exported(workspace: Workspace, tmp_path: Path, suffix: str) -> None:
    from trasluz.lab.shelf.atlases import export_atlas

    data = toys.pictures(6)
    data._rows = data._rows.append_column("Label", data._rows.column("label"))  # pyright: ignore[reportPrivateUsage]
    data._rows = data._rows.append_column("point", data._rows.column("label"))  # pyright: ignore[reportPrivateUsage]
    atlas = encode(toys.coded(), data, name="both")
    out = export_atlas("both", tmp_path / f"x{suffix}")
    names = np.load(out).files if suffix == ".npz" else pq.read_table(out).column_names
    assert {"label", "Label", "point", "point_"} <= set(names) and len(atlas.points) == 6


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_names_are_the_same_whatever_the_encoding_of_the_system(
    workspace: Workspace, tmp_path: Path, encoding: str
) -> None:
    points.save_point("mi niño", toys.coded(), "seed:1")
    told = (
        "from trasluz.io.workspace import Workspace as W; print(ascii(W().names('points')), W().existing('points', N))"
    )
    script = "import sys; N = sys.argv[1]\n" + told
    env = {**os.environ, "PYTHONUTF8": "0", "LC_ALL": "C" if encoding == "ascii" else "C.UTF-8"}
    env |= {"PYTHONCOERCECLOCALE": "0"}
    run = subprocess.run([sys.executable, "-c", script, "mi niño"], env=env, capture_output=True, check=True)
    assert run.stdout.startswith(b"['mi ni\\xf1o'] ") and run.stdout.strip().endswith("mi niño.json".encode())


def test_an_atlas_lives_in_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    from trasluz.lab.shelf.atlases import export_atlas

    home = Workspace(os.fsdecode(os.fsencode(tmp_path / "caf") + b"\xe9"))
    data = toys.pictures(6)
    data.spec = os.fsdecode(b"./caf\xe9")
    atlas = encode(toys.coded(), data, name="x", workspace=home)
    assert atlas.where("label is not null").size and show_atlas("x", workspace=home)["data"] == data.spec
    out = export_atlas("x", home.root / "x.parquet", workspace=home)
    with open(out, "rb") as handle:
        assert pq.read_table(handle).num_rows == 6


def test_every_error_about_a_name_is_one_of_ours(workspace: Workspace) -> None:
    for given in ("@", "@ ", "@..", "@a\0"):
        with pytest.raises(TrasluzError):
            resolve(toys.coded(), given)
