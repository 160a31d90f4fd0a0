"""Pictures in NumPy files, and NumPy files that were made to do harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trasluz.base.errors import DataError, InvalidArgument
from trasluz.io.arrays import array_headers, read_array
from trasluz.sources.npz import Npz
from trasluz.spaces.data import Block, Request

GREY = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
COLOUR = np.random.default_rng(1).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)


def draw(path: Path, size: int | None = None, channels: int | None = None) -> Block:
    blocks = list(Npz().draw(Request(str(path), size, channels)).blocks)
    return Block(np.concatenate([b.items for b in blocks]), [row for b in blocks for row in b.rows])


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (GREY, GREY[:, None]),
        (GREY[..., None], GREY[:, None]),
        (COLOUR, COLOUR.transpose(0, 3, 1, 2)),
        (np.ascontiguousarray(COLOUR.transpose(0, 3, 1, 2)), COLOUR.transpose(0, 3, 1, 2)),
        (GREY / np.float32(255), GREY[:, None]),
        ((GREY / 255).astype(np.float64), GREY[:, None]),
        (GREY > 127, ((GREY > 127) * 255).astype(np.uint8)[:, None]),
    ],
    ids=["n H W", "n H W 1", "n H W C", "n C H W", "float32", "float64", "bool"],
)
def test_any_layout_gives_the_same_pictures(tmp_path: Path, stored: np.ndarray, expected: np.ndarray) -> None:
    np.save(tmp_path / "a.npy", stored)
    np.savez_compressed(tmp_path / "a.npz", images=stored)
    assert np.array_equal(draw(tmp_path / "a.npy").items, expected)
    assert np.array_equal(draw(tmp_path / "a.npz").items, expected)


def test_arrays_beside_become_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(
        path,
        x=GREY,
        y=np.arange(5),
        name=np.array(list("abcde")),
        raw=np.array([b"v", b"w", b"x", b"y", b"z"]),
        angle=np.linspace(0, 1, 5),
        id=np.arange(5) + 100,
        mean=np.zeros(3),
    )
    row = dict(draw(path).rows[2])
    assert row.pop("content")
    assert row == {"id": "000002", "label": 2, "name": "c", "raw": "x", "angle": 0.5, "id_": 102}


def test_copies_share_their_content(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GREY[[0, 1, 0]])
    a, b, c = (row["content"] for row in draw(tmp_path / "a.npy").rows)
    assert a == c != b


def test_pictures_are_resized_and_coloured_on_request(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GREY)
    assert draw(tmp_path / "a.npy", size=16, channels=3).items.shape == (5, 3, 16, 16)


class Canary:
    """Would leave a file behind if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_an_array_of_objects_is_refused_by_name_and_never_runs(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = np.array([Canary(canary)] * 5, dtype=object)
    np.savez(tmp_path / "a.npz", images=GREY, labels=evil)
    with pytest.raises(DataError, match="the array 'labels' holds Python objects"):
        draw(tmp_path / "a.npz")
    np.save(tmp_path / "b.npy", evil, allow_pickle=True)
    with pytest.raises(DataError, match="holds Python objects"):
        draw(tmp_path / "b.npy")
    assert not canary.exists()


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def header(shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    """The header of an .npy of any shape, without its values."""
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": dtype, "fortran_order": False, "shape": shape})
    return out.getvalue()


def test_headers_that_promise_too_much_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(header((1_000_000, 4096, 4096)) + bytes(100))
    with pytest.raises(DataError, match="its header promises"):
        draw(path)
    archive = tmp_path / "a.npz"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("images.npy", header((1_000_000, 4096, 4096)) + bytes(100))
    with pytest.raises(DataError, match="not as long as its header says"):
        draw(archive)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"images": GREY.astype(np.int64)}, r"got 0 to 255.*--range=0,255"),
        ({"images": GREY.astype(np.float32)}, "which value is black"),
        ({"images": np.full((2, 4, 4), np.nan)}, "hold no numbers"),
        ({"images": np.zeros((2, 5, 4, 6), np.uint8)}, "grey or RGB"),
        ({"images": np.zeros((0, 4, 4), np.uint8)}, "holds no pictures"),
        ({"images": np.zeros((4, 9), np.uint8)}, r"reshape\(-1, 3, 3\)"),
        ({"a": GREY, "b": GREY}, "does not say which array"),
        ({"labels": np.arange(3)}, "does not say which array"),
        ({"images": np.zeros((2, 4, 4), np.complex64)}, "neither numbers nor text"),
        ({"images": np.asfortranarray(np.zeros((2, 4, 4), np.uint8))}, "column by column"),
        ({"images": np.zeros((1, 1100, 1100), np.uint8)}, "pictures of 1100 pixels"),
    ],
)
def test_arrays_that_are_no_pictures_are_one_clear_line(
    tmp_path: Path, arrays: dict[str, np.ndarray], reason: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=reason):
        draw(tmp_path / "a.npz")


def test_files_that_are_not_there_or_no_arrays(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_text("hello")
    with pytest.raises(DataError, match="damaged, or not a file of arrays"):
        draw(tmp_path / "a.npz")
    with pytest.raises(DataError, match="there is no file"):
        Npz().fingerprint(Request(str(tmp_path / "b.npz")))
    with pytest.raises(InvalidArgument, match="has to be named"):
        Npz().fingerprint(Request(None))


ARCHIVE = io.BytesIO()
np.savez_compressed(ARCHIVE, images=GREY, y=np.arange(5))
SEEDS = (npy(GREY), ARCHIVE.getvalue())


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=8), st.integers(0)
)
def test_any_damaged_file_is_read_or_refused(seed: bytes, edits: list[tuple[int, int]], cut: int) -> None:
    import tempfile

    damaged = bytearray(seed)
    for place, value in edits:
        damaged[place % len(damaged)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.npz")
        path.write_bytes(damaged[: len(damaged) - cut % 50])
        try:
            for found in array_headers(path).values():
                read_array(path, found)
        except DataError as error:
            assert error.what
