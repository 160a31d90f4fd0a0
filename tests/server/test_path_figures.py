"""Figures of a path as the page is told them: all that the lab gives, with types."""

from __future__ import annotations

import pytest

from trasluz.lab.judging.path_quality import PathQuality
from trasluz.lab.results.paths import PathFigures
from trasluz.server.routes.paths import PathFiguresCard, figures_of


@pytest.mark.parametrize(("precision", "measured"), [(0.5, {"precision", "ppl"}), (None, {"ppl"})])
def test_a_measured_path_is_told_with_all_its_figures(precision: float | None, measured: set[str]) -> None:
    quality = PathQuality("pixels", precision, 22, 500, 12.5, 460)
    document = {"rule": "linear", **PathFigures(1.0, 2.0, 1.0, None, 1.0, 0.0).figures(), "quality": quality.figures()}
    told = figures_of(document, quality).model_dump(mode="json")
    assert PathFiguresCard(**told).model_dump(mode="json") == told
    assert set(told) == set(document) and set(told["quality"]) == set(document["quality"])
    assert set(told["quality"]["measured"]) == measured
    assert told["quality"]["measured"]["ppl"]["better"] == "lower" and told["quality"]["precision"] == precision
