"""The columns of an atlas, as a page colours points by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.lab.evidence import text_of
from trasluz.server.images import MISSING, STEPS

MOST_VALUES = 1000
"""Different values beyond which a column that holds text is for searching alone."""
FEW = 24
"""Different whole numbers up to which they are values like names, rather than a quantity."""
EXTRA = ("split", "source")


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
        return _quantity(name, values, known)
    return _category(name, values, known, whole)


def _quantity(name: str, values: list[Any], known: np.ndarray) -> Coded:
    numbers = np.array([float(v) if k else np.nan for v, k in zip(values, known, strict=True)])
    known = known & np.isfinite(numbers)
    low, high = (float(numbers[known].min()), float(numbers[known].max())) if known.any() else (0.0, 0.0)
    codes = np.full(len(values), MISSING, np.uint16)
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
