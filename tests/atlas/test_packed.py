"""An atlas packed small: what comes back is what went in but for what it says it loses; what is damaged is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.manifest import Manifest
from trasluz.atlas.packed import PACKED, STEPS, pack_latents, write_packed
from trasluz.atlas.thumbnails import sheet_bytes
from trasluz.base.errors import DamagedFile, IdentityMismatch, InvalidArgument
from trasluz.projections.umap import UMAPPlane

N, SHAPE, TILE = 120, (2, 3), 16


def latents() -> torch.Tensor:
    """Rows whose components differ in size, the last far below the others."""
    z = torch.randn(N, 6, generator=torch.Generator().manual_seed(0))
    return (z * torch.tensor([3.0, 2.0, 1.0, 0.5, 0.2, 0.001]) + 1).reshape(N, *SHAPE)


def pack(folder: Path, *, components: int = 6, lost: float = 0.0, drawn=None, pictured: int = 40) -> Atlas:
    manifest = Manifest(
        model="m", model_identity="m-1", data="faces", data_identity="d-1", split="test", space="z", shape=SHAPE,
        count=N, channels=3, tile=TILE,
    )  # fmt: skip
    ids = [f"item {i}" for i in range(N)]
    table = pa.table(
        {"id": ids, "index": list(range(N)), "source": ["faces"] * N, "split": ["test"] * N,
         "parity": ["even" if i % 2 == 0 else "odd" for i in range(N)]}
    )  # fmt: skip
    grey = np.arange(pictured, dtype=np.uint8) * 5
    tiles = np.broadcast_to(grey[:, None, None, None], (pictured, 3, TILE, TILE))
    write_packed(
        folder, manifest, table, [f"test:{i}" for i in range(N)], pack_latents(latents(), components, lost), None,
        sheet_bytes(tiles, manifest.columns, 90), pictured, data={"parts": {"test": 400}}, drawn=drawn,
    )  # fmt: skip
    return Atlas.open(folder)


def test_latents_come_back_within_half_a_step_of_each_component(tmp_path: Path) -> None:
    z, atlas = latents(), pack(tmp_path / "a")
    spread = (z.flatten(1) - z.flatten(1).mean(0)).abs().max() * 2
    # Six components, each off by half a step at most, and a basis in half precision.
    assert atlas.latents.shape == z.shape and atlas.latents.dtype == torch.float32
    assert (atlas.latents - z).abs().max() < 6**0.5 * spread / STEPS / 2 + spread * 2**-10
    share = (atlas.latents - z).square().sum() / (z - z.mean(0)).square().sum()
    assert share < 1e-4


def test_components_stop_where_so_little_is_lost(tmp_path: Path) -> None:
    whole, few = pack_latents(latents(), 6), pack_latents(latents(), 6, lost=0.05)
    assert len(whole["low"]) == 6 and len(few["low"]) < 5
    mean, basis = few["mean"], few["basis"].float()
    back = mean + (few["low"] + few["step"] * few["codes"].float()) @ basis
    z = latents().flatten(1)
    assert 1e-3 < float((back - z).square().sum() / (z - z.mean(0)).square().sum()) < 0.051


def test_rows_conditions_and_points_are_those_of_any_atlas(tmp_path: Path) -> None:
    atlas = pack(tmp_path / "a")
    assert len(atlas) == N and atlas.columns == ["parity"] and atlas.row_of("test:17") == 17
    assert len(atlas.where("parity = 'odd'")) == N // 2
    assert atlas.neighbours(atlas.latents[5:6], 1)[1].item() == 5


def test_thumbnails_are_those_of_the_first_rows_and_others_are_refused(tmp_path: Path) -> None:
    atlas = pack(tmp_path / "a")
    assert atlas.pictured == 40
    means = atlas.thumbnails([0, 20, 39]).mean((1, 2, 3))
    np.testing.assert_allclose(means, [0, 100, 195], atol=3)
    with pytest.raises(InvalidArgument, match="thumbnails of its first 40 rows"):
        atlas.thumbnails([39, 40])
    with pytest.raises(InvalidArgument, match="no such row"):
        atlas.thumbnails([N])
    assert atlas.strip() is not None


def test_the_map_that_came_along_lies_where_its_rows_do(tmp_path: Path) -> None:
    from trasluz.projections._back import WayBack

    rows = pack(tmp_path / "bare").packed
    assert rows is not None
    xy = torch.randn(N, 2, generator=torch.Generator().manual_seed(1)) * 5
    way = WayBack.fit(xy, rows.components[2], 4)
    state = {
        "xy": xy, "landmarks": way.landmarks, "weights": way.weights, "round_trip": torch.tensor([0.25]),
        "numbers": torch.tensor([15.0, 4.0, 0.1, 12.0]),
    }  # fmt: skip
    atlas = pack(tmp_path / "a", drawn=("umap", "as usual", state))
    plane = atlas.projection("umap", "as usual")
    assert isinstance(plane, UMAPPlane) and plane.round_trip == 0.25 and torch.equal(plane.xy, xy)
    torch.testing.assert_close(plane.inverse(xy), atlas.latents, atol=1e-4, rtol=1e-4)
    assert atlas.projection("umap", "otherwise") is None and atlas.projection("pca", "as usual") is None


def test_nothing_is_kept_beside_it_unless_a_place_is_given(tmp_path: Path) -> None:
    from trasluz.spaces import registry

    atlas = pack(tmp_path / "a")
    pca = registry.get("projections", "pca")
    fitted = pca.fit(atlas.latents, pca.config_type.make({}), 0)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InvalidArgument, match="came with the model"):
        atlas.keep_projection("pca", fitted)
    assert sorted(tmp_path.rglob("*")) == before
    atlas.beside = tmp_path / "beside"
    atlas.keep_projection("pca", fitted)
    found = atlas.projection("pca")
    assert found is not None and torch.equal(found.xy, fitted.xy)


def test_what_is_altered_or_of_another_atlas_is_said(tmp_path: Path) -> None:
    pack(tmp_path / "a")
    path = tmp_path / "a" / PACKED
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(DamagedFile, match="checksum"):
        Atlas.open(tmp_path / "a").check_whole()
    other = pack(tmp_path / "b")
    assert other.packed is not None
    other.packed.manifest = other.manifest.model_copy(update={"model_identity": "m-2"})
    with pytest.raises(IdentityMismatch, match="does not belong"):
        other.check_whole()
