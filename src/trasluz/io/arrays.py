"""Arrays of other people: .npy, .npz and IDX files, judged by their headers and read piece by piece.

Nothing here unpickles: an array of Python objects is refused by its name. Sizes are checked against limits and
against the file before memory is asked for, and a compressed file is unpacked no further than its header promised.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
import sys
import threading
import tokenize
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from trasluz.base.bounds import (
    ARRAY_HEADER,
    ARRAY_MEMBERS,
    ARRAY_PIECE,
    ARRAY_STREAMED,
    TABLE_TEXT,
    check_memory,
)
from trasluz.base.errors import DamagedFile, DataError, NoPermission
from trasluz.io.zips import check_list

reading_header = threading.Lock()
"""Held while numpy reads a header: Python's own parser, which it asks, fails in several threads at once (gh-106905)."""
_Stream = IO[bytes] | io.BufferedIOBase
_UNREADABLE = (
    ValueError,
    EOFError,
    SyntaxError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    OSError,
    struct.error,
    zlib.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
)


@dataclass(frozen=True)
class ArrayHeader:
    """What a file says of one of its arrays, before the array is read."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def array_headers(path: Path, refused: dict[str, DataError] | None = None) -> dict[str, ArrayHeader]:
    """The arrays of an .npz by name, or the one of an .npy (named after nothing: `""`).

    Args:
        refused: Takes the arrays of an .npz that are not read (Python objects, records, column by column), with the
            reason; None to raise it.

    Raises:
        DataError: no such file, damaged, or an array holds Python objects.
    """
    with _reasons(path):
        if not zipfile.is_zipfile(path):
            with open(path, "rb") as handle:
                header = _header(handle, "", path)
                if path.stat().st_size != handle.tell() + header.nbytes:
                    raise DataError(f"{path} is damaged: its header promises {header.nbytes:,} bytes of array")
            return {"": header}
        found: dict[str, ArrayHeader] = {}
        _check_zip(path)
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            if len(members) > ARRAY_MEMBERS:
                raise DataError(f"{path} holds {len(members):,} arrays", allowed=f"at most {ARRAY_MEMBERS}")
            for info in members:
                name = info.filename.removesuffix(".npy")
                with archive.open(info) as handle:
                    try:
                        header = _header(handle, name, path)
                    except DataError as error:
                        if refused is None:
                            raise
                        refused[name] = error
                        continue
                    if info.file_size != handle.tell() + header.nbytes:
                        raise DataError(f"{path} is damaged: its array {name!r} is not as long as its header says")
                found[name] = header
    return found


def stream_array(path: Path, header: ArrayHeader, rows: int) -> Iterator[np.ndarray]:
    """An array in pieces of at most `rows` along its first axis, fewer of large ones; memory stays flat however long it
    is.

    Raises:
        DataError: damaged, too long, or one row of it takes more memory than is allowed.
    """
    if header.nbytes > ARRAY_STREAMED:
        raise DataError(
            f"{path}: the array {header.name!r} has {header.nbytes:,} bytes", allowed=f"at most {ARRAY_STREAMED:,}"
        )
    per_row = math.prod(header.shape[1:]) * header.dtype.itemsize
    # What zip unpacks grows, and is copied: there it is twice.
    check_memory(2 * per_row, f"one row of the array {header.name!r} of {path.name}")
    rows = max(1, min(rows, ARRAY_PIECE // max(1, per_row)))
    with _reasons(path), _member(path, header.name) as handle:
        _header(handle, header.name, path)
        for start in range(0, header.shape[0], rows):
            count = min(rows, header.shape[0] - start)
            data = handle.read(count * per_row)
            if len(data) != count * per_row:
                raise DataError(f"{path} is damaged: its array {header.name!r} ends too early")
            yield np.frombuffer(data, header.dtype).reshape(count, *header.shape[1:])


def read_array(path: Path, header: ArrayHeader) -> np.ndarray:
    """A small array in one piece.

    Raises:
        DataError: damaged, or it takes more memory than is allowed.
    """
    check_memory(header.nbytes, f"the array {header.name!r} of {path.name}")
    out = np.empty(header.shape, header.dtype)
    if header.shape and header.shape[0]:
        start = 0
        for piece in stream_array(path, header, header.shape[0]):
            out[start : start + len(piece)] = piece
            start += len(piece)
    return out


def read_values(path: Path, header: ArrayHeader) -> list[Any]:
    """A column of numbers, truth values or texts `(n,)` or `(n, 1)`, as values of Python. Memory follows the texts that
    stand in it, not the width that its type has.

    Raises:
        DataError: damaged, or it takes more memory than is allowed.
        LongText: it holds a text longer than is taken.
    """
    out: list[Any] = []
    check_memory(40 * header.shape[0], f"the array {header.name!r} of {path.name}")
    taken = 40 * header.shape[0]
    for piece in stream_array(path, header, header.shape[0]):
        flat = piece.reshape(len(piece))
        values: list[Any] = flat.tolist()
        if flat.dtype.kind == "S":
            values = [value.decode("utf-8", "replace") for value in values]
        if flat.dtype.kind in "US":
            longest = max(map(len, values))
            if longest > TABLE_TEXT:
                raise LongText(f"it holds texts of up to {longest:,} characters", allowed=f"at most {TABLE_TEXT:,}")
            taken += sum(map(sys.getsizeof, values))
            check_memory(taken, f"the array {header.name!r} of {path.name}")
        out += values
    return out


class LongText(DataError):
    """A text longer than is taken in a column."""


def _check_zip(path: Path) -> None:
    try:
        check_list(path)
    except DamagedFile as error:
        raise DataError(error.what, allowed=error.allowed) from None


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """An IDX file of unsigned bytes, plain or .gz, as LeCun's MNIST page defines it: a magic number that says type and
    number of dimensions, the dimensions as big-endian 32-bit numbers, the values.

    Raises:
        DataError: of another kind, damaged, or too large.
    """
    with _reasons(path), gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as handle:
        start = handle.read(4 + 4 * dimensions)
        if len(start) != 4 + 4 * dimensions or start[:4] != bytes((0, 0, 8, dimensions)):
            raise DataError(f"{path} is not an IDX file of unsigned bytes in {dimensions} dimensions")
        shape = struct.unpack(f">{dimensions}I", start[4:])
        size = math.prod(shape)
        check_memory(2 * size, f"{path.name}, which claims {size:,} values,")
        if path.suffix != ".gz" and path.stat().st_size != len(start) + size:
            raise DataError(f"{path} is damaged: its header promises {size:,} values, and it holds others")
        data = handle.read(size + 1)
        if len(data) != size:
            raise DataError(f"{path} is damaged: its header promises {size:,} values, and it holds others")
        return np.frombuffer(data, np.uint8).reshape(shape)


@contextmanager
def _reasons(path: Path) -> Generator[None]:
    """Whatever goes wrong while reading becomes one clear line."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path} is damaged, or not a file of arrays ({reason})") from None


@contextmanager
def _member(path: Path, name: str) -> Generator[_Stream]:
    if not name and not zipfile.is_zipfile(path):
        with open(path, "rb") as handle:
            yield handle
        return
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as handle:
        yield handle


def _header(handle: _Stream, name: str, path: Path) -> ArrayHeader:
    """Read and judge the header of an .npy stream, leaving it where the values begin."""
    version = np.lib.format.read_magic(handle)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version[0]}.{version[1]} of the .npy format")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with reading_header:
        shape, fortran, dtype = read(handle, max_header_size=ARRAY_HEADER)
    called = f"the array {name!r}" if name else "the array"
    if dtype.hasobject:
        raise DataError(
            f"{path}: {called} holds Python objects, which could run code when read",
            next="Save it again as numbers or text: array.astype(str)",
        )
    if dtype.kind not in "uifbUS" or dtype.fields is not None:
        raise DataError(f"{path}: {called} holds neither numbers nor text", got=str(dtype))
    if fortran and len(shape) > 1:
        raise DataError(
            f"{path}: {called} lies in memory column by column", next="Save np.ascontiguousarray(array) instead"
        )
    if any(length < 0 for length in shape):
        raise ValueError(f"a shape of {shape}")
    return ArrayHeader(name, tuple(int(length) for length in shape), dtype)
