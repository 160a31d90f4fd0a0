"""What the command line prints: one JSON document, or text for people.

Text from data, labels and file names reaches the terminal only through `safe`, and Rich's markup is off, so
that nothing in a data set can colour, clear or rewrite somebody's screen.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from numbers import Integral, Real
from os import PathLike, fspath
from typing import IO, Any

from trasluz.base.text import safe
from trasluz.lab.calls.watching import console


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows on standard output. Numbers stand to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    data = [list(row) for row in rows]
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, column in enumerate(columns):
        numbers = bool(data) and all(isinstance(row[i], (int, float)) or row[i] is None for row in data)
        made.add_column(Text(column), justify="right" if numbers else "left", overflow="fold")
    for row in data:
        made.add_row(*(Text(cell(value)) for value in row))
    console().print(made)


def records(found: Sequence[Mapping[str, object]]) -> None:
    """Dictionaries of the same keys, as a table."""
    columns = list(dict.fromkeys(name for record in found for name in record))
    table(columns, [[record.get(c) for c in columns] for record in found])


def outline(values: Mapping[str, object], indent: int = 0) -> None:
    """Names and values on standard output, one a line, groups below their name; long text as it is written."""
    pad = "  " * indent
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            console().print(f"{pad}{safe(name)}", soft_wrap=True)
            outline({str(k): v for k, v in value.items()}, indent + 1)
        elif isinstance(value, str) and "\n" in value:
            console().print(f"{pad}{safe(name)}", soft_wrap=True)
            for text in value.strip().splitlines():
                console().print(f"{pad}  {safe(text)}", soft_wrap=True)
        else:
            console().print(f"{pad}{safe(name)}: {cell(value)}", soft_wrap=True)


def line(text: object) -> None:
    """One line on standard output."""
    console().print(safe(text), soft_wrap=True)


def cell(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    if isinstance(value, Real):
        return f"{float(value):.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{safe(name)}={cell(inner)}" for name, inner in value.items()) or "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(inner) for inner in value) or "-"
    return safe(value)


def document(value: Mapping[str, Any], stream: IO[str] | None = None) -> None:
    """One JSON document, in ASCII, so that any terminal and any reader takes it."""
    (stream or sys.stdout).write(json.dumps(plain(value), indent=2, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """As JSON has it: paths as text, numbers of any library as numbers, NaN and infinities as null."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Iterable):
        return [plain(inner) for inner in value]
    return str(value)
