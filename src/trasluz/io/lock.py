"""One writer at a time: an operating-system lock that dies with its holder, and says who holds it."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from trasluz.base.errors import WorkspaceLocked
from trasluz.io.atomic import disk_errors, make_folder

_held: dict[Path, tuple[FileLock, int]] = {}
_guard = threading.RLock()


@contextmanager
def writer(folder: Path, what: str) -> Generator[None, None, None]:
    """Hold the right to write below `folder` while doing `what`; nested calls of one process share it.

    Raises:
        WorkspaceLocked: with the holder's pid, host and doing.
    """
    key = make_folder(folder).resolve()
    with _guard:
        lock, depth = _held.get(key, (None, 0))
        if lock is None:
            lock = FileLock(key / ".lock", thread_local=False)
            try:
                with disk_errors(key / ".lock"):
                    lock.acquire(timeout=0)
            except Timeout:
                raise _refusal(key) from None
            holder = {"pid": os.getpid(), "host": socket.gethostname(), "doing": what}
            with disk_errors(key / ".holder"):
                (key / ".holder").write_text(json.dumps(holder))
        _held[key] = (lock, depth + 1)
    try:
        yield
    finally:
        with _guard:
            lock, depth = _held[key]
            if depth > 1:
                _held[key] = (lock, depth - 1)
            else:
                del _held[key]
                with suppress(OSError):
                    (key / ".holder").unlink()
                lock.release()


def _refusal(folder: Path) -> WorkspaceLocked:
    try:
        holder = json.loads((folder / ".holder").read_text())
        who = f"process {int(holder['pid'])} on {str(holder['host'])[:80]} ({str(holder['doing'])[:80]})"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return WorkspaceLocked(
        f"the workspace {folder} is being written by {who}",
        next="Wait for it, stop it, or use another folder with --workspace",
    )
