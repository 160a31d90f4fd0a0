"""Regions of a plane where points lie densely, found by where they lie alone.

A density of Gaussian kernels on a grid (Silverman 1986, *Density Estimation for Statistics and Data Analysis*, ch. 4);
every cell belongs to the peak that the steepest way up leads to (a watershed, as in quick shift: Vedaldi & Soatto
2008). The width of the kernels is Scott's (1992), times a factor that says how finely one looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

CELLS = 192
"""Of the grid, along the longer side."""
FLOOR = 0.02
"""Of the highest density: what lies where it is less belongs to no region."""
AROUND = 0.08
"""Of the longer side: room around the points, so that no kernel ends at the edge."""


@final
@dataclass(frozen=True)
class Grid:
    """Square cells over all points."""

    low: np.ndarray
    """`(2,)`: the corner of the first cell."""
    step: float
    shape: tuple[int, int]
    """Cells across and along."""

    @classmethod
    def over(cls, xy: np.ndarray) -> Grid:
        """A grid over points `(n, 2)`."""
        low, high = xy.min(0), xy.max(0)
        longest = float((high - low).max()) or 1.0
        low, high = low - AROUND * longest, high + AROUND * longest
        step = longest * (1 + 2 * AROUND) / CELLS
        across, along = (int(np.ceil(side / step)) + 1 for side in (high - low).tolist())
        return cls(low, step, (across, along))

    def cells(self, xy: np.ndarray) -> np.ndarray:
        """The cell of each point `(n, 2)`, as its place in the flattened grid, `(n,)`."""
        at = np.floor((xy - self.low) / self.step).astype(np.int64)
        across, along = self.shape
        return at[:, 0].clip(0, across - 1) * along + at[:, 1].clip(0, along - 1)

    def density(self, xy: np.ndarray, width: float) -> np.ndarray:
        """Kernels of a width, in units of the plane, on points `(n, 2)`: `shape`, in points a cell."""
        across, along = self.shape
        counts = np.bincount(self.cells(xy), minlength=across * along).reshape(across, along)
        from scipy import ndimage

        return ndimage.gaussian_filter(counts.astype(np.float64), width / self.step, mode="constant")

    def middle(self, cell: int) -> tuple[float, float]:
        """The middle of a cell, by its place in the flattened grid."""
        i, j = divmod(cell, self.shape[1])
        x, y = (self.low + (np.array([i, j]) + 0.5) * self.step).tolist()
        return x, y


def width_of(xy: np.ndarray, fine: float) -> float:
    """The width of the kernels for points `(n, 2)`: Scott's for two dimensions, times `fine`."""
    spread = float(np.sqrt(xy.var(0).mean()))
    return fine * spread * len(xy) ** (-1 / 6)


def regions_of(xy: np.ndarray, grid: Grid, width: float) -> np.ndarray:
    """The region that each of the points `(n, 2)` lies in: `(n,)`, numbered from 0 by peaks, the densest first; -1
    where there are next to none."""
    density = grid.density(xy, width)
    top = _summits(density)
    peaks = np.unique(top)
    peaks = peaks[np.argsort(-density.ravel()[peaks], kind="stable")]
    number = np.full(density.size, -1, np.int64)
    number[peaks] = np.arange(len(peaks))
    cells = grid.cells(xy)
    found = number[top[cells]]
    return np.where(density.ravel()[cells] >= FLOOR * density.max(), found, -1)


def _summits(density: np.ndarray) -> np.ndarray:
    """For every cell, flattened, the cell that the steepest way up from it leads to."""
    across, along = density.shape
    padded = np.pad(density, 1, constant_values=-1.0)
    places = np.pad(np.arange(density.size).reshape(across, along), 1, constant_values=-1)
    best, way = density.copy(), np.arange(density.size).reshape(across, along)
    for i in (0, 1, 2):
        for j in (0, 1, 2):
            there = padded[i : i + across, j : j + along]
            # Of equals the one that comes first, so that a flat part has one summit and no way goes round.
            up = (there > best) | ((there == best) & (places[i : i + across, j : j + along] < way) & (there > 0))
            best = np.where(up, there, best)
            way = np.where(up, places[i : i + across, j : j + along], way)
    to = way.ravel()
    while not np.array_equal(to, to[to]):
        to = to[to]
    return to
