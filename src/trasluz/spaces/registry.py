"""Finds families, methods and sources by name. Built-ins come through the same door as an outside plugin:
an entry point in the group `trasluz.<row>`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, overload

from trasluz.base.errors import MissingExtra, TrasluzError, UnknownName
from trasluz.spaces.data import Source
from trasluz.spaces.family import Family
from trasluz.spaces.methods import Adapter, FinderMethod, InverterMethod, Metric, PathRule, ProjectionMethod
from trasluz.spaces.prior import PriorMethod

ROWS = ("families", "sources", "priors", "inverters", "projections", "paths", "finders", "metrics", "adapters")
_WORD = {
    "families": "family",
    "sources": "data source",
    "priors": "prior",
    "inverters": "method of inversion",
    "projections": "map method",
    "paths": "rule of interpolation",
    "finders": "method to find directions",
}


@cache
def _points(row: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    # Ours first, so that a plugin cannot take a built-in name.
    for point in sorted(entry_points(group=f"trasluz.{row}"), key=lambda p: not p.value.startswith("trasluz.")):
        found.setdefault(point.name, point)
    return found


def names(row: str) -> list[str]:
    """What a row of the house holds, sorted; loads nothing."""
    return sorted(_points(row))


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
def get(row: Literal["adapters"], name: str) -> Adapter: ...
def get(row: str, name: str) -> Any:
    """One member of a row, ready to use."""
    points = _points(row)
    if name not in points:
        raise UnknownName(_WORD.get(row, row.rstrip("s")), name, points)
    try:
        made = points[name].load()()
    except ImportError as error:
        raise MissingExtra(
            f"{name} needs a package that is not installed: {error.name or error}",
            next=f"Install it: pip install {error.name}",
        ) from error
    if made.name != name:
        raise TrasluzError(f"the plugin {points[name].value} calls itself {made.name!r} but is registered as {name!r}")
    return made
