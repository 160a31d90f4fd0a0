"""The methods that can be chosen, with what each can be set to: what a form for them needs.

Settings are read from the JSON schema of a config, as the docs are.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Literal, overload

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, MissingExtra, NotInvertible
from trasluz.spaces import registry
from trasluz.spaces.methods import FinderMethod, InverterMethod, PathRule, ProjectionMethod
from trasluz.spaces.space import LatentSpace

Row = Literal["projections", "paths", "finders", "inverters"]
KINDS = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
"""What a field takes, by the type in its schema."""


def methods(row: Row) -> list[dict[str, Any]]:
    """Every method of a row that can be used here: name, title, what it is, settings, and what it has to be given."""
    out: list[dict[str, Any]] = []
    for name in registry.names(row):
        try:
            out.append(_described(registry.get(row, name)))
        except MissingExtra:  # its package is not installed
            continue
    return out


def _described(method: ProjectionMethod | PathRule | FinderMethod | InverterMethod) -> dict[str, Any]:
    finds = isinstance(method, FinderMethod)
    return {
        "name": method.name,
        "title": method.title,
        "about": " ".join((sys.modules[type(method).__module__].__doc__ or "").split("\n\n")[0].split()),
        "settings": settings(method.config_type),
        "quick": not finds and method.quick,
        "default_for": sorted(method.default_for),
        "needs": _needs(method) if finds else None,
        "evidence": sorted(method.needs) if finds else [],
        "holds_all": finds and method.holds_all,
        "uses_labels": isinstance(method, ProjectionMethod) and method.uses_labels,
        "uses_data": isinstance(method, PathRule) and method.uses_data,
    }


def _needs(method: FinderMethod) -> str:
    """What a person has to give: `target`, a column or one of its values; `examples`, marked items; or `nothing`."""
    if "target" not in method.needs:
        return "nothing"
    return "examples" if "examples" in method.needs else "target"


@overload
def default_of(row: Literal["projections"], of: str = "anything") -> ProjectionMethod: ...
@overload
def default_of(row: Literal["paths"], of: str = "anything") -> PathRule: ...
@overload
def default_of(row: Literal["finders"], of: str) -> FinderMethod: ...
@overload
def default_of(row: Literal["inverters"], of: str) -> InverterMethod: ...
def default_of(row: Row, of: str = "anything") -> ProjectionMethod | PathRule | FinderMethod | InverterMethod:
    """The method that is meant where nobody names one, by what the methods say of themselves.

    One that came with Trasluz stays it: what is installed besides changes no result.

    Args:
        of: What it is for: `nothing`, `value`, `quantity` or `examples` of a finder, `encoder` or `gradients` of an
            inverter.
    """
    for name in sorted(registry.names(row), key=lambda name: not registry.is_ours(row, name)):
        method = registry.get(row, name)
        if of in method.default_for:
            return method
    raise InvalidArgument(f"no method of the row {row} is the default", got=of, next="Name one")


def inverter_for(space: LatentSpace) -> InverterMethod:
    """The encoder where there is one, optimisation where there are gradients.

    Raises:
        NotInvertible: there is neither.
    """
    if not space.encodes and not space.differentiable:
        raise NotInvertible(
            f"the space {space.name!r} has no encoder and no gradients", next="Nothing can be inverted into it"
        )
    return default_of("inverters", "encoder" if space.encodes else "gradients")


def settings(config: type[Config]) -> list[dict[str, Any]]:
    """The fields of a config that hold one value each: name, kind, default, limits, choices, and what they mean."""
    return [
        field
        for name, schema in config.model_json_schema().get("properties", {}).items()
        if (field := _field(name, schema)) is not None
    ]


def _field(name: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """One field; None where it holds several values, for which a form has no place."""
    forms = [form for form in schema.get("anyOf", [schema]) if form.get("type") != "null"]
    kind = KINDS.get(str(forms[0].get("type"))) if len(forms) == 1 else None
    if kind is None:
        return None
    [form] = forms
    return {
        "name": name,
        "kind": kind,
        "default": schema.get("default"),
        "low": form.get("minimum", form.get("exclusiveMinimum")),
        "high": form.get("maximum", form.get("exclusiveMaximum")),
        "choices": list(form.get("enum", [])),
        "doc": schema.get("description", ""),
        "unit": schema.get("unit"),
    }
