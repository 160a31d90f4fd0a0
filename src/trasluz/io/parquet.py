# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false, reportUnknownVariableType=false
"""Tables as Parquet files."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from trasluz.io.atomic import atomic_path
from trasluz.io.plain import reading

if TYPE_CHECKING:
    import pyarrow.parquet as pq

END = b"PAR1"
"""What every Parquet file ends in."""


def write_parquet(path: Path, table: pa.Table, **options: Any) -> None:
    """Write a whole table, or leave what was there; compressed, and with what else Arrow's writer is told."""
    import pyarrow.parquet as pq

    # Opened by us: Arrow takes no path whose bytes are no text.
    with atomic_path(path, needed=table.nbytes) as temporary, open(temporary, "wb") as handle:
        pq.write_table(table, handle, compression="zstd", **options)


@contextmanager
def opened(path: Path, **options: Any) -> Generator[pq.ParquetFile]:
    """A Parquet file, out of memory that is Arrow's own.

    Arrow's threads let go of what they read from when they come to it. Were that Python's, they would want the
    interpreter for it, and one that comes to it while a short program ends takes the process with it ("terminate
    called without an active exception").
    """
    import pyarrow.parquet as pq

    with reading(path) as handle:  # by us: Arrow takes no path whose bytes are no text
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(0, size - len(END)))
        if handle.read() != END:  # before memory is taken for all of it
            raise pa.ArrowInvalid(f"{size:,} bytes without the end of a Parquet file")
        handle.seek(0)
        content: Any = pa.allocate_buffer(size)
        view, filled = memoryview(content).cast("B"), 0
        while data := handle.read(min(1 << 20, len(view) - filled)):
            view[filled : filled + len(data)] = data
            filled += len(data)
    with pq.ParquetFile(pa.BufferReader(content.slice(0, filled)), **options) as file:
        yield file
