"""Where the suite of open models used to be: `trasluz.conformance` is its place now, with those of all rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

_OLD = ("CHECKS", "Case", "ConformanceError", "checks", "conform", "parameters")


def __getattr__(name: str) -> Any:
    if name not in _OLD:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"trasluz.spaces.conformance.{name} has moved to trasluz.conformance: check('models', model)",
        DeprecationWarning,
        stacklevel=2,
    )
    # By name, since nothing of this layer stands on what is above it.
    suites, models = import_module("trasluz.conformance"), import_module("trasluz.conformance.models")
    moved: dict[str, Any] = {"Case": models.ModelCase, "CHECKS": models.CHECKS}
    moved |= {"ConformanceError": suites.ConformanceError, "conform": _conform, "checks": _checks}
    return {**moved, "parameters": _parameters}[name]


def _conform(case: Any) -> None:
    """Run every check; one error lists all that failed."""
    import_module("trasluz.conformance").check("models", case)


def _checks(case: Any) -> list[tuple[str, Callable[[], None]]]:
    """`(id, callable)` of all the checks that apply to a case."""
    return [(one.name, one) for one in import_module("trasluz.conformance").checks("models", case)]


def _parameters(*cases: Any) -> dict[str, Any]:
    """Arguments for `pytest.mark.parametrize`, one test a check and case; the test takes `check`."""
    found = [one for case in cases for one in import_module("trasluz.conformance").checks("models", case)]
    return {"argnames": "check", "argvalues": found, "ids": [one.id for one in found]}
