"""Zip archives: ours, written the same to the byte each time; and other people's, unpacked without trust.

What is unpacked is judged before a byte of it is read: names that lead out of the folder, links, entries that come
twice, encrypted ones, and archives that would unfold into far more than they are. No pickle leaves an archive.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from trasluz.base.bounds import ARCHIVE_FILES, ARCHIVE_LEAST, ARCHIVE_SIZE, ARCHIVE_SWELLS
from trasluz.base.errors import DamagedFile, InvalidArgument, NameTaken, NoPermission, TrasluzError
from trasluz.io.atomic import atomic_path, disk_errors, make_folder
from trasluz.io.plain import create
from trasluz.io.zips import check_list

SUFFIX = ".zip"
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".npy.pkl")
"""Files that could run code when they are read. None of ours is one."""
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What systems put into archives by themselves."""
_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say; the time of writing would make each one different."""
_CHUNK = 1 << 20


def pack(folder: Path, target: Path, root: str) -> None:
    """Write the files of a folder as a zip whose entries lie in `root`: whole or not at all, and the same each time.

    Nothing is compressed: weights hardly get smaller, and compressors differ from machine to machine.

    Raises:
        NameTaken: there is something of that name.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files)
    taken = NameTaken(f"{target.name} already exists at {target}", next="Choose another name, or remove it first")
    if target.exists() or target.is_symlink():
        raise taken
    with atomic_path(target, needed=size) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"{root}/{path.relative_to(folder).as_posix()}", _DATE)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.create_system = 3  # Unix, whatever this is
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, _CHUNK)


def unpack(path: Path, folder: Path, wanted: str = "what trasluz models export writes") -> tuple[Path, list[str]]:
    """Unpack a zip into an empty folder. Gives the folder that its files lie in, which may be a single one inside, and
    the names of what was left in the archive: pickles.

    Args:
        wanted: What an archive should hold, to say of an empty one.

    Raises:
        DamagedFile: no zip, damaged, or one that would write where it should not, or too much.
    """
    with _reading(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_litter(entry.filename)]
        if not entries:
            raise DamagedFile(f"{path.name} is an empty archive", allowed=wanted)
        _judge(path, archive, entries)
        left = [entry.filename for entry in entries if entry.filename.lower().endswith(PICKLES)]
        for entry in entries:
            if entry.filename in left:
                continue
            target = folder.joinpath(*PurePosixPath(entry.filename).parts)
            make_folder(target.parent)
            with disk_errors(target, entry.file_size), archive.open(entry) as source, create(target) as sink:
                shutil.copyfileobj(source, sink, _CHUNK)  # reads no more than the entry says, and checks its sum
    inside = sorted(folder.iterdir())
    return (inside[0] if len(inside) == 1 and inside[0].is_dir() else folder), left


def _judge(path: Path, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive as a whole for any entry that is not a plain file of its own."""
    if len(entries) > ARCHIVE_FILES:
        raise DamagedFile(f"{path.name} holds {len(entries):,} files", allowed=f"at most {ARCHIVE_FILES:,}")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        parts = PurePosixPath(name).parts
        odd = "\\" in name or ":" in name or not name.isprintable() or name.startswith("/")
        if odd or not parts or any(part in ("..", ".") or len(part.encode()) > 255 for part in name.split("/")):
            raise DamagedFile(f"{path.name} would write outside its folder", got=name, next="Do not use it")
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise DamagedFile(f"{path.name} holds a link or a device", got=name, next="Do not use it")
        if entry.flag_bits & 0x1:
            raise DamagedFile(f"{path.name} is encrypted", got=name, next="Ask for one without a password")
        if name.casefold() in seen:
            raise DamagedFile(f"{path.name} holds a file twice", got=name, next="Do not use it")
        seen.add(name.casefold())
    whole = sum(entry.file_size for entry in entries)
    own = path.stat().st_size
    limit = min(ARCHIVE_SIZE, max(ARCHIVE_LEAST, ARCHIVE_SWELLS * own))
    if whole > limit:
        raise DamagedFile(
            f"{path.name} would unfold into {whole:,} bytes from {own:,}: a zip bomb?", allowed=f"up to {limit:,}"
        )


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and (parts[0] == _LITTER[0] or parts[-1] in _LITTER)


@contextmanager
def _reading(path: Path) -> Generator[zipfile.ZipFile]:
    """An open archive; whatever goes wrong while it is read becomes one clear line."""
    if not path.exists():
        raise InvalidArgument(f"there is no file {path}")
    try:
        check_list(path)
        with zipfile.ZipFile(path) as archive:
            yield archive
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except TrasluzError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DamagedFile(f"{path} is damaged, or not a zip ({reason})") from None
    except FileExistsError as error:
        raise DamagedFile(f"{path.name} holds a file and a folder of one name", got=str(error.filename)) from None
    except (NotADirectoryError, IsADirectoryError) as error:
        raise DamagedFile(f"{path.name} holds a file and a folder of one name", got=str(error.filename)) from None
