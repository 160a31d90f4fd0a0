"""Public suites: what every member of every row keeps to, so that whatever uses it can rely on it.

A plugin's author adds one line to a test file, and has a test for every check, each under its own name:

>>> from trasluz.conformance import suite
>>> test_mine = suite("paths", "my-rule")                   # doctest: +SKIP

Without names the whole row is tested, whatever is registered when the tests are collected. Without a test framework,
`check` runs the same at once, and says in one error all that failed:

>>> check("paths", "my-rule")                               # doctest: +SKIP

A member is named as it is registered, or given itself. What it needs to be tried at all is given by name: an argument
for a source of data, a folder with a model for an opener, settings that make a method quick. Besides the rows of the
registry there is `models`: any open model, whoever made it.

A check that says nothing of a member is not listed for it: there is none about targets for a finder that takes none.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, final

from trasluz.base.errors import InvalidArgument, TrasluzError, UnknownName
from trasluz.conformance._case import Case, ConformanceError
from trasluz.spaces import registry

__all__ = ["SUITES", "Case", "Check", "ConformanceError", "check", "checks", "names", "suite"]

SUITES = (
    "kinds",
    "families",
    "models",
    "sources",
    "openers",
    "priors",
    "inverters",
    "projections",
    "paths",
    "finders",
    "metrics",
    "relocations",
    "similarities",
    "verbs",
)
"""The rows that have a suite, each in the module of its name."""


@final
@dataclass(frozen=True)
class Check:
    """One check of one member."""

    case: Case
    name: str
    work: Callable[[Any], None]

    @property
    def id(self) -> str:
        """What a test is called by."""
        return f"{self.case.who}-{self.name}"

    def __call__(self, place: Path | None = None) -> None:
        """Run it, in an empty folder that is removed again where none is named.

        Raises:
            ConformanceError: what is wrong, in one line that names member and check.
        """
        if place is None:
            with tempfile.TemporaryDirectory() as made:
                return self(Path(made))
        what = f"{self.case.who} fails the check {self.name!r} of {self.case.row}"
        try:
            self.work(replace(self.case, place=place))
        except ConformanceError as error:
            raise ConformanceError(f"{what}: {error.what}") from error
        except Exception as error:
            reason = error.what if isinstance(error, TrasluzError) else (str(error).splitlines() or [""])[0]
            raise ConformanceError(f"{what}: it raised {type(error).__name__}: {reason}") from error
        return None


def names(row: str) -> list[str]:
    """The checks of a row, in order."""
    return list(_suite(row).CHECKS)


def checks(row: str, member: Any, **given: Any) -> list[Check]:
    """The checks that say something of a member.

    Args:
        row: A row of the registry, or `models`.
        member: Its name in the registry, or itself, or a case of the row.
        given: What it takes to try it, by row: see the `cases` of the row's module.

    Raises:
        UnknownName: no such row, or no such member.
    """
    cases = [member] if isinstance(member, Case) else _suite(row).cases(_member(row, member), **given)
    found: list[Check] = []
    for case in cases:
        apart = case.without()
        found += [Check(case, name, work) for name, work in _suite(case.row).CHECKS.items() if name not in apart]
    return found


def check(row: str, member: Any, **given: Any) -> None:
    """Run all checks of a member at once.

    Raises:
        ConformanceError: all that failed.
    """
    failed: list[str] = []
    for one in checks(row, member, **given):
        try:
            one()
        except ConformanceError as error:
            failed.append(error.what)
    if failed:
        raise ConformanceError("; ".join(failed))


def suite(
    row: str, *members: Any, given: Mapping[str, Mapping[str, Any]] | None = None, **common: Any
) -> Callable[..., None]:
    """A test for pytest, parametrised over checks and members; to be called `test_...` where it is put.

    Args:
        members: Some of the row, by name or themselves; none for all that are registered.
        given: What single members need, by name; `{"npz": {"argument": "./digits.npz"}}`.
        common: What all of them need.
    """
    import pytest

    apart = given or {}
    strange = sorted(set(apart) - set(_names(row)) - {str(member) for member in members})
    if strange:
        raise UnknownName(f"member of {row}", strange[0], _names(row))
    listed: list[Any] = []
    for member in members or _names(row):
        more = apart.get(member, {}) if isinstance(member, str) else {}
        try:
            listed += [pytest.param(one, id=one.id) for one in checks(row, member, **{**common, **more})]
        except UnknownName:
            raise
        except TrasluzError as error:  # one that cannot be tried fails by itself, and leaves the others their tests
            listed.append(pytest.param(partial(_fail, error), id=f"{member}-cannot-be-tried"))

    @pytest.mark.parametrize("conforms", listed)
    def test(conforms: Callable[[Path], None], tmp_path: Path) -> None:
        conforms(tmp_path)

    return test


def _fail(error: TrasluzError, place: Path) -> None:
    raise ConformanceError(error.sentence()) from error


def _names(row: str) -> list[str]:
    return registry.names(row) if row in registry.ROWS else []


def _member(row: str, member: Any) -> Any:
    if row == "verbs" or not isinstance(member, str):
        return member
    if row not in registry.ROWS:
        raise InvalidArgument(f"the suite {row} takes things themselves", got=repr(member), next="Give it an open one")
    return registry.get(row, member)  # type: ignore[call-overload]


@cache
def _suite(row: str) -> Any:
    if row not in SUITES:
        raise UnknownName("suite", row, SUITES)
    return import_module(f"trasluz.conformance.{row}")
