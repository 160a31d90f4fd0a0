# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""The cache of decoded items: a folder that is whole or not there, keyed by what was asked, safe to delete.

    <key>/items.npy      (N, *shape) of the type that their kind keeps, opened memory-mapped
    <key>/rows.parquet   one row an item: id, source, split, content, label and factors
    <key>/about.json     version, identity, kind, counts, what was skipped and why, licence

Items are written block by block as they are decoded, so that memory stays flat however many there are.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from trasluz.base.bounds import CACHE_NOTE
from trasluz.base.errors import DamagedFile, DataError, NameTaken, NoPermission, TrasluzError, VersionMismatch
from trasluz.io.arrays import reading_header
from trasluz.io.atomic import atomic_path, new_folder, read_json, remove_folder, write_json
from trasluz.io.parquet import opened, write_parquet
from trasluz.io.tables import cell_text

VERSION = 1
ITEMS, BEFORE = "items.npy", "pixels.npy"
"""The file of the items; what it was called while there were pictures alone."""
BYTES = "|u1"
"""The type of what lies in a cache that does not say."""
_HEADER = 128
"""Bytes kept for the header of items.npy, whose count is known only at the end."""
_FIRST = ("id", "source", "split", "content", "label")
_KINDS: dict[type, pa.DataType] = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}

Blocks = Iterable[tuple[np.ndarray, Sequence[Mapping[str, Any]], Sequence[tuple[str, str]]]]
"""`(items (n, *shape), rows, skipped (id, reason))`, one after another."""


@dataclass(frozen=True)
class Cached:
    """An open cache folder."""

    items: np.ndarray
    """`(N, *shape)`, memory-mapped."""
    rows: pa.Table
    about: dict[str, Any]


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
        write_parquet(unfinished / "rows.parquet", table)
        write_json(
            unfinished / "about.json",
            {
                **about,
                "version": VERSION,
                "identity": f"d-{hasher.hexdigest()}",
                "count": len(rows),
                "shape": list(shape),
                "dtype": dtype.str,
                "skipped": [list(entry) for entry in skipped],
                "copies": tied,
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
    about = read_json(folder / "about.json", "the note of a cache of items", limit=CACHE_NOTE)
    if about.get("version") != VERSION:
        raise VersionMismatch(
            f"the cache of items {folder} is of another version",
            got=about.get("version"),
            allowed=VERSION,
            next="It is safe to delete",
        )
    count, shape = about.get("count"), about.get("shape")
    if not isinstance(about.get("identity"), str) or not isinstance(about.get("skipped"), list):
        raise _damaged(folder, "about.json lacks what it should say")
    items, dtype = _open_items(folder), about.get("dtype", BYTES)
    if list(items.shape) != [count, *(shape if isinstance(shape, list) else [])] or items.dtype.str != dtype:
        raise _damaged(folder, f"it holds {items.dtype} {items.shape}, not {count} items of {dtype} {shape}")
    rows = _read_rows(folder)
    if rows.num_rows != count or not {"id", "source", "split", "content"} <= set(rows.column_names):
        raise _damaged(folder, f"rows.parquet holds {rows.num_rows} rows, not {count}")
    return Cached(items, rows, about)


def drop_cache(folder: Path) -> None:
    """Delete a cache folder, also one that another process is deleting."""
    try:
        remove_folder(folder)
    except TrasluzError:
        if folder.exists():
            raise


def _open_items(folder: Path) -> np.ndarray:
    path = folder / (BEFORE if (folder / BEFORE).is_file() else ITEMS)
    try:
        with reading_header:
            return np.load(path, mmap_mode="r", allow_pickle=False)
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise _damaged(folder, f"{path.name}: {error}") from None


def _read_rows(folder: Path) -> pa.Table:
    path = folder / "rows.parquet"
    try:
        with opened(path) as file:
            return file.read()
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except (OSError, pa.ArrowException) as error:
        raise _damaged(folder, f"rows.parquet: {error}") from None


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
    return DamagedFile(f"the cache of items {folder} is damaged: {what}", next="It is safe to delete")
