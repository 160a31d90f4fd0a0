"""What an installation brings: every dependency pinned, every file in its place."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

import trasluz

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed() -> set[str]:
    """Every package that an installation for development brings, by name."""
    found: set[str] = set()
    todo = [Requirement(line) for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]
    while todo:
        wanted = todo.pop()
        name = plain(wanted.name)
        key = name + "".join(sorted(wanted.extras))
        if key in found:
            continue
        try:
            lines = distribution(wanted.name).requires or []
        except PackageNotFoundError:
            continue
        found |= {key, name}
        for line in map(Requirement, lines):
            extras = wanted.extras or {""}
            if line.marker is None or any(line.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(line)
    return found


def test_every_dependency_is_pinned() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pinned = {plain(line.partition("==")[0]) for line in lines if "==" in line and not line.startswith("#")}
    extras = {name for name in needed() if name.startswith("pyright") and name != "pyright"}
    assert needed() - extras - pinned == set()


def test_the_pins_are_within_what_is_asked_for() -> None:
    pins = dict(
        line.split("==", 1) for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if "==" in line
    )
    pins = {plain(name): version for name, version in pins.items()}
    for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]):
        wanted = Requirement(line)
        assert wanted.specifier.contains(pins[plain(wanted.name)]), line


def test_one_version_everywhere() -> None:
    assert PROJECT["dynamic"] == ["version"] and re.fullmatch(r"\d+\.\d+\.\d+", trasluz.__version__)
    assert distribution("trasluz").version == trasluz.__version__
