"""One line for each of them: pytest makes a test of every clause of its contract."""

from __future__ import annotations

import os
from pathlib import Path

from trasluz.conformance import suite


def write_gratings(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "gratings.json").write_text('{"size": 16}')


def write_others(folder: Path) -> None:
    (folder / "gratings.json").write_text('{"size": 24}')
    os.utime(folder / "gratings.json", (1, 1))


test_kind = suite("kinds", "curve")
test_sources = suite("sources", "checkerboards", "waves", "decays")
test_metric = suite("metrics", "contrast")
test_rule = suite("paths", "eased")
test_prior = suite("priors", "kernel")
test_map = suite("projections", "numbers")
test_finder = suite("finders", "medians")
test_opener = suite("openers", "gratings", make=write_gratings, change=write_others)
test_verb = suite(
    "verbs",
    "midpoint",
    runs="trasluz midpoint waves seed:1 seed:2 --out between.png",
    prepare=lambda place: write_gratings(place / "workspace" / "models" / "waves"),
)
