"""Finds families, methods and sources by name. Built-ins come through the same door as an outside plugin:
an entry point in the group `trasluz.<row>`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal, overload

from trasluz.base.errors import MissingExtra, TrasluzError, UnknownName

if TYPE_CHECKING:
    from trasluz.spaces.data import Source
    from trasluz.spaces.family import Family
    from trasluz.spaces.methods import Adapter, FinderMethod, InverterMethod, Metric, PathRule, ProjectionMethod
    from trasluz.spaces.prior import PriorMethod

ROWS = ("families", "sources", "priors", "inverters", "projections", "paths", "finders", "metrics", "adapters", "verbs")
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


def is_ours(row: str, name: str) -> bool:
    """Whether a member came with Trasluz."""
    return _points(row)[name].value.startswith("trasluz.")


def calls(row: str, name: str) -> str:
    """The name of the function or class behind a member; loads nothing."""
    return _points(row)[name].value.rpartition(":")[2]


def origin(row: str, name: str) -> str:
    """Where a member comes from: its package, or the place of its code."""
    point = _points(row)[name]
    return point.dist.name if point.dist is not None else point.value


def troubles(row: str) -> list[str]:
    """A line for each entry point whose name was taken already; loads nothing."""
    out: list[str] = []
    for point in entry_points(group=f"trasluz.{row}"):
        first = _points(row)[point.name]
        if point.value != first.value:
            word = _WORD.get(row, row.rstrip("s"))
            out.append(f"{point.value} is left out: the {word} {point.name} is taken by {first.value}")
    return out


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
    made = load(row, name)()
    if made.name != name:
        value = _points(row)[name].value
        raise TrasluzError(f"the plugin {value} calls itself {made.name!r} but is registered as {name!r}")
    return made


def load(row: str, name: str) -> Any:
    """What the entry point of a member names: its class, or of a verb its function.

    Raises:
        UnknownName: there is none.
        MissingExtra: it needs a package that is not installed.
    """
    points = _points(row)
    if name not in points:
        raise UnknownName(_WORD.get(row, row.rstrip("s")), name, points)
    try:
        return points[name].load()
    except ImportError as error:
        raise MissingExtra(
            f"{name} needs a package that is not installed: {error.name or error}",
            next=f"Install it: pip install {error.name}",
        ) from error
