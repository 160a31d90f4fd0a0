"""Writes that are whole or not there at all: temporary file, fsync, rename, fsync of the folder.

The four calls that touch the disk go through `_write`, `_fsync`, `_rename` and `_fsync_folder`, so that the
fault tests can make each of them fail in turn.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from trasluz.base.errors import DamagedFile, NameTaken, NoPermission, NoSpace, TrasluzError

TEMPORARY = ".tmp-"
"""Prefix of everything unfinished; readers pass over it, and it is safe to delete."""


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
    """Turn the operating system's refusals into ours, naming the path and the bytes that were wanted."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            size = "" if needed is None else f" ({needed:,} bytes needed)"
            raise NoSpace(
                f"no space left to write {path}{size}", next="Free some space and run the same command again"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise NoPermission(
                f"not allowed to write {path}: {error.strerror}",
                next="Check its owner and mode, or choose another place",
            ) from error
        if error.errno == errno.ENAMETOOLONG:
            raise TrasluzError(f"the path {path} is too long for this file system") from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST) and not isinstance(error, FileExistsError):
            raise TrasluzError(f"{path} cannot be written: a part of its path is a file, not a folder") from error
        raise


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
    temporary = path.parent / f"{TEMPORARY}{secrets.token_hex(6)}{path.suffix}"
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
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Write a whole file, or leave what was there."""
    with atomic_path(path, needed=len(data)) as temporary, open(temporary, "wb") as handle:
        _write(handle, data)
        handle.flush()


def write_text(path: Path, text: str) -> None:
    """`write_bytes` in UTF-8."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """`write_bytes` of readable JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path, what: str, *, limit: int = 4 << 20) -> dict[str, Any]:
    """Read a JSON object of at most `limit` bytes; anything else is a `DamagedFile` that names it."""
    try:
        if path.stat().st_size > limit:
            raise DamagedFile(f"{what} at {path} is larger than {limit:,} bytes")
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DamagedFile(f"{what} is missing: {path}") from None
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except (ValueError, RecursionError):
        raise DamagedFile(f"{what} at {path} is no JSON") from None
    if not isinstance(value, dict):
        raise DamagedFile(f"{what} at {path} is no JSON object")
    return cast(dict[str, Any], value)


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one JSON line; a torn last line is passed over by `read_lines`."""
    data = (json.dumps(record) + "\n").encode()
    with disk_errors(path, len(data)), open(path, "ab") as handle:
        _write(handle, data)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file, without a torn last one; empty where there is no file."""
    if not path.exists():
        return []
    out: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines():
        with suppress(ValueError):
            out.append(json.loads(line))
    return out


@contextmanager
def new_folder(path: Path) -> Generator[Path, None, None]:
    """A temporary folder that becomes `path` when all went well. Of many at once, exactly one wins.

    Raises:
        NameTaken: where `path` exists already.
    """
    if path.exists():
        raise NameTaken(f"{path.name} exists already at {path}", next="Choose another name, or remove it first")
    make_folder(path.parent)
    temporary = path.parent / f"{TEMPORARY}{secrets.token_hex(6)}"
    try:
        with disk_errors(path):
            temporary.mkdir()
            # A file inside keeps the folder from being empty: an empty one could be renamed over.
            yield temporary
            _fsync_folder(temporary)
            try:
                temporary.rename(path)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise NameTaken(f"{path.name} exists already at {path}", next="Choose another name") from error
                raise
            _fsync_folder(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Take a folder out of sight at once (a rename), then delete it."""
    with disk_errors(path):
        gone = path.parent / f"{TEMPORARY}{secrets.token_hex(6)}"
        path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
