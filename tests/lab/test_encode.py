"""Encoding: once, reused, grown, made again where model or data changed; and what can be done with an atlas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from toy_models import coded, pictures, two_spaces
from trasluz.atlas.manifest import building
from trasluz.base.errors import (
    IdentityMismatch,
    InvalidArgument,
    NotInvertible,
    Stopped,
    TrasluzError,
    UnknownName,
    UnsafePath,
)
from trasluz.base.progress import Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.encode import encode
from trasluz.lab.shelf.atlases import atlas_for, atlas_name, export_atlas, list_atlases, remove_atlas, show_atlas


class Heard(Progress):
    """Remembers what was said, and how many items went by."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.said: list[str] = []
        self.items, self.stop_after = 0, stop_after

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Any]:
        def step(n: int = 1, note: str = "") -> None:
            self.items += n
            if self.stop_after is not None and self.items >= self.stop_after:
                raise KeyboardInterrupt

        yield step

    def say(self, text: str) -> None:
        self.said.append(text)


def test_encoded_once_and_reused(workspace: Workspace) -> None:
    first, second = Heard(), Heard()
    atlas = encode(coded(name="m"), pictures(60), progress=first)
    again = encode(coded(name="m"), pictures(60), progress=second)
    assert atlas.name == "m--toys--all--z" and atlas.folder == workspace.root / "atlases" / atlas.name
    assert (first.items, second.items) == (60, 0) and "is there already, with 60 items" in second.said[0]
    assert torch.equal(atlas.latents, again.latents)


def test_the_split_is_the_data_set_s_own_unless_named(workspace: Workspace) -> None:
    data = pictures(60)
    assert len(encode(coded(), data.split("test"))) == len(data.split("test")) < 60
    named = encode(coded(), data, split="train", limit=5)
    assert named.name == "toy--toys--train--z" and len(named) == 5
    assert set(named.column("split")) == {"train"}


def test_it_grows_and_serves_shorter_requests(workspace: Workspace) -> None:
    encode(coded(), pictures(60), limit=20)
    heard = Heard()
    assert len(encode(coded(), pictures(60), progress=heard)) == 60 and "grows from 20 to 60" in heard.said[0]
    assert len(encode(coded(), pictures(60), limit=20)) == 60


@pytest.mark.parametrize("change", ["model", "data", "damage"])
def test_made_again_where_something_changed_and_says_why(workspace: Workspace, change: str) -> None:
    before = encode(coded(), pictures(30))
    if change == "damage":
        (before.folder / "manifest.json").write_text("{}")
    heard = Heard()
    model = coded(seed=1) if change == "model" else coded()
    after = encode(model, pictures(30, seed=1 if change == "data" else 0), progress=heard)
    assert heard.items == 30 and len(heard.said) == 1 and heard.said[0].startswith("Encoding the atlas toy--toys--all")
    assert (after.model_identity, after.data_identity) == (model.identity, f"d-toys-True-16-3-{int(change == 'data')}")


def test_stopped_and_taken_up(workspace: Workspace) -> None:
    with pytest.raises(Stopped, match="Run the same command again"):
        encode(coded(), pictures(200), progress=Heard(stop_after=100))
    assert list_atlases()[0]["state"] == "unfinished" and not workspace.names("atlases")
    with pytest.raises(TrasluzError, match="is not finished"):
        show_atlas("toy--toys--all--z")
    assert len(encode(coded(), pictures(200))) == 200 and list_atlases()[0]["state"] == "ready"


def test_the_atlas_of_a_verb_is_announced_and_made_once(workspace: Workspace) -> None:
    heard, quiet = Heard(), Heard()
    atlas = atlas_for(coded(), data=pictures(40), progress=heard)
    assert len(atlas) == 40 and "once, as the atlas toy--toys--all--z" in heard.said[0]
    assert torch.equal(atlas_for(coded(), data=pictures(40), progress=quiet).latents, atlas.latents)
    assert not quiet.said and not quiet.items


def test_it_takes_the_first_5000(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trasluz.lab.shelf.atlases.DEFAULT_ITEMS", 15)
    heard = Heard()
    assert len(atlas_for(coded(), data=pictures(40), progress=heard)) == 15
    assert "the first 15 of 40" in heard.said[0]


def test_without_creating_it_says_what_to_run(workspace: Workspace) -> None:
    with pytest.raises(InvalidArgument, match="Make it: trasluz encode toy --data toys"):
        atlas_for(coded(), data=pictures(10), create=False)
    assert not workspace.root.exists()
    made = encode(coded(), pictures(10))
    assert len(atlas_for(coded(), data=pictures(10), create=False)) == 10
    assert atlas_for(coded(), atlas=made.name, create=False).name == made.name


def test_a_named_atlas_must_be_of_the_model_and_the_space(workspace: Workspace) -> None:
    made = encode(coded(), pictures(10), name="mine")
    assert atlas_for(coded(), atlas="mine").name == atlas_for(coded(), atlas=made).name == "mine"
    for atlas in ("mine", made):
        with pytest.raises(IdentityMismatch, match="another model"):
            atlas_for(coded(seed=1), atlas=atlas)
    with pytest.raises(InvalidArgument, match="another space"):
        atlas_for(coded(), atlas="mine", space="w")
    with pytest.raises(UnknownName, match="Did you mean mine"):
        atlas_for(coded(), atlas="mime")


def test_data_by_name_come_at_the_model_s_size(workspace: Workspace, tmp_path: Path) -> None:
    np.savez(tmp_path / "photos.npz", images=np.random.default_rng(0).integers(0, 255, (40, 20, 20, 3), np.uint8))
    model = coded()
    model.trained_on = str(tmp_path / "photos.npz")
    atlas = encode(model, split="all")
    assert re.fullmatch("toy--photos-[0-9a-f]{6}--all--z", atlas.name) and len(atlas) == 40
    default = atlas_for(model)
    assert re.fullmatch("toy--photos-[0-9a-f]{6}--test--z", default.name) and set(default.column("split")) == {"test"}
    (tmp_path / "photos.npz").unlink()
    heard = Heard()
    assert len(atlas_for(model, progress=heard)) == len(default) and "not available" in heard.said[0]
    with pytest.raises(TrasluzError, match=r"photos\.npz"):
        atlas_for(coded(seed=1), data=str(tmp_path / "photos.npz"))


def test_bad_requests_write_nothing(workspace: Workspace) -> None:
    with pytest.raises(InvalidArgument, match="what it was trained on"):
        encode(coded())
    with pytest.raises(InvalidArgument, match="limit"):
        encode(coded(), pictures(5), limit=0)
    with pytest.raises(NotInvertible):
        encode(two_spaces(), pictures(5))
    with pytest.raises(UnsafePath):
        encode(coded(), pictures(5), name="../out")
    with pytest.raises(UnknownName):
        encode("nobody", pictures(5))
    for verb in (show_atlas, remove_atlas):
        with pytest.raises(UnknownName, match="none exist yet"):
            verb("nothing")
    assert list_atlases() == [] and not workspace.root.exists()


@pytest.mark.parametrize(
    ("spec", "slug"),
    [
        ("faces", "faces"),
        ("faces:12000", "faces-12000"),
        ("./some photos.v1", "some-photos-MARK"),
        ("/a/b/data.npz", "data-MARK"),
        ("./fotos año", "fotos-año-MARK"),
        ("samples:m:50", "samples-m-50"),
        ("fashion-mnist:./idx files", "fashion-mnist-idx-files-MARK"),
        ("../..", "MARK"),
    ],
)
def test_names(spec: str, slug: str) -> None:
    name = atlas_name(coded(name="m"), spec, "test")
    assert re.fullmatch(f"m--{re.escape(slug).replace('MARK', '[0-9a-f]{6}')}--test--z", name)
    assert name == atlas_name(coded(name="m"), spec, "test"), "asked again, it is the same"


def test_long_names_stay_names_and_stay_apart(workspace: Workspace) -> None:
    a, b = (atlas_name(coded(name="m" * 110 + end), "faces", "test") for end in "ab")
    assert a != b and workspace.entry("atlases", a).name == a


def test_list_and_show(workspace: Workspace) -> None:
    atlas = encode(coded(), pictures(30))
    (workspace.root / "atlases" / "broken").mkdir()
    broken, ready = list_atlases()
    assert ready == {
        "name": atlas.name, "model": "toy", "data": "toys", "split": "all", "space": "z", "items": 30, "state": "ready",
    }  # fmt: skip
    assert broken["name"] == "broken" and "missing" in broken["state"]
    about = show_atlas(atlas.name)
    assert about["items"] == 30 and about["shape"] == [6] and sum(about["columns"]["label"].values()) == 30
    assert about["columns"]["red"].count(" to ") == 1 and about["bytes"] > 1000


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_exported_latents_and_rows_come_back(workspace: Workspace, tmp_path: Path, suffix: str) -> None:
    atlas = encode(coded(), pictures(30))
    out = export_atlas(atlas.name, tmp_path / f"out{suffix}")
    if suffix == ".npz":
        with np.load(out, allow_pickle=False) as found:
            assert np.array_equal(found["latents"], atlas.latents.numpy()) and found["log_var"].shape == (30, 6)
            assert found["label"].tolist() == list(atlas.column("label")) and found["note"][1] == ""
    else:
        table = pq.read_table(out)
        assert np.array_equal(np.array(table.column("latents").to_pylist(), np.float32), atlas.latents.numpy())
        assert table.column("note").to_pylist() == list(atlas.column("note"))
        assert table.schema.metadata[b"model_identity"].decode() == atlas.model_identity


def test_export_names_its_formats(workspace: Workspace, tmp_path: Path) -> None:
    encode(coded(), pictures(5), name="a")
    with pytest.raises(InvalidArgument, match=r"allowed: \.parquet, \.npz"):
        export_atlas("a", tmp_path / "out.csv")


def test_removed_finished_or_not(workspace: Workspace) -> None:
    encode(coded(), pictures(5), name="a")
    with pytest.raises(Stopped):
        encode(coded(), pictures(90), name="b", progress=Heard(stop_after=10))
    remove_atlas("a")
    remove_atlas("b")
    assert list_atlases() == [] and not building(workspace.root / "atlases" / "b").exists()
