# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""Tables as Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from trasluz.io.atomic import atomic_path


def write_parquet(path: Path, table: pa.Table, **options: Any) -> None:
    """Write a whole table, or leave what was there; compressed, and with what else Arrow's writer is told."""
    import pyarrow.parquet as pq

    # Opened by us: Arrow takes no path whose bytes are no text.
    with atomic_path(path, needed=table.nbytes) as temporary, open(temporary, "wb") as handle:
        pq.write_table(table, handle, compression="zstd", **options)
