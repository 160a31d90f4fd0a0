"""Writes that are whole or not there at all: temporary file, fsync, rename, fsync of the folder.

The four calls that touch the disk go through `_write`, `_fsync`, `_rename` and `_fsync_folder`, so that the
fault tests can make each of them fail in turn.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import zlib
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from trasluz.base.bounds import JSON_FILE, JSON_LINE, JSON_LINES
from trasluz.base.errors import DamagedFile, InvalidArgument, NameTaken, NoPermission, NoSpace, TrasluzError
from trasluz.io import plain
from trasluz.io.leftovers import TEMPORARY, claim, give_up
from trasluz.io.values import check_version, read_value, sealed, unsealed

__all__ = [
    "TEMPORARY",
    "append_line",
    "atomic_path",
    "check_place",
    "copy_file",
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
    "write_lines",
    "write_sealed",
    "write_text",
]

_CHUNK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def check_place(path: Path) -> None:
    """Refuse a file that could not be written, before the work for it is done.

    Raises:
        InvalidArgument: it is a folder, or would lie in a file.
        NoPermission: nothing may be written there.
    """
    if path.is_dir():
        raise InvalidArgument(f"{path} is a folder", next="Name a file in it")
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir():
        raise InvalidArgument(f"{above} is a file, and no folder to write {path.name} to", next="Name another place")
    if not os.access(above, os.W_OK | os.X_OK):
        raise NoPermission(f"nothing may be written to {above}", next="Name another place")


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
    """`mkdir -p`, with our errors; private where what it lies in is."""
    with disk_errors(folder):
        plain.check_way(folder / "any")
        missing: list[Path] = []
        place = folder
        while not place.exists() and not place.is_symlink() and place != place.parent:
            missing.append(place)
            place = place.parent
        for one in reversed(missing or [folder]):
            try:
                plain.make_one(one)
            except FileExistsError:  # it was there, or somebody else was faster
                if not one.is_dir():
                    raise NameTaken(f"{one} is a file, not a folder") from None
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
            plain.create(temporary).close()
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


def copy_file(path: Path, target: Path, *, limit: int | None = None) -> None:
    """Copy a plain file, whole or not at all; never what a link leads to.

    Raises:
        DamagedFile: it is no plain file, or longer than `limit`.
    """
    with plain.reading(path) as handle:
        size = os.fstat(handle.fileno()).st_size
        if limit is not None and size > limit:
            raise DamagedFile(f"{path} is larger than {limit:,} bytes", next="Remove it, or make it shorter")
        write_chunks(target, iter(lambda: handle.read(_CHUNK), b""), size)


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


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """`write_json` of an object of ours, with a checksum that `read_json` looks at."""
    write_json(path, sealed(value))


def read_json(
    path: Path, what: str, *, limit: int = JSON_FILE, versions: int | Collection[int] = (), next: str = "make it again"
) -> dict[str, Any]:
    """Read a JSON object of at most `limit` bytes.

    Args:
        what: What it is, for an error.
        versions: Those that are read, where it has one. It is looked at first: another may be sealed in another way.
        next: What helps where it is of another version, besides an update of Trasluz.

    Raises:
        DamagedFile: anything else, or its checksum does not match. One from before there were checksums has none.
        VersionMismatch: of another version.
    """
    value = read_value(path, what, limit=limit)
    if not isinstance(value, dict):
        raise DamagedFile(f"{what} at {path} is not a JSON object")
    found = cast(dict[str, Any], value)
    if versions != ():
        check_version(found.get("version"), versions, f"{what} at {path}", next)
    return unsealed(found, f"{what} at {path}")


SUM = "crc"
"""The last field of each line: a CRC-32 of the others."""


def _line(record: Mapping[str, Any]) -> bytes:
    rest = {key: value for key, value in record.items() if key != SUM}
    return (json.dumps({**rest, SUM: _sum(rest)}) + "\n").encode()


def _sum(record: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(record, sort_keys=True).encode()):08x}"


def _was_summed(record: Mapping[str, Any]) -> bool:
    """Whether a line without a checksum had one, whose name is now another."""
    last = list(record.values())[-1:]
    return bool(last) and isinstance(last[0], str) and re.fullmatch("[0-9a-f]{8}", last[0]) is not None


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one JSON line, with a checksum; a torn last line is passed over by `read_lines`.

    Raises:
        UnsafePath: it is a link, a folder, a pipe or a device. A file that has other names besides is copied first.
    """
    data = _line(record)
    plain.check_way(path)
    with disk_errors(path, len(data)):
        with plain.appending(path) as handle:
            others = os.fstat(handle.fileno()).st_nlink > 1
            if handle.seek(0, os.SEEK_END) > 0:
                handle.seek(-1, os.SEEK_END)
                if handle.read(1) != b"\n":  # a torn line, which must not take this one with it
                    data = b"\n" + data
            if not others:
                _write(handle, data)
                return
            handle.seek(0)
            before = handle.read()
        write_bytes(path, before + data)


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON lines anew, each with its checksum."""
    write_bytes(path, b"".join(map(_line, records)))


def read_lines(
    path: Path, *, limit: int = JSON_LINES, damaged: Callable[[int], None] | None = None
) -> list[dict[str, Any]]:
    """The JSON lines of a file, without those that are torn or damaged; empty where there is no file. Of more than
    `limit` bytes, the last ones. A line without a checksum is from before there were any.

    Args:
        damaged: Told how many were passed over, where any were.

    Raises:
        DamagedFile: a link, a folder, a pipe or a device.
    """
    out: list[dict[str, Any]] = []
    passed = 0
    if not os.path.lexists(path):
        return []
    with plain.reading(path) as handle:
        excess = handle.seek(0, os.SEEK_END) - limit
        handle.seek(max(0, excess))
        if excess > 0:
            _skip_line(handle)
        while text := handle.readline(JSON_LINE):
            if len(text) == JSON_LINE and text[-1:] != b"\n":  # no line of ours is so long
                _skip_line(handle)
                passed += 1
                continue
            value: object = None
            with suppress(ValueError, RecursionError):
                value = json.loads(text)
            if not isinstance(value, dict):
                passed += bool(text.strip())
                continue
            record = cast(dict[str, Any], value)
            said = record.pop(SUM, None)
            if said != _sum(record) if said is not None else _was_summed(record):
                passed += 1
            else:
                out.append(record)
    if passed and damaged is not None:
        damaged(passed)
    return out


def _skip_line(handle: BinaryIO) -> None:
    while (text := handle.readline(JSON_LINE)) and text[-1:] != b"\n":
        continue


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
            plain.make_one(temporary)
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
    plain.check_way(path)
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
    plain.check_way(path)
    plain.check_way(target)
    with disk_errors(target):
        _rename(path, target)
        _fsync_folder(target.parent)


def remove_file(path: Path) -> None:
    """Delete one file; nothing happens where there is none."""
    plain.check_way(path)
    with disk_errors(path):
        path.unlink(missing_ok=True)


def move_folder(path: Path, place: Path) -> None:
    """Give a finished folder the name it was made for, in the same parent. Nothing may be there.

    Raises:
        NameTaken: where `place` exists already.
    """
    if os.path.lexists(place):
        raise NameTaken(f"{place.name} already exists at {place}", next="Remove it first")
    plain.check_way(place)
    with disk_errors(place):
        _fsync_folder(path)
        _rename(path, place)
        _fsync_folder(place.parent)
