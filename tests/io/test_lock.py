"""One writer at a time, within a process as between processes."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import threading
from pathlib import Path

import pytest

from trasluz.base.errors import NameTaken, NoPermission, WorkspaceLocked
from trasluz.io import lock


def refused(folder: Path) -> str | None:
    """What another thread is told that wants to write; None where it may."""
    told: list[str] = []

    def want() -> None:
        try:
            with lock.writer(folder, "want"):
                pass
        except WorkspaceLocked as error:
            told.append(str(error))

    thread = threading.Thread(target=want)
    thread.start()
    thread.join()
    return told[0] if told else None


def test_calls_of_one_thread_may_be_nested(tmp_path: Path) -> None:
    with lock.writer(tmp_path, "train") as outer, lock.writer(tmp_path / ".." / tmp_path.name, "encode") as inner:
        assert outer and not inner
        with lock.writer(tmp_path, "a third"):
            pass
        assert refused(tmp_path)
    assert refused(tmp_path) is None


def test_another_thread_is_another_writer(tmp_path: Path) -> None:
    with lock.writer(tmp_path, "train mine"):
        told = refused(tmp_path)
    assert told is not None
    assert "is being written by another job of this process (train mine)." in told and "--workspace" in told
    assert refused(tmp_path) is None


def test_a_thread_that_works_for_the_holder_shares_its_right(tmp_path: Path) -> None:
    def part() -> bool:
        with lock.writer(tmp_path, "a part of it") as outermost:
            return outermost

    async def job() -> bool:
        with lock.writer(tmp_path, "a job of a server"):
            return await asyncio.to_thread(part)

    assert asyncio.run(job()) is False
    assert refused(tmp_path) is None


def test_a_task_begun_under_the_lock_does_not_keep_it(tmp_path: Path) -> None:
    async def later(go: asyncio.Event) -> bool:
        await go.wait()
        with lock.writer(tmp_path, "later") as outermost:
            return outermost

    async def job() -> bool:
        go = asyncio.Event()
        with lock.writer(tmp_path, "first"):
            task = asyncio.create_task(later(go))
            await asyncio.sleep(0)
        go.set()
        return await task

    assert asyncio.run(job()) is True


def test_two_workspaces_do_not_hinder_each_other(tmp_path: Path) -> None:
    with lock.writer(tmp_path / "a", "x"), lock.writer(tmp_path / "b", "y"):
        assert refused(tmp_path / "c") is None


def test_an_error_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), lock.writer(tmp_path, "x"):
        _ = 1 / 0
    assert refused(tmp_path) is None and not (tmp_path / ".holder").exists()


def test_the_holder_writes_down_who_it_is(tmp_path: Path) -> None:
    with lock.writer(tmp_path, "train mine"):
        holder = json.loads((tmp_path / ".holder").read_text())
    assert holder == {"pid": os.getpid(), "host": socket.gethostname(), "doing": "train mine"}


@pytest.mark.parametrize(
    "stale",
    ['{"pid": 999999999, "host": "HOST", "doing": "x"}', "", "[]", '{"pid": "x"}', '{"pid": 1e999}', "\x00" * 9000],
)
def test_what_a_dead_holder_wrote_is_not_believed(tmp_path: Path, stale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    from filelock import FileLock

    (tmp_path / ".holder").write_text(stale.replace("HOST", socket.gethostname()))
    said = pytest.raises(WorkspaceLocked, match=r"is being written by another process\.")
    with FileLock(tmp_path / ".lock"), said, lock.writer(tmp_path, "x"):
        pass
    with lock.writer(tmp_path, "x"):
        assert json.loads((tmp_path / ".holder").read_text())["pid"] == os.getpid()


def test_on_a_full_disk_the_lock_holds_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with lock.writer(tmp_path, "remove"):
        assert refused(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NameTaken, match="is a file, not a folder"), lock.writer(tmp_path / "file", "x"):
        pass

    def refuse(self: object, timeout: float = 0) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".lock"))

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(NoPermission, match="not allowed to write"), lock.writer(tmp_path, "x"):
        pass
