"""One writer at a time of each thing: an operating-system lock that dies with its holder, and says who holds it."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from trasluz.base.bounds import LOCK_FILE
from trasluz.base.errors import TrasluzError, UnsafePath, WorkspaceLocked
from trasluz.io import plain
from trasluz.io.atomic import disk_errors, make_folder, read_json
from trasluz.io.leftovers import alive, claim, give_up

if TYPE_CHECKING:
    from filelock import FileLock

PATIENCE = 0.5
"""Seconds to wait where the lock is taken but nobody living says so: its holder is just coming or going."""


@final
@dataclass(eq=False)
class _Hold:
    lock: FileLock
    what: str
    depth: int = 0


LOCKS = ".locks"
"""The folder of the locks of single entries. They are empty files, and stay: whoever removed one would let two in."""

_held: dict[Path, _Hold] = {}
_guard = threading.RLock()
_mine: ContextVar[tuple[_Hold, ...]] = ContextVar("_mine", default=())


@contextmanager
def writer(folder: Path, what: str, entry: str = "", wait: float = 0.0) -> Generator[bool, None, None]:
    """Hold the right to write an entry of `folder` (`model--mine`) while doing `what`; without one, what belongs to the
    folder alone. Who writes one entry does not hinder who writes another; who writes the same is refused after so many
    seconds.

    Calls may be nested: within one thread (and what runs in a copy of its context, as `asyncio.to_thread` does)
    they share the right. Another thread is another writer, and refused like another process. Yields whether this
    is the outermost call.

    Raises:
        WorkspaceLocked: with the holder's pid, host and doing.
    """
    root = make_folder(folder).resolve()
    plain.guard(root, (LOCKS, ".lock", ".holder"))
    key = make_folder(root / LOCKS) / entry if entry else root
    until = time.monotonic() + wait
    while True:
        try:
            hold, outermost = _hold(key, what)
            break
        except WorkspaceLocked:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
    try:
        yield outermost
    finally:
        with _guard:
            # In a forked child the parent's right is not the child's to give back.
            if _held.get(key) is hold:
                hold.depth -= 1
                if hold.depth == 0:
                    del _held[key]
                    _mine.set(tuple(h for h in _mine.get() if h is not hold))
                    with suppress(OSError):
                        _file(key, "holder").unlink()
                    hold.lock.release()


def _hold(key: Path, what: str) -> tuple[_Hold, bool]:
    """One more hold on what is ours or nobody's, and whether it is the first."""
    with _guard:
        hold = _held.get(key)
        if hold is None:
            hold = _held[key] = _acquire(key, what)
            _mine.set((*_mine.get(), hold))
        elif hold not in _mine.get():
            raise _refusal(key, f"another job of this process ({hold.what})")
        hold.depth += 1
        return hold, hold.depth == 1


def _acquire(key: Path, what: str) -> _Hold:
    from filelock import FileLock, Timeout

    _check(_file(key, "lock"))
    place = _file(key, "lock")
    if plain.is_private(place):
        lock = FileLock(place, mode=plain.PRIVATE_FILE, thread_local=False)
    else:
        lock = FileLock(place, thread_local=False)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with disk_errors(_file(key, "lock")):
                lock.acquire(timeout=0)
            break
        except Timeout:
            holder = _holder(key)
            if holder is not None or time.monotonic() > until:
                raise _refusal(key, holder or "another process") from None
            time.sleep(0.02)
    _announce(key, what)
    return _Hold(lock, what)


def _check(file: Path) -> None:
    """Refuse what is no file to lock.

    Raises:
        UnsafePath: a link, a folder, a pipe or a device; or a file with content, which is somebody's.
    """
    if os.path.lexists(file) and (not plain.has_plain(file.parent, file.name) or file.stat().st_size):
        raise UnsafePath(f"{file} is no file that could be locked", next="Remove it, and run the same command again")


def _announce(key: Path, what: str) -> None:
    """Write down who holds the lock. On a full disk it holds all the same: something may be about to be removed."""
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "doing": what}
    file = _file(key, "holder")
    temporary = claim(file.parent)
    try:
        with suppress(OSError):
            with plain.create(temporary) as handle:
                handle.write(json.dumps(holder).encode())
            os.replace(temporary, file)
    finally:
        give_up(temporary)


def _holder(key: Path) -> str | None:
    """Who says to hold the lock; None where nobody does, or a process that is no longer there."""
    try:
        holder = read_json(_file(key, "holder"), "the holder", limit=LOCK_FILE)
        pid, host, doing = int(holder["pid"]), str(holder["host"])[:80], str(holder["doing"])[:80]
    except (TrasluzError, ValueError, KeyError, TypeError, OverflowError):
        return None
    if host == socket.gethostname() and not alive(pid):
        return None
    return f"process {pid} on {host} ({doing})"


def _file(key: Path, what: str) -> Path:
    """`.lock` and `.holder` of a folder, or those of an entry."""
    return key.with_name(f"{key.name}.{what}") if key.parent.name == LOCKS else key / f".{what}"


def _refusal(key: Path, who: str) -> WorkspaceLocked:
    if key.parent.name != LOCKS:
        what, instead = f"the workspace {key}", "use another folder with --workspace"
    else:
        what = f"{' '.join(key.name.split('--', 1))} in the workspace {key.parent.parent}"
        instead = "choose another name, or another folder with --workspace"
    return WorkspaceLocked(f"{what} is being written by {who}", next=f"Wait for it, stop it, or {instead}")


def _forget() -> None:
    """A forked child holds nothing (filelock closes its copies), and no thread of its own is in our code."""
    global _guard
    _guard = threading.RLock()
    _held.clear()


if os.name == "posix":
    os.register_at_fork(after_in_child=_forget)
