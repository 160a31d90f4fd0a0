"""What the cells of a table mean: numbers, truth values or text; and a word where somebody may have meant more."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal

from trasluz.base.text import first_texts

Value = str | float | int | bool | None
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
"""Whole numbers as a program would write them: 007 is a name, not a number."""
_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_ZEROS = re.compile(r"-?0[0-9]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.ASCII)
_OTHER_DATE = re.compile(r"(\d{1,2}[./-]\d{1,2}[./-](\d{2}|\d{4})|\d{4}[./]\d{1,2}[./]\d{1,2})([T ].*)?", re.ASCII)
_MARKED = re.compile(r"([$€£¥]?) ?[-+]?[0-9]+([.,' ][0-9]+)* ?([%‰°$€£¥]|[A-Za-zµ°]{0,3})")
"""A number with a sign of money, a unit or a mark between its digits: `$1,200`, `45 %`, `12 cm`."""
_NONE = {"", "na", "n/a", "nan", "null", "none", "<na>", "#n/a", "-nan"}
"""What stands in a column of numbers where there is no number, in small letters."""
_TRUTH = {"true": True, "false": False}
MOSTLY = 0.5
"""Share of a column's cells that are numbers, beyond which a column that is text after all is worth a word."""


def typed(name: str, cells: list[str], notes: list[str], comma: bool) -> list[Value]:
    """Numbers where every cell that is not empty is one, or says that there is none; truth values; else text. Nothing,
    where no cell says anything."""
    kinds = Counter(map(_kind, cells))
    there = len(cells) - kinds["none"]
    if not there:
        return [None] * len(cells)
    if kinds["number"] == there:
        return _numbers([None if cell.lower() in _NONE else cell for cell in cells])
    if comma and all(_COMMA.fullmatch(cell) or _kind(cell) in ("number", "none") for cell in cells):
        notes.append(f"The commas of the column {name} are read as decimal ones.")
        return _numbers([None if cell.lower() in _NONE else cell.replace(",", ".") for cell in cells])
    filled = [cell for cell in cells if cell]
    if filled and all(cell.lower() in _TRUTH for cell in filled):
        return [_TRUTH.get(cell.lower()) for cell in cells]
    notes += why_text(name, cells)
    return [cell or None for cell in cells]


def why_text(name: str, cells: Sequence[Value], *, has_types: bool = False) -> list[str]:
    """A word on a column of text that somebody may have taken for numbers, or for dates; of cells that had types of
    their own, for dates alone: they are text because they were given as text."""
    filled = [str(cell) for cell in cells if not says_nothing(cell)]
    is_number = [not has_types and _kind(cell) == "number" for cell in filled]
    is_date = [_DATE.fullmatch(cell) is not None for cell in filled]
    for hits, one, many in (
        (is_number, "is not a number", "are not numbers"),
        (is_date, "is not a date such as 2024-05-31", "are not dates such as 2024-05-31"),
    ):
        odd = len(hits) - sum(hits)
        if odd and odd < (1 - MOSTLY) * len(hits):
            others = list(dict.fromkeys(cell for cell, hit in zip(filled, hits, strict=True) if not hit))
            not_one = f"{odd:,} of {len(hits):,} cells {one if odd == 1 else many}"
            return [f"The column {name} is text, since {not_one} ({first_texts(others)})."]
    if not filled or all(is_date):
        return []
    some = first_texts(dict.fromkeys(filled))
    if all(date or _OTHER_DATE.fullmatch(cell) for cell, date in zip(filled, is_date, strict=True)):
        return [f"The column {name} is text, since its dates are not written as 2024-05-31 is ({some})."]
    marks = [] if has_types else [_MARKED.fullmatch(cell) for cell in filled]
    if (
        marks
        and all(mark and any(mark.groups()) for mark in marks)
        and len({mark.group(1, 3) for mark in marks if mark}) == 1
    ):
        return [f"The column {name} is text, since its numbers have other signs with them ({some})."]
    return []


def _kind(cell: str) -> str:
    if cell.lower() in _NONE:
        return "none"
    return "number" if _DECIMAL.fullmatch(cell) and not _ZEROS.match(cell) and _is_finite(cell) else "text"


def _is_finite(cell: str) -> bool:
    return math.isfinite(float(cell))


def _numbers(cells: Sequence[str | None]) -> list[Value]:
    if all(cell is None or _WHOLE.fullmatch(cell) for cell in cells):
        return [None if cell is None else int(cell) for cell in cells]
    return settled([None if cell is None else float(cell) for cell in cells])


def settled(values: Sequence[Value]) -> list[Value]:
    """The values of one column; where there are numbers alone, no number is None, and whole ones are whole."""
    there = [value for value in values if not _is_gone(value)]
    if not there or not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in there):
        return list(values)
    whole = all(float(value).is_integer() and abs(value) < 2**53 for value in there if isinstance(value, float))
    kept: list[Value] = [None if _is_gone(value) else value for value in values]
    return [int(value) if isinstance(value, float) else value for value in kept] if whole else kept


def _is_gone(value: Value) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def plain(value: object) -> Value:
    """A value of JSON or Parquet as one of ours."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:  # half of a character pair, as JSON may write it, is no text
            return value.encode("utf-8", "replace").decode()
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value if value is None or isinstance(value, float | int | bool) else str(value)


def says_nothing(value: object) -> bool:
    """Whether a cell stands for none: empty, `NaN`, `NA`, `None`, ..."""
    return value is None or str(value).strip().lower() in _NONE


def cell_text(value: Value) -> str:
    """A value as a person would write it: whole numbers without a point, nothing for none."""
    if _is_gone(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
