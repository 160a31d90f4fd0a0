"""Requests that ask for a verb: its parameters, as its declaration has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import Field, create_model

from trasluz.lab.calls.declared import Declared
from trasluz.lab.calls.parameters import Number, Pairs, Parameter, Several, Text, Whole
from trasluz.lab.calls.verb import verb_of
from trasluz.server.schemas import Asked, Name

LONGEST, MOST, MOST_SETTINGS = 200, 40, 20
"""Characters of a text, entries of a list, single settings."""
OF_THE_MAP = frozenset({"space", "given"})
"""What the map that is looked at says already."""

R = TypeVar("R", bound="VerbRequest")


class VerbRequest(Asked):
    """Base of a request that asks for a verb."""

    def arguments(self) -> dict[str, Any]:
        """What the verb is given, by parameter; what nobody said is as by default."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in _taken(type(self))}


def asks(function: Callable[..., Any], *, leaving_out: tuple[str, ...] = ()) -> Callable[[type[R]], type[R]]:
    """Give a request the parameters of a verb that a page may say, with their limits and what they mean.

    What the request declares itself stays as it is; files, the model and its session are never a page's to say.
    """
    declared = [one for one in verb_of(function).options if "wire" in one.kind.faces]

    def complete(request: type[R]) -> type[R]:
        skipped = {*request.model_fields, *OF_THE_MAP, *leaving_out}
        fields: dict[str, Any] = {one.name: (_field(one), one.default) for one in declared if one.name not in skipped}
        made: Any = create_model(request.__name__, __base__=request, __module__=request.__module__, **fields)
        made.__doc__ = request.__doc__
        _TAKEN[made] = {one.name for one in declared if one.name in made.model_fields} - set(leaving_out)
        return made

    return complete


_TAKEN: dict[type, set[str]] = {}
"""The verb's parameters that a request has."""


def _taken(request: type) -> set[str]:
    return _TAKEN[request]


def _field(declared: Declared) -> Any:
    kind = declared.kind
    longest = LONGEST if isinstance(kind, Text) else MOST if isinstance(kind, Several) else None
    longest = MOST_SETTINGS if isinstance(kind, Pairs) else longest
    low, high = (kind.low, kind.high) if isinstance(kind, (Whole, Number)) else (None, None)
    travels = _travels(kind) | None if declared.default is None else _travels(kind)
    return Annotated[travels, Field(description=kind.help, ge=low, le=high, max_length=longest)]


def _travels(kind: Parameter) -> Any:
    return list[Name] if isinstance(kind, Several) else kind.travels
