"""Finds families, methods, sources and openers by name. Built-ins come through the same door as an outside plugin:
an entry point in the group `trasluz.<row>`. A plugin that does not work is told in one line; the others do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from trasluz.spaces import rows
from trasluz.spaces.rows import ROWS, calls, check, forget, is_ours, load, names, troubles

if TYPE_CHECKING:
    from trasluz.spaces.data import Source
    from trasluz.spaces.family import Family
    from trasluz.spaces.kind import Kind
    from trasluz.spaces.methods import FinderMethod, InverterMethod, Metric, PathRule, ProjectionMethod
    from trasluz.spaces.opener import Opener
    from trasluz.spaces.prior import PriorMethod
    from trasluz.spaces.relocation import RelocationMethod
    from trasluz.spaces.similarity import Similarity

__all__ = ["ROWS", "calls", "check", "forget", "get", "is_ours", "load", "names", "troubles"]


@overload
def get(row: Literal["kinds"], name: str) -> Kind: ...
@overload
def get(row: Literal["families"], name: str) -> Family: ...
@overload
def get(row: Literal["sources"], name: str) -> Source: ...
@overload
def get(row: Literal["priors"], name: str) -> PriorMethod: ...
@overload
def get(row: Literal["inverters"], name: str) -> InverterMethod: ...
@overload
def get(row: Literal["projections"], name: str) -> ProjectionMethod: ...
@overload
def get(row: Literal["paths"], name: str) -> PathRule: ...
@overload
def get(row: Literal["finders"], name: str) -> FinderMethod: ...
@overload
def get(row: Literal["metrics"], name: str) -> Metric: ...
@overload
def get(row: Literal["relocations"], name: str) -> RelocationMethod: ...
@overload
def get(row: Literal["similarities"], name: str) -> Similarity: ...
@overload
def get(row: Literal["openers"], name: str) -> Opener: ...
def get(row: str, name: str) -> Any:
    """One member of a row, ready to use. It is made once: it has no state of its own.

    Raises:
        UnknownName: none is called so.
        MissingExtra: it needs a package that is not installed.
        TrasluzError: it is a plugin that does not work.
    """
    return rows.get(row, name)
