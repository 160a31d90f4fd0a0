"""Maps: colours that can be told apart, thumbnails that do not overlap, labels that are text and nothing else."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from PIL import Image

from trasluz.lab.drawing import colours, figures
from trasluz.spaces.column import Column

RNG = np.random.default_rng(0)
XY = RNG.normal(size=(400, 2)) * [3, 1]
AXES = ("PC 1", "PC 2")

# Viénot, Brettel & Mollon 1999: what is left of linear RGB without the long, without the middle cones.
BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deutan": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}


def lab(colour: str, blindness: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a colour as seen with a kind of colour-blindness."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(blindness @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    x, y, z = (v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in xyz / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_can_be_told_apart_by_everybody(kind: str) -> None:
    seen = [lab(colour, BLINDNESS[kind]) for colour in colours.PALETTE]
    apart = {(i, j): math.dist(seen[i], seen[j]) for i, j in itertools.combinations(range(len(seen)), 2)}
    assert min(apart.values()) > 9, min(apart, key=apart.__getitem__)
    assert min(d for (i, j), d in apart.items() if j < 4) > 20, "the first four, which most maps use"


def test_categories_have_colours_and_counts() -> None:
    paint = figures.colours(Column.of("animal", ["dog"] * 250 + ["cat"] * 149 + [None]), 400)
    assert [(name, count) for name, _, count in paint.legend] == [("cat", 149), ("dog", 250)]
    assert paint.missing == 1 and len({tuple(row) for row in paint.points}) == 3


def test_beyond_the_palette_the_rest_is_grey() -> None:
    paint = figures.colours(Column.of("kind", [f"kind {min(i % 300, 300 - i % 300)}" for i in range(400)]), 400)
    assert len(paint.legend) == 12 and paint.legend[-1][0] == "other (140 values)"
    assert sum(count for _, _, count in paint.legend) == 400


def test_quantities_have_a_scale_and_a_few_whole_numbers_are_classes() -> None:
    assert figures.colours(Column.of("x", np.linspace(-1, 3, 400)), 400).scale == (-1.0, 3.0)
    classes = figures.colours(Column.of("x", np.arange(400) % 10 * 1.0), 400)
    assert [name for name, _, _ in classes.legend] == [str(i) for i in range(10)]
    gaps = figures.colours(Column.of("x", [None, 0.5, 1.5, float("nan")]), 4)
    assert gaps.scale == (0.5, 1.5) and gaps.missing == 2


def test_thumbnails_do_not_overlap_and_stay_near_their_items() -> None:
    asked: list[int] = []

    def thumbnails(rows: list[int]) -> list[Image.Image]:
        asked.extend(rows)
        return [Image.new("L", (8, 8), 90)] * len(rows)

    drawn = figures.map_figure(XY, None, axes=AXES, title="a map", thumbnails=thumbnails)
    boxes = [patch for patch in drawn.figure.axes[0].patches if patch.get_width() > 0]
    assert len(boxes) == len(asked) == len(set(asked)) > 20
    places = np.array([[box.get_x(), box.get_y()] for box in boxes])
    side = boxes[0].get_width()
    gaps = np.abs(places[:, None] - places[None]).max(axis=2) + np.eye(len(places)) * 9
    assert gaps.min() >= side * 0.999
    centres = places + side / 2
    assert np.abs(centres - XY[asked]).max() < side


def test_a_map_is_the_same_twice_as_pixels_and_as_a_drawing() -> None:
    def draw() -> figures.Drawn:
        return figures.map_figure(XY, Column.of("letter", ["a", "b"] * 200), axes=AXES, title="a map")

    assert draw().image().tobytes() == draw().image().tobytes()
    first = draw().svg()
    assert first == draw().svg() and "<svg" in first
    both = draw()
    assert both.svg() == both.svg() == first and both.image().size == draw().image().size


def test_labels_are_text_whatever_they_hold() -> None:
    hostile = ["$\\frac{1}{", "<script>alert(1)</script>", "_hidden", "猫"]
    drawn = figures.map_figure(XY, Column.of("$x^", hostile * 100), axes=("$a", "b_{"), title="<b>$\\bad")
    assert drawn.image().width > 1000
    assert "<script>" not in drawn.svg()


def test_degenerate_data_still_make_a_picture() -> None:
    for xy in (np.zeros((1, 2)), np.full((5, 2), 7.0), np.stack([np.arange(5.0), np.zeros(5)], 1)):
        image = figures.map_figure(xy, None, axes=AXES, title="few").image()
        assert min(image.size) > 300 and image.mode == "RGB"


def test_a_sheet_shows_the_mosaic_pixel_by_pixel() -> None:
    mosaic = Image.fromarray(RNG.integers(0, 256, (240, 400, 3), dtype=np.uint8))
    drawn = figures.sheet_figure(mosaic, (-2.0, -1.0), 0.5, (10, 6), axes=AXES, title="a sheet", note="n")
    page = np.asarray(drawn.image()).astype(int)
    inner = np.asarray(mosaic).astype(int)[10:-10, 10:-10]
    shapes = [(dy, dx) for dy in range(100, 160) for dx in range(140, 200)]
    best = min(
        np.abs(page[y + 10 : y + 230, x + 10 : x + 390] - inner).mean() for y, x in shapes if y + 230 < len(page)
    )
    assert best < 3


def luminance(colour: str) -> float:
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return float(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("ground", ["#ffffff", "#f3f1ec", "#0e1016"])  # of a drawn map, of the page by day and by night
def test_colours_show_on_every_ground(ground: str) -> None:
    for colour in colours.PALETTE:
        dark, light = sorted((luminance(colour), luminance(ground)))
        assert (light + 0.05) / (dark + 0.05) > 1.5, colour


def test_a_scale_has_the_colours_of_the_map_that_it_is_named_after() -> None:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    viridis = colormaps[colours.SEQUENTIAL]
    assert tuple(to_hex(viridis(share)) for share in np.linspace(0, 1, len(colours.STOPS))) == colours.STOPS


def test_an_order_of_many_steps_and_a_date_have_a_scale() -> None:
    steps = Column.of("steps", np.arange(400) % 15)
    assert figures.colours(steps, 400).scale == (0, 14)
    assert len(set(colours.colours_of(steps))) == 15 and colours.colours_of(steps)[0] == colours.STOPS[0]
    days = Column.of("day", [f"2024-01-{1 + i % 20:02d}" for i in range(400)])
    assert figures.colours(days, 400).dated
    drawn = figures.map_figure(XY, days, axes=AXES, title="days")
    assert figures.map_figure(XY, Column.of("day", ["0001-01-01", "9999-12-31"] * 200), axes=AXES, title="").image()
    labels = [label.get_text() for label in drawn.figure.axes[1].get_yticklabels()]
    assert any(label.startswith("2024-01-") for label in labels)


def test_a_map_of_some_rows_keeps_the_colours_of_all() -> None:
    column = Column.of("animal", ["ape", "bee", "cat", None] * 100)
    some = figures.colours(column.take([2, 6, 3]), 3)
    assert [(name, colour) for name, colour, _ in some.legend] == [("cat", colours.PALETTE[2])] and some.missing == 1
