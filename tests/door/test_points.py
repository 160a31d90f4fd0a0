"""`test:3` is one picture wherever it is said: each row is a situation, and which picture it must be."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from torch import Tensor

import toy_models as toys
from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import DataError, IdentityMismatch, InvalidArgument, TrasluzError
from trasluz.base.progress import Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.decode import decode
from trasluz.lab.encode import encode
from trasluz.lab.shelf.atlases import atlas_for, atlas_name, export_atlas
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.forms import ItemPoint, parse_point
from trasluz.lab.shelf.points import Resolver, resolve, save_point
from trasluz.spaces.data import SPLITS

SIZE = toys.SIZE


class Heard(Progress):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextmanager
    def task(self, title: str, total: int | None) -> Any:
        yield lambda *args, **kwargs: None

    def say(self, text: str) -> None:
        self.said.append(text)

    def __str__(self) -> str:
        return "\n".join(self.said)


def photos(folder: Path, n: int = 24, seed: int = 0) -> Path:
    """A folder of pictures, every one its own."""
    folder.mkdir(parents=True)
    for i, pixels in enumerate(np.random.default_rng(seed).integers(0, 255, (n, SIZE, SIZE, 3), np.uint8)):
        Image.fromarray(pixels).save(folder / f"{i:02d}.png")
    return folder


def code(picture: Tensor) -> Tensor:
    return toys.coded().space().encode(picture)


def trained_on(folder: Path) -> Any:
    model = toys.coded()
    model.trained_on = str(folder)
    return model


class Two:
    """A model trained on the folder a/photos, and the folder b/photos, encoded as the atlas `other`."""

    def __init__(self, root: Path) -> None:
        self.a, self.b = photos(root / "a" / "photos", 40), photos(root / "b" / "photos", 30, seed=1)
        self.model = trained_on(self.a)
        self.atlas = encode(self.model, str(self.b), split="all", name="other")

    def picture(self, folder: Path, point: str) -> Tensor:
        split, index = point.split(":")
        return load(str(folder), size=SIZE, channels=3, split=split).tensor([int(index)])


@pytest.fixture
def two(workspace: Workspace, tmp_path: Path) -> Two:
    return Two(tmp_path)


COUNTED: dict[str, tuple[Callable[[Two], dict[str, Any]], str]] = {
    "with nothing named, in what the model was trained on": (lambda two: {}, "a"),
    "with data named, in them": (lambda two: {"data": str(two.b)}, "b"),
    "with an atlas named, in its data": (lambda two: {"atlas": "other"}, "b"),
    "with an open atlas, in its data": (lambda two: {"atlas": two.atlas}, "b"),
    "with an atlas and its own data": (lambda two: {"atlas": "other", "data": str(two.b)}, "b"),
    "with an atlas and other data, the atlas decides": (lambda two: {"atlas": "other", "data": str(two.a)}, "b"),
}


@pytest.mark.parametrize("point", ["test:0", "test:3", "train:0", "train:7"])
@pytest.mark.parametrize(("asked", "folder"), COUNTED.values(), ids=COUNTED)
def test_an_item_is_counted(two: Two, asked: Callable[[Two], dict[str, Any]], folder: str, point: str) -> None:
    heard = Heard()
    z = resolve(two.model, point, progress=heard, **asked(two))
    assert torch.allclose(z, code(two.picture(getattr(two, folder), point)), atol=1e-5)
    if "data" in asked(two) and asked(two)["data"] == str(two.a):
        assert "counts in the data of the atlas other" in str(heard), "and it is said"


def test_what_is_shown_beside_it_is_the_same_item(two: Two) -> None:
    shown = decode(two.model, ["test:2"], atlas="other")
    assert shown.originals[0] is not None
    assert torch.equal(shown.originals[0], two.picture(two.b, "test:2")[0])


def test_an_atlas_of_another_model_is_refused_for_points_too(two: Two) -> None:
    with pytest.raises(IdentityMismatch, match="another model"):
        resolve(toys.coded(seed=1), "test:0", atlas="other")


def test_a_number_beyond_the_atlas_data_is_told_with_their_count(two: Two) -> None:
    with pytest.raises(InvalidArgument, match=r"b/photos has \d+ items.*test:0 to test:"):
        resolve(two.model, "test:99", atlas="other")


VIEWS: dict[str, Callable[[Any], Any]] = {
    "all of the data": lambda data: data,
    "the test split": lambda data: data.split("test"),
    "the training split": lambda data: data.split("train"),
    "the first ones": lambda data: data.first(9),
    "the first ones of a split": lambda data: data.split("train").first(5),
    "some out of order": lambda data: data.at(np.array([11, 3, 17, 5])),
    "some of a split": lambda data: data.split("train").at(np.array([2, 9, 4])),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_every_row_of_an_atlas_has_a_point_that_is_that_row(two: Two, view: Callable[[Any], Any]) -> None:
    atlas = encode(two.model, view(load(str(two.b), size=SIZE, channels=3)))
    resolver = Resolver(two.model, session(), atlas=atlas)
    assert len(atlas) == len(atlas.points) == len(set(atlas.points))
    for row in range(len(atlas)):
        point = atlas.points[row]
        assert point is not None and atlas.row_of(point) == row
        assert torch.allclose(resolver(point), atlas.latents[row][None], atol=1e-5)


def test_split_and_index_of_a_row_are_no_point_but_its_point_is(two: Two) -> None:
    rows, points = two.atlas.rows, two.atlas.points
    said = [f"{s}:{i}" for s, i in zip(rows.column("split").to_pylist(), rows.column("index").to_pylist(), strict=True)]
    assert said != points, "the index counts over both splits"


def test_views_of_other_rows_are_other_atlases(two: Two) -> None:
    data = load(str(two.b), size=SIZE, channels=3)
    some, others = encode(two.model, data.at(np.array([3, 5]))), encode(two.model, data.at(np.array([4, 6])))
    assert some.name != others.name and not torch.equal(some.latents, others.latents)
    assert encode(two.model, data.at(np.array([3, 5]))).name == some.name


@pytest.mark.parametrize("suffix", [".parquet", ".npz"])
def test_an_export_names_every_row(two: Two, tmp_path: Path, suffix: str) -> None:
    out = export_atlas("other", tmp_path / f"x{suffix}")
    points = pq.read_table(out).column("point").to_pylist() if suffix == ".parquet" else np.load(out)["point"].tolist()
    assert points == two.atlas.points


def test_an_atlas_from_before_points_were_written_counts_its_rows(two: Two) -> None:
    points, path = two.atlas.points, two.atlas.folder / "rows.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["trasluz:point"]), path, write_page_checksum=True)
    assert Atlas.open(two.atlas.folder).points == points


def test_the_desk_names_rows_of_data_that_the_model_was_not_trained_on(two: Two) -> None:
    from trasluz.lab.desk import Desk
    from trasluz.lab.map import map as draw

    desk = Desk(two.model, draw(two.model, atlas="other", method="pca"))
    near = desk.row(5)
    assert near.point == two.atlas.points[5]
    assert torch.allclose(desk.resolver(near.point), two.atlas.latents[5][None], atol=1e-5)
    call = desk.decode_call([near.point])
    assert call.arguments["atlas"] == "other", "the command counts in the same atlas"
    split, index = near.point.split(":")
    assert desk.row_of(split, int(index)) == 5


GONE: dict[str, Callable[[Path], Any]] = {
    "the folder was removed": shutil.rmtree,
    "the folder was renamed": lambda folder: folder.rename(folder.with_name("fotos")),
    "the folder is empty": lambda folder: [path.unlink() for path in folder.iterdir()],
    "a file stands in its place": lambda folder: (shutil.rmtree(folder), folder.write_text("x")),
}


@pytest.mark.parametrize("how", GONE.values(), ids=GONE)
@pytest.mark.parametrize("asked", [{"atlas": "other"}, {}], ids=["atlas named", "nothing named"])
def test_where_pictures_are_gone_the_kept_latent_serves_and_that_is_said(
    two: Two, how: Callable[[Path], Any], asked: dict[str, Any]
) -> None:
    if not asked:
        two.model.trained_on = str(two.b)
    row, heard = two.atlas.row_of("test:3"), Heard()
    how(two.b)
    z = resolve(two.model, "test:3", progress=heard, **asked)
    assert row is not None and torch.equal(z, two.atlas.latents[row][None].float())
    assert "test:3 is the latent that the atlas other keeps" in str(heard) and "not available" in str(heard)


def test_where_pictures_are_gone_the_atlas_shows_what_it_keeps(two: Two) -> None:
    before = two.picture(two.b, "test:3")[0]
    shutil.rmtree(two.b)
    assert torch.equal(decode(two.model, ["test:3"], atlas="other").originals[0], before)


def test_where_pictures_and_row_are_gone_it_is_an_error_about_the_data(two: Two) -> None:
    shutil.rmtree(two.b)
    with pytest.raises(DataError, match="there is no folder"):
        resolve(two.model, "test:99", atlas="other")


def test_where_the_data_have_changed_the_atlas_still_decides(two: Two) -> None:
    row, heard = two.atlas.row_of("test:0"), Heard()
    for path in sorted(two.b.iterdir())[:5]:
        path.unlink()
    z = resolve(two.model, "test:0", atlas="other", progress=heard)
    assert torch.equal(z, two.atlas.latents[row][None].float()) and "no longer those" in str(heard)


def test_a_point_saved_from_an_atlas_is_of_that_atlas(two: Two) -> None:
    save_point("p", two.model, "test:1", atlas="other")
    assert torch.allclose(resolve(two.model, "@p"), code(two.picture(two.b, "test:1")), atol=1e-5)


def test_a_picture_swapped_for_one_of_the_same_size_and_time_is_noticed_when_it_is_looked_at(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    for i in range(12):
        Image.fromarray(np.full((SIZE, SIZE, 3), i * 20, np.uint8)).save(folder / f"{i:02d}.bmp")
    model, quiet, heard = trained_on(folder), Heard(), Heard()
    resolve(model, "train:2", progress=quiet)
    assert "another item" not in str(quiet)
    data = load(str(folder), size=SIZE, channels=3, split="train")
    path = folder / str(data.rows.column("id")[2])
    state = path.stat()
    Image.fromarray(np.full((SIZE, SIZE, 3), 251, np.uint8)).save(path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    z = resolve(model, "train:2", progress=heard)
    assert "holds another item than when it was read" in str(heard) and path.name in str(heard)
    assert torch.equal(z, resolve(model, "train:2")), "and it is one picture all the same"


def test_two_folders_of_one_name_keep_their_atlases_apart(two: Two) -> None:
    heard = Heard()
    a, b = (encode(two.model, str(folder), progress=heard) for folder in (two.a, two.b))
    again = encode(two.model, str(two.a), progress=heard)
    assert a.name == again.name != b.name and "again" not in str(heard) and "is there already" in str(heard)
    assert all(re.fullmatch(r"toy--photos-[0-9a-f]{6}--test--z", atlas.name) for atlas in (a, b))


def test_a_folder_is_one_however_its_path_is_written(two: Two, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path / "a")
    (tmp_path / "link").symlink_to(two.a)
    said = ["./photos", "../a/photos", str(two.a), f"{two.a}/", str(tmp_path / "link")]
    names = {atlas_name(two.model, spec, "test").replace("link", "photos") for spec in said}
    assert len(names) == 1


def test_two_models_of_one_name_at_two_paths_keep_their_atlases_apart(workspace: Workspace, tmp_path: Path) -> None:
    here, there = toys.coded(name="m"), toys.coded(seed=1, name="m")
    here.folder, there.folder = tmp_path / "a" / "m", tmp_path / "b" / "m"
    heard = Heard()
    names = {encode(model, toys.pictures(8), progress=heard).name for model in (here, there, here)}
    assert len(names) == 2 and "the model has changed" not in str(heard)


def test_data_split_by_another_seed_are_another_atlas(two: Two) -> None:
    usual, other = (load(str(two.b), size=SIZE, channels=3, seed=seed) for seed in (0, 1))
    assert encode(two.model, usual).name != encode(two.model, other).name


def test_an_atlas_under_its_old_name_is_found_and_not_made_again(two: Two) -> None:
    made = encode(two.model, str(two.a))
    made.folder.rename(made.folder.with_name("toy--photos--test--z"))
    heard = Heard()
    assert encode(two.model, str(two.a), progress=heard).name == "toy--photos--test--z"
    assert atlas_for(two.model, create=False).name == "toy--photos--test--z"
    assert encode(two.model, str(two.b)).name != "toy--photos--test--z", "it is of the other folder"


def test_a_changed_folder_is_encoded_again_under_its_name_with_the_true_reason(two: Two) -> None:
    before, heard = encode(two.model, str(two.a)), Heard()
    photos(two.a / "more", 3, seed=9)
    assert encode(two.model, str(two.a), progress=heard).name == before.name and "the data have changed" in str(heard)


@pytest.mark.parametrize("split", SPLITS)
def test_every_split_has_points(split: str) -> None:
    assert parse_point(f"{split}:3") == ItemPoint(split, 3)


@pytest.mark.parametrize("text", ["@mi niño", "@黒い猫", "@a#3", "@x.png", "@test:3", "@-x"])
def test_a_saved_point_is_read_as_one_whatever_is_in_its_name(workspace: Workspace, text: str) -> None:
    save_point(text[1:], toys.coded(), "seed:3")
    assert torch.equal(resolve(toys.coded(), text), resolve(toys.coded(), "seed:3"))


@pytest.mark.parametrize("text", ["test:", "test:-1", "test: 1", "prueba:1", "TEST:1", "all:1", "own:1"])
def test_what_is_no_point_is_one_clear_line(text: str) -> None:
    with pytest.raises(TrasluzError, match="not a POINT") as caught:
        parse_point(text)
    assert "\n" not in str(caught.value)


def session() -> Any:
    from trasluz.lab.calls.session import Session

    return Session.of(None, "auto", Heard(), True)
