"""What a column of labels or factors is, decided in one place, from its values alone.

No value is None, NaN, an infinite number, or text of nothing but blanks. Of what is left:

| values | kind |
|---|---|
| truth values | category, `False` before `True`; their numbers are 0 and 1 |
| numbers, whole ones all, of `FEW` different values at most | order |
| other numbers | quantity |
| dates as ISO 8601 writes them, `2024-05-01` or `2024-05-01T12:30:00Z` | date |
| other text, also numbers that are written as text, of few different values | category |
| text of more than `MOST` different values; or of more than `FEW`, and most of the rows have one of their own | text |
| values of several types | category or text, as the text of each one; `mixed` says so |
| none at all | category, of no values |

Whole numbers are whole whatever holds them: 3 and 3.0 are one value, and -0.0 is 0.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, cast, final

import numpy as np

from trasluz.base.errors import UnknownName

Kind = Literal["category", "order", "quantity", "date", "text"]
COMPARED = 5000
"""Values that a misspelt one is compared with."""
FEW = 24
"""Different whole numbers up to which they are steps of an order, rather than a quantity; and different texts up to
which they are a category even where every row has its own."""
MOST = 1000
"""Different texts of a category, at most."""
OWN = 0.5
"""Different texts for each row that has one, beyond which most rows have a text of their own."""
EXACT = 2.0**53
"""Whole numbers below which a float is the number itself."""
DAY = 86_400.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_TRUTH = {"0": "False", "1": "True", "false": "False", "true": "True"}


@final
@dataclass(frozen=True, eq=False)
class Column:
    """One label or factor of n rows, and what it is."""

    name: str
    kind: Kind
    values: tuple[str, ...]
    """The different values as text, in order: numbers and dates as such, text with numbers before words."""
    codes: np.ndarray
    """`(n,)` int64: of each row the place of its value in `values`, -1 for none."""
    numbers: np.ndarray | None = None
    """`(n,)` float64, NaN for none: of an order, a quantity and truth values; of a date days since 1970 (UTC)."""
    mixed: bool = False
    """Whether its values are of several types, and were read as text."""

    @classmethod
    def of(cls, name: str, values: Iterable[object]) -> Column:
        """What values are, by the table above.

        >>> Column.of("age", [3, float("nan"), 5.5]).kind
        'quantity'
        >>> Column.of("stars", [3, None, 5]).values
        ('3', '5')
        """
        raw: list[object] = values.tolist() if isinstance(values, np.ndarray) else list(values)
        of_one_type = _of_one_type(name, raw)
        if of_one_type is not None:
            return of_one_type
        given = [_plain(value) for value in raw]
        known = [value for value in given if value is not None]
        types = {_type(value) for value in known}
        if len(types) > 1:
            made = _named(name, [None if value is None else text_of(value) for value in given])
            return replace(made, mixed=True)
        if types == {"number"}:
            return _numbered(name, given, known)
        if types == {"truth"}:
            numbers = np.array([math.nan if value is None else float(cast(bool, value)) for value in given])
            return _ordered(name, "category", given, numbers)
        days = {value: _days(value) for value in dict.fromkeys(known)}
        if known and None not in days.values():
            return _ordered(name, "date", given, np.array([days.get(value, math.nan) for value in given]))
        return _named(name, [None if value is None else text_of(value) for value in given])

    @classmethod
    def quantity(cls, name: str, numbers: np.ndarray) -> Column:
        """Numbers `(n,)` that are known to be a quantity, however few there are; not finite ones are none."""
        finite = np.where(np.isfinite(numbers), numbers.astype(np.float64), np.nan)
        return _ordered(name, "quantity", [None if math.isnan(v) else v for v in finite.tolist()], finite)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def distinct(self) -> int:
        """How many different values it has."""
        return len(self.values)

    @property
    def has_names(self) -> bool:
        """Whether each of its values means something by itself: a category, or steps of an order."""
        return self.kind in ("category", "order")

    @property
    def is_scale(self) -> bool:
        """Whether it is measured along a scale: a quantity, or a date."""
        return self.kind in ("quantity", "date")

    @cached_property
    def missing(self) -> np.ndarray:
        """`(n,)` bool: which rows have no value."""
        return self.codes < 0

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many rows have each of `values`."""
        return tuple(np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)).tolist())

    @property
    def span(self) -> tuple[float, float] | None:
        """The lowest and the highest of its numbers; None where it has none."""
        if self.numbers is None or bool(self.missing.all()):
            return None
        return float(np.nanmin(self.numbers)), float(np.nanmax(self.numbers))

    @property
    def texts(self) -> list[str | None]:
        """The value of each row as text."""
        return [None if code < 0 else self.values[code] for code in self.codes.tolist()]

    def frequent(self, most: int) -> dict[str, int]:
        """The most frequent values and how many rows have each; of equals the one that comes first."""
        return dict(Counter(text for text in self.texts if text is not None).most_common(most))

    def place(self, text: str) -> int:
        """The place of a value in `values`. Truth values may be written as 0 and 1, or in small letters.

        Raises:
            UnknownName: no row has it; names those there are.
        """
        wanted = text.strip()
        if wanted not in self.values and self.kind == "category" and self.numbers is not None:
            wanted = _TRUTH.get(wanted.casefold(), wanted)
        if wanted not in self.values:
            raise UnknownName(f"value of {self.name}", text, self.values[:COMPARED])
        return self.values.index(wanted)

    def has(self, place: int) -> np.ndarray:
        """`(n,)` float64: 1 for the rows with a value, 0 for those with another, NaN for those with none."""
        return np.where(self.missing, np.nan, (self.codes == place).astype(np.float64))

    def as_part(self, kind: Kind) -> Column:
        """The same as a part of a column of that kind: the few whole numbers of some rows are a quantity where those
        of all rows are. Numbers, dates and text stay apart; what has become another type is left as it is."""
        one_scale = {"order", "quantity"}
        one_text = {"category", "text"}
        if {self.kind, kind} <= one_scale or ({self.kind, kind} <= one_text and self.numbers is None):
            return replace(self, kind=kind)
        return self

    def take(self, rows: Sequence[int] | np.ndarray) -> Column:
        """Some of the rows. It stays what it is, and keeps all of its values."""
        chosen = np.asarray(rows, dtype=np.int64)
        numbers = None if self.numbers is None else self.numbers[chosen]
        return replace(self, codes=self.codes[chosen], numbers=numbers)


def text_of(value: object) -> str:
    """A value as text: whole numbers without a point, so that 3 and 3.0 are one value."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def is_missing(value: object) -> bool:
    """Whether a value is none: None, a number that is not finite, or text of nothing but blanks."""
    if isinstance(value, (float, np.floating)):
        return not math.isfinite(cast(float, value))
    return value is None or (isinstance(value, str) and not value.strip())


def date_text(days: float) -> str:
    """Days since 1970 as a date; with the time where it is not midnight."""
    try:
        at = EPOCH + timedelta(seconds=round(days * DAY))
    except OverflowError:  # before the year 1, or after 9999, as an axis may reach
        return f"{days:g} days"
    return at.date().isoformat() if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{at:%Y-%m-%d %H:%M:%S}"


def _plain(value: object) -> object:
    """A value as plain Python; None where it is none."""
    plain = cast(Any, value).item() if isinstance(value, np.generic) else value
    return None if is_missing(plain) else plain


def _of_one_type(name: str, raw: list[object]) -> Column | None:
    """The quick way for what nearly all columns are: numbers as floats hold them, or text; None for anything else."""
    types = {type(value) for value in raw} - {type(None)}
    if types == {str}:
        texts = [None if text is None or not text or text.isspace() else text for text in cast("list[str | None]", raw)]
        some = dict.fromkeys(text for text in texts if text is not None)
        # The first that is no date ends the search: most text is none.
        days = {} if any(_days(text) is None for text in some) else {text: _days(text) or 0.0 for text in some}
        if not days:
            return _named(name, texts)
        return _ordered(name, "date", texts, np.array([math.nan if t is None else days[t] for t in texts]))
    if not types or not types <= {int, float}:
        return None
    try:
        numbers = np.array([math.nan if value is None else value for value in raw], dtype=np.float64)
    except OverflowError:
        return None
    known = np.isfinite(numbers)
    if not known.any() or np.abs(numbers[known]).max() >= EXACT:
        return None
    different, places = np.unique(numbers[known], return_inverse=True)
    codes = np.full(len(numbers), -1, np.int64)
    codes[known] = places
    whole = len(different) <= FEW and bool((different == np.round(different)).all())
    texts = tuple(text_of(value) for value in different.tolist())
    return Column(name, "order" if whole else "quantity", texts, codes, np.where(known, numbers, np.nan))


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, float)):
        try:
            return "number" if math.isfinite(float(value)) else "text"
        except OverflowError:  # a whole number with hundreds of digits has no place on a scale
            return "text"
    return "date" if isinstance(value, date) else "text"


def _numbered(name: str, given: Sequence[object], known: Sequence[object]) -> Column:
    numbers = np.array([math.nan if value is None else float(cast(float, value)) for value in given])
    made = _ordered(name, "quantity", given, numbers)
    whole = all(float(cast(float, value)).is_integer() for value in known)
    return replace(made, kind="order") if whole and made.distinct <= FEW else made


def _ordered(name: str, kind: Kind, given: Sequence[object], numbers: np.ndarray) -> Column:
    """A column with numbers, whose values are in their order."""
    texts = [None if value is None else text_of(value) for value in given]
    found = {text: number for text, number in zip(texts, numbers.tolist(), strict=True) if text is not None}
    values = tuple(sorted(found, key=lambda text: (found[text], len(text), text)))
    return Column(name, kind, values, _codes(texts, values), numbers)


def _named(name: str, texts: Sequence[str | None]) -> Column:
    there = {text for text in texts if text is not None}
    rows = sum(text is not None for text in texts)
    own = len(there) > FEW and len(there) > OWN * rows
    kind: Kind = "text" if len(there) > MOST or own else "category"
    values = tuple(sorted(there, key=_natural))
    return Column(name, kind, values, _codes(texts, values))


def _codes(texts: Sequence[str | None], values: Sequence[str]) -> np.ndarray:
    place = {text: i for i, text in enumerate(values)}
    return np.array([-1 if text is None else place[text] for text in texts], dtype=np.int64)


def _natural(text: str) -> tuple[int, float, str]:
    """Numbers in their order, then words."""
    try:
        number = float(text)
    except ValueError:
        return (1, 0.0, text)
    return (0, number, text) if math.isfinite(number) else (1, 0.0, text)


def _days(value: object) -> float | None:
    """Days since 1970, where it is a date; without a zone it is read as UTC."""
    if isinstance(value, str):
        if not _DATE.fullmatch(value.strip()):
            return None
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, date):
        return None
    at = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return (aware - EPOCH).total_seconds() / DAY
