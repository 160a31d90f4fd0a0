"""The conformance suite: what every model must keep to, so that whatever explores, measures or compares works on it.

It is public. Run it on a model of your own, at once:

>>> conform(Case("mine", model, items=pictures))            # doctest: +SKIP

or check by check under pytest (which this module does not need):

>>> @pytest.mark.parametrize(**parameters(Case("mine", model), Case("yours", other)))   # doctest: +SKIP
... def test_conformance(check):
...     check()

Where a figure is not compared bit for bit, the tolerance stands in `checks`: network outputs across batch sizes agree
to 1e-4; forward and reverse derivatives to a thousandth, and to a central difference within 5 %; and each further trip
encode → decode → encode moves the codes by no more than their scale, the larger of the spread of the codes and that of
the prior. The last one says that a round trip does not grow, which holds for an untrained model too; how well a
trained one closes it is a figure for a metric, not for a contract.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from trasluz.spaces.checks import CHECKS, Case, ConformanceError

__all__ = ["CHECKS", "Case", "ConformanceError", "checks", "conform", "parameters"]


def conform(case: Case) -> None:
    """Run every check; one error lists all that failed."""
    failed: list[str] = []
    for _, check in checks(case):
        try:
            check()
        except ConformanceError as error:
            failed.append(error.what)
    if failed:
        raise ConformanceError("; ".join(failed))


def checks(case: Case) -> list[tuple[str, Callable[[], None]]]:
    """`(id, callable)` of all the checks that apply to a case."""
    skipped = _skipped(case)
    return [(name, partial(_run, name, case)) for name in CHECKS if name not in skipped]


def parameters(*cases: Case) -> dict[str, Any]:
    """Arguments for `pytest.mark.parametrize`, one test a check and case; the test takes `check`."""
    found = [(f"{case.name}-{name}", check) for case in cases for name, check in checks(case)]
    return {"argnames": "check", "argvalues": [c for _, c in found], "ids": [i for i, _ in found]}


def _skipped(case: Case) -> set[str]:
    spaces = case.model.spaces.values()
    absent = {
        "reopen": case.reopen is None,
        "weights": not case.model.state(),
        "encode": not any(s.encodes for s in spaces),
        "round-trip": not any(s.encodes for s in spaces),
        "no-encoder": all(s.encodes for s in spaces),
        "gradients": not any(s.differentiable for s in spaces),
    }
    return {name for name, skip in absent.items() if skip}


def _run(name: str, case: Case) -> None:
    try:
        CHECKS[name](case)
    except ConformanceError as error:
        raise ConformanceError(f"{case.name} fails the check {name!r}: {error.what}") from error
    except Exception as error:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ConformanceError(f"{case.name} fails the check {name!r}: it raised {text}") from error
