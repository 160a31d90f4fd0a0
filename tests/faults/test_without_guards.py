"""What happens where a guard is taken out: each of them is what keeps the promise, and no luck besides."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import toy_models as toys
import trasluz as tl
from toys import shapes
from trasluz.base.errors import DamagedFile, LaterVersion
from trasluz.io import atomic
from trasluz.io.items import Items
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf.points import read_point


@pytest.fixture
def saved(workspace: Workspace) -> Path:
    return tl.save_point("here", toys.coded(), "seed:1", workspace=workspace)


def changed(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_without_its_checksum_another_latent_would_be_taken(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    latent = [2.0] * 6
    changed(saved, latent=latent)
    with pytest.raises(DamagedFile, match="its checksum does not match"):
        read_point(saved, "the point")
    monkeypatch.setattr(
        atomic, "unsealed", lambda value, what: {key: part for key, part in value.items() if key != "checksum"}
    )
    assert read_point(saved, "the point")["latent"] == latent


def test_without_a_look_at_the_version_a_later_one_would_be_read(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(saved, version=99, checksum="b-" + 32 * "0")
    with pytest.raises(LaterVersion, match="written by a later version"):
        read_point(saved, "the point")
    monkeypatch.setattr(atomic, "check_version", lambda *_: None)
    monkeypatch.setattr(
        atomic, "unsealed", lambda value, what: {key: part for key, part in value.items() if key != "checksum"}
    )
    assert read_point(saved, "the point")["version"] == 99


def test_without_a_look_at_the_cache_other_pixels_would_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = shapes(60, 16)
    np.savez(tmp_path / "shapes.npz", images=drawn.stored(slice(None)))
    home = Workspace(tmp_path / "w")
    whole = tl.load(tmp_path / "shapes.npz", workspace=home).stored(slice(None)).copy()
    [cache] = [path for path in (home.cache / "data").iterdir() if (path / "items.npy").is_file()]
    content = bytearray((cache / "items.npy").read_bytes())
    for at in range(1000, 1400):
        content[at] ^= 0xFF

    def read() -> np.ndarray:
        (cache / "items.npy").write_bytes(content)
        return tl.load(tmp_path / "shapes.npz", workspace=home).stored(slice(None))

    assert np.array_equal(read(), whole), "it is noticed, and made anew"
    monkeypatch.setattr(Items, "_check", lambda self, block: None)
    assert (read() != whole).sum() == 400
