"""The course of a run as a figure: what the family thinks a person should see, panel by panel, over the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from trasluz.lab.drawing.figures import INK, LINE, PALETTE, SOFT, Drawn

PANEL = (4.2, 2.7)
"""Inches of one panel."""
ACROSS = 2
WIDE_RANGE = 30.0
"""Ratio of the largest to the smallest value from which on positive values are drawn on a logarithmic axis."""


def curves(title: str, events: Sequence[Mapping[str, Any]], panels: Mapping[str, Sequence[str]]) -> Image.Image | None:
    """A panel for each group of figures that the run has; None where it has none of them.

    Args:
        title: Above all panels.
        events: The lines of `events.jsonl`, in order.
        panels: Names of figures by the title of their panel.
    """
    from matplotlib.figure import Figure

    found = {name: _series(events, keys) for name, keys in panels.items()}
    found = {name: series for name, series in found.items() if series}
    if not found:
        return None
    across = min(ACROSS, len(found))
    down = -(-len(found) // across)
    figure = Figure(figsize=(across * PANEL[0], down * PANEL[1] + 0.4), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontsize=12)
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for ax, (name, series) in zip(axes, found.items(), strict=False):
        _panel(ax, name, series)
    for ax in axes[len(found) :]:
        ax.set_axis_off()
    return Drawn(figure).image()


def _series(events: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Steps and values of each figure that occurs more than once."""
    out: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for key in keys:
        pairs = [(event["step"], event[key]) for event in events if isinstance(event.get(key), (int, float))]
        if len(pairs) > 1:
            steps, values = np.array(pairs, dtype=np.float64).T
            out[key] = (steps, values)
    return out


def _panel(ax: Any, name: str, series: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    for (key, (steps, values)), colour in zip(series.items(), PALETTE, strict=False):
        ax.plot(steps, values, color=colour, linewidth=1.4, label=key.removeprefix("test_").replace("_", " "))
    every = np.concatenate([values for _, values in series.values()])
    if every.min() > 0 and every.max() / every.min() > WIDE_RANGE:
        ax.set_yscale("log")
    ax.set_title(name, loc="left", fontsize=10, color=INK)
    ax.tick_params(labelsize=8, colors=SOFT)
    ax.grid(color=LINE, linewidth=0.5, alpha=0.6)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if len(series) > 1:
        ax.legend(fontsize=8, frameon=False)
