"""Writes that are whole or not there at all: temporary file, fsync, rename, fsync of the folder.

The four calls that touch the disk go through `_write`, `_fsync`, `_rename` and `_fsync_folder`, so that the
fault tests can make each of them fail in turn.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from trasluz.base.bounds import JSON_FILE, JSON_LINES
from trasluz.base.errors import DamagedFile, InvalidArgument, NameTaken, NoPermission, NoSpace, TrasluzError
from trasluz.io.leftovers import TEMPORARY, claim, give_up
from trasluz.io.values import read_value

__all__ = [
    "TEMPORARY",
    "append_line",
    "atomic_path",
    "disk_errors",
    "make_folder",
    "move_folder",
    "new_folder",
    "read_json",
    "read_lines",
    "remove_file",
    "remove_folder",
    "write_bytes",
    "write_chunks",
    "write_json",
    "write_text",
]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def _write(handle: Any, data: bytes | memoryview) -> None:
    handle.write(data)


def _fsync(fd: int) -> None:
    os.fsync(fd)


def _rename(src: Path, dst: Path) -> None:
    os.replace(src, dst)


def _fsync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def disk_errors(path: Path, needed: int | None = None) -> Generator[None, None, None]:
    """Turn the operating system's refusals to write `path` into ours, naming it and the bytes that were wanted.

    Errors about files elsewhere, which the code inside may read, pass through unchanged.
    """
    try:
        yield
    except OSError as error:
        if not _concerns(error, path):
            raise
        raise _explain(error, path, needed) from error


def _concerns(error: OSError, path: Path) -> bool:
    given: tuple[Any, Any] = (error.filename, error.filename2)
    paths = [Path(os.fsdecode(name)) for name in given if name is not None and not isinstance(name, int)]
    if not paths:
        return error.errno in (*_FULL, *_REFUSED, errno.EIO)
    return any(p.is_relative_to(path.parent) or path.is_relative_to(p) for p in paths)


def _explain(error: OSError, path: Path, needed: int | None) -> TrasluzError:
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        size = "" if needed is None else f" ({needed:,} bytes needed)"
        return NoSpace(f"no space left to write {path}{size}", next="Free some space and run the same command again")
    if error.errno in _REFUSED:
        return NoPermission(
            f"not allowed to write {path}: {reason}", next="Check its owner and mode, or choose another place"
        )
    if error.errno == errno.ENAMETOOLONG:
        return InvalidArgument(f"the path {path} is too long for this file system")
    if error.errno == errno.ENOTDIR:
        return InvalidArgument(f"{path} cannot be written: a part of its path is a file, not a folder")
    return TrasluzError(f"{path} could not be written: {reason}")


def make_folder(folder: Path) -> Path:
    """`mkdir -p`, with our errors."""
    with disk_errors(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise NameTaken(f"{folder} is a file, not a folder") from None
    return folder


@contextmanager
def atomic_path(path: Path, *, needed: int | None = None) -> Generator[Path, None, None]:
    """A temporary path beside `path` to write to; on leaving without an error it takes `path`'s place.

    For libraries that insist on opening the file by themselves. The suffix is kept.
    """
    make_folder(path.parent)
    with disk_errors(path):
        _check_replaceable(path)
    temporary = claim(path.parent, path.suffix)
    try:
        with disk_errors(path, needed):
            yield temporary
            fd = os.open(temporary, os.O_RDONLY)
            try:
                _fsync(fd)
            finally:
                os.close(fd)
            _rename(temporary, path)
            _fsync_folder(path.parent)
    finally:
        give_up(temporary)


def _check_replaceable(path: Path) -> None:
    """A rename would put a plain file in the place of a device or a pipe: /dev/null would be gone."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise InvalidArgument(f"{path} is {kind}, not a file", next="Name a file to write")


def write_chunks(path: Path, chunks: Iterable[bytes | memoryview], size: int) -> None:
    """Write a whole file of `size` bytes piece by piece, or leave what was there."""
    with atomic_path(path, needed=size) as temporary, open(temporary, "wb") as handle:
        for chunk in chunks:
            _write(handle, chunk)


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Write a whole file, or leave what was there."""
    write_chunks(path, [data], len(data))


def write_text(path: Path, text: str) -> None:
    """`write_bytes` in UTF-8."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """`write_bytes` of readable JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    try:
        data = text.encode()
    except UnicodeEncodeError:  # the name of a file that is not UTF-8: escaped, it can be written and read back
        data = (json.dumps(value, indent=2) + "\n").encode()
    write_bytes(path, data)


def read_json(path: Path, what: str, *, limit: int = JSON_FILE) -> dict[str, Any]:
    """Read a JSON object of at most `limit` bytes; anything else is a `DamagedFile` that names it."""
    value = read_value(path, what, limit=limit)
    if not isinstance(value, dict):
        raise DamagedFile(f"{what} at {path} is not a JSON object")
    return cast(dict[str, Any], value)


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one JSON line; a torn last line is passed over by `read_lines`."""
    data = (json.dumps(record) + "\n").encode()
    with disk_errors(path, len(data)), open(path, "ab+") as handle:
        if handle.tell() > 0:
            handle.seek(-1, os.SEEK_END)
            if handle.read(1) != b"\n":  # a torn line, which must not take this one with it
                data = b"\n" + data
        _write(handle, data)


def read_lines(path: Path, *, limit: int = JSON_LINES) -> list[dict[str, Any]]:
    """The JSON lines of a file, without torn ones; empty where there is no file. Of more than `limit` bytes, the
    last ones."""
    out: list[dict[str, Any]] = []
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DamagedFile(f"{path} is not a file")
        with open(path, "rb") as handle:
            excess = handle.seek(0, os.SEEK_END) - limit
            handle.seek(max(0, excess))
            if excess > 0:
                handle.readline(limit)
            while line := handle.readline(limit):
                with suppress(ValueError, RecursionError):
                    value = json.loads(line)
                    if isinstance(value, dict):
                        out.append(cast(dict[str, Any], value))
    except FileNotFoundError:
        return []
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}") from error
    return out


@contextmanager
def new_folder(path: Path) -> Generator[Path, None, None]:
    """A temporary folder that becomes `path` when all went well. Of many at once, exactly one wins.

    Raises:
        NameTaken: where `path` exists already.
    """
    taken = NameTaken(f"{path.name} already exists at {path}", next="Choose another name, or remove it first")
    if os.path.lexists(path):
        raise taken
    make_folder(path.parent)
    temporary = claim(path.parent)
    try:
        with disk_errors(path):
            temporary.mkdir()
            yield temporary
            if not any(temporary.iterdir()):
                # A folder with something in it cannot be renamed over; an empty one can.
                write_bytes(temporary / ".empty", b"")
            _fsync_folder(temporary)
            try:
                _rename(temporary, path)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR) or os.path.lexists(path):
                    raise taken from error
                raise
            _fsync_folder(path.parent)
    finally:
        give_up(temporary)


def remove_folder(path: Path) -> None:
    """Take a folder out of sight at once (a rename), then delete it."""
    gone = claim(path.parent)
    try:
        with disk_errors(path):
            if path.is_symlink():  # the link goes, not what it leads to
                path.unlink()
                return
            _rename(path, gone)
            _fsync_folder(path.parent)
            shutil.rmtree(gone, ignore_errors=True)
    finally:
        give_up(gone)


def move_file(path: Path, target: Path) -> None:
    """Give a file another name, over whatever has it."""
    with disk_errors(target):
        _rename(path, target)
        _fsync_folder(target.parent)


def remove_file(path: Path) -> None:
    """Delete one file; nothing happens where there is none."""
    with disk_errors(path):
        path.unlink(missing_ok=True)


def move_folder(path: Path, place: Path) -> None:
    """Give a finished folder the name it was made for, in the same parent. Nothing may be there.

    Raises:
        NameTaken: where `place` exists already.
    """
    if os.path.lexists(place):
        raise NameTaken(f"{place.name} already exists at {place}", next="Remove it first")
    with disk_errors(place):
        _fsync_folder(path)
        _rename(path, place)
        _fsync_folder(place.parent)
