# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""The cache of decoded items: a folder that is whole or not there, keyed by what was asked, safe to delete.

    <key>/items.npy      (N, *shape) of the type that their kind keeps, opened memory-mapped
    <key>/rows.parquet   one row an item: id, source, split, content, label and factors
    <key>/about.json     version, identity, kind, counts, what was skipped and why, licence; checksums of the others

Items are written block by block as they are decoded, so that memory stays flat however many there are; and they are
checked block by block when they are first touched, so that nothing waits for items that it does not look at.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import pyarrow as pa

from trasluz.base.bounds import CACHE_NOTE
from trasluz.base.errors import DamagedFile, DataError, NameTaken, TrasluzError
from trasluz.io.arrays import reading_header
from trasluz.io.atomic import atomic_path, new_folder, read_json, remove_folder, write_sealed
from trasluz.io.meaning import cell_text
from trasluz.io.parquet import opened, write_parquet
from trasluz.io.plain import has_plain, reading

VERSION = 1
ITEMS, BEFORE = "items.npy", "pixels.npy"
"""The file of the items; what it was called while there were pictures alone."""
BYTES = "|u1"
"""The type of what lies in a cache that does not say."""
_HEADER = 128
"""Bytes kept for the header of items.npy, whose count is known only at the end."""
ROWS = "rows.parquet"
CHECKED = 256 << 10
"""Bytes of items, about, that have a checksum together: one item, where it is larger."""
_FIRST = ("id", "source", "split", "content", "label")
_KINDS: dict[type, pa.DataType] = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}

Blocks = Iterable[tuple[np.ndarray, Sequence[Mapping[str, Any]], Sequence[tuple[str, str]]]]
"""`(items (n, *shape), rows, skipped (id, reason))`, one after another."""


@dataclass(frozen=True)
class Cached:
    """An open cache folder."""

    items: np.ndarray
    """`(N, *shape)`, memory-mapped, as it lies there."""
    rows: pa.Table
    about: dict[str, Any]
    folder: Path

    def checked(self, mend: Callable[[str], Cached] | None = None) -> Items:
        """The items, each checked before it is given for the first time."""
        return Items(self, mend)

    @property
    def has_sums(self) -> bool:
        """Whether there are checksums of the items; there are none from before they were kept."""
        return isinstance(self.about.get("sums"), dict)


@final
class Items:
    """The items of an open cache, `(N, *shape)`, which are checked when they are first touched, some at a time.

    Args:
        mend: Makes the cache again where it is damaged, told what is wrong; it has to give the same items.
    """

    def __init__(self, cached: Cached, mend: Callable[[str], Cached] | None = None) -> None:
        self._mend, self._lock = mend, threading.RLock()
        self._take(cached)

    def _take(self, cached: Cached) -> None:
        sums: dict[str, Any] = cached.about["sums"] if cached.has_sums else {"items": 1, "crc32": []}
        self._cached, self._block, self._sums = cached, int(sums["items"]), sums["crc32"]
        self._left = np.ones(len(self._sums), bool)

    def __len__(self) -> int:
        return len(self._cached.items)

    @property
    def shape(self) -> tuple[int, ...]:
        return self._cached.items.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._cached.items.dtype

    def __getitem__(self, places: Any) -> np.ndarray:
        """Items, as an array gives them.

        Raises:
            DamagedFile: they are not what was written, and cannot be made again.
        """
        if self._left.any():
            rows = np.arange(len(self))[places] if isinstance(places, slice) else np.asarray(places) % max(1, len(self))
            touched = np.unique(np.ravel(rows) // self._block)
            for block in touched[self._left[touched]].tolist():
                self._check(block)
        return self._cached.items[places]

    def _check(self, block: int) -> None:
        with self._lock:
            start = block * self._block
            some = np.ascontiguousarray(self._cached.items[start : start + self._block])
            if zlib.crc32(some.data.cast("B")) == self._sums[block]:
                self._left[block] = False
                return
            what = f"items {start:,} to {start + len(some) - 1:,} are not what was written"
            if self._mend is None:
                raise _damaged(self._cached.folder, what)
            mend, self._mend = self._mend, None  # once: a disk that does not keep what it is given is no place for it
            self._take(mend(what))
            self._check(block)


@final
class _Sums:
    """Checksums of items that come in pieces of any length."""

    def __init__(self, size: int) -> None:
        self.items, self.found = max(1, CHECKED // max(1, size)), list[int]()
        self._size, self._now, self._have = size, 0, 0

    def add(self, data: memoryview, count: int) -> None:
        start = 0
        while start < count:
            take = min(self.items - self._have, count - start)
            self._now = zlib.crc32(data[start * self._size : (start + take) * self._size], self._now)
            self._have, start = self._have + take, start + take
            if self._have == self.items:
                self.end()

    def end(self) -> dict[str, Any]:
        if self._have:
            self.found.append(self._now)
            self._now, self._have = 0, 0
        return {"items": self.items, "crc32": self.found}


def cache_key(asked: Mapping[str, Any]) -> str:
    """The name of the folder for what was asked: source, argument, size, channels, fingerprint."""
    text = json.dumps({**asked, "version": VERSION}, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def build_cache(
    folder: Path,
    blocks: Blocks,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    total: int,
    about: Mapping[str, Any],
    step: Callable[[int], None],
    called: str = "items",
    with_parts: bool = False,
) -> None:
    """Decode everything into `folder`; where another process was faster, its folder stays.

    Args:
        shape: Of one item.
        dtype: What their kind keeps.
        total: How many are expected at most: decides the disk space asked for in an error.
        about: What to keep beside them (spec, licence, ...), as JSON values.
        step: Told of every item done or skipped.
        called: What a person calls them: "pictures".
        with_parts: Whether the part of each item, where it brings one, belongs to what the data are.

    Raises:
        DataError: not one item could be read.
        NoSpace: with the bytes needed.
    """
    with contextlib.suppress(NameTaken), new_folder(folder) as unfinished:
        hasher = hashlib.blake2b(digest_size=16)
        rows: list[dict[str, Any]] = []
        skipped: list[tuple[str, str]] = []
        sums = _Sums(int(np.prod(shape)) * dtype.itemsize)
        needed = _HEADER + total * int(np.prod(shape)) * dtype.itemsize
        with atomic_path(unfinished / ITEMS, needed=needed) as path, open(path, "wb") as handle:
            handle.write(b"\0" * _HEADER)
            for items, new, passed in blocks:
                block = np.ascontiguousarray(items)
                if block.dtype != dtype or block.shape != (len(new), *shape):
                    raise DataError(
                        "a source gave items of another form than it had announced",
                        got=f"{block.dtype} {block.shape} for {len(new)} rows",
                        allowed=f"{dtype} (n, {', '.join(map(str, shape))})",
                    )
                if block.size:
                    handle.write(block.data.cast("B"))
                    hasher.update(block.data.cast("B"))
                    sums.add(block.data.cast("B"), len(block))
                rows.extend(dict(row) for row in new)
                skipped.extend(passed)
                step(len(new) + len(passed))
            if not rows:
                raise DataError(_nothing(skipped, called))
            tied = _tie_copies(rows)
            handle.seek(0)
            handle.write(_npy_header(dtype, (len(rows), *shape)))
            handle.flush()
        table = _table(rows)
        hasher.update(json.dumps(table.drop_columns(["split", "content"]).to_pydict(), sort_keys=True).encode())
        if with_parts and table.column("split").null_count < len(table):
            hasher.update(json.dumps(table.column("split").to_pylist()).encode())
        if tied:  # copies that may have been on both sides before are on one: what is held out is another set
            hasher.update(b"copies tied")
        write_parquet(unfinished / ROWS, table, write_page_checksum=True)
        write_sealed(
            unfinished / "about.json",
            {
                **about,
                "version": VERSION,
                "key": folder.name,
                "identity": f"d-{hasher.hexdigest()}",
                "count": len(rows),
                "shape": list(shape),
                "dtype": dtype.str,
                "skipped": [list(entry) for entry in skipped],
                "copies": tied,
                "sums": sums.end(),
                "rows": _hash_of(unfinished / ROWS),
            },
        )


def _tie_copies(rows: list[dict[str, Any]]) -> int:
    """Give items of the same `look` the same `content`, by which the split is decided, and forget the look.

    Returns how many items are copies of another whose file was another.
    """
    least: dict[str, str] = {}
    for row in rows:
        look, content = row.get("look"), row.get("content")
        if look is not None and content is not None:
            least[look] = min(content, least.get(look, content))
    tied = 0
    for row in rows:
        look = row.pop("look", None)
        if look in least and row["content"] != least[look]:
            row["content"], tied = least[look], tied + 1
    return tied


def open_cache(folder: Path) -> Cached:
    """Open what `build_cache` made.

    Raises:
        DamagedFile: truncated, altered or incomplete; the folder is safe to delete.
        VersionMismatch: of another version; the folder is safe to delete.
    """
    about = read_json(
        folder / "about.json", "the note of a cache of items", limit=CACHE_NOTE, versions=VERSION,
        next="remove its folder, which is safe to delete",
    )  # fmt: skip
    if about.get("key", folder.name) != folder.name:
        raise _damaged(folder, f"it holds what belongs into {about['key']}")
    count, shape = about.get("count"), about.get("shape")
    if not isinstance(about.get("identity"), str) or not isinstance(about.get("skipped"), list):
        raise _damaged(folder, "about.json lacks what it should say")
    items, dtype = _open_items(folder), about.get("dtype", BYTES)
    if list(items.shape) != [count, *(shape if isinstance(shape, list) else [])] or items.dtype.str != dtype:
        raise _damaged(folder, f"it holds {items.dtype} {items.shape}, not {count} items of {dtype} {shape}")
    _check_sums(folder, about)
    rows = _read_rows(folder, about.get("rows"))
    if rows.num_rows != count or not {"id", "source", "split", "content"} <= set(rows.column_names):
        raise _damaged(folder, f"rows.parquet holds {rows.num_rows} rows, not {count}")
    return Cached(items, rows, about, folder)


def _check_sums(folder: Path, about: Mapping[str, Any]) -> None:
    """Refuse checksums that are none; there may be none at all, from before there were any."""
    sums = about.get("sums")
    if sums is None:
        return
    items, found = (sums.get("items"), sums.get("crc32")) if isinstance(sums, dict) else (None, None)
    if type(items) is not int or items < 1 or not isinstance(found, list) or len(found) != -(-about["count"] // items):
        raise _damaged(folder, "about.json lacks checksums of the items")


def drop_cache(folder: Path) -> None:
    """Delete a cache folder, also one that another process is deleting."""
    try:
        remove_folder(folder)
    except TrasluzError:
        if folder.exists():
            raise


def _open_items(folder: Path) -> np.ndarray:
    path = folder / (BEFORE if has_plain(folder, BEFORE) else ITEMS)
    try:
        with reading(path) as handle, reading_header:
            if np.lib.format.read_magic(handle) != (1, 0):
                raise ValueError("its header is of another version")
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(handle)
            if dtype.hasobject or fortran:
                raise ValueError("it holds no plain values")
            if os.fstat(handle.fileno()).st_size != handle.tell() + int(np.prod(shape, dtype=object)) * dtype.itemsize:
                raise ValueError("it is not as long as its header says")
            return np.memmap(handle, dtype, "r", handle.tell(), shape)
    except DamagedFile as error:
        raise _damaged(folder, error.what) from None
    except (OSError, ValueError, EOFError, SyntaxError, TypeError) as error:
        raise _damaged(folder, f"{path.name}: {error}") from None


def _hash_of(path: Path) -> str:
    h = hashlib.blake2b(digest_size=16)
    with reading(path) as handle:
        while data := handle.read(1 << 20):
            h.update(data)
    return h.hexdigest()


def _read_rows(folder: Path, hash: object) -> pa.Table:
    """The rows; `hash` is that of their file, None where it was not kept yet."""
    path = folder / ROWS
    try:
        if hash is not None and _hash_of(path) != hash:
            raise _damaged(folder, f"{ROWS} is not what was written")
        with opened(path, page_checksum_verification=True) as file:
            return file.read()
    except DamagedFile as error:
        raise _damaged(folder, error.what) from None
    except (OSError, pa.ArrowException) as error:
        raise _damaged(folder, f"{ROWS}: {error}") from None


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table: the fixed columns first, then factors in the order of their first appearance."""
    names = list(_FIRST) + list(dict.fromkeys(name for row in rows for name in row if name not in _FIRST))
    columns: dict[str, pa.Array] = {}
    for name in names:
        values = [row.get(name) for row in rows]
        if name == "label" and all(value is None for value in values):
            continue
        # A name is kept as it is on disk: ` a.png` and `a.png` are two files.
        columns[name] = pa.array(values, pa.string()) if name == "id" else _column(values, text=name in _FIRST)
    return pa.table(columns)


def _column(values: list[Any], *, text: bool) -> pa.Array:
    """One type a column: numbers stay numbers where all are; anything mixed becomes text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float} or (kinds == {int} and any(not -(2**63) <= v < 2**63 for v in values if v is not None)):
        kinds = {float}
    if kinds == {float} and any(abs(v) > sys.float_info.max for v in values if isinstance(v, int)):
        kinds = {str}
    kind = kinds.pop() if len(kinds) == 1 and not text else str
    target = _KINDS.get(kind, pa.string())
    if target == pa.float64():
        values = [None if value is None else float(value) for value in values]  # a whole number may be too large for it
    if target == pa.string():
        values = [None if value is None else cell_text(value) for value in values]
    return pa.array(values, type=target)


def _npy_header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """The header of an .npy file of version 1.0, padded to the bytes kept for it."""
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    start = b"\x93NUMPY\x01\x00" + (_HEADER - 10).to_bytes(2, "little")
    return start + text.ljust(_HEADER - 11) + b"\n"


def _nothing(skipped: Sequence[tuple[str, str]], called: str) -> str:
    if not skipped:
        return f"there are no {called}"
    first = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
    return f"none of {len(skipped)} {called} could be read ({first}{'; ...' if len(skipped) > 3 else ''})"


def _damaged(folder: Path, what: str) -> DamagedFile:
    if what.startswith("the cache of items"):
        return DamagedFile(what, next="It is safe to delete")
    return DamagedFile(f"the cache of items {folder} is damaged: {what}", next="It is safe to delete")
