"""Tables as Parquet files: what is read leaves nothing behind that could end a program in its last moment."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import trasluz
from trasluz.io.parquet import opened, write_parquet

PACKAGE = Path(trasluz.__file__).parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_parquet(tmp_path / "rows.parquet", pa.table({"id": ["a", "b", "c"], "age": [1, 2, 3]}))
    return tmp_path / "rows.parquet"


def test_a_table_is_read_from_memory_of_arrow_s_own(path: Path) -> None:
    gc.collect()
    before = pa.total_allocated_bytes()
    with opened(path) as file:
        assert pa.total_allocated_bytes() - before >= path.stat().st_size
        table = file.read()
    assert table.to_pydict() == {"id": ["a", "b", "c"], "age": [1, 2, 3]}


def test_a_file_of_nothing_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "empty.parquet").touch()
    with pytest.raises(pa.ArrowInvalid), opened(tmp_path / "empty.parquet"):
        pass


def test_a_file_that_is_cut_is_no_table(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(pa.ArrowInvalid), opened(path):
        pass


READING = """
import os, sys
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from trasluz.io.cells import parquet_columns
path = Path(sys.argv[1])
before = set(os.listdir("/proc/self/task"))
if sys.argv[2] == "ours":
    parquet_columns(path)
else:
    with open(path, "rb") as handle, pq.ParquetFile(handle, pre_buffer=True) as file:
        file.read()
print(len(set(os.listdir("/proc/self/task")) - before))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted by what Linux says of them")
def test_a_table_of_a_person_s_own_is_read_by_one_thread(path: Path) -> None:
    def threads(how: str) -> str:
        run = [sys.executable, "-c", READING, str(path), how]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()

    assert threads("ours") == "0" and threads("arrow") != "0"


def test_nobody_opens_one_otherwise() -> None:
    """Arrow's threads would hold what is Python's, and abort a short program as it ends."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(word in path.read_text("utf-8") for word in ("ParquetFile(", "pq.read_table(", "parquet.read_table("))
    }
    assert found == {"io/parquet.py", "io/cells.py"}
