"""The rows of the house by name, as entry points in the groups `trasluz.<row>`: what `registry` gives with types.

It stands below the contracts, so that these can ask for a member of another row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from trasluz.base.errors import MissingExtra, TrasluzError, UnknownName

_CONTRACTS = {
    "kinds": "trasluz.spaces.kind:Kind",
    "families": "trasluz.spaces.family:Family",
    "sources": "trasluz.spaces.data:Source",
    "priors": "trasluz.spaces.prior:PriorMethod",
    "inverters": "trasluz.spaces.methods:InverterMethod",
    "projections": "trasluz.spaces.methods:ProjectionMethod",
    "paths": "trasluz.spaces.methods:PathRule",
    "finders": "trasluz.spaces.methods:FinderMethod",
    "metrics": "trasluz.spaces.methods:Metric",
    "relocations": "trasluz.spaces.relocation:RelocationMethod",
    "similarities": "trasluz.spaces.similarity:Similarity",
    "openers": "trasluz.spaces.opener:Opener",
}
"""The rows, and what a member of each has to be."""
ROWS = (*_CONTRACTS, "verbs")
"""A verb is a function, which `lab/calls/verb.py` looks into; all others are classes."""
_WORD = {
    "kinds": "kind of data",
    "families": "family",
    "sources": "data source",
    "priors": "prior",
    "inverters": "method of inversion",
    "projections": "map method",
    "paths": "rule of interpolation",
    "finders": "method to find directions",
    "relocations": "map between spaces",
    "similarities": "measure of similarity",
    "openers": "kind of model",
}


def _found(row: str) -> list[EntryPoint]:
    """All that are registered; ours first, so that a plugin cannot take a built-in name."""
    return sorted(entry_points(group=f"trasluz.{row}"), key=lambda p: not p.value.startswith("trasluz."))


_late: dict[str, list[EntryPoint]] = {}
"""By row, what came when its name was taken."""


@cache
def _points(row: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    listed = _found(row)
    for point in listed:
        found.setdefault(point.name, point)
    _late[row] = [point for point in listed if point.value != found[point.name].value]
    return found


def is_ours(row: str, name: str) -> bool:
    """Whether a member came with Trasluz."""
    return _points(row)[name].value.startswith("trasluz.")


def calls(row: str, name: str) -> str:
    """The name of the function or class behind a member; loads nothing."""
    return _points(row)[name].value.rpartition(":")[2]


def names(row: str) -> list[str]:
    """What a row of the house holds, sorted; loads nothing."""
    return sorted(_points(row))


def troubles(row: str) -> list[str]:
    """What is the matter with the plugins of a row, one line each; all others work. Of verbs only whether their names
    are taken: what else is the matter with one is seen where they are gathered. Loads no member of ours: those are
    sound, by a test."""
    points = _points(row)
    out = [
        f"The plugin {point.value} is left out: the name {point.name!r} is taken by {points[point.name].value}"
        for point in _late.get(row, ())
    ]
    for point in points.values() if row in _CONTRACTS else ():
        if point.value.startswith("trasluz."):
            continue
        try:
            _made(row, point)
        except TrasluzError as error:
            out.append(f"The plugin {point.name} is left out: {error.sentence()}")
    return out


def get(row: str, name: str) -> Any:
    """One member of a row, ready to use.

    Raises:
        UnknownName: none is called so.
        MissingExtra: it needs a package that is not installed.
        TrasluzError: it is a plugin that does not work.
    """
    _point(row, name)
    return _ready(row, name)


@cache
def _ready(row: str, name: str) -> Any:
    """A member, made once: it has no state of its own. What cannot be made is tried again."""
    return _made(row, _points(row)[name])


def forget() -> None:
    """Look anew at what is installed, where that has changed under a running program."""
    _points.cache_clear()
    _ready.cache_clear()
    _late.clear()


def check(row: str, name: str) -> None:
    """Refuse a name that no member of a row has, without loading any.

    Raises:
        UnknownName: none is called so.
    """
    _point(row, name)


def load(row: str, name: str) -> Any:
    """What the entry point of a member names: its class, or of a verb its function.

    Raises:
        UnknownName: none is called so.
        MissingExtra: it needs a package that is not installed.
        TrasluzError: it is a plugin that does not work.
    """
    point = _point(row, name)
    return _safely(point, point.load)


def _point(row: str, name: str) -> EntryPoint:
    points = _points(row)
    if name not in points:
        raise UnknownName(_WORD.get(row, row.rstrip("s")), name, points)
    return points[name]


def _safely(point: EntryPoint, make: Callable[[], Any]) -> Any:
    """What a plugin gives, or one clear error."""
    try:
        return make()
    except ImportError as error:
        raise MissingExtra(
            f"{point.name} needs a package that is not installed: {error.name or error}",
            next=f"Install it: pip install {error.name}" if error.name else None,
        ) from error
    except TrasluzError:
        raise
    except (Exception, SystemExit) as error:  # a module that ends the program is broken, too
        reason = f"{type(error).__name__}: {error}"
        raise TrasluzError(f"{point.value} cannot be made: {reason}", next="Fix the plugin, or uninstall it") from error


def _made(row: str, point: EntryPoint) -> Any:
    kind = _safely(point, point.load)
    made = _safely(point, kind)
    if row in _CONTRACTS and not isinstance(made, _contract(row)):
        wanted = _CONTRACTS[row].replace(":", ".")
        raise TrasluzError(
            f"the plugin {point.value} does not belong in its row", got=type(made).__name__, allowed=wanted
        )
    called = getattr(made, "name", None)
    if called != point.name:
        raise TrasluzError(f"the plugin {point.value} calls itself {called!r} but is registered as {point.name!r}")
    return made


@cache
def _contract(row: str) -> type:
    module, _, name = _CONTRACTS[row].partition(":")
    return getattr(import_module(module), name)
