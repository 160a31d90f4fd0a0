"""Fashion-MNIST from its four IDX files, whole or damaged."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from trasluz.base.errors import DataError
from trasluz.io.arrays import read_idx
from trasluz.sources.fashion_mnist import CLASSES, FOLDER, FashionMNIST
from trasluz.spaces.data import Block, Request


def idx(array: np.ndarray) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def small(folder: Path, *, packed: bool = False, mark: str = "-") -> Path:
    """Twenty training and ten test pictures; picture i is filled with i and of class i mod 10."""
    for stem, n in (("train", 20), ("t10k", 10)):
        images = np.tile(np.arange(n, dtype=np.uint8)[:, None, None], (1, 28, 28))
        for name, array in (("images", images), ("labels", np.arange(n, dtype=np.uint8) % 10)):
            path = folder / f"{stem}-{name}{mark}idx{array.ndim}-ubyte{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    return folder


def draw(folder: Path, size: int | None = None, channels: int | None = None) -> Block:
    blocks = list(FashionMNIST().draw(Request(str(folder), size, channels)).blocks)
    return Block(np.concatenate([b.items for b in blocks]), [row for b in blocks for row in b.rows])


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mark", ["-", "."])
def test_pictures_labels_and_split_are_read(tmp_path: Path, packed: bool, mark: str) -> None:
    found = draw(small(tmp_path, packed=packed, mark=mark))
    assert found.items.shape == (30, 1, 28, 28)
    assert found.items[:, 0, 0, 0].tolist() == [*range(20), *range(10)]
    assert [row["label"] for row in found.rows] == [*CLASSES] * 3
    assert [row["split"] for row in found.rows] == ["train"] * 20 + ["test"] * 10
    assert len({row["id"] for row in found.rows}) == 30


def test_another_size_and_colour(tmp_path: Path) -> None:
    assert draw(small(tmp_path), size=32, channels=3).items.shape == (30, 3, 32, 32)


def test_missing_files_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="apt install dataset-fashion-mnist") as caught:
        FashionMNIST().fingerprint(Request(str(tmp_path)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\x08\x03",
        b"\0\0\x0d\x03" + struct.pack(">3I", 1, 2, 2) + bytes(4),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 2, 28, 28) + bytes(100),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 1, 2, 2) + bytes(5),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1),
        idx(np.zeros(5, np.uint8)),
    ],
    ids=["empty", "header cut", "other type", "too short", "too long", "impossible", "labels for pictures"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes, packed: bool) -> None:
    path = tmp_path / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(DataError):
        read_idx(path, 3)


def test_a_torn_archive_is_refused(tmp_path: Path) -> None:
    folder = small(tmp_path, packed=True)
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DataError, match="damaged"):
        draw(folder)


def test_labels_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    folder = small(tmp_path)
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(np.arange(9, dtype=np.uint8)))
    with pytest.raises(DataError, match="10 pictures, but"):
        draw(folder)
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(np.full(10, 11, np.uint8)))
    with pytest.raises(DataError, match="not one of ten"):
        draw(folder)


@pytest.mark.skipif(not Path(FOLDER).is_dir(), reason="the package dataset-fashion-mnist is not installed")
def test_the_real_thing_is_what_was_published() -> None:
    drawing = FashionMNIST().draw(Request(None))
    assert (drawing.total, drawing.size, drawing.channels) == (70_000, 28, 1)
    first = next(iter(drawing.blocks))
    assert [row["label"] for row in first.rows[:3]] == ["ankle_boot", "t-shirt", "t-shirt"]
    # The published mean of the training pictures is 0.2860.
    assert first.items.mean() / 255 == pytest.approx(0.286, abs=0.01)
