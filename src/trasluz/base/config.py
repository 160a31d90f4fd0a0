"""Settings of families and methods: frozen, documented field by field, written beside the weights, read strictly.

A config is a frozen pydantic model, so that its JSON schema (units, sources and limits included) is the form
that the studio shows and the list that the docs print.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trasluz.base.errors import DamagedFile, InvalidArgument, UnknownName

Same = TypeVar("Same", bound="Config")
"""The subclass that was called. (`Self` would say so too, but cannot be checked at run time.)"""


def setting(
    default: Any,
    doc: str,
    *,
    unit: str | None = None,
    source: str | None = None,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> Any:
    """One field of a config: its default, what it means, its unit, where the value comes from, its limits."""
    extra: dict[str, Any] = {k: v for k, v in {"unit": unit, "source": source}.items() if v is not None}
    return Field(default, description=doc, ge=ge, gt=gt, le=le, lt=lt, json_schema_extra=extra)


class Config(BaseModel):
    """Base of every config. Subclasses only declare fields, with `setting`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, protected_namespaces=()
    )

    @classmethod
    def read(cls: type[Same], values: Mapping[str, Any], where: str) -> Same:
        """Read back what `dump` wrote. An unknown or a missing field is an error that names it."""
        known = set(cls.model_fields)
        unknown, missing = sorted(set(values) - known), sorted(known - set(values))
        if unknown or missing:
            parts = [f"unknown field {', '.join(unknown)}"] if unknown else []
            parts += [f"missing field {', '.join(missing)}"] if missing else []
            raise DamagedFile(
                f"{where} does not hold a {cls.__name__}: {' and '.join(parts)}",
                allowed=sorted(known),
                next="It was edited, damaged, or written by another version of Trasluz",
            )
        try:
            # As JSON, so that a list may be a tuple but "3" may not be a 3.
            return cls.model_validate_json(json.dumps(dict(values)), strict=True)
        except ValidationError as error:
            raise DamagedFile(f"{where}: {_first(error)}") from None

    def dump(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return self.model_dump(mode="json")

    @classmethod
    def make(cls: type[Same], values: Mapping[str, Any]) -> Same:
        """Build from values by name, as given in Python or on the command line (`--set key=value`).

        Strings are read as JSON where they are JSON ("3", "[1, 2]", "true"), and as themselves elsewhere.
        """
        cls._refuse_unknown(values)
        try:
            return cls.model_validate({k: _parse(v) for k, v in values.items()})
        except ValidationError as error:
            refused = {part["loc"][0] for part in error.errors() if part["loc"]}
            try:  # a text that happens to be JSON, such as a name "3"
                return cls.model_validate({k: _text(v) if k in refused else _parse(v) for k, v in values.items()})
            except ValidationError:
                raise InvalidArgument(_first(error)) from None

    def with_(self: Same, **values: Any) -> Same:
        """A copy with some fields replaced, checked like any other."""
        self._refuse_unknown(values)
        try:
            return type(self).model_validate({**self.dump(), **values})
        except ValidationError as error:
            raise InvalidArgument(_first(error)) from None

    @classmethod
    def _refuse_unknown(cls, values: Mapping[str, Any]) -> None:
        for key in values:
            if key not in cls.model_fields:
                raise UnknownName("setting", key, cls.model_fields)


def parse_settings(pairs: list[str]) -> dict[str, str]:
    """`["beta=4", "preset=tiny"]` to a dictionary; one clear error for anything else."""
    out: dict[str, str] = {}
    for pair in pairs:
        key, eq, value = pair.partition("=")
        if not eq or not key.strip():
            raise InvalidArgument("a setting is KEY=VALUE", got=repr(pair), next="Write for example --set beta=4")
        out[key.strip()] = value.strip()
    return out


def _parse(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _text(value: Any) -> Any:
    """A number as the text that it was written as."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "value"
    more = len(error.errors()) - 1
    given = repr(first["input"])
    given = given if len(given) <= 120 else given[:117] + "..."
    text = f"setting {name}: {first['msg'][0].lower()}{first['msg'][1:]}, got {given}"
    return text + (f" (and {more} more)" if more else "")
