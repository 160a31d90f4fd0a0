"""What families can be set to, as a table reads it."""

from __future__ import annotations

from typing import Any

from trasluz.spaces import registry


def described(family: str) -> dict[str, Any]:
    """The settings of a family: default, unit, range, meaning and source; and its presets."""
    kind = registry.get("families", family)
    fields = [setting(name, schema) for name, schema in kind.config_type.model_json_schema()["properties"].items()]
    presets = {name: dict(values) for name, values in kind.presets.items()}
    return {"family": family, "title": kind.title, "settings": fields, "presets": presets}


def setting(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """One field of a config's JSON schema, as a row."""
    return {
        "name": name,
        "default": schema.get("default"),
        "unit": schema.get("unit"),
        "range": limits(schema),
        "meaning": schema.get("description"),
        "source": schema.get("source"),
    }


def limits(schema: dict[str, Any]) -> str | None:
    """What a field takes: `"0 < x ≤ 1"`, `"gaussian, bernoulli"`, or its type."""
    if "anyOf" in schema:
        return " or ".join(filter(None, map(limits, schema["anyOf"]))) or None
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    low = next(
        (f"{schema[k]:g} {sign} " for k, sign in (("minimum", "≤"), ("exclusiveMinimum", "<")) if k in schema), ""
    )
    high = next(
        (f" {sign} {schema[k]:g}" for k, sign in (("maximum", "≤"), ("exclusiveMaximum", "<")) if k in schema), ""
    )
    if low or high:
        return f"{low}x{high}"
    kind = schema.get("type")
    return "none" if kind == "null" else kind
