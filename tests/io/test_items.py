"""The cache of decoded pixels: whole or not there."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from trasluz.base.errors import DamagedFile, DataError, NoSpace, VersionMismatch
from trasluz.io import atomic
from trasluz.io.atomic import read_json
from trasluz.io.items import build_cache, cache_key, drop_cache, open_cache

Blocks = Iterator[tuple[np.ndarray, list[dict[str, object]], list[tuple[str, str]]]]


def blocks(n: int, size: int = 4, per: int = 3) -> Blocks:
    """n pictures, picture i filled with i."""
    for start in range(0, n, per):
        ids = range(start, min(n, start + per))
        pixels = np.stack([np.full((1, size, size), i, np.uint8) for i in ids])
        yield pixels, [{"id": f"{i}", "source": "test", "weight": i / 2, "kind": "a"} for i in ids], []


def build(folder: Path, made: Blocks, total: int = 7) -> list[int]:
    steps: list[int] = []
    build_cache(folder, made, (1, 4, 4), np.dtype(np.uint8), total, {"licence": "none"}, steps.append)
    return steps


def test_what_was_built_is_opened_memory_mapped(tmp_path: Path) -> None:
    assert build(tmp_path / "c", blocks(7)) == [3, 3, 1]
    found = open_cache(tmp_path / "c")
    assert isinstance(found.items, np.memmap)
    assert not found.items.flags.writeable
    assert found.items.shape == (7, 1, 4, 4)
    assert found.items[:, 0, 0, 0].tolist() == list(range(7))
    assert found.rows.column("weight").to_pylist() == [i / 2 for i in range(7)]
    assert found.about["count"] == 7
    assert found.about["licence"] == "none"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c"]


def test_a_cache_of_the_last_release_opens(tmp_path: Path) -> None:
    """Its file had another name, and nobody said of which type it was: there were pictures alone."""
    build(tmp_path / "c", blocks(7))
    (tmp_path / "c" / "items.npy").rename(tmp_path / "c" / "pixels.npy")
    about = read_json(tmp_path / "c" / "about.json", "it")
    for later in ("dtype", "sums", "rows", "key"):
        del about[later]
    (tmp_path / "c" / "about.json").write_text(json.dumps(about))
    assert open_cache(tmp_path / "c").items[:, 0, 0, 0].tolist() == list(range(7))


def test_other_types_than_bytes_are_kept(tmp_path: Path) -> None:
    values = np.linspace(-1, 1, 12, dtype="<f4").reshape(3, 4)
    rows = [{"id": str(i), "source": "toy"} for i in range(3)]
    build_cache(tmp_path / "c", iter([(values, rows, [])]), (4,), values.dtype, 3, {}, lambda n: None)
    found = open_cache(tmp_path / "c").items
    assert found.dtype == np.dtype("<f4") and np.array_equal(found, values)
    with pytest.raises(DataError, match="another form"):
        build_cache(tmp_path / "d", iter([(values, rows, [])]), (4,), np.dtype(np.uint8), 3, {}, lambda n: None)


def test_identity_is_of_pixels_ids_and_factors(tmp_path: Path) -> None:
    def identity(name: str, made: Blocks) -> str:
        build(tmp_path / name, made)
        return str(open_cache(tmp_path / name).about["identity"])

    first = identity("a", blocks(7))
    assert identity("b", blocks(7, per=2)) == first
    changed = [(p + np.uint8(1), r, s) for p, r, s in blocks(7)]
    assert identity("c", iter(changed)) != first
    renamed = [(p, [{**row, "id": f"x{row['id']}"} for row in r], s) for p, r, s in blocks(7)]
    assert identity("d", iter(renamed)) != first
    other = [(p, [{**row, "kind": "b"} for row in r], s) for p, r, s in blocks(7)]
    assert identity("e", iter(other)) != first
    split = [(p, [{**row, "split": "test", "content": "c"} for row in r], s) for p, r, s in blocks(7)]
    assert identity("f", iter(split)) == first


def test_fewer_pictures_than_expected_leave_a_true_header(tmp_path: Path) -> None:
    made = [*blocks(4), (np.empty((0, 1, 4, 4), np.uint8), [], [("bad.png", "truncated")] * 3)]
    assert sum(build(tmp_path / "c", iter(made))) == 7
    found = open_cache(tmp_path / "c")
    assert found.items.shape == (4, 1, 4, 4)
    assert found.about["skipped"] == [["bad.png", "truncated"]] * 3


def test_nothing_readable_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    none = (np.empty((0, 1, 4, 4), np.uint8), [], [("a.png", "zero bytes"), ("b.png", "truncated")])
    with pytest.raises(DataError, match=r"none of 2 items could be read \(a.png: zero bytes; b.png: truncated\)"):
        build(tmp_path / "c", iter([none]))
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_breaks_its_word_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="another form than it had announced"):
        build(tmp_path / "c", blocks(3, size=5))
    assert list(tmp_path.iterdir()) == []


def test_one_that_fails_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Blocks:
        yield from blocks(3)
        raise DataError("the end of the world")

    with pytest.raises(DataError, match="end of the world"):
        build(tmp_path / "c", failing())
    assert list(tmp_path.iterdir()) == []


def test_the_slower_of_two_keeps_the_faster_ones(tmp_path: Path) -> None:
    def slow() -> Blocks:
        yield from blocks(7)
        build(tmp_path / "c", blocks(7))

    build(tmp_path / "c", slow())
    assert open_cache(tmp_path / "c").items.shape == (7, 1, 4, 4)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c"]


def test_a_full_disk_says_how_much_is_needed(tmp_path: Path) -> None:
    def full() -> Blocks:
        yield from blocks(3)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(NoSpace, match="240 bytes needed"):
        build(tmp_path / "c", full())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["_fsync", "_rename", "_fsync_folder"])
def test_a_crash_at_any_write_leaves_all_or_nothing(tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = getattr(atomic, call)
    for fatal in range(12):
        count = 0

        def crash(*args: object, fatal: int = fatal) -> object:
            nonlocal count
            count += 1
            if count == fatal + 1:
                raise KeyboardInterrupt
            return real(*args)

        monkeypatch.setattr(atomic, call, crash)
        folder = tmp_path / f"{call}-{fatal}"
        try:
            build(folder, blocks(7))
        except KeyboardInterrupt:
            pass
        if folder.exists():
            assert open_cache(folder).items.shape == (7, 1, 4, 4)


@pytest.mark.parametrize("damage", ["truncate", "garbage", "missing", "object"])
@pytest.mark.parametrize("name", ["items.npy", "rows.parquet", "about.json"])
def test_damage_is_detected(tmp_path: Path, name: str, damage: str) -> None:
    build(tmp_path / "c", blocks(7))
    path = tmp_path / "c" / name
    data = path.read_bytes()
    if damage == "truncate":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "garbage":
        path.write_bytes(b"\x80\x04" + bytes(range(200)))
    elif damage == "missing":
        path.unlink()
    else:
        np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
        path.write_bytes((tmp_path / "objects.npy").read_bytes())
    with pytest.raises(DamagedFile):
        open_cache(tmp_path / "c")


def test_another_version_is_named(tmp_path: Path) -> None:
    build(tmp_path / "c", blocks(7))
    about = tmp_path / "c" / "about.json"
    about.write_text(about.read_text().replace('"version": 1', '"version": 99'))
    with pytest.raises(VersionMismatch, match="safe to delete"):
        open_cache(tmp_path / "c")


def test_a_cache_is_dropped_once(tmp_path: Path) -> None:
    build(tmp_path / "c", blocks(7))
    drop_cache(tmp_path / "c")
    drop_cache(tmp_path / "c")
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_of_all_that_was_asked() -> None:
    asked = {"source": "faces", "argument": "10", "size": 64}
    assert cache_key(asked) == cache_key(dict(reversed(asked.items())))
    assert cache_key(asked) != cache_key({**asked, "size": 32})


def test_columns_have_one_type_each(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "source": "t", "label": 3, "n": 1, "x": 1, "flag": True, "mixed": 1},
        {"id": "b", "source": "t", "label": 4, "n": None, "x": 0.5, "flag": False, "mixed": "one", "late": "z"},
    ]
    build(tmp_path / "c", iter([(np.zeros((2, 1, 4, 4), np.uint8), rows, [])]))
    columns = open_cache(tmp_path / "c").rows.to_pydict()
    assert columns["label"] == ["3", "4"]
    assert columns["n"] == [1, None]
    assert columns["x"] == [1.0, 0.5]
    assert columns["flag"] == [True, False]
    assert columns["mixed"] == ["1", "one"]
    assert columns["late"] == [None, "z"]
