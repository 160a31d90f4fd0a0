"""The course of a run as a figure."""

from __future__ import annotations

import numpy as np
import pytest

from trasluz.lab.drawing.curves import _series, curves
from trasluz.spaces import registry

EVENTS = [
    {"step": k, "loss": 10.0 / k, "advice": "none"} | ({"test_psnr": 20.0 + k} if k % 2 else {}) for k in range(1, 9)
]


def test_a_panel_for_each_group_that_the_run_has() -> None:
    two = curves("a run", EVENTS, {"Loss": ("loss",), "PSNR": ("test_psnr",), "Nothing": ("kl",)})
    one = curves("a run", EVENTS, {"Loss": ("loss",)})
    assert two is not None and one is not None and two.width > 1.8 * one.width
    assert np.asarray(two).std() > 5, "something is drawn"


def test_a_figure_is_drawn_over_the_steps_it_was_taken_at() -> None:
    found = _series(EVENTS, ("test_psnr", "advice", "kl"))
    assert list(found) == ["test_psnr"]
    assert found["test_psnr"][0].tolist() == [1, 3, 5, 7] and found["test_psnr"][1].tolist() == [21, 23, 25, 27]


def test_a_run_without_figures_has_no_picture() -> None:
    assert curves("a run", [], {"Loss": ("loss",)}) is None
    assert curves("a run", EVENTS[:1], {"Loss": ("loss",)}) is None


@pytest.mark.parametrize("family", registry.names("families"))
def test_every_family_says_what_to_watch(family: str) -> None:
    panels = registry.get("families", family).curves
    assert panels and all(keys for keys in panels.values())
