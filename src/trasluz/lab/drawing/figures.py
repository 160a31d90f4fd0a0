"""Maps as figures: points coloured by what is known of them, thumbnails, a legend; and the sheet of decoded places.

Drawn with matplotlib's objects, without its global state, so that threads may draw at once and bytes are the same.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

import numpy as np
from PIL import Image

from trasluz.base.rng import numpy_generator
from trasluz.base.text import safe
from trasluz.lab.drawing import fonts
from trasluz.lab.drawing.colours import OTHER, PALETTE, SEQUENTIAL, colours_of, is_graded, shown
from trasluz.spaces.column import Column, date_text

MISSING = "#dfe1e4"
INK, SOFT, LINE = "#202124", "#686c72", "#c9ccd1"
DPI = 200
"""Two pixels for each of the screen's 100 an inch."""
PITCH, THUMB = 0.62, 0.38
"""Inches from thumbnail to thumbnail, and of one."""
NOTES, LINE_HEIGHT, LETTER = 0.62, 0.15, 0.062
"""Inches below a plot at which notes begin, of a line of them, and of a letter as it is wide at most on average."""
PLOT = 8.4
"""Inches of the longer side of a map."""


@dataclass(frozen=True)
class Colours:
    """What each point is coloured, and how a legend says it."""

    points: np.ndarray
    """`(n, 4)`."""
    legend: tuple[tuple[str, str, int], ...] = ()
    """Label, colour, count."""
    scale: tuple[float, float] | None = None
    """Ends of the colour bar, for a scale."""
    dated: bool = False
    """Whether those are days since 1970."""
    missing: int = 0


@dataclass
class Drawn:
    """A figure that can be had as pixels or as a drawing."""

    figure: Any
    _pixels: Image.Image | None = field(default=None, repr=False)

    def image(self) -> Image.Image:
        """At 200 dots an inch, RGB."""
        if self._pixels is None:
            from matplotlib.backends.backend_agg import FigureCanvasAgg

            canvas = FigureCanvasAgg(self.figure)
            with _quiet():
                canvas.draw()
            self._pixels = Image.fromarray(np.asarray(canvas.buffer_rgba()).copy()).convert("RGB")
        return self._pixels

    def svg(self) -> str:
        """As a drawing; text is drawn as outlines, so that it looks the same everywhere and no label is markup."""
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        buffer = io.StringIO()
        with _quiet(), mpl.rc_context({"svg.hashsalt": "trasluz", "svg.fonttype": "path"}):
            FigureCanvasSVG(self.figure).print_figure(
                buffer, format="svg", dpi=DPI, metadata={"Date": None, "Creator": "Trasluz"}
            )
        return buffer.getvalue()


def colours(column: Column | None, n: int, whole: Column | None = None) -> Colours:
    """Colours of n points by a column: names by the palette, scales by a colour map, grey where there is no value.

    Args:
        whole: The column that this is a part of, whose colours and ends it keeps; None where it is whole.
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_rgba

    if column is None or column.kind == "text":
        return Colours(np.tile(to_rgba(PALETTE[0]), (n, 1)))
    whole = column if whole is None else whole
    known, missing = ~column.missing, int(column.missing.sum())
    if is_graded(column) and column.numbers is not None:
        low, high = whole.span or (0.0, 1.0)
        share = np.where(known, (np.nan_to_num(column.numbers) - low) / ((high - low) or 1), 0)
        rgba = np.where(known[:, None], colormaps[SEQUENTIAL](share), np.array(to_rgba(MISSING)))
        return Colours(rgba, scale=(low, high), dated=column.kind == "date", missing=missing)
    paint, kept = colours_of(whole), shown(whole)
    there = [place for place in kept if column.counts[place]]
    legend = [(_spoken(column.values[place]), paint[place], column.counts[place]) for place in there]
    others = [count for place, count in enumerate(column.counts) if count and place not in kept]
    if others:
        legend.append((f"other ({len(others)} values)", OTHER, sum(others)))
    table = np.array([to_rgba(colour) for colour in (*paint, MISSING)])  # the code of no value, -1, is its last row
    return Colours(table[column.codes].reshape(n, 4), tuple(legend), missing=missing)


def map_figure(
    xy: np.ndarray,
    column: Column | None,
    *,
    axes: tuple[str, str],
    title: str,
    thumbnails: Callable[[Sequence[int]], Sequence[Image.Image]] | None = None,
    pictured: np.ndarray | None = None,
    whole: Column | None = None,
    notes: Sequence[str] = (),
) -> Drawn:
    """Points `(n, 2)` coloured by a column of theirs; `thumbnails` gives pictures of rows of `xy`, of all or of those
    in `pictured`, `whole` is the column that this one is a part of, and `notes` stand below the map, a paragraph
    each."""
    from matplotlib.collections import PathCollection

    paint = colours(column, len(xy), whole)
    name = None if column is None else column.name
    low, high = xy.min(0), xy.max(0)
    span = np.maximum(high - low, 1e-6 * max(1.0, float(np.abs(xy).max())))
    span = np.maximum(span, 0.55 * span.max())  # a plot too flat or too thin to look at is widened
    unit = span.max() * 1.12 / PLOT  # of the data, an inch
    size = span * 1.12 / unit
    lines = [line for note in notes for line in wrap(safe(note), max(24, int(size[0] / LETTER)))]
    figure, ax = _axes(
        size, (low + high) / 2, unit, axes, title, _legend_inches(paint, name), max(0, len(lines) - 1) * LINE_HEIGHT
    )
    order = numpy_generator(0, "order of drawing").permutation(len(xy))  # so that no category hides another
    some = np.arange(len(xy)) if pictured is None else pictured
    found = _spread(xy[some], ax, unit) if thumbnails is not None and len(some) else []
    chosen = [(int(some[row]), x, y) for row, x, y in found]
    points: PathCollection = ax.scatter(
        *xy[order].T,
        s=float(np.clip(26_000 / len(xy), 5, 60)),
        c=paint.points[order],
        alpha=0.9 if len(xy) < 500 else 0.7,
        linewidths=0,
        zorder=2,
    )
    points.set_gid("points")
    if thumbnails is not None and chosen:
        pictures = thumbnails([row for row, _, _ in chosen])
        for (row, x, y), picture in zip(chosen, pictures, strict=True):
            _put(ax, picture, x, y, THUMB * unit, tuple(paint.points[row]) if column is not None else LINE)
    _legend(figure, ax, paint, name)
    if lines:
        ax.text(
            1, -NOTES / size[1], "\n".join(lines), transform=ax.transAxes, ha="right", va="top", fontsize=8, color=SOFT,
            linespacing=LINE_HEIGHT * 72 / 8 / 1.2, parse_math=False,
        )  # fmt: skip
    fonts.suit(figure)
    return Drawn(figure)


def sheet_figure(
    mosaic: Image.Image, corner: tuple[float, float], step: float, tiles: tuple[int, int], *, axes: tuple[str, str],
    title: str, note: str,
) -> Drawn:  # fmt: skip
    """A mosaic of `tiles` (columns, rows) that begins at `corner` (lower left) with `step` of the data a tile."""
    size = np.array(mosaic.size) / DPI  # inches: one pixel of the mosaic is one of the figure
    unit = step * tiles[0] / size[0]
    extent = np.array([step * tiles[0], step * tiles[1]])
    figure, ax = _axes(size, np.array(corner) + extent / 2, unit, axes, title, 0.0)
    left, bottom = corner
    ax.imshow(
        np.asarray(mosaic),
        extent=(left, left + extent[0], bottom, bottom + extent[1]),
        interpolation="nearest",
        zorder=1,
    )
    ax.text(1, -NOTES / size[1], note, transform=ax.transAxes, ha="right", va="top", fontsize=8, color=SOFT)
    fonts.suit(figure)
    return Drawn(figure)


def _axes(
    size: np.ndarray, centre: np.ndarray, unit: float, names: tuple[str, str], title: str, legend: float,
    below: float = 0.0,
) -> tuple[Any, Any]:  # fmt: skip
    """A figure with one plot of `size` inches, `unit` of the data an inch in both directions; `below` is room for more
    than one line of notes."""
    from matplotlib.figure import Figure

    left, right, bottom, top = 0.85, 0.3 + legend, 0.8 + below, 0.62
    width, height = left + size[0] + right, bottom + size[1] + top
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    ax = figure.add_axes((left / width, bottom / height, size[0] / width, size[1] / height))
    half = size * unit / 2
    ax.set_xlim(centre[0] - half[0], centre[0] + half[0])
    ax.set_ylim(centre[1] - half[1], centre[1] + half[1])
    ax.set_xlabel(names[0], fontsize=10, color=INK, labelpad=7, parse_math=False)
    ax.set_ylabel(names[1], fontsize=10, color=INK, labelpad=7, parse_math=False)
    ax.set_title(title, loc="left", fontsize=12, color=INK, pad=12, parse_math=False)
    ax.tick_params(labelsize=8, labelcolor=SOFT, color=LINE, length=3)
    for spine in ax.spines.values():
        spine.set(color=LINE, linewidth=0.8)
    return figure, ax


def _spread(xy: np.ndarray, ax: Any, unit: float) -> list[tuple[int, float, float]]:
    """Rows whose thumbnails fit without overlap, with where to put them.

    The plot is cut into cells; each shows the item nearest to its centre, at its own place but inside the cell.
    """
    pitch, slack = PITCH * unit, ((PITCH - THUMB) / 2 - 0.03) * unit
    corner = np.array([ax.get_xlim()[0], ax.get_ylim()[0]])
    count = np.floor((np.array([ax.get_xlim()[1], ax.get_ylim()[1]]) - corner) / pitch).astype(int)
    cell = np.floor((xy - corner) / pitch).astype(int)
    centre = corner + (cell + 0.5) * pitch
    distance = np.linalg.norm(xy - centre, axis=1)
    best: dict[tuple[int, int], int] = {}
    for row in np.lexsort((np.arange(len(xy)), distance)):
        if (cell[row] < count).all():
            best.setdefault((int(cell[row][0]), int(cell[row][1])), int(row))
    places = {row: np.clip(xy[row], centre[row] - slack, centre[row] + slack) for row in best.values()}
    return [(row, float(x), float(y)) for row, (x, y) in sorted(places.items())]


def _put(ax: Any, picture: Image.Image, x: float, y: float, side: float, border: Any) -> None:
    from matplotlib.image import AxesImage
    from matplotlib.patches import Rectangle

    half = side / 2
    image = AxesImage(ax, cmap="gray", extent=(x - half, x + half, y - half, y + half), zorder=3)
    image.set_data(np.asarray(picture.convert("RGB")))
    ax.add_artist(image)
    ax.add_patch(Rectangle((x - half, y - half), side, side, fill=False, edgecolor=border, linewidth=1.3, zorder=3.1))


def _legend_inches(paint: Colours, name: str | None) -> float:
    if paint.scale is not None:
        # A date may have a time; and the name stands above the bar.
        return max(1.9 if paint.dated else 1.25, 0.35 + 0.085 * min(40, len(name or "")))
    texts = [_entry(label, count) for label, _, count in paint.legend] + [name or ""]
    return 0.0 if not paint.legend else 0.55 + 0.078 * min(40, max(len(text) for text in texts))


def _legend(figure: Any, ax: Any, paint: Colours, name: str | None) -> None:
    from matplotlib.lines import Line2D

    def dot(label: str, colour: str) -> Line2D:
        return Line2D([], [], marker="o", linestyle="", markersize=7, markeredgewidth=0, color=colour, label=label)

    missing = [dot(_entry("no value", paint.missing), MISSING)] if paint.missing else []
    if paint.scale is not None:
        _colour_bar(figure, ax, paint, name or "")
        place = {"loc": "lower left", "bbox_to_anchor": (1.0, -0.02)}
        handles = missing
    else:
        place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.02)}
        handles = [dot(_entry(label, count), colour) for label, colour, count in paint.legend] + missing
    if not handles:
        return
    legend = ax.legend(
        handles=handles, title=None if paint.scale else name, frameon=False, fontsize=9, handletextpad=0.3,
        alignment="left", labelspacing=0.55, **place,
    )  # fmt: skip
    legend.get_title().set(fontsize=10, color=INK, parse_math=False)
    for text in legend.get_texts():
        text.set(color=INK, parse_math=False)


def _colour_bar(figure: Any, ax: Any, paint: Colours, name: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.ticker import FuncFormatter

    box, width = ax.get_position(), figure.get_figwidth()
    bar = figure.add_axes((box.x1 + 0.25 / width, box.y0 + box.height * 0.35, 0.16 / width, box.height * 0.6))
    ends = paint.scale or (0.0, 1.0)
    ticks = FuncFormatter(lambda days, _: date_text(days)) if paint.dated else None
    colour_bar = figure.colorbar(ScalarMappable(Normalize(*ends), cmap=SEQUENTIAL), cax=bar, format=ticks)
    colour_bar.outline.set_visible(False)
    bar.tick_params(labelsize=8, labelcolor=SOFT, color=LINE, length=3)
    bar.set_title(name, loc="left", fontsize=10, color=INK, pad=8, parse_math=False)


def _entry(label: str, count: int) -> str:
    label = safe(label)
    short = label if len(label) <= 28 else f"{label[:14]}…{label[-12:]}"
    return f"{short}  {count:,}"


def _spoken(value: str) -> str:
    """A value in one line, as a legend says it."""
    return " ".join(value.split())


def _quiet() -> warnings.catch_warnings[None]:
    """A letter that no font has is shown as a box; that is said by whoever draws (`fonts.watching`), not here."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)
