"""The columns of an atlas, as a page colours points by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.lab.drawing.colours import colours_of
from trasluz.lab.shelf.maps import EXTRA
from trasluz.server.images import MISSING, STEPS
from trasluz.spaces.column import MOST, Column


@final
@dataclass(frozen=True)
class Coded:
    """A column as it travels: a code for every row, and what the codes mean."""

    column: Column
    codes: np.ndarray
    """`(n,)` uint16; of text none."""

    @classmethod
    def of(cls, column: Column) -> Coded:
        """The codes: of names the places of their values, of a scale steps from its lowest to its highest."""
        codes = np.full(len(column), MISSING, np.uint16)
        known = ~column.missing
        if column.has_names:
            codes[known] = column.codes[known].astype(np.uint16)
        elif column.numbers is not None and column.span is not None:
            low, high = column.span
            codes[known] = np.rint(STEPS * (column.numbers[known] - low) / ((high - low) or 1.0)).astype(np.uint16)
        return cls(column, codes)

    def checked(self) -> np.ndarray:
        """The codes, where it has some.

        Raises:
            InvalidArgument: too many different texts to colour by.
        """
        if self.column.kind == "text":
            raise InvalidArgument(
                f"the column {self.column.name} holds too many different texts",
                got=f"{self.column.distinct:,}", allowed=f"up to {MOST:,}, and fewer than half of the rows",
            )  # fmt: skip
        return self.codes

    def document(self) -> dict[str, Any]:
        """All but the codes, as JSON values."""
        column = self.column
        names = column.has_names
        low, high = (column.span or (0.0, 0.0)) if column.is_scale else (None, None)
        return {
            "name": column.name, "kind": column.kind, "values": list(column.values) if names else [],
            "counts": list(column.counts) if names else [], "colours": list(colours_of(column)),
            "low": low, "high": high, "missing": int(column.missing.sum()),
        }  # fmt: skip


def coded(atlas: Atlas, name: str) -> Coded:
    """A column by name.

    Raises:
        UnknownName: there is none.
    """
    if name not in (*atlas.columns, *EXTRA):
        raise UnknownName("column", name, [*atlas.columns, *EXTRA])
    return Coded.of(atlas.typed(name))
