"""Names of unfinished files, and what becomes of those that a killed writer left behind.

A name says which machine and process it belongs to (`.tmp-HOST-PID-RANDOM`), so that the next writer can tell
what is being written right now from what will never be finished.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path

TEMPORARY = ".tmp-"
"""Prefix of everything unfinished; readers pass over it."""
FOREIGN_AGE = 86_400.0
"""Seconds after which a leftover of another machine, whose processes cannot be asked for, counts as abandoned."""

_in_use: set[str] = set()


def _host() -> str:
    return hashlib.blake2b(socket.gethostname().encode(), digest_size=3).hexdigest()


def claim(folder: Path, suffix: str = "") -> Path:
    """A path for something unfinished in `folder`, in use until `give_up`."""
    path = folder / f"{TEMPORARY}{_host()}-{os.getpid()}-{secrets.token_hex(6)}{suffix}"
    _in_use.add(path.name)
    return path


def give_up(path: Path) -> None:
    """Done with a path from `claim`: delete what still stands there."""
    _delete(path)
    _in_use.discard(path.name)


def sweep(folder: Path, depth: int = 0) -> list[Path]:
    """Delete what dead writers left in `folder` and `depth` levels below it; returns what was deleted.

    Call it under the lock. What a living process of this machine writes is left alone all the same.
    """
    gone: list[Path] = []
    if folder.is_symlink() and depth:
        return gone
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return gone
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(TEMPORARY):
            if _abandoned(path):
                _delete(path)
                gone.append(path)
        elif depth and entry.is_dir(follow_symlinks=False):
            gone += sweep(path, depth - 1)
    return gone


def alive(pid: int) -> bool:
    """Whether a process of this machine is there; where the system has no harmless way to ask, yes."""
    if os.name == "nt":
        return True
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _abandoned(path: Path) -> bool:
    host, _, rest = path.name.removeprefix(TEMPORARY).partition("-")
    pid = rest.partition("-")[0]
    if host == _host() and pid.isdecimal() and os.name != "nt":
        # Our own number may be a dead process's that came round again (in a container it often does).
        return path.name not in _in_use if int(pid) == os.getpid() else not alive(int(pid))
    try:
        return time.time() - path.lstat().st_mtime > FOREIGN_AGE and path.name not in _in_use
    except OSError:
        return False


def _delete(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
