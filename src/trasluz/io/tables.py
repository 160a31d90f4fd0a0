# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Tables of other people: CSV and Parquet, as columns of plain values."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from trasluz.base.errors import DataError, NoPermission

LIMIT = 256 << 20
"""Bytes of the largest table that is read."""
Value = str | float | int | bool | None
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
"""Whole numbers as a program would write them: 007 is a name, not a number."""
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")


def read_table(path: Path) -> dict[str, list[Value]]:
    """Columns by name. In a CSV, a column is numbers where every cell is one; an empty cell is no value.

    Raises:
        DataError: damaged, too large, or of unequal rows.
    """
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise DataError(f"{path} has {size:,} bytes", allowed=f"at most {LIMIT:,}")
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error


def _read_csv(path: Path) -> dict[str, list[Value]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        header = text.partition("\n")[0]
        delimiter = max(",;\t", key=header.count)
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if line]
    except UnicodeDecodeError:
        raise DataError(f"{path} is no text in UTF-8", next="Save it as UTF-8") from None
    except csv.Error as error:
        raise DataError(f"{path} is no CSV: {error}") from None
    if not lines:
        raise DataError(f"{path} is empty", allowed="a first line with the names of the columns")
    names = [name.strip() for name in lines[0]]
    if len(set(names)) != len(names) or "" in names:
        raise DataError(f"{path} has columns without a name of their own", got=", ".join(map(repr, names)))
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(names):
            raise DataError(f"{path}: row {number} has {len(line)} cells", allowed=f"{len(names)}, as the first line")
    return {name: _typed([line[i].strip() for line in lines[1:]]) for i, name in enumerate(names)}


def _typed(cells: list[str]) -> list[Value]:
    filled = [cell for cell in cells if cell]
    if filled and all(_WHOLE.fullmatch(cell) for cell in filled):
        return [int(cell) if cell else None for cell in cells]
    if filled and all(_DECIMAL.fullmatch(cell) for cell in filled):
        return [float(cell) if cell else None for cell in cells]
    return [cell or None for cell in cells]


def _read_parquet(path: Path) -> dict[str, list[Value]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} is damaged, or no Parquet file ({reason})") from None
    return {name: [_plain(v) for v in table.column(name).to_pylist()] for name in dict.fromkeys(table.column_names)}


def _plain(value: object) -> Value:
    return value if value is None or isinstance(value, str | float | int | bool) else str(value)
