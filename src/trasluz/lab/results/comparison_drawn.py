"""The pictures of a comparison: items in both spaces, paths, and plots of what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.lab.drawing import pictures
from trasluz.lab.drawing.figures import INK, LINE, PALETTE, SOFT, Drawn
from trasluz.lab.results.comparison_words import LANGUAGES, Words, count, map_name, number
from trasluz.lab.results.ways import Kept, Shown, Walk, Way


def sheet(
    shown: Shown, key: tuple[str, str], words: Words, captions: Mapping[tuple[int, int], str] | None = None
) -> Image.Image:
    """A row an item."""
    columns = words["pictures.columns"].format(source=key[0], target=key[1]).split("|")
    factor = pictures.factor_for(shown.target[0], len(columns), len(shown.names))
    size = (int(shown.target.shape[-1]) * factor, int(shown.target.shape[-2]) * factor)
    top = max(0.25, float(shown.difference.max()))

    def cell(image: Image.Image) -> Image.Image:
        return image.convert("RGB").resize(size, Image.Resampling.NEAREST)

    rows: list[list[pictures.Cell]] = []
    for i in range(len(shown.names)):
        parts = (shown.original[i], shown.source[i], shown.moved[i], shown.target[i])
        rows.append([*(cell(pictures.image_of(part)) for part in parts), cell(pictures.heat(shown.difference[i], top))])
    face = pictures.font(max(12, min(20, round(size[0] / 8))))
    labels = [pictures.fitted(name, face, size[0]) for name in columns]
    return pictures.table(rows, row_labels=list(shown.names), column_labels=labels, captions=captions)


def worst(shown: Shown, lost: Sequence[Kept], key: tuple[str, str], words: Words) -> Image.Image:
    """A row a factor that is lost: the item that says it best, with what it is, and is read as."""
    captions = dict[tuple[int, int], str]()
    for row, one in enumerate(lost):
        if one.worst is not None:
            told = (one.worst.value, *one.worst.read)
            captions |= {(row, column): text for column, text in enumerate(told)}
    names = [one.column for one in lost]
    return sheet(replace(shown, names=tuple(names)), key, words, captions)


def strips(walk: Walk, key: tuple[str, str], words: Words) -> Image.Image:
    labels = words["walk.rows"].format(source=key[0], target=key[1]).split("|")
    factor = pictures.factor_for(walk.target[0], len(walk.target), 3)
    size = (int(walk.target.shape[-1]) * factor, int(walk.target.shape[-2]) * factor)

    def cells(frames: Tensor) -> list[pictures.Cell]:
        return [pictures.image_of(one).convert("RGB").resize(size, Image.Resampling.NEAREST) for one in frames]

    return pictures.table([cells(part) for part in (walk.source, walk.moved, walk.target)], row_labels=labels)


def _axes(ways: Sequence[Way], height: float = 3.2) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    across = min(2, len(ways))
    down = -(-len(ways) // across)
    figure = Figure(figsize=(across * 4.8, down * height), layout="constrained")
    axes = list(figure.subplots(down, across, squeeze=False).ravel())
    for ax in axes[len(ways) :]:
        ax.set_axis_off()
    for ax, one in zip(axes, ways, strict=False):
        ax.set_title(f"{one.source} → {one.target}", loc="left", fontsize=10, color=INK)
        ax.tick_params(labelsize=8, colors=SOFT)
        ax.grid(color=LINE, linewidth=0.5, alpha=0.6)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    return figure, axes


def ladder(ways: Sequence[Way], language: str) -> Image.Image:
    words = LANGUAGES[language]
    figure, axes = _axes(ways)
    for ax, one in zip(axes, ways, strict=False):
        names = [map_name(rung, language) for rung in one.rungs]
        values = np.array([rung.m.value for rung in one.rungs])
        ends = np.array([rung.m.interval or (rung.m.value, rung.m.value) for rung in one.rungs])
        paint = [PALETTE[0] if rung.name == one.chosen else LINE for rung in one.rungs]
        ax.barh(names, values, color=paint, height=0.62)
        ax.errorbar(values, names, xerr=np.abs(ends.T - values), fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        ax.axvline(one.own.value, color=PALETTE[1], linewidth=1.2)
        if values.min() > 0 and values.max() / values.min() > 10:
            ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: number(value, language))
        ax.set_xlabel(words["axis.m"], fontsize=8, color=SOFT)
        ax.set_ylim(max(len(names), 3) - 0.5, -0.5)
    return Drawn(figure).image()


def few(ways: Sequence[Way], language: str) -> Image.Image:
    words = LANGUAGES[language]
    figure, axes = _axes(ways)
    for ax, one in zip(axes, ways, strict=False):
        for how, colour in zip(("random", "farthest", "k-means"), PALETTE, strict=False):
            some = [few for few in one.few if few.how == how]
            if not some:
                continue
            at, values = [few.items for few in some], [few.error for few in some]
            ax.plot(at, values, color=colour, marker="o", markersize=3, linewidth=1.3, label=words[how])
            if how == "random":
                low = [few.interval[0] if few.interval else few.error for few in some]
                high = [few.interval[1] if few.interval else few.error for few in some]
                ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter(lambda value, _: count(round(value), language))
        ax.yaxis.set_major_formatter(lambda value, _: number(value, language))
        ax.set_ylim(0, max(1.05, min(2.0, max((few.error for few in one.few), default=1))))
        ax.axhline(1, color=LINE, linewidth=1)
        ax.set_xlabel(words["axis.items"], fontsize=8, color=SOFT)
        ax.set_ylabel(words["axis.error"], fontsize=8, color=SOFT)
        ax.legend(fontsize=8, frameon=False)
    return Drawn(figure).image()


def matrix(ways: Sequence[Way], language: str) -> Image.Image:
    """Share of the second space's variance that the map gives, as colour, with M and own as text."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(name for one in ways for name in (one.source, one.target)))
    shares = np.full((len(names), len(names)), np.nan)
    figure = Figure(figsize=(1.9 + 1.5 * len(names), 1.1 + 1.0 * len(names)), layout="constrained")
    ax = figure.subplots()
    for one in ways:
        i, j = names.index(one.source), names.index(one.target)
        shares[i, j] = one.explained
        ink = "white" if one.explained < 0.5 else INK
        text = f"{number(one.rung.m.value, language)}\n({number(one.own.value, language)})"
        ax.text(j, i, text, ha="center", va="center", fontsize=9, color=ink)
    ax.imshow(shares, cmap="viridis", vmin=0, vmax=1)
    ax.set_xticks(range(len(names)), names, rotation=20, ha="right", fontsize=9)
    ax.set_yticks(range(len(names)), names, fontsize=9)
    ax.tick_params(length=0, colors=INK)
    for side in ax.spines.values():
        side.set_visible(False)
    return Drawn(figure).image()
