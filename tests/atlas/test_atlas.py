"""An atlas gives back what was encoded, says what it belongs to, and refuses what is not its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from old_atlas import as_version_1
from toy_models import coded, pictures, spatial, two_spaces
from trasluz.atlas.atlas import Atlas
from trasluz.atlas.manifest import MANIFEST, building, locate
from trasluz.atlas.thumbnails import write_tiles
from trasluz.atlas.write import write_atlas
from trasluz.base.errors import (
    DamagedFile,
    DataError,
    Diverged,
    IdentityMismatch,
    InvalidArgument,
    NotInvertible,
    UnknownName,
    VersionMismatch,
)
from trasluz.io.atomic import read_json
from trasluz.io.weights import read_tensors, write_tensors


@pytest.fixture
def made(tmp_path: Path) -> Atlas:
    return write_atlas(tmp_path / "a", coded(), pictures(150))


def test_latents_are_the_posterior_means_in_order(made: Atlas) -> None:
    model, data = coded(), pictures(150)
    pair = model.space().posterior(data.tensor(slice(None)))
    assert pair is not None and made.log_var is not None
    assert made.latents.dtype == torch.float32 and len(made) == 150
    torch.testing.assert_close(made.latents, pair[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(made.log_var, pair[1], atol=1e-5, rtol=0)
    assert made.space == "z" and made.model_identity == model.identity and made.data_identity == data.identity


def test_rows_come_back_as_they_were(made: Atlas) -> None:
    data = pictures(150)
    assert made.rows.equals(data.rows)
    assert made.columns == ["label", "red", "note"]
    assert made.column("red").dtype == np.float64 and made.column("note")[1] is None
    assert list(made.column("label")) == list(data.column("label"))
    with pytest.raises(UnknownName, match="Did you mean label"):
        made.column("labels")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [16, 96])
def test_thumbnail_i_is_picture_i(tmp_path: Path, channels: int, size: int) -> None:
    data = pictures(1100, size=size, channels=channels)
    data = data.first(1100 if size == 16 else 40)
    atlas = write_atlas(tmp_path / "a", coded(size=size, channels=channels), data)
    some = [0, 1, 33, len(data) - 1]
    tiles = atlas.thumbnails(some)
    assert tiles.shape == (4, channels, min(size, 64), min(size, 64)) and tiles.dtype == np.uint8
    expected = torch.nn.functional.interpolate(data.tensor(some), tiles.shape[2:], mode="area").numpy() * 255
    assert np.abs(tiles - expected).max() <= 0.51
    with pytest.raises(InvalidArgument, match="no such row"):
        atlas.thumbnails([len(data)])


@pytest.mark.parametrize("channels", [1, 3])
def test_an_atlas_of_version_1_opens_with_its_sheets(tmp_path: Path, channels: int) -> None:
    atlas = write_atlas(tmp_path / "a", coded(channels=channels), pictures(70, channels=channels))
    before = atlas.thumbnails(range(70))
    as_version_1(atlas)
    old = Atlas.open(tmp_path / "a")
    assert [p.suffix for p in old.folder.glob("thumbnails-*")] == [".webp"]
    assert np.array_equal(old.thumbnails(range(70)), before) and torch.equal(old.latents, atlas.latents)


def test_thumbnails_of_something_else_are_refused(made: Atlas, tmp_path: Path) -> None:
    path = made.folder / "thumbnails-00000.parquet"
    size = made.manifest.tile
    for tiles in (np.zeros((149, 3, size, size), np.uint8), np.zeros((150, 1, size, size), np.uint8)):
        write_tiles(path, tiles)
        with pytest.raises(DamagedFile, match=r"does not hold the thumbnails of this atlas"):
            Atlas.open(made.folder).thumbnails([0])
    shutil.copy(made.folder / "rows.parquet", path)
    with pytest.raises(DamagedFile, match=r"does not hold the thumbnails of this atlas"):
        Atlas.open(made.folder).thumbnails([0])
    write_tiles(path, np.zeros((1500, 3, 128, 128), np.uint8))  # some kilobytes that unpack to 74 MB
    assert path.stat().st_size < 100_000
    with pytest.raises(DamagedFile, match="too large"):
        Atlas.open(made.folder).thumbnails([0])


def test_neighbours_are_those_of_brute_force(made: Atlas) -> None:
    z = torch.randn(7, 6)
    distances, rows = made.neighbours(z, 9)
    brute = np.linalg.norm(z[:, None].double() - made.latents[None].double(), axis=2)
    assert np.array_equal(rows.numpy(), brute.argsort(1, kind="stable")[:, :9])
    assert np.allclose(distances.numpy(), np.sort(brute, 1)[:, :9], atol=1e-5)
    own = made.neighbours(made.latents[:5], 1)
    assert own[1][:, 0].tolist() == [0, 1, 2, 3, 4] and float(own[0].max()) == 0
    for k in (0, 151):
        with pytest.raises(InvalidArgument, match="as many neighbours"):
            made.neighbours(z, k)
    with pytest.raises(InvalidArgument, match="another shape"):
        made.neighbours(torch.zeros(1, 7), 1)


def test_where_gives_positions(made: Atlas) -> None:
    found = made.where("label = 'dog' AND red > 0.5")
    label, red = made.column("label"), made.column("red")
    assert found.tolist() == [i for i in range(150) if label[i] == "dog" and red[i] > 0.5] and len(found)
    assert made.where("label = 'dog'", limit=3).tolist() == np.flatnonzero(label == "dog")[:3].tolist()


def test_a_row_has_the_same_bits_in_every_atlas_of_its_data(made: Atlas, tmp_path: Path) -> None:
    few = write_atlas(tmp_path / "few", coded(), pictures(150).first(70))
    assert torch.equal(few.latents, made.latents[:70])


def test_spatial_spaces_have_atlases_too(tmp_path: Path) -> None:
    atlas = write_atlas(tmp_path / "a", spatial(), pictures(20, size=32))
    assert atlas.latents.shape == (20, 4, 8, 8) and atlas.log_var is None
    assert atlas.neighbours(atlas.latents[3:4], 1)[1].item() == 3


def test_another_model_or_other_data_are_refused(made: Atlas) -> None:
    Atlas.open(made.folder, model=coded(), data_identity=pictures(150).identity)
    with pytest.raises(IdentityMismatch, match="another model"):
        Atlas.open(made.folder, model=coded(seed=1))
    with pytest.raises(IdentityMismatch, match="other data"):
        Atlas.open(made.folder, data_identity="d-else")


def test_parts_of_another_atlas_are_refused(made: Atlas, tmp_path: Path) -> None:
    other = write_atlas(tmp_path / "b", coded(seed=1), pictures(150, spec="others"))
    for name, read in (("latents-00000-of-00001.safetensors", "latents"), ("rows.parquet", "rows")):
        kept = (made.folder / name).read_bytes()
        shutil.copy(other.folder / name, made.folder / name)
        with pytest.raises(IdentityMismatch, match=name):
            getattr(Atlas.open(made.folder), read)
        (made.folder / name).write_bytes(kept)
    assert len(Atlas.open(made.folder).latents) == 150


@pytest.mark.parametrize("name", ["latents-00000-of-00001.safetensors", "rows.parquet", "thumbnails-00000.parquet"])
@pytest.mark.parametrize("how", ["missing", "truncated", "flipped", "empty"])
def test_a_damaged_part_is_named(made: Atlas, name: str, how: str) -> None:
    path = made.folder / name
    data = bytearray(path.read_bytes())
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        data[len(data) // 3] ^= 0xFF
        path.write_bytes(data)
    atlas = Atlas.open(made.folder)
    use = {"l": lambda: atlas.latents, "r": lambda: atlas.rows, "t": lambda: atlas.thumbnails([0])}[name[0]]
    with pytest.raises(DamagedFile, match=name):
        use()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"version": 3}, VersionMismatch),
        ({"format": "zip"}, DamagedFile),
        ({"count": -1}, DamagedFile),
        ({"extra": 1}, DamagedFile),
        ({"shape": "x"}, DamagedFile),
        ({"finished": False}, DamagedFile),
    ],
)
def test_a_manifest_that_was_changed(made: Atlas, change: dict[str, object], error: type[Exception]) -> None:
    path = made.folder / MANIFEST
    path.write_text(json.dumps({**read_json(path, "it"), **change}))
    with pytest.raises(error):
        Atlas.open(made.folder)


def test_a_manifest_that_promises_other_shapes(made: Atlas) -> None:
    path = made.folder / MANIFEST
    path.write_text(json.dumps({**read_json(path, "it"), "shape": [7]}))
    with pytest.raises(DamagedFile, match="latents"):
        _ = Atlas.open(made.folder).latents


def test_what_cannot_be_encoded_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(NotInvertible, match="no encoder"):
        write_atlas(tmp_path / "a", two_spaces(), pictures(5))
    with pytest.raises(InvalidArgument, match="another form"):
        write_atlas(tmp_path / "a", coded(), pictures(5, size=32))
    with pytest.raises(DataError, match="no items"):
        write_atlas(tmp_path / "a", coded(), pictures(5).first(0))
    with pytest.raises(UnknownName, match="space"):
        write_atlas(tmp_path / "a", coded(), pictures(5), space="w")
    assert not list(tmp_path.iterdir())


def test_a_model_that_gives_no_numbers(tmp_path: Path) -> None:
    model = coded()
    with torch.no_grad():
        model.module["encoder"][0].weight[0, 0] = float("nan")  # type: ignore[index]
    with pytest.raises(Diverged, match="item-0000"):
        write_atlas(tmp_path / "a", model, pictures(5))
    assert not (tmp_path / "a").exists()


def test_nothing_there_and_nothing_finished(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="there is no atlas"):
        Atlas.open(tmp_path / "a")
    building(tmp_path / "a").mkdir()
    with pytest.raises(DamagedFile, match="is not finished"):
        Atlas.open(tmp_path / "a")
    assert locate(tmp_path / "a") == tmp_path / "a"


def test_a_kept_projection_is_bound_to_its_atlas_and_recipe(made: Atlas, tmp_path: Path) -> None:
    from trasluz.spaces import registry

    method = registry.get("projections", "pca")
    fitted = method.fit(made.latents, method.config_type(), 0)
    assert made.projection("pca", "seed=0") is None
    made.keep_projection("pca", fitted, "seed=0")
    again = Atlas.open(made.folder).projection("pca", "seed=0")
    assert again is not None and torch.equal(again.xy, fitted.xy)
    assert made.projection("pca", "seed=1") is None
    other = write_atlas(tmp_path / "b", coded(seed=1), pictures(150))
    shutil.copytree(made.folder / "projections", other.folder / "projections")
    with pytest.raises(IdentityMismatch, match="another atlas"):
        other.projection("pca", "seed=0")
    with pytest.raises(InvalidArgument, match="not the name"):
        made.projection("../pca")


def test_a_shard_is_a_file_of_latents_like_any_other(made: Atlas, tmp_path: Path) -> None:
    tensors, meta = read_tensors(made.folder / "latents-00000-of-00001.safetensors", "latents")
    assert meta["model_identity"] == made.model_identity and meta["space"] == "z"
    write_tensors(tmp_path / "copy.safetensors", tensors, "latents", meta)
    assert (tmp_path / "copy.safetensors").read_bytes() == (
        made.folder / "latents-00000-of-00001.safetensors"
    ).read_bytes()
