"""Small real data for tests: shapes of a few colours on a plain ground, with known factors."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from trasluz.spaces.data import Dataset, split_of

COLOURS = {"red": (220, 60, 50), "green": (60, 180, 90), "blue": (60, 90, 210)}


def shapes(n: int = 120, size: int = 32, channels: int = 3, seed: int = 0) -> Dataset:
    """Discs and squares, in three colours, at random places: `label` is the shape, `colour` a factor, `x` a number."""
    draw = np.random.default_rng(seed)
    yy, xx = np.mgrid[:size, :size] / size
    pixels = np.empty((n, 3, size, size), np.uint8)
    rows: dict[str, list[object]] = {
        "id": [],
        "index": [],
        "source": [],
        "split": [],
        "label": [],
        "colour": [],
        "x": [],
    }
    for i in range(n):
        shape, colour = draw.choice(["disc", "square"]), draw.choice(list(COLOURS))
        cx, cy, r = draw.uniform(0.35, 0.65), draw.uniform(0.35, 0.65), 0.25
        inside = (xx - cx) ** 2 + (yy - cy) ** 2 < r**2 if shape == "disc" else (abs(xx - cx) < r) & (abs(yy - cy) < r)
        pixels[i] = np.where(inside, np.array(COLOURS[colour])[:, None, None], 235)
        values = (f"shape-{i}", i, "shapes", split_of(f"shape-{i}"), str(shape), str(colour), float(cx))
        for key, value in zip(rows, values, strict=True):
            rows[key].append(value)
    grey = pixels if channels == 3 else pixels[:, :1]
    return Dataset("shapes", f"d-shapes-{n}-{size}-{channels}-{seed}", grey, pa.table(rows), {"licence": "made here"})
