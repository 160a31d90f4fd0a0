"""What came with a bundled model is there at once, is of that model and those data, and is never written to."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import trasluz as tl
from trasluz.atlas.packed import PACKED
from trasluz.base import reserved
from trasluz.base.errors import IdentityMismatch, InvalidArgument, NameTaken
from trasluz.base.progress import SILENT, Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf import atlases, bundled, shipped
from trasluz.lab.shelf.about_data import about_data
from trasluz.lab.shelf.points import Resolver

NAME = "faces-vae--bundled--z"
LAYOUT, LARGEST, ALL = 700_000, 8_000_000, 48_000_000
FOLDERS = sorted(bundled.ZOO.glob("*/*--bundled--*"))


class Heard(Progress):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def task(self, title: str, total: int | None):
        return SILENT.task(title, total)

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what came with faces-vae, in an installation that may be changed."""
    shutil.copytree(bundled.ZOO / "faces-vae" / NAME, tmp_path / "zoo" / "faces-vae" / NAME)
    folder = reserved.atlas_folder
    monkeypatch.setattr(shipped, "atlas_folder", lambda name: folder(name, tmp_path / "zoo"))
    return tmp_path / "zoo" / "faces-vae" / NAME


def begun(home: Workspace, model: str = "faces-vae") -> tuple[shipped.Start, list[str]]:
    heard = Heard()
    return shipped.start_of(tl.open(model, device="cpu"), None, home, heard), heard.lines


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_each_is_whole_small_and_of_its_model(folder: Path, home: Workspace) -> None:
    model = tl.open(folder.parent.name, device="cpu")
    start, said = begun(home, model.name)
    assert start == shipped.Start(folder.name, "umap") and not said
    atlas = shipped.open_atlas(folder.name, home)
    atlas.check_whole(thumbnails=True)
    assert len(atlas) == min(2000, len(atlas)) > atlas.pictured - 1 and 0 < atlas.pictured <= 1000
    assert atlas.points[:2] == ["test:0", "test:1"] and atlas.columns
    assert sum(path.stat().st_size for path in folder.iterdir()) <= LAYOUT
    plane = tl.map(model, atlas=atlas.name, method="umap", workspace=home)
    assert len(plane) == len(atlas) and plane.round_trip is not None and plane.round_trip < 0.8
    # A row's own place gives that row back.
    torch.testing.assert_close(plane.projection.inverse(plane.xy[:20]), atlas.latents[:20], atol=1e-3, rtol=1e-3)


def test_they_are_within_the_sizes_of_what_ships() -> None:
    assert FOLDERS, "some ship"
    sizes = [sum(p.stat().st_size for p in (bundled.ZOO / name).rglob("*") if p.is_file()) for name in bundled.BUNDLED]
    assert max(sizes) < LARGEST and sum(sizes) < ALL


def test_what_is_decoded_is_what_the_whole_latents_give(home: Workspace) -> None:
    """Thumbnails are of the items, so the reconstruction of a packed latent is near to them."""
    atlas, space = shipped.open_atlas(NAME, home), tl.open("faces-vae", device="cpu").space(None)
    drawn = space.decode(atlas.latents[:32]).detach().clamp(0, 1).numpy()
    items = atlas.thumbnails(range(32)).astype(np.float32) / 255
    own = ((drawn - items) ** 2).mean()
    others = ((drawn - np.roll(items, 1, 0)) ** 2).mean()
    assert own < others / 5


def test_it_is_read_only_and_maps_of_it_are_kept_in_the_workspace(home: Workspace) -> None:
    folder = bundled.ZOO / "faces-vae" / NAME
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    tl.map("faces-vae", atlas=NAME, method="pca", workspace=home)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [path.stem for path in (home.cache / "maps").rglob("*.safetensors")] == ["pca"]
    assert not home.names("atlases")
    with pytest.raises(InvalidArgument, match="came with a bundled model"):
        atlases.remove_atlas(NAME, workspace=home)
    with pytest.raises(NameTaken, match="came with a bundled model"):
        tl.encode("faces-vae", "faces:40", name=NAME, workspace=home)
    assert folder.is_dir()


def test_another_model_is_refused(home: Workspace) -> None:
    with pytest.raises(IdentityMismatch, match="another model"):
        tl.map("fashion-vae", atlas=NAME, workspace=home)


def test_what_is_damaged_is_said_and_the_usual_is_taken(elsewhere: Path, home: Workspace) -> None:
    assert begun(home)[0].atlas == NAME
    path = elsewhere / PACKED
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    start, [said] = begun(home)
    assert start == shipped.Start(None, "pca")
    assert "cannot be used, and are encoded" in said and "checksum" in said and "pip install" in said


def test_data_that_are_others_by_now_are_said(elsewhere: Path, home: Workspace, monkeypatch) -> None:
    monkeypatch.setattr("trasluz.lab.shelf.data.fingerprint", lambda *_: "another version")
    start, [said] = begun(home)
    assert start.atlas is None and "the data faces are others by now" in said
    assert elsewhere.is_dir()


def test_data_that_cannot_be_asked_for_are_believed(elsewhere: Path, home: Workspace, monkeypatch) -> None:
    from trasluz.base.errors import MissingExtra

    def missing(*_: object) -> str:
        raise MissingExtra("a package is missing", next="Install it")

    monkeypatch.setattr("trasluz.lab.shelf.data.fingerprint", missing)
    assert begun(home) == (shipped.Start(elsewhere.name, "umap"), [])


def test_a_layout_of_ones_own_comes_first(home: Workspace, monkeypatch) -> None:
    atlas = shipped.open_atlas(NAME, home)
    kept = {"umap": True}
    monkeypatch.setattr(shipped, "_own", lambda *_: atlas)
    monkeypatch.setattr(shipped, "_has", lambda _, method: kept[method])
    assert begun(home)[0] == shipped.Start(None, "umap")
    kept["umap"] = False
    assert begun(home)[0] == shipped.Start(NAME, "umap")


def test_a_trained_model_has_none(home: Workspace) -> None:
    model = tl.open("faces-vae", device="cpu")
    model.folder = home.root / "models" / "faces-vae"
    assert shipped.shipped_of(model, None, home) is None


def test_it_says_what_it_is_of_without_drawing_the_data(home: Workspace) -> None:
    told = about_data(tl.open("faces-vae", device="cpu"), shipped.open_atlas(NAME, home), None, home, Heard())
    assert told.parts["test"] >= 2000 and told.parts["all"] > told.parts["train"] and told.licence
    assert not (home.cache / "data").exists()


def test_points_count_in_it_where_it_is_named_and_no_data_are_drawn(home: Workspace) -> None:
    model, atlas = tl.open("faces-vae", device="cpu"), shipped.open_atlas(NAME, home)
    resolver = Resolver(model, Session.of(home, "cpu"), atlas=NAME)
    found = torch.cat([resolver("test:3"), resolver("test:1500"), resolver("map:umap:0,0")])
    torch.testing.assert_close(found[:2], atlas.latents[[3, 1500]], atol=0, rtol=0)
    assert found.isfinite().all() and not (home.cache / "data").exists()
    blond = atlas.where("hair_colour = 'blond'")
    assert 0 < len(blond) < len(atlas) and set(atlas.column("hair_colour")[blond]) == {"blond"}
