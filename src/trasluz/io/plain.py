"""Plain files of a folder that came from somewhere: links that lead out of it are not followed."""

from __future__ import annotations

import stat
from pathlib import Path

from trasluz.base.errors import DamagedFile, NoPermission

Stamp = tuple[int, ...]


def has_plain(folder: Path, name: str) -> bool:
    """Whether a file of that name lies in the folder itself, as a file or as a link to another one in there."""
    path = folder / name
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # nothing there, a ring of links, a name with a zero byte
        return False
    return stat.S_ISREG(mode)


def leads_out(path: Path, home: Path) -> bool:
    """Whether a file is a link that leads out of a folder."""
    try:
        return path.is_symlink() and not path.resolve().is_relative_to(home.resolve())
    except (OSError, RuntimeError):
        return True


def read_plain(folder: Path, name: str, what: str, *, limit: int) -> bytes:
    """The bytes of a plain file of the folder.

    Raises:
        DamagedFile: it is not there, no plain file, or longer than `limit`.
    """
    path = folder / name
    if not has_plain(folder, name):
        raise DamagedFile(f"{what} is gone: {path}")
    try:
        with open(path, "rb") as handle:
            data = handle.read(limit + 1)
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except OSError as error:
        raise DamagedFile(f"{what} at {path} cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise DamagedFile(f"{what} at {path} is larger than {limit:,} bytes")
    return data


def stamp(*paths: Path) -> Stamp:
    """What changes when one of the files is written anew; of a file that is not there, nothing."""
    out: list[int] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        out += [status.st_mtime_ns, status.st_size]
    return tuple(out)


def link(path: Path, target: Path) -> None:
    """Make a link to a file."""
    path.symlink_to(target)
