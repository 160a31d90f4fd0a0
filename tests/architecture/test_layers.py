"""The shape of the house: imports point down only, every door answers to its name, and starting is quick."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import trasluz
from trasluz.base import errors
from trasluz.lab.calls.verb import check, verb_named
from trasluz.spaces import registry

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
POINTS = {
    (group.removeprefix("trasluz."), name): value
    for group, points in PROJECT["project"]["entry-points"].items()
    for name, value in points.items()
}


def test_imports_point_down_only() -> None:
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and ", 0 broken" in done.stdout, done.stdout + done.stderr


def test_the_layers_name_every_package() -> None:
    """A new package has to be given its place, or nothing would be checked of it."""
    layers = next(c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["id"] == "layers")["layers"]
    placed = {name for layer in layers for name in layer.split(" | ")}
    assert placed == {m.name for m in pkgutil.iter_modules(trasluz.__path__) if m.ispkg}


@pytest.mark.parametrize(("row", "name"), sorted(point for point in POINTS if point[0] != "verbs"))
def test_every_entry_point_answers_to_its_name(row: str, name: str) -> None:
    assert row in registry.ROWS
    made = registry.get(row, name)  # type: ignore[call-overload]
    assert made.name == name and made.title.strip()
    module = POINTS[row, name].partition(":")[0]
    assert type(made).__module__ == module and module.startswith(f"trasluz.{row}.")


def test_what_is_installed_is_what_is_declared() -> None:
    """Stale metadata of an earlier install would hide a new entry point."""
    ours = {(row, name) for row in registry.ROWS for name in registry.names(row)}
    assert ours >= set(POINTS)


def test_one_file_is_one_method() -> None:
    """Every public file of a row is registered, and every file is registered once."""
    modules = [value.partition(":")[0] for (row, _), value in POINTS.items() if row != "verbs"]
    assert len(set(modules)) == len(modules)


@pytest.mark.parametrize("name", sorted(name for row, name in POINTS if row == "verbs"))
def test_every_verb_answers_to_its_name(name: str) -> None:
    """On the command line it is called as in the registry; verbs of one group stand in one file."""
    check(name)
    found = verb_named(name)
    assert ".".join(found.words) == name
    module = found.function.__module__.rpartition(".")[2]
    assert module in (name.partition(".")[0], "find", "verb")


def test_no_verb_has_the_name_of_a_package() -> None:
    """Importing the package would replace the verb."""
    packages = {m.name for m in pkgutil.iter_modules(trasluz.__path__)}
    assert not {*trasluz._verbs(), *trasluz._OPENING} & packages
    assert {*trasluz._verbs(), *trasluz._OPENING} <= set(trasluz.__all__)


@pytest.mark.parametrize("verb", sorted([*trasluz._verbs(), *trasluz._OPENING]))
def test_every_verb_is_there_and_says_what_it_does(verb: str) -> None:
    found = getattr(trasluz, verb)
    assert inspect.getdoc(found), f"{verb} has no docstring"
    for common in ("workspace", "progress"):
        parameter = inspect.signature(found).parameters.get(common)
        assert parameter is None or parameter.kind is inspect.Parameter.KEYWORD_ONLY


def test_every_error_is_of_one_tree() -> None:
    strays: list[str] = []
    for info in pkgutil.walk_packages(trasluz.__path__, "trasluz."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            ours = inspect.isclass(value) and value.__module__ == info.name and issubclass(value, BaseException)
            if ours and not issubclass(value, errors.TrasluzError):
                strays.append(f"{info.name}.{name}")
    assert strays == []


def test_errors_have_exit_codes_and_docstrings() -> None:
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, errors.TrasluzError):
            assert value.__doc__ and value.exit_code in (1, 2, 130), name


def test_importing_loads_nothing_heavy() -> None:
    script = "import sys, trasluz, trasluz.cli.app; print(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    heavy = ["torch", "numpy", "sklearn", "matplotlib", "av", "duckdb", "pyarrow", "PIL", "scipy", "jaxtyping"]
    done = subprocess.run([sys.executable, "-c", script, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
