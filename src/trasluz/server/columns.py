"""The columns of an atlas, as a page colours points by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.geometry.distances import nearest
from trasluz.geometry.local_density import spaced
from trasluz.lab.judging.evidence import text_of
from trasluz.server.images import MISSING, STEPS

MOST_VALUES = 1000
"""Different values beyond which a column that holds text is for searching alone."""
FEW = 24
"""Different whole numbers up to which they are values like names, rather than a quantity."""
EXTRA = ("split", "source")
COLOURS = 12
"""Values of a column up to which a person tells their colours apart."""
LOOKED_AT, NEAR = 2000, 8
"""Rows, evenly spaced, by which columns are compared, and how many rows beside each of them."""


@final
@dataclass(frozen=True)
class Coded:
    """A column with the code of every row."""

    name: str
    kind: str
    """`category`, `quantity`, or `text`, which has no codes."""
    values: tuple[str, ...]
    counts: tuple[int, ...]
    low: float | None
    high: float | None
    missing: int
    codes: np.ndarray
    """`(n,)` uint16."""

    def checked(self) -> np.ndarray:
        """The codes, where it has some.

        Raises:
            InvalidArgument: too many different texts to colour by.
        """
        if self.kind == "text":
            raise InvalidArgument(
                f"the column {self.name} holds too many different texts", allowed=f"{MOST_VALUES:,} at most"
            )
        return self.codes

    def document(self) -> dict[str, Any]:
        """All but the codes, as JSON values."""
        return {
            "name": self.name, "kind": self.kind, "values": list(self.values), "counts": list(self.counts),
            "low": self.low, "high": self.high, "missing": self.missing,
        }  # fmt: skip


def coded(atlas: Atlas, name: str) -> Coded:
    """A column by name.

    Raises:
        UnknownName: there is none.
    """
    if name not in (*atlas.columns, *EXTRA):
        raise UnknownName("column", name, [*atlas.columns, *EXTRA])
    values = atlas.column(name).tolist()
    known = np.array([v is not None and v == v for v in values], dtype=bool)
    some = [v for v, k in zip(values, known, strict=True) if k]
    numbers = bool(some) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in some)
    whole = numbers and all(float(v).is_integer() for v in some) and len(set(some)) <= FEW
    if numbers and not whole:
        return quantity(name, np.array([float(v) if k else np.nan for v, k in zip(values, known, strict=True)]))
    return _category(name, values, known, whole)


def quantity(name: str, numbers: np.ndarray) -> Coded:
    """A column of numbers `(n,)`; those that are not finite count as missing."""
    known = np.isfinite(numbers)
    low, high = (float(numbers[known].min()), float(numbers[known].max())) if known.any() else (0.0, 0.0)
    codes = np.full(len(numbers), MISSING, np.uint16)
    codes[known] = np.rint(STEPS * (numbers[known] - low) / ((high - low) or 1.0)).astype(np.uint16)
    return Coded(name, "quantity", (), (), low, high, int((~known).sum()), codes)


def _category(name: str, values: list[Any], known: np.ndarray, whole: bool) -> Coded:
    texts = [text_of(v) if k else None for v, k in zip(values, known, strict=True)]
    there = {t for t in texts if t is not None}
    missing = int((~known).sum())
    codes = np.full(len(values), MISSING, np.uint16)
    if len(there) > MOST_VALUES:
        return Coded(name, "text", (), (), None, None, missing, codes)
    order = sorted(there, key=(lambda t: (float(t), t)) if whole else (lambda t: (0.0, t)))
    place = {text: i for i, text in enumerate(order)}
    for row, text in enumerate(texts):
        if text is not None:
            codes[row] = place[text]
    counts = tuple(int((codes == i).sum()) for i in range(len(order)))
    return Coded(name, "category", tuple(order), counts, None, None, missing, codes)


def best_shown(xy: np.ndarray, columns: Sequence[Coded]) -> str | None:
    """The column of 2 to 12 values that a map shows best: whose values lie together most, beyond what chance gives.

    That is Cohen's kappa (1960) of a row's value with those of the rows beside it on the map: 1 where neighbours
    always agree, 0 where they do as strangers would. None where no column has so few values.

    Args:
        xy: `(n, 2)`: where the rows lie.
    """
    fit = [c for c in columns if c.kind == "category" and 2 <= len(c.values) <= COLOURS and 2 * c.missing < len(xy)]
    if not fit or len(xy) < 2:
        return None
    rows = spaced(len(xy), LOOKED_AT).numpy()
    some = np.ascontiguousarray(xy[rows], np.float32)
    beside = nearest(some, some, min(NEAR, len(rows) - 1), itself=True)[1].numpy()
    # A factor that says the same as the label says it by a better name.
    return max(fit, key=lambda column: (_kappa(column.codes[rows], beside), column.name != "label")).name


def _kappa(codes: np.ndarray, beside: np.ndarray) -> float:
    """Agreement of codes `(n,)` with those of the rows beside each, `(n, k)`, over that of strangers."""
    known = codes != MISSING
    both = known[:, None] & known[beside]
    if not both.any():
        return 0.0
    shares = np.bincount(codes[known]) / known.sum()
    chance = float((shares**2).sum())
    agree = float((codes[:, None] == codes[beside])[both].mean())
    return (agree - chance) / (1 - chance) if chance < 1 else 0.0
