"""How the suites are run: by one line under pytest, by one call without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mutants import paths as mutants
from trasluz import conformance
from trasluz.base.errors import UnknownName
from trasluz.conformance import ConformanceError, check, suite
from trasluz.spaces import registry

test_one_line = suite("paths", mutants.Straight())


def test_one_line_makes_a_test_of_every_check(request: pytest.FixtureRequest) -> None:
    ids = {item.name for item in request.session.items if item.name.startswith("test_one_line[")}
    assert ids in (set(), {f"test_one_line[straight-{name}]" for name in conformance.names("paths")})


def test_without_names_the_whole_row_is_tested(plugin) -> None:
    def tested() -> set[str]:
        [mark] = suite("paths").pytestmark  # type: ignore[attr-defined]
        return {part.values[0].case.who for part in mark.args[1]}

    before = tested()
    assert before == set(registry.names("paths"))
    text = "from mutants.paths import Straight"
    plugin("outside", {"paths": {"straight": "outside_rule:Straight"}}, outside_rule=text)
    assert tested() == before | {"straight"}
    sys.modules.pop("outside_rule", None)


def test_a_call_says_all_that_failed_in_one_line() -> None:
    check("paths", mutants.Straight())
    with pytest.raises(ConformanceError, match=r"fails the check 'names'.*fails the check 'inputs'") as caught:
        check("paths", mutants.broken(title="", through=type(mutants.after(mutants.trampled).rule).through))
    assert "\n" not in str(caught.value)


def test_settings_are_given_by_name() -> None:
    check("paths", "density", settings={"neighbours": 3})
    with pytest.raises(ConformanceError, match="UnknownName: unknown setting"):
        check("paths", "density", settings={"neighbors": 3})


def test_what_there_is_no_suite_or_member_for_is_one_line() -> None:
    with pytest.raises(UnknownName, match=r"unknown suite: got 'path'.*Did you mean paths"):
        check("path", "linear")
    with pytest.raises(UnknownName, match="Did you mean linear"):
        suite("paths", "liner")
    with pytest.raises(UnknownName, match="unknown member of paths: got 'liner'"):
        suite("paths", given={"liner": {}})


def test_a_member_that_cannot_be_tried_fails_alone_and_says_what_it_needs(tmp_path: Path) -> None:
    [mark] = suite("openers", "native", "wrapped", given={"native": {"make": print, "change": print}}).pytestmark  # type: ignore[attr-defined]
    ids = [part.id for part in mark.args[1]]
    assert "native-open" in ids and ids[-1] == "wrapped-cannot-be-tried"
    with pytest.raises(ConformanceError, match=r"by a model for the opener wrapped.*make="):
        mark.args[1][-1].values[0](tmp_path)


def test_it_needs_no_pytest_until_a_test_is_made() -> None:
    program = "import sys; sys.modules['pytest'] = None\nfrom trasluz import conformance\n"
    program += "conformance.check('paths', 'linear')\nprint('whole')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "whole\n", done.stderr


def test_a_check_runs_in_an_empty_folder_that_is_gone_afterwards() -> None:
    seen: list[Path] = []

    def look(case: conformance.Case) -> None:
        assert case.place.is_dir() and not list(case.place.iterdir())
        (case.place / "left").touch()
        seen.append(case.place)

    conformance.Check(mutants.GOOD(), "look", look)()
    assert seen and not seen[0].exists()
