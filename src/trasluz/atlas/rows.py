# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""The rows of an atlas: an Arrow table, as Parquet on disk with a checksum on every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from trasluz.base.errors import DamagedFile, IdentityMismatch, UnknownName
from trasluz.io.parquet import opened, write_parquet
from trasluz.spaces.column import Column
from trasluz.spaces.data import RESERVED, SPLITS

BOUND = b"trasluz"
POINT = "trasluz:point"
"""The column of what each row is as a POINT; no label of anybody's is called so."""


def write_rows(path: Path, rows: pa.Table, points: Sequence[str | None], data_identity: str) -> None:
    """Write rows and what each is as a POINT, bound to the data they tell of."""
    named = rows.append_column(POINT, pa.array(points, pa.string()))
    bound = named.replace_schema_metadata({BOUND: data_identity.encode()})
    write_parquet(path, bound, write_page_checksum=True)


def read_rows(path: Path, count: int, data_identity: str) -> tuple[pa.Table, list[str | None]]:
    """Read what `write_rows` wrote: the rows, and what each is as a POINT. In an atlas from before that was written,
    the n-th row of a split is its n-th item, as it is where data were encoded from the first one on."""
    table = read_parquet(path)
    found = (table.schema.metadata or {}).get(BOUND, b"").decode(errors="replace")
    if found != data_identity:
        raise IdentityMismatch(f"{path} holds rows of other data", got=found or "nothing said", allowed=data_identity)
    if len(table) != count or not set(RESERVED) <= set(table.column_names):
        raise DamagedFile(f"{path} does not hold the rows of this atlas", got=f"{len(table)} rows", allowed=count)
    table = table.replace_schema_metadata(None)
    if POINT in table.column_names:
        return table.drop_columns([POINT]), table.column(POINT).to_pylist()
    return table, _counted(table.column("split").to_pylist())


def _counted(splits: Sequence[str | None]) -> list[str | None]:
    counts = dict.fromkeys(SPLITS, 0)
    points: list[str | None] = []
    for split in splits:
        points.append(f"{split}:{counts[split]}" if split in counts else None)
        if split in counts:
            counts[split] += 1
    return points


def read_parquet(path: Path, most: int | None = None) -> pa.Table:
    """All of a Parquet file whose pages have checksums, of so many bytes unpacked at most.

    Raises:
        DamagedFile: missing, altered, or larger.
    """
    try:
        with opened(path, page_checksum_verification=True) as file:
            about = file.metadata
            unpacked = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            if most is not None and unpacked > most:
                raise DamagedFile(f"{path} is damaged: it is too large", got=unpacked, allowed=f"{most:,} bytes")
            return file.read()
    except DamagedFile as error:
        raise DamagedFile(error.what, got=error.got, allowed=error.allowed, next="Encode again") from None
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DamagedFile(f"{path} is damaged ({reason})", next="Encode again") from None


def values(rows: pa.Table, name: str) -> np.ndarray:
    """One column as an array: float64 where all values are numbers or truth values, objects elsewhere (None for no
    value)."""
    found = _plain(rows, name)
    numbers = all(isinstance(v, (int, float)) for v in found)
    return np.array(found, dtype=np.float64 if numbers else object)


def typed(rows: pa.Table, name: str) -> Column:
    """One column, and what it is."""
    return Column.of(name, _plain(rows, name))


def _plain(rows: pa.Table, name: str) -> list[Any]:
    if name not in rows.column_names:
        raise UnknownName("column", name, labels(rows.column_names))
    return rows.column(name).to_pylist()


def labels(names: Iterable[str]) -> list[str]:
    """The columns that are labels or factors."""
    return [name for name in names if name not in RESERVED]
