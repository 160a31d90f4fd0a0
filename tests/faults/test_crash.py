"""A crash at every write, fsync and rename in turn: a reader then sees old or new, never a mixture."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
import torch

from faults.crash import Crash, crash_points, record
from trasluz.base.errors import NameTaken, TrasluzError
from trasluz.io import atomic, leftovers
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.io.workspace import Workspace

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the deaths are made by fork")


def temporaries(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.name.startswith(atomic.TEMPORARY)]


def check_clean(folder: Path, crash: Crash) -> None:
    """An error leaves nothing behind; a death may, and the next writer clears it."""
    if crash.how == "error":
        assert temporaries(folder) == [], crash
    leftovers.sweep(folder, depth=2)
    assert temporaries(folder) == [], crash


def test_the_order_is_write_sync_rename_sync(tmp_path: Path) -> None:
    calls = record(lambda: atomic.write_bytes(tmp_path / "a", b"x"))
    assert calls == ["_write", "_fsync", "_rename", "_fsync_folder"]


def test_a_file_is_old_or_new(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    seen: set[tuple[str, str]] = set()
    for crash in crash_points(
        lambda: atomic.write_json(path, {"v": "new" * 50}), prepare=lambda: atomic.write_json(path, {"v": "old" * 50})
    ):
        assert crash.failed, crash
        value = atomic.read_json(path, "it")["v"]
        assert value == ("new" if crash.call == "_fsync_folder" else "old") * 50, crash
        check_clean(tmp_path, crash)
        seen.add((crash.call, crash.how))
    assert len(seen) == 8


def test_a_file_that_was_not_there_is_not_there_or_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for crash in crash_points(lambda: atomic.write_text(path, "whole"), prepare=lambda: path.unlink(missing_ok=True)):
        assert not path.exists() or path.read_text() == "whole", crash
        check_clean(tmp_path, crash)


def test_weights_are_old_or_new(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    old, new = {"a": torch.zeros(300), "b": torch.zeros(2, 3)}, {"a": torch.ones(300), "b": torch.ones(2, 3)}
    points = 0
    for crash in crash_points(
        lambda: write_tensors(path, new, "model"), prepare=lambda: write_tensors(path, old, "model")
    ):
        tensors, _ = read_tensors(path, "model")
        assert {float(t.mean()) for t in tensors.values()} in ({0.0}, {1.0}), crash
        check_clean(tmp_path, crash)
        points += 1
    assert points == 2 * 6, "header and two tensors are written, then one fsync, one rename, one fsync of the folder"


def test_a_folder_of_files_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "models" / "m"

    def make() -> None:
        with atomic.new_folder(path) as folder:
            atomic.write_json(folder / "config.json", {"a": 1})
            write_tensors(folder / "model.safetensors", {"w": torch.ones(9)}, "model")

    def prepare() -> None:
        if path.exists():
            atomic.remove_folder(path)

    for crash in crash_points(make, prepare=prepare):
        assert crash.failed, crash
        if path.exists():
            assert atomic.read_json(path / "config.json", "config") == {"a": 1}, crash
            assert read_tensors(path / "model.safetensors", "model")[0]["w"].sum() == 9, crash
        check_clean(tmp_path, crash)
        if crash.how == "error" and crash.call != "_fsync_folder":
            assert not path.exists(), crash


def test_a_folder_is_removed_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "m"

    def prepare() -> None:
        if not path.exists():
            with atomic.new_folder(path) as folder:
                for name in "abc":
                    atomic.write_text(folder / name, name)

    for crash in crash_points(lambda: atomic.remove_folder(path), prepare=prepare):
        if path.exists():
            assert sorted(p.name for p in path.iterdir()) == ["a", "b", "c"], crash
        check_clean(tmp_path, crash)


def test_a_torn_line_is_passed_over_and_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for crash in crash_points(
        lambda: atomic.append_line(path, {"step": 2, "loss": 0.25}),
        prepare=lambda: path.write_text('{"step": 1}\n'),
    ):
        assert path.read_bytes()[-1:] != b"\n", "the point of this test is a torn line"
        assert atomic.read_lines(path) == [{"step": 1}], crash
        atomic.append_line(path, {"step": 3})
        assert atomic.read_lines(path) == [{"step": 1}, {"step": 3}], crash


def test_the_next_writer_clears_what_the_dead_left(workspace: Workspace) -> None:
    with workspace.writing("set up"):
        (workspace.root / "models").mkdir()
    target = workspace.entry("models", "m")
    left = 0

    def make() -> None:
        with atomic.new_folder(target) as folder:
            atomic.write_text(folder / "a", "a")

    for _ in crash_points(make, prepare=lambda: target.exists() and atomic.remove_folder(target), how=("death",)):
        left += len(temporaries(workspace.root))
        with workspace.writing("something else"):
            assert temporaries(workspace.root) == []
            assert set(workspace.names("models")) <= {"m"}
    assert left > 0


def test_what_is_being_written_is_never_cleared(tmp_path: Path) -> None:
    with atomic.new_folder(tmp_path / "m") as mine:
        (mine / "a").write_text("a")
        assert leftovers.sweep(tmp_path, depth=1) == []
    parent = tmp_path / mine.name.replace(f"-{os.getpid()}-", f"-{os.getppid()}-")
    parent.write_text("of another living process")
    assert leftovers.sweep(tmp_path, depth=1) == []
    assert parent.exists() and (tmp_path / "m" / "a").exists()


def test_leftovers_of_another_machine_are_cleared_after_a_day(tmp_path: Path) -> None:
    foreign = tmp_path / f"{atomic.TEMPORARY}ffffff-1-aa.png"
    foreign.write_text("x")
    assert leftovers.sweep(tmp_path) == []
    os.utime(foreign, (time.time() - 2 * leftovers.FOREIGN_AGE,) * 2)
    assert leftovers.sweep(tmp_path) == [foreign]


def test_every_failure_comes_as_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for crash in crash_points(lambda: atomic.write_json(path, {}), how=("error",)):
        assert crash.failed


def test_an_error_of_the_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: object, data: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(atomic, "_write", broken)
    with pytest.raises(TrasluzError, match=r"a\.json could not be written: Input/output error"):
        atomic.write_json(tmp_path / "a.json", {})


def test_a_finished_folder_takes_its_name_or_keeps_the_one_it_had(tmp_path: Path) -> None:
    made, place = tmp_path / "partial", tmp_path / "done"

    def prepare() -> None:
        for folder in (made, place):
            if folder.exists():
                atomic.remove_folder(folder)
        made.mkdir()
        atomic.write_text(made / "a", "a")

    for crash in crash_points(lambda: atomic.move_folder(made, place), prepare=prepare):
        assert made.exists() != place.exists(), crash
        assert (made if made.exists() else place).joinpath("a").read_text() == "a", crash
    prepare()
    place.mkdir()
    with pytest.raises(NameTaken, match="done already exists"):
        atomic.move_folder(made, place)
