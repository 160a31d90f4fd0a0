"""Where the suite of openers used to be: `trasluz.conformance` is its place now, with those of all rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_OLD = ("OPENER_CHECKS", "OpenerCase", "opener_checks", "opener_parameters")


def __getattr__(name: str) -> Any:
    if name not in _OLD:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"trasluz.spaces.opener_conformance.{name} has moved to trasluz.conformance: suite('openers', ...)",
        DeprecationWarning,
        stacklevel=2,
    )
    # By name, since nothing of this layer stands on what is above it.
    openers = import_module("trasluz.conformance.openers")
    moved: dict[str, Any] = {"OpenerCase": openers.OpenerCase, "OPENER_CHECKS": openers.CHECKS}
    return {**moved, "opener_checks": _checks, "opener_parameters": _parameters}[name]


def _checks(case: Any) -> list[tuple[str, Callable[[Path], None]]]:
    """`(id, check)` of all the checks; a check takes an empty folder to work in."""
    return [(one.name, one) for one in import_module("trasluz.conformance").checks("openers", case)]


def _parameters(*cases: Any) -> dict[str, Any]:
    """Arguments for `pytest.mark.parametrize`, one test a check and case; the test takes `check`."""
    found = [one for case in cases for one in import_module("trasluz.conformance").checks("openers", case)]
    return {"argnames": "check", "argvalues": found, "ids": [one.id for one in found]}
