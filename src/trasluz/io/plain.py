"""Plain files in folders of ours: the one way to open them.

A folder of ours is a workspace, or a model's folder wherever it lies (`guard`). However a person gets there, by links
too, from there on no link is followed: neither the file nor a folder on the way to it. Nothing but a plain file is
opened, and nothing is waited for. Where others cannot look into the folder, they can read none of its files either
(`mode_of`). A person's own files elsewhere are opened through links, as any program does.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from trasluz.base.bounds import PEOPLE_TEXT
from trasluz.base.errors import DamagedFile, NoPermission, TrasluzError, UnsafePath

Stamp = tuple[int, ...]
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_OTHERS = 0o077
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0) | getattr(os, "O_CLOEXEC", 0) | _NO_LINK
_BY_FOLDER = os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd and _NO_LINK != 0

_guarded: dict[Path, frozenset[str]] = {}
"""Folders of ours, and what in them is: names, or nothing for everything."""
_to_be_private: set[Path] = set()
"""Folders of ours that are to be private once they are made."""


class _NotPlain(TrasluzError):
    """Something that is no plain file stands in the way; told as what it means to who reads or writes."""

    def __init__(self, kind: str, path: str) -> None:
        super().__init__(f"{path} is {kind}")
        self.kind, self.path = kind, path


# Which files are ours -------------------------------------------------------------------------------------------------


def guard(folder: Path, parts: Iterable[str] = (), *, private: bool = False) -> None:
    """Say that a folder is ours: from now on no link below it is followed.

    Args:
        parts: What in it is ours, where that is not all.
        private: Whether nobody else is to look into it: it is closed to others, with all that is in it, now where it is
            there, else when it is made.
    """
    place = _whole(folder)
    known = _guarded.get(place)
    is_whole = not parts or known == frozenset()
    _guarded[place] = frozenset() if is_whole else frozenset(parts) | (known or frozenset())
    if private:
        _to_be_private.add(place)
        if place.is_dir():
            make_private(place)


def _whole(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def _split(path: Path) -> tuple[Path | None, tuple[str, ...]]:
    """The nearest folder of ours that a path lies in, and the way from there; None where in none."""
    whole = _whole(path)
    for home in whole.parents:
        parts = _guarded.get(home)
        if parts is not None:
            way = whole.relative_to(home).parts
            if not parts or way[0] in parts:
                return home, way
    return None, ()


def is_private(path: Path) -> bool:
    """Whether a path lies in a folder of ours that nobody but its owner can look into."""
    if os.name == "nt":
        return False
    whole = _whole(path)
    for place in (whole, *whole.parents):
        if place not in _guarded:
            continue
        try:
            if not place.stat().st_mode & _OTHERS:
                return True
        except OSError:
            if place in _to_be_private:
                return True
    return False


def make_private(folder: Path) -> None:
    """Take a folder of ours, and all that is in it, from the eyes of others; links in it are left alone.

    Raises:
        NoPermission: it belongs to somebody else.
    """
    if os.name == "nt":
        return
    try:
        folder.chmod(PRIVATE_FOLDER)  # the door first: then nobody gets to what is still open behind it
    except PermissionError as error:
        raise NoPermission(f"not allowed to make {folder} private: {error.strerror}", next="Ask its owner") from error
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            with suppress(OSError):  # somebody else writes here too, and has just renamed it
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
                    path.chmod(stat.S_IMODE(mode) & ~_OTHERS)


# Reading --------------------------------------------------------------------------------------------------------------


@contextmanager
def reading(path: Path, what: str = "") -> Generator[BinaryIO]:
    """A plain file, open for reading.

    Args:
        what: What it is, for an error.

    Raises:
        DamagedFile: it is missing, a link, a folder, a pipe or a device, or cannot be read.
        NoPermission: the system refuses.
    """
    called = f"{what} at {path}" if what else f"{path}"
    try:
        try:
            handle = cast(BinaryIO, os.fdopen(_opened(path, os.O_RDONLY), "rb"))
        except ValueError:  # a name with a zero byte in it
            raise DamagedFile(f"{called} cannot be read: it is not the name of a file") from None
        with handle:
            yield handle
    except _NotPlain as error:
        raise _refusal(error, path, called) from None
    except (FileNotFoundError, NotADirectoryError):
        raise DamagedFile(f"{what} is missing: {path}" if what else f"{path} is missing") from None
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except OSError as error:
        raise DamagedFile(f"{called} cannot be read: {error.strerror or error}") from error


def _refusal(error: _NotPlain, path: Path, called: str) -> DamagedFile:
    where = "" if Path(error.path) == _whole(path) or error.path == str(path) else f": {error.path} is {error.kind}"
    if error.kind == _LINK:
        why = f"{called} is {error.kind}, which is not followed" if not where else f"{called} is not read{where}"
        return DamagedFile(why, next="Put what it leads to in its place, or remove the link")
    return DamagedFile(f"{called} is not a file" + (where or f" but {error.kind}"), next="Remove it")


def read_whole(path: Path, what: str = "", *, limit: int) -> bytes:
    """The bytes of a plain file.

    Raises:
        DamagedFile: as `reading`, or it is longer than `limit`.
    """
    with reading(path, what) as handle:
        is_larger = os.fstat(handle.fileno()).st_size > limit
        data = b"" if is_larger else handle.read(limit + 1)
    if is_larger or len(data) > limit:
        raise DamagedFile(f"{f'{what} at {path}' if what else path} is larger than {limit:,} bytes")
    return data


def read_for_people(path: Path, what: str, *, limit: int = PEOPLE_TEXT) -> tuple[str, dict[str, int]]:
    """A text that somebody wrote, and what was done to it: `undecodable` bytes that are no UTF-8 text, shown as U+FFFD,
    and the `bytes` of one that is longer than `limit`, of which only the beginning is given.

    Raises:
        DamagedFile: as `reading`.
    """
    with reading(path, what) as handle:
        size = os.fstat(handle.fileno()).st_size
        data = handle.read(limit + 1)
    done = {"bytes": max(size, len(data))} if len(data) > limit else {}
    data = data[:limit]
    if done:
        while data and data[-1] & 0xC0 == 0x80:  # not in the middle of a character
            data = data[:-1]
        data = data[:-1] if data and data[-1] >= 0xC0 else data
    text = data.decode("utf-8-sig", "surrogateescape")
    odd = sum("\udc80" <= c <= "\udcff" for c in text)
    if odd:
        text = "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in text)
    return text, done | ({"undecodable": odd} if odd else {})


def has_plain(folder: Path, name: str) -> bool:
    """Whether a plain file of that name lies in the folder itself; a link is none."""
    try:
        return stat.S_ISREG((folder / name).lstat().st_mode)
    except (OSError, ValueError):  # nothing there, a name with a zero byte
        return False


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
    if not has_plain(folder, name):
        raise DamagedFile(f"{what} is gone: {folder / name}")
    return read_whole(folder / name, what, limit=limit)


# Writing --------------------------------------------------------------------------------------------------------------


def check_way(path: Path) -> None:
    """Refuse a place to write to that lies behind a link in a folder of ours.

    Raises:
        UnsafePath: naming the link.
    """
    home, way = _split(path)
    place = home
    for part in way[:-1]:
        place = Path(place or ".", part)
        if place.is_symlink():
            raise UnsafePath(
                f"nothing is written through links, and {place} is one",
                next="Put a folder in its place; the workspace as a whole may be a link, or lie on another disk",
            )


def appending(path: Path) -> BinaryIO:
    """A plain file, open for reading and for writing at its end; made where it is not there.

    Raises:
        UnsafePath: it is a link, a folder, a pipe or a device.
    """
    try:
        return cast(BinaryIO, os.fdopen(_opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND), "ab+"))
    except _NotPlain as error:
        raise UnsafePath(
            f"nothing is added to {path}: {error.path} is {error.kind}", next="Put a file in its place, or remove it"
        ) from None


def create(path: Path) -> BinaryIO:
    """A new file, open for writing; where it lies in a private folder of ours, nobody else can read it."""
    private = is_private(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _NO_WAIT, file_mode(path))
    if private:
        os.fchmod(descriptor, PRIVATE_FILE)  # whatever the umask took away
    return cast(BinaryIO, os.fdopen(descriptor, "wb"))


def file_mode(path: Path) -> int:
    """The mode that a new file gets, before the umask."""
    return PRIVATE_FILE if is_private(path) else 0o666


def make_one(folder: Path) -> None:
    """`mkdir`, private where the folder that it lies in is.

    Raises:
        FileExistsError: there is something of that name.
    """
    if not is_private(folder):
        folder.mkdir()
        return
    folder.mkdir(PRIVATE_FOLDER)
    folder.chmod(PRIVATE_FOLDER)


# Opening --------------------------------------------------------------------------------------------------------------

_LINK = "a link"


def _opened(path: Path, flags: int) -> int:
    """A descriptor of a plain file, by a way without links where it is ours. Asked before it is opened: opening a
    device may do something, and a pipe would make us wait."""
    home, way = _split(path)
    flags |= _NO_WAIT
    if home is None:
        with suppress(FileNotFoundError):
            _check(path.stat().st_mode, str(path))
        return _sure(os.open(path, flags, 0o666), str(path))
    if not _BY_FOLDER:
        for i in range(len(way)):
            _check_part(str(Path(home, *way[: i + 1])), i < len(way) - 1, flags)
        return _sure(os.open(path, flags, file_mode(path)), str(path))
    folder = os.open(home, _FOLDER & ~_NO_LINK)
    try:
        for i, part in enumerate(way[:-1]):
            _check_part(part, True, flags, folder, str(Path(home, *way[: i + 1])))
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        _check_part(way[-1], False, flags, folder, str(Path(home, *way)))
        made = os.open(way[-1], flags | _NO_LINK, file_mode(path), dir_fd=folder)
    finally:
        os.close(folder)
    return _sure(made, str(path))


def _check_part(part: str, is_folder: bool, flags: int, folder: int | None = None, called: str = "") -> None:
    try:
        mode = os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        if is_folder or not flags & os.O_CREAT:
            raise
        return
    if is_folder and not stat.S_ISLNK(mode):
        return  # what is no folder says so when it is opened
    _check(mode, called or part)


def _check(mode: int, path: str) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISLNK(mode):
        raise _NotPlain(_LINK, path)
    raise _NotPlain("a folder" if stat.S_ISDIR(mode) else "a pipe, a socket or a device", path)


def _sure(descriptor: int, path: str) -> int:
    """What was opened is what was looked at: a plain file."""
    try:
        _check(os.fstat(descriptor).st_mode, path)
    except TrasluzError:
        os.close(descriptor)
        raise
    return descriptor


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
