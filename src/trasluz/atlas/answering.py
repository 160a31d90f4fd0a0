# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Where a condition is answered: here, or in a process apart that can be ended.

DuckDB looks whether it shall stop between vectors of 2,048 rows, and counts no memory of the texts that it makes. So a
condition is answered here where no vector can take long: its parts are counted, each by the characters that it may see
or make. Patterns with repetitions, and everything whose cost is not known, are answered apart.
"""

from __future__ import annotations

import json
import math
import struct
import threading
from abc import abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, final

import pyarrow as pa

from trasluz.base.bounds import CONDITION_APART, CONDITION_PROCESSES, CONDITION_STEP
from trasluz.base.errors import InvalidArgument
from trasluz.io.apart import Ended, Workers

VECTOR = 2048
"""Rows that DuckDB works on at once."""
PATTERN = 100
"""Characters of a regular expression that may be looked for here."""
_PATTERNS = {"regexp_matches", "regexp_full_match"}
_QUICK_TYPES = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIMESTAMP", "TIME",
    "BOOL", "INT", "LONG", "REAL", "NUMERIC", "TEXT", "STRING",
}  # fmt: skip
"""Types that a value may be turned into here, by DuckDB's names."""
_WRITTEN = 40
"""Characters of a number or a date as text."""
_NO_PARTS = ("literal", "type_expr")
_workers = Workers(Path(__file__).parent / "_apart.py", CONDITION_PROCESSES)


class TooMuch(InvalidArgument):
    """An answer that takes more memory than it may."""

    def __init__(self) -> None:
        super().__init__("the condition takes more memory than it may", next="Ask for less")


class Answers:
    """A table under the name `rows`, and queries about it."""

    @abstractmethod
    def ask(self, query: str) -> pa.Table:
        """What a query finds.

        Raises:
            InvalidArgument: it takes too long, or too much memory.
            duckdb.Error: it cannot be answered.
        """


@contextmanager
def answering(
    rows: pa.Table, expression: Any, config: Mapping[str, str], seconds: float, connection: Any
) -> Generator[Answers]:
    """Answers about rows, within so many seconds for all of them.

    Args:
        expression: The condition as DuckDB reads it, its columns by the names that they have in `rows`.
        connection: An open one of DuckDB's, to answer here.
    """
    if steps_of(expression, rows) <= CONDITION_STEP:
        connection.register("rows", rows)
        yield Here(connection, seconds)
        return
    words = json.dumps({**config, "threads": "1"}), str(CONDITION_APART)
    sent = pa.BufferOutputStream()
    with pa.ipc.new_stream(sent, rows.schema) as writer:
        writer.write_table(rows)
    table = memoryview(sent.getvalue())
    try:
        with _workers.one(*words) as worker, worker.within(seconds):
            until = monotonic() + seconds
            worker.ask(b"T", table)
            yield Apart(worker, until)
    except Ended as ended:
        if ended.late:
            raise _too_long(seconds) from None
        raise TooMuch from None


@final
class Here(Answers):
    """In this process, stopped between two vectors."""

    def __init__(self, connection: Any, seconds: float) -> None:
        self._connection, self._seconds, self._until = connection, seconds, monotonic() + seconds

    def ask(self, query: str) -> pa.Table:
        import duckdb

        done = threading.Event()
        stopper = threading.Thread(target=self._stop, args=(done,), daemon=True)
        stopper.start()
        try:
            return self._connection.sql(query).to_arrow_table()
        except duckdb.InterruptException:
            raise _too_long(self._seconds) from None
        except duckdb.OutOfMemoryException:
            raise TooMuch from None
        finally:
            done.set()
            stopper.join()

    def _stop(self, done: threading.Event) -> None:
        # Again and again: one that comes before a query has begun is forgotten.
        wait = max(0.0, self._until - monotonic())
        while not done.wait(wait):
            self._connection.interrupt()
            wait = 0.05


@final
class Apart(Answers):
    """In another process, which is ended where it does not answer."""

    def __init__(self, worker: Any, until: float) -> None:
        self._worker, self._until = worker, until

    def ask(self, query: str) -> pa.Table:
        import duckdb

        left = struct.pack("<d", max(0.1, self._until - monotonic()))
        answer = self._worker.ask(b"Q", left, query.encode())
        if answer[:1] == b"R":
            return pa.ipc.open_stream(answer[1:]).read_all()
        kind, said = json.loads(answer[1:])
        if kind == "memory":
            raise TooMuch
        raise duckdb.Error(said)


def _too_long(seconds: float) -> InvalidArgument:
    return InvalidArgument(f"the condition takes longer than {seconds:g} seconds", next="Ask for less")


def steps_of(expression: Any, rows: pa.Table) -> float:
    """How many characters DuckDB may have to look at, or make, for one vector of rows; infinite where that is not
    known."""
    longest = {name: _longest(rows.column(name)) for name in rows.column_names}
    total = 0.0

    def length_of(node: Any) -> float:
        """The most characters that a part of the condition may be: all that is in it together."""
        nonlocal total
        if isinstance(node, list):
            return sum(map(length_of, node))
        if not isinstance(node, dict):
            return 0.0
        inside = sum(length_of(part) for key, part in node.items() if key not in _NO_PARTS)
        kind = node.get("class")
        if kind == "COLUMN_REF":
            inside = longest.get(node["column_names"][-1], _WRITTEN)
        elif kind == "CONSTANT":
            inside = len(_constant(node))
        elif kind == "CAST":
            inside = max(inside, _WRITTEN) if _is_quick(node.get("type_expr")) else math.inf
        total += VECTOR * (inside + 1) * (_cost(node) if kind == "FUNCTION" else 1)
        return inside

    length_of(expression)
    return total


def _longest(column: pa.ChunkedArray) -> float:
    """Bytes of the longest text of a column."""
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return _WRITTEN
    return pc.max(pc.binary_length(column)).as_py() or 0


def _cost(node: Mapping[str, Any]) -> float:
    """What a function does at each character. Looking for a pattern takes as much as there are characters in it, where
    it repeats nothing so many times and names no class of letters, which stands for hundreds."""
    given = [one.get("expression", {}) for one in node.get("arguments", [])][1:]
    fixed = sum(len(_constant(part)) for part in given if part.get("class") == "CONSTANT")
    if str(node.get("function_name", "")).casefold() not in _PATTERNS:
        return 1 + fixed / 32
    pattern = "".join(map(_constant, given))
    is_plain = bool(given) and all(part.get("class") == "CONSTANT" for part in given)
    simple = len(pattern) <= PATTERN and not any(sign in pattern for sign in ("{", "\\p", "\\P", "(?"))
    return 1 + fixed if is_plain and simple else math.inf


def _constant(node: Mapping[str, Any]) -> str:
    return str((node.get("literal") or {}).get("text") or "")


def _is_quick(type_expr: Any) -> bool:
    """Whether a type takes no more room than its text."""
    return isinstance(type_expr, dict) and str(type_expr.get("type_name", "")).upper() in _QUICK_TYPES
