# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Conditions on the rows, answered by DuckDB over one table, with nothing else in reach.

A condition comes from a command line or a web page, so it is not trusted. It is parsed first, and only plain
expressions over the columns pass: comparisons, arithmetic, and the functions below. What passes runs in a
connection without access to files, network, extensions, settings or Python, within limits of memory and time
(`answering.py`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from trasluz.atlas.answering import Answers, answering
from trasluz.base.bounds import CONDITION_LENGTH, CONDITION_MEMORY, CONDITION_SECONDS
from trasluz.base.errors import InvalidArgument, UnknownName, nearest
from trasluz.spaces.column import FEW, text_of

_OURS = "\N{SYMBOL FOR UNIT SEPARATOR}c"
"""What the names that DuckDB sees begin with: nobody's constant looks like one of them."""
POSITION = f"{_OURS}_position"
VALUES = 5000
"""Of a column, that a misspelt one is compared with."""
SHOWN = 200
"""Characters of a value up to which it is shown as it is, and compared with a misspelt one."""
_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "temp_directory": "",
    "memory_limit": f"{CONDITION_MEMORY >> 20}MiB",
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
_SYNTAX = frozenset({
    "and", "or", "not", "in", "is", "null", "like", "ilike", "similar", "to", "escape", "between", "case", "when",
    "then", "else", "end", "true", "false", "cast", "as", "glob",
})  # fmt: skip
"""What stays a word of SQL where it stands without quotes, also where a column is called so."""
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/""", re.DOTALL)
"""What no name of a column is looked for in: texts, names in quotes, remarks."""
_PLAIN = re.compile(r"[^\W\d]\w*")
"""A name that needs no quotes."""
_EQUAL = {"COMPARE_EQUAL": True, "COMPARE_IN": True, "COMPARE_NOT_DISTINCT_FROM": True,
          "COMPARE_NOTEQUAL": False, "COMPARE_NOT_IN": False, "COMPARE_DISTINCT_FROM": False}  # fmt: skip
"""What asks for a value itself; whether it asks for rows that have it."""


class NoSuchValue(InvalidArgument):
    """A condition asks for a value that no row has."""


def matching(
    rows: pa.Table, condition: str, *, limit: int | None = None, seconds: float = CONDITION_SECONDS,
    asking: bool = False,
) -> np.ndarray:  # fmt: skip
    """Positions of the rows that `condition` holds for, in order, at most `limit`.

    Columns are named as they are, in double quotes or, where it is clear what is meant, without, and in any capitals
    that only one of them has. What counts as no value (`spaces/column.py`) is null: `age > 30` finds no row whose age
    is NaN.

    Args:
        seconds: How long the answer may take.
        asking: Whether a value that no row has is an error, which names the nearest one.

    Raises:
        InvalidArgument: not one plain condition on the columns, or one that takes too long or too much memory.
    """
    import duckdb

    if not condition.strip() or len(condition) > CONDITION_LENGTH or "\0" in condition:
        allowed = f"a condition has 1 to {CONDITION_LENGTH:,} characters"
        raise InvalidArgument(allowed, got=f"{len(condition):,}", next=_HINT)
    most = len(rows) if limit is None else max(0, limit)
    columns = list(rows.column_names)
    connection = duckdb.connect(":memory:", config=dict(_LOCKED))
    try:
        document = _read(connection, condition, columns)
        sql = _text(connection, document, len(columns))
        expression = _node(document)["where_clause"]
        with answering(_named(rows, expression), expression, _LOCKED, seconds, connection) as answers:
            found = answers.ask(f'{sql} ORDER BY "{POSITION}" LIMIT {most}').column(0).to_numpy()
            if asking:
                _check_values(connection, answers, document, columns)
        return found.astype(np.int64)
    except duckdb.Error as error:
        raise _refusal(str(error), columns) from None
    finally:
        connection.close()


def _named(rows: pa.Table, expression: Any) -> pa.Table:
    """The columns that a condition names, by our own names, and the positions of the rows."""
    named = {part["column_names"][0] for part in _expressions(expression) if part["class"] == "COLUMN_REF"}
    places = sorted(int(name.removeprefix(_OURS)) for name in named)
    asked = _without_missing(rows.select(places).rename_columns([_ours(i) for i in places]))
    return asked.append_column(POSITION, pa.array(np.arange(len(rows))))


def _ours(i: int) -> str:
    """What column i is called in DuckDB, which knows no capitals."""
    return f"{_OURS}{i}"


def _read(connection: Any, condition: str, columns: list[str]) -> dict[str, Any]:
    """A condition as a checked document, its columns by our own names. One that cannot be read, or names what is no
    column, is read again with names such as `my col` taken for columns where they stand without quotes."""
    try:
        return _checked(connection, condition, columns)
    except InvalidArgument:
        quoted = _with_quotes(condition, columns)
        if quoted == condition:
            raise
    return _checked(connection, quoted, columns)


def _checked(connection: Any, condition: str, columns: list[str]) -> dict[str, Any]:
    # A line of its own, so that a comment at its end cannot swallow the bracket.
    document = _parsed(connection, f'SELECT "{POSITION}" FROM rows WHERE (\n{condition}\n)', columns)
    for part in _check(_node(document)):
        part["column_names"] = [_ours(_place(part["column_names"], columns))]
    return document


def _text(connection: Any, document: dict[str, Any], count: int) -> str:
    """A checked document as SQL, which is read and checked once more as it will be run."""
    sql = str(connection.execute("SELECT json_deserialize_sql($1)", [json.dumps(document)]).fetchall()[0][0])
    known = {_ours(i) for i in range(count)}
    if any(set(part["column_names"]) - known for part in _check(_node(_parsed(connection, sql, [])))):
        raise InvalidArgument("the condition cannot be read", next=_HINT)
    return sql


def _place(path: list[str], columns: list[str]) -> int:
    """Which column is meant: the one of that very name, or the only one that differs in nothing but capitals.

    Raises:
        UnknownName: there is none.
        InvalidArgument: there are several.
    """
    said = ".".join(path)
    for form in (str, _composed, _folded):
        places = [i for i, name in enumerate(columns) if form(name) == form(said)]
        if len(places) == 1 and len(path) == 1:
            return places[0]
        if len(places) > 1:
            raise InvalidArgument(
                f"which column is {said}? Several differ only in capitals", got=said,
                allowed=[columns[i] for i in places], next="Write one of them exactly as it is spelled",
            )  # fmt: skip
    raise UnknownName("column", said, columns, next="Text goes in single quotes")


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return _composed(text).casefold()


def _with_quotes(condition: str, columns: list[str]) -> str:
    """A condition with double quotes about every name of a column that stands without, the longest names first."""
    names = sorted((name for name in columns if name.strip() and _folded(name) not in _SYNTAX), key=len, reverse=True)
    if not names:
        return condition
    each = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
    # A name that a bracket follows is a function.
    pattern = re.compile(rf"(?<![\w.])(?:{each})(?!\w|\s*\()", re.IGNORECASE)
    by_words = {" ".join(name.split()): name for name in reversed(names)}
    lower = {_folded(words): name for words, name in reversed(by_words.items())}

    def quoted(found: re.Match[str]) -> str:
        words = " ".join(found[0].split())
        name = by_words.get(words) or (words if words.isidentifier() else lower.get(_folded(words), words))
        return '"' + name.replace('"', '""') + '"'

    out, end = list[str](), 0
    for kept in _QUOTED.finditer(condition):
        out += [pattern.sub(quoted, condition[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*out, pattern.sub(quoted, condition[end:])])


def _check_values(connection: Any, answers: Answers, document: dict[str, Any], columns: list[str]) -> None:
    """Refuse a condition that asks for a value which no row has.

    Raises:
        NoSuchValue: with the nearest one.
    """
    for part in _expressions(_node(document)["where_clause"]):
        wants = _EQUAL.get(str(part.get("type")))
        if wants is None:
            continue
        sides: list[Any] = part["children"] if part["class"] == "OPERATOR" else [part["left"], part["right"]]
        constants = [side for side in sides if side["class"] == "CONSTANT"]
        others = [side for side in sides if side["class"] != "CONSTANT"]
        named = [one for one in _expressions(others) if one["class"] == "COLUMN_REF"]
        if len(others) != 1 or len({one["column_names"][0] for one in named}) != 1:
            continue
        for constant in constants:
            text = constant["literal"].get("text")
            is_text = constant["literal"].get("kind") == "STRING"
            if text in (None, "") or not (wants or is_text):  # `x <> 0` says what none may be
                continue
            equal = {**_COMPARED, "left": others[0], "right": constant}
            there = _text(connection, _asking(document, where_clause=equal), len(columns))
            if not len(answers.ask(f"{there} LIMIT 1")):
                column = columns[int(named[0]["column_names"][0].removeprefix(_OURS))]
                plainly = others[0]["class"] == "COLUMN_REF"
                raise _nowhere(connection, answers, document, others[0], column, str(text), is_text, plainly)


_COMPARED = {"class": "COMPARISON", "type": "COMPARE_EQUAL", "alias": "", "query_location": 0}


def _asking(document: dict[str, Any], **instead: Any) -> dict[str, Any]:
    """The same document about something else."""
    statement = document["statements"][0]
    return {**document, "statements": [{**statement, "node": {**statement["node"], **instead}}]}


def _nowhere(
    connection: Any, answers: Answers, document: dict[str, Any], asked: Any, column: str, value: str, is_text: bool,
    plainly: bool,
) -> NoSuchValue:  # fmt: skip
    """That no row has a value; with the nearest one, or those there are."""
    about = _asking(document, select_list=[asked], where_clause=None)
    sql = connection.execute("SELECT json_deserialize_sql($1)", [json.dumps(about)]).fetchall()[0][0]
    found = answers.ask(f"SELECT v FROM ({sql}) AS t(v) WHERE v IS NOT NULL GROUP BY v ORDER BY v LIMIT {VALUES}")
    there = found.column(0).to_pylist()
    numbers = [v for v in there if isinstance(v, (int, float)) and not isinstance(v, bool)]
    texts = list(map(text_of, there))
    close = nearest(value, [text for text in texts if len(text) <= SHOWN]) if len(value) <= SHOWN else None
    said = _short(repr(value) if is_text else value)
    if numbers and len(numbers) > FEW:
        allowed: Any = f"{text_of(min(numbers))} to {text_of(max(numbers))}" if len(there) < VALUES else None
    else:
        allowed = list(map(_short, texts)) or "no values: none of the rows has one"
    meant = "" if close is None or not is_text else f"Did you mean {close!r}?"
    asked_for = f"{column} {said}" if plainly else f"such a {column}: {said}"
    return NoSuchValue(f"no row has {asked_for}", allowed=allowed, next=meant or None)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


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


def _parsed(connection: Any, sql: str, columns: list[str]) -> dict[str, Any]:
    """A text of one statement, as a document."""
    found = connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchall()
    try:
        tree = json.loads(found[0][0])
    except (ValueError, RecursionError):
        raise InvalidArgument("the condition is nested too deeply", next=_HINT) from None
    if tree.get("error"):
        odd = next((name for name in columns if not _PLAIN.fullmatch(name)), None)
        hint = _HINT if odd is None else f"Names of columns go in double quotes, text in single ones: \"{odd}\" = '...'"
        raise InvalidArgument(f"the condition cannot be read: {_one_line(str(tree.get('error_message')))}", next=hint)
    statements = tree.get("statements", [])
    if len(statements) != 1:
        raise InvalidArgument("a condition is one expression", got=f"{len(statements)} statements", next=_HINT)
    return tree


def _node(document: dict[str, Any]) -> dict[str, Any]:
    return document["statements"][0].get("node", {})


def _check(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Refuse everything but `SELECT position FROM rows WHERE (plain expression)`; gives where columns are named."""
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
    named: list[dict[str, Any]] = []
    for part in _expressions(node["where_clause"]):
        kind = part["class"]
        if kind not in _CLASSES or part.get("type") == "SUBQUERY":
            raise InvalidArgument(f"a condition cannot hold a {kind.lower().replace('_', ' ')}", next=_HINT)
        if kind == "FUNCTION":
            _check_function(part)
        if kind == "COLUMN_REF":
            named.append(part)
    return named


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
    said = re.sub(rf'"?{_OURS}(\d+)"?', lambda found: columns[int(found[1])], _one_line(message))
    return InvalidArgument(f"the condition does not work: {said}", allowed=f"columns {', '.join(columns)}")


def _one_line(message: str) -> str:
    """The first sentence of an error, without the drawing of the place below it."""
    head = message.split("\n\n")[0].split("LINE 1")[0]
    return " ".join(head.split()).rstrip(".")[:240]
