# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Conditions on the rows, answered by DuckDB in process, over one table, with nothing else in reach.

A condition comes from a command line or a web page, so it is not trusted. It is parsed first, and only plain
expressions over the columns pass: comparisons, arithmetic, and the functions below. What passes runs in a
connection without access to files, network, extensions, settings or Python, within limits of memory and time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pyarrow as pa

from trasluz.base.errors import InvalidArgument, UnknownName

LENGTH = 2000
"""Characters of a condition."""
SECONDS = 5.0
"""How long an answer may take."""
MEMORY = "512MB"
POSITION = "\N{SYMBOL FOR UNIT SEPARATOR}position"
_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "temp_directory": "",
    "memory_limit": MEMORY,
    "threads": "2",
    "max_expression_depth": "100",
    "lock_configuration": "true",
}
_CLASSES = {
    "COLUMN_REF", "CONSTANT", "COMPARISON", "CONJUNCTION", "OPERATOR", "FUNCTION", "CAST", "BETWEEN", "CASE", "TYPE",
}  # fmt: skip
FUNCTIONS = (
    "abs", "ceil", "coalesce", "contains", "ends_with", "exp", "floor", "greatest", "least",
    "length", "ln", "log10", "log2", "lower", "nullif", "prefix", "regexp_matches", "round", "sign", "sqrt",
    "starts_with", "suffix", "trim", "upper",
)  # fmt: skip
"""What a condition may call."""
_OF_MISSING = ("isfinite", "isinf", "isnan")
"""What asks whether a number is there: where it is not, it is null."""
_OPERATORS = {
    "+", "-", "*", "/", "//", "%", "^", "**", "||", "^@", "~~", "!~~", "~~*", "!~~*", "like_escape", "not_like_escape",
    "ilike_escape", "not_ilike_escape", "regexp_full_match", "list_value", "row",
}  # fmt: skip
_PLAIN_NODE = ("group_expressions", "group_sets", "having", "sample", "qualify", "modifiers")
_HINT = "Write for example: label = 'cat' and size > 0.5 (text in single quotes)"


def matching(rows: pa.Table, condition: str, *, limit: int | None = None, seconds: float = SECONDS) -> np.ndarray:
    """Positions of the rows that `condition` holds for, in order, at most `limit`.

    What counts as no value (`spaces/column.py`) is null: `age > 30` finds no row whose age is NaN.

    Raises:
        InvalidArgument: not one plain condition on the columns, or one that takes too long.
    """
    import duckdb

    if not condition.strip() or len(condition) > LENGTH or "\0" in condition:
        raise InvalidArgument("a condition has 1 to 2,000 characters", got=f"{len(condition):,}", next=_HINT)
    most = len(rows) if limit is None else max(0, limit)
    asked = _without_missing(rows).append_column(POSITION, pa.array(np.arange(len(rows))))
    columns = list(rows.column_names)
    connection = duckdb.connect(":memory:", config=dict(_LOCKED))
    timer = threading.Timer(seconds, connection.interrupt)
    try:
        timer.start()
        # A line of its own, so that a comment at its end cannot swallow the bracket.
        sql = f'SELECT "{POSITION}" FROM rows WHERE (\n{condition}\n)'
        _check(_parsed(connection, sql), columns)
        connection.register("rows", asked)
        query = connection.execute(f'{sql} ORDER BY "{POSITION}" LIMIT {most}')
        return np.array([position for (position,) in query.fetchall()], dtype=np.int64)
    except duckdb.InterruptException:
        raise InvalidArgument(f"the condition takes longer than {seconds:g} seconds", next="Ask for less") from None
    except duckdb.Error as error:
        raise _refusal(str(error), columns) from None
    finally:
        timer.cancel()
        connection.close()


def _without_missing(rows: pa.Table) -> pa.Table:
    """The same with null for every value that is missing."""
    import pyarrow.compute

    pc: Any = pyarrow.compute
    for i, field in enumerate(rows.schema):
        there = None
        if pa.types.is_floating(field.type):
            there = pc.is_finite(rows.column(i))
        elif pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            blank = pc.or_(pc.utf8_is_space(rows.column(i)), pc.equal(rows.column(i), ""))
            there = pc.invert(blank)
        if there is not None and not pc.all(there, skip_nulls=True).as_py():
            kept = pc.if_else(there, rows.column(i), pa.scalar(None, field.type))
            rows = rows.set_column(i, field.with_nullable(True), kept)
    return rows


def _parsed(connection: Any, sql: str) -> dict[str, Any]:
    """The one statement that a text holds, as a tree."""
    found = connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchall()
    try:
        tree = json.loads(found[0][0])
    except (ValueError, RecursionError):
        raise InvalidArgument("the condition is nested too deeply", next=_HINT) from None
    if tree.get("error"):
        raise InvalidArgument(f"the condition cannot be read: {_one_line(str(tree.get('error_message')))}", next=_HINT)
    statements = tree.get("statements", [])
    if len(statements) != 1:
        raise InvalidArgument("a condition is one expression", got=f"{len(statements)} statements", next=_HINT)
    return statements[0].get("node", {})


def _check(node: dict[str, Any], columns: list[str]) -> None:
    """Refuse everything but `SELECT position FROM rows WHERE (plain expression)`."""
    table = node.get("from_table") or {}
    plain = (
        node.get("type") == "SELECT_NODE"
        and table.get("type") == "BASE_TABLE"
        and table.get("table_name") == "rows"
        and not any(node.get(key) for key in _PLAIN_NODE)
        and not (node.get("cte_map") or {}).get("map")
        and len(node.get("select_list", [])) == 1
        and node.get("where_clause")
    )
    if not plain:
        raise InvalidArgument("a condition is one expression about the columns", next=_HINT)
    known = {name.casefold() for name in columns}
    for part in _expressions(node["where_clause"]):
        kind = part["class"]
        if kind not in _CLASSES or part.get("type") == "SUBQUERY":
            raise InvalidArgument(f"a condition cannot hold a {kind.lower().replace('_', ' ')}", next=_HINT)
        if kind == "FUNCTION":
            _check_function(part)
        if kind == "COLUMN_REF":
            path = cast("list[str]", part.get("column_names", []))
            if len(path) != 1 or path[0].casefold() not in known:
                raise UnknownName("column", ".".join(path), columns, next="Text goes in single quotes")


def _check_function(part: dict[str, Any]) -> None:
    name = str(part.get("function_name", "")).casefold()
    if name not in (*_OPERATORS, *FUNCTIONS) or part.get("schema") or part.get("catalog") or part.get("filter"):
        hint = "A value that is missing is null: size IS NULL" if name in _OF_MISSING else ""
        raise InvalidArgument("a condition cannot call this function", got=name, allowed=FUNCTIONS, next=hint)


def _expressions(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a tree that has a class, wherever it hangs."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if "class" in node:
                yield node
            elif "from_table" in node:
                yield {"class": "SUBQUERY"}
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)


def _refusal(message: str, columns: list[str]) -> InvalidArgument:
    return InvalidArgument(
        f"the condition does not work: {_one_line(message)}", allowed=f"columns {', '.join(columns)}"
    )


def _one_line(message: str) -> str:
    """The first sentence of an error, without the drawing of the place below it."""
    head = message.split("\n\n")[0].split("LINE 1")[0]
    return " ".join(head.split()).rstrip(".")[:240]
