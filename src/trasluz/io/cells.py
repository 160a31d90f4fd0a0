# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What tables of other people take while they are read: counted as it grows, or told from their bytes before."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from trasluz.base.bounds import TABLE_COLUMNS, check_memory
from trasluz.base.errors import DataError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

CELL = 48
"""Bytes of a cell besides its text: its place in a row and in two columns, and a number."""
_ROW = 150
_KNOWN = 100_000
"""Different texts that are kept once each; what has more has a text of its own in every row."""
_SHORT = 64
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
BATCH = 1024
"""Rows of a Parquet file that are read at once."""


@final
class Room:
    """What the cells of one table take, and their texts, each kept once."""

    def __init__(self, path: Path, taken: int = 0) -> None:
        self._name, self._taken, self._known = path.name, taken, dict[str, str]()
        self._checked = 0

    def take(self, size: int) -> None:
        """Count so many bytes more.

        Raises:
            DataError: it is more than is allowed.
        """
        self._taken += size
        if self._taken > self._checked + (1 << 20):
            self._checked = self._taken
            check_memory(self._taken, f"the table {self._name}", whole=False)

    def row(self, cells: list[str]) -> list[str]:
        """A row of texts, which are without the blanks around them, and kept once.

        Raises:
            DataError: the table takes more memory than is allowed, or has too many columns.
        """
        self.grid(len(cells), 1)
        return [self.text(cell.strip()) for cell in cells]

    def grid(self, columns: int, rows: int) -> None:
        """Count so many cells, without their texts.

        Raises:
            DataError: the table takes more memory than is allowed, or has too many columns.
        """
        if columns > TABLE_COLUMNS:
            raise DataError(f"{self._name} has {columns:,} columns", allowed=f"up to {TABLE_COLUMNS:,}")
        self.take((_ROW + CELL * columns) * rows)

    def text(self, text: str) -> str:
        """A text, or the same one that came before."""
        known = self._known.get(text)
        if known is not None:
            return known
        self.take(sys.getsizeof(text))
        if len(text) <= _SHORT and len(self._known) < _KNOWN:
            self._known[text] = text
            self.take(100)
        return text


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text with what ends them, one by one."""
    return (found[0] for found in _LINE.finditer(text))


def check_text(data: bytes, what: str) -> int:
    """Refuse bytes that take more memory than is allowed once they are text: one letter beyond the usual makes every
    letter four bytes.

    Returns:
        Bytes that they take as text.
    """
    import numpy as np

    highest = 0 if data.isascii() else int(np.frombuffer(data, np.uint8).max())
    size = len(data) * (4 if highest >= 0xF0 else 2 if highest >= 0xC4 else 1)
    check_memory(len(data) + size, what)
    return size


def check_json(data: bytes | str, what: str) -> None:
    """Refuse JSON whose values take more memory than is allowed: two bytes of it can be sixty in memory.

    Raises:
        DataError: with the bytes needed and the bytes allowed.
    """
    if len(data) < 1 << 20:
        return
    if isinstance(data, bytes):
        size = check_text(data, what)
        counts = [data.count(sign) for sign in (b"{", b"[", b",", b'"')]
    else:
        size = sys.getsizeof(data)
        counts = [data.count(sign) for sign in ("{", "[", ",", '"')]
    records, lists, values, quotes = counts
    check_memory(len(data) + size + 240 * records + 64 * lists + 60 * values + 30 * quotes, what)


def parquet_columns(path: Path) -> tuple[list[str], dict[str, list[Any]]]:
    """The names of a Parquet file's columns, and the columns, batch by batch; of nested ones and of bytes, which are
    not kept, no more than the first value.

    Raises:
        DataError: damaged, or they take more memory than is allowed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with open(path, "rb") as handle:
            texts = [one.name for one in pq.read_schema(handle) if _is_text(one.type)]
            # By this thread alone: Arrow's own ones would hold the handle's bytes (`io/parquet.py`).
            with pq.ParquetFile(handle, read_dictionary=texts, pre_buffer=False) as file:
                return file.schema_arrow.names, _columns_of(path, file, Room(path))
    except (FileNotFoundError, PermissionError):
        raise
    except (pa.ArrowException, OSError, MemoryError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} is damaged, or not a Parquet file ({reason})") from None


def _columns_of(path: Path, file: pq.ParquetFile, room: Room) -> dict[str, list[Any]]:
    import pyarrow as pa

    about = file.metadata
    check_memory(CELL * about.num_rows * max(1, len(file.schema_arrow)), f"the table {path.name}")
    pages = [0] * about.num_columns
    for i in range(about.num_row_groups):
        for k in range(about.num_columns):
            pages[k] = max(pages[k], about.row_group(i).column(k).total_uncompressed_size)
    check_memory(2 * max(pages, default=0), f"a column of the table {path.name}")
    columns: dict[str, list[Any]] = {}
    for field in file.schema_arrow:
        mine = columns[field.name] = []
        for batch in file.iter_batches(batch_size=BATCH, columns=[field.name], use_threads=False):
            values = batch.column(0)
            room.take(CELL * len(values))
            if pa.types.is_dictionary(values.type):
                known = [room.text(v) if isinstance(v, str) else v for v in values.dictionary.to_pylist()]
                mine += [None if k is None else known[k] for k in values.indices.to_pylist()]
            elif pa.types.is_nested(values.type) or _is_bytes(values.type):
                there = values.drop_null()
                mine += there[:1].to_pylist() if len(there) else [None] * len(values)
                if len(there):
                    break
            else:
                mine += values.to_pylist()
    return columns


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_bytes(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
