"""Loading data by name: decoded once, split by the item, told what was skipped."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trasluz.base.errors import DataError, InvalidArgument, UnknownName
from trasluz.base.progress import Progress
from trasluz.lab.shelf.data import describe_data, known_data, load, parse_data
from trasluz.spaces.data import Dataset, groups_said


class Listener(Progress):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, int | None]] = []
        self.said: list[str] = []
        self.done = 0

    @contextmanager
    def task(self, title: str, total: int | None):  # type: ignore[override]
        self.tasks.append((title, total))

        def step(n: int = 1, note: str = "") -> None:
            self.done += n

        yield step

    def say(self, text: str) -> None:
        self.said.append(text)


def photos(folder: Path, n: int, start: int = 0) -> Path:
    """n small pictures, each of another colour."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(start, start + n):
        Image.new("RGB", (40, 40), (i * 7 % 256, i * 13 % 256, i * 29 % 256)).save(folder / f"{i:03d}.png")
    return folder


@pytest.mark.parametrize(
    ("spec", "parsed"),
    [
        ("faces", ("faces", None)),
        ("faces:12000", ("faces", "12000")),
        ("samples:mine:50", ("samples", "mine:50")),
        ("fashion-mnist:/some/where", ("fashion-mnist", "/some/where")),
        ("./photos", ("folder", "./photos")),
        ("../photos", ("folder", "../photos")),
        (".", ("folder", ".")),
        ("~/photos", ("folder", "~/photos")),
        ("photos/", ("folder", "photos/")),
        ("/a/b.npz", ("npz", "/a/b.npz")),
        ("./a:b", ("folder", "./a:b")),
        ("folder:photos", ("folder", "photos")),
    ],
)
def test_a_data_argument_is_a_name_or_a_path(spec: str, parsed: tuple[str, str | None]) -> None:
    assert parse_data(spec) == parsed


@pytest.mark.parametrize("spec", ["facs", "photos", "hub:org/name", "", "x:y"])
def test_an_unknown_name_says_how_to_write_a_path(spec: str) -> None:
    with pytest.raises(UnknownName, match=r"contains '/' or starts with '\.'"):
        parse_data(spec)


def test_the_second_load_decodes_nothing(tmp_path: Path) -> None:
    first, second = Listener(), Listener()
    a = load("pets:30", size=32, workspace=tmp_path, progress=first)
    b = load("pets:30", size=32, workspace=tmp_path, progress=second)
    assert first.tasks == [("Drawing pets:30", 30)]
    assert first.done == 30
    assert second.tasks == []
    assert a.identity == b.identity
    assert a.identity.startswith("d-")
    assert np.array_equal(a.stored(slice(None)), b.stored(slice(None)))
    assert a.rows.equals(b.rows)


def test_rows_carry_split_source_label_and_factors(tmp_path: Path) -> None:
    data = load("pets:60", size=28, workspace=tmp_path)
    assert data.rows.column_names[:5] == ["id", "index", "source", "split", "label"]
    assert data.rows.column("index").to_pylist() == list(range(60))
    assert set(data.rows.column("source").to_pylist()) == {"pets"}
    test = data.split("test")
    assert 0 < len(test) < 30
    assert load("pets:60", size=28, split="test", workspace=tmp_path).rows.equals(test.rows)
    item = test[0]
    assert item.label in ("cat", "dog")
    assert "fur_colour" in item.factors
    assert item.x.shape == (1, 3, 28, 28)
    assert 0 <= float(item.x.min()) <= float(item.x.max()) <= 1


def test_identity_is_of_the_content(tmp_path: Path) -> None:
    a = load("pets:10", size=28, workspace=tmp_path)
    b = load("pets:11", size=28, workspace=tmp_path)
    assert a.identity != b.identity
    again = load("pets:10", size=28, workspace=tmp_path / "elsewhere")
    assert again.identity == a.identity


def test_an_item_stays_in_its_split_when_others_come(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 40)
    before = load(folder, size=16, workspace=tmp_path / "w")
    photos(folder, 25, start=40)
    after = load(folder, size=16, workspace=tmp_path / "w")
    assert (len(before), len(after)) == (40, 65)
    was = dict(zip(before.rows["id"].to_pylist(), before.rows["split"].to_pylist(), strict=True))
    now = dict(zip(after.rows["id"].to_pylist(), after.rows["split"].to_pylist(), strict=True))
    assert all(now[k] == v for k, v in was.items())


def test_copies_of_a_picture_fall_on_one_side(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 30)
    for i in range(30):
        shutil.copy(folder / f"{i:03d}.png", folder / f"copy-{i:03d}.png")
    data = load(folder, size=16, workspace=tmp_path / "w")
    split = dict(zip(data.rows["id"].to_pylist(), data.rows["split"].to_pylist(), strict=True))
    assert all(split[f"{i:03d}.png"] == split[f"copy-{i:03d}.png"] for i in range(30))
    assert set(split.values()) == {"train", "test"}


def table(folder: Path, **columns: list[object]) -> None:
    lines = [
        ["filename", *columns],
        *([f"{i:03d}.png", *row] for i, row in enumerate(zip(*columns.values(), strict=True))),
    ]
    (folder / "labels.csv").write_text("\n".join(",".join(map(str, line)) for line in lines), encoding="utf-8")


@pytest.mark.parametrize("name", ["group_id", "Group_ID"])
def test_what_belongs_together_falls_on_one_side_with_copies_of_it(tmp_path: Path, name: str) -> None:
    folder = photos(tmp_path / "photos", 60)
    shutil.copy(folder / "000.png", folder / "060.png")
    people = [f"p{i % 12}" for i in range(58)]
    table(folder, **{name: [*people, "", "", "p5"]})
    data = load(folder, size=16, workspace=tmp_path / "w")
    sides: dict[str, set[str]] = {}
    for who, part in zip([*people, "alone", "too", "p5"], data.rows["split"].to_pylist(), strict=True):
        sides.setdefault(who, set()).add(part)
    assert all(len(parts) == 1 for parts in sides.values()) and {"train", "test"} == set.union(*sides.values())
    assert sides["p0"] == sides["p5"], "a copy ties the two"
    [said] = [note for note in data.about["notes"] if name in note and "one side" in note]
    assert "59 items are of 12 groups, and 2 stand alone" in said
    (folder / "labels.csv").unlink()
    plain = load(folder, size=16, workspace=tmp_path / "w")
    assert plain.identity != data.identity and plain.rows["split"].to_pylist() != data.rows["split"].to_pylist()
    table(folder, **{name: list(range(61))})
    alone = load(folder, size=16, workspace=tmp_path / "w")
    assert alone.rows["split"].to_pylist() == plain.rows["split"].to_pylist()


def test_groups_that_say_nothing_are_not_heeded_anywhere(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 30)
    plain = load(folder, size=16, workspace=tmp_path / "w").rows["split"].to_pylist()
    table(folder, group_id=["x"] * 30)
    one = load(folder, size=16, workspace=tmp_path / "w")
    assert one.rows["split"].to_pylist() == plain and any("is not heeded" in note for note in one.about["notes"])
    assert groups_said(one.typed("group_id")) == [None] * 30
    shutil.copy(folder / "000.png", folder / "030.png")
    table(folder, group_id=["a"] * 15 + ["b"] * 15 + ["b"])
    tied = load(folder, size=16, workspace=tmp_path / "w")
    assert set(tied.rows["split"].to_pylist()) == {"train", "test"}, "a copy joins the two, and all would be one"
    assert any("by copies" in note for note in tied.about["notes"])


def test_of_large_groups_so_many_items_are_held_out_as_groups_allow(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 50)
    for seed in range(4):
        table(folder, group_id=["large"] * 40 + ["a", "b", "c", "d", "e"] * 2)
        parts = load(folder, size=16, workspace=tmp_path / "w", seed=seed).rows["split"].to_pylist()
        assert parts[:40] == ["train"] * 40 and 4 <= parts.count("test") <= 10


def test_parts_of_the_data_that_share_a_group_are_obeyed_and_told(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 20)
    table(folder, split=["train"] * 15 + ["test"] * 5, group_id=["a", "b"] * 8 + ["c"] * 4)
    data = load(folder, size=16, workspace=tmp_path / "w")
    assert data.rows["split"].to_pylist() == ["train"] * 15 + ["test"] * 5
    assert any("1 item held out is of the group of one to train on" in note for note in data.about["notes"])


@pytest.mark.parametrize("n", [2, 3])
def test_neither_split_of_a_handful_is_empty(tmp_path: Path, n: int) -> None:
    for seed in range(8):
        data = load(photos(tmp_path / "photos", n), size=16, seed=seed, workspace=tmp_path / "w")
        assert len(data.split("test")) >= 1
        assert len(data.split("train")) >= 1


def test_another_seed_splits_otherwise(tmp_path: Path) -> None:
    a, b = (load("pets:60", size=28, seed=s, workspace=tmp_path).rows["split"].to_pylist() for s in (0, 1))
    assert a != b


def test_skipped_pictures_are_told_and_listed(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 5)
    (folder / "broken.png").write_bytes((folder / "000.png").read_bytes()[:60])
    (folder / "empty.jpg").write_bytes(b"")
    ear = Listener()
    data = load(folder, workspace=tmp_path / "w", progress=ear)
    assert len(data) == 5
    assert ear.done == 7
    assert ear.said[-1].startswith("2 files were left out beside 5 pictures (broken.png: ")
    skipped = dict(describe_data(folder, workspace=tmp_path / "w")["skipped"])
    assert set(skipped) == {"broken.png", "empty.jpg"}
    assert "zero bytes" in skipped["empty.jpg"]


@pytest.mark.parametrize("damage", ["truncated", "no json", "no pixels", "other shape", "no rows", "old version"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, damage: str) -> None:
    good = load("pets:8", size=28, workspace=tmp_path)
    pixels = np.array(good.stored(slice(None)))
    (cache,) = (tmp_path / "cache" / "data").iterdir()
    if damage == "truncated":
        data = (cache / "items.npy").read_bytes()
        (cache / "items.npy").unlink()
        (cache / "items.npy").write_bytes(data[:-100])
    elif damage == "no json":
        (cache / "about.json").write_text("{")
    elif damage == "no pixels":
        (cache / "items.npy").unlink()
    elif damage == "other shape":
        (cache / "items.npy").unlink()
        np.save(cache / "items.npy", np.zeros((8, 3, 30, 28), np.uint8))
    elif damage == "no rows":
        (cache / "rows.parquet").write_bytes(b"PAR1")
    else:
        about = json.loads((cache / "about.json").read_text())
        (cache / "about.json").write_text(json.dumps({**about, "version": 0}))
    ear = Listener()
    again = load("pets:8", size=28, workspace=tmp_path, progress=ear)
    assert "decoding again" in ear.said[0]
    assert again.identity == good.identity
    assert np.array_equal(again.stored(slice(None)), pixels)


def test_two_at_once_both_get_a_whole_data_set(tmp_path: Path) -> None:
    found: list[Dataset] = []
    threads = [
        threading.Thread(target=lambda: found.append(load("pets:40", size=28, workspace=tmp_path))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({data.identity for data in found}) == 1
    assert len({data.stored(slice(None)).tobytes() for data in found}) == 1
    assert len(list((tmp_path / "cache" / "data").iterdir())) == 1


def test_an_open_data_set_is_taken_as_it_is(tmp_path: Path) -> None:
    data = load("pets:20", size=28, workspace=tmp_path)
    assert len(load(data, split="train")) == len(data.split("train"))
    with pytest.raises(InvalidArgument, match="cannot change its form"):
        load(data, size=64)


def test_wishes_that_cannot_be_met_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    for wish in ({"size": 0}, {"size": 5000}, {"channels": 2}):
        with pytest.raises(InvalidArgument):
            load("pets:20", workspace=tmp_path / "w", **wish)
    with pytest.raises(UnknownName, match="split"):
        load("pets:20", split="validation", workspace=tmp_path / "w")
    with pytest.raises(DataError):
        load(tmp_path / "nothing", workspace=tmp_path / "w")
    assert not (tmp_path / "w").exists()


def test_every_source_has_a_title() -> None:
    known = {entry["name"]: entry["title"] for entry in known_data()}
    assert {"faces", "pets", "fashion-mnist", "folder", "npz", "samples"} <= set(known)
    assert all(known.values())


def test_a_description_counts_values(tmp_path: Path) -> None:
    told = describe_data("pets:25", size=28, workspace=tmp_path)
    assert told["items"] == told["train"] + told["test"] == 25
    assert sum(told["columns"]["label"]["counts"].values()) == 25
    assert told["licence"].startswith("MIT")


def test_some_items_of_a_folder_stand_for_all_of_its_classes(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for name in ("dark", "light"):
        photos(folder / name, 40)
    data = load(folder, size=16, workspace=tmp_path / "w")
    assert set(data.first(30).column("label")) == {"dark"}
    some = data.some(30)
    counts = [list(some.column("label")).count(name) for name in ("dark", "light")]
    assert sum(counts) == 30 and min(counts) >= 8 and some.ids == sorted(some.ids) and some.ids == data.some(30).ids
    mixed = data.some(None, shuffled=True)
    assert set(mixed.column("label")[:12]) == {"dark", "light"} and sorted(mixed.ids) == sorted(data.ids)
    assert data.some(None).ids == data.ids
    pets = load("pets:20", size=28, workspace=tmp_path / "w")
    assert pets.some(7, shuffled=True).ids == pets.first(7).ids, "drawn in no order"
