"""What `sample` draws from besides priors: what lies about a point, rows that meet a condition, a part of the map.

Each is a distribution like any other (a `Prior`), so that truncation, temperature and seeds mean the same. Rows are
drawn from by a local kernel density (`geometry/local_density.py`); where there are no rows to look at, a point is mixed
with draws of the prior, keeping the variance: z = m + sqrt(1 - a²) (point - m) + a (draw - m), with m the prior's mean.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np
import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.query import NoSuchValue
from trasluz.base import rng
from trasluz.base.bounds import REGION_CORNERS, REGION_FILE
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.base.progress import Progress
from trasluz.base.shapes import Latents, Vectors
from trasluz.geometry.local_density import draws_near
from trasluz.io.values import parse_value, read_value
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf.methods import default_of
from trasluz.spaces.methods import Projection
from trasluz.spaces.prior import Prior

if TYPE_CHECKING:
    from matplotlib.path import Path as Outline

FEWEST = 5
"""Rows that a density is drawn from; fewer say too little of how they spread."""
MIX = 0.5
"""a: how much of a draw is the prior's, where a point has no rows about it."""
FARTHEST = 1e9
"""A coordinate of a map, at most."""
CELLS = 256
"""Cells along each side of a region's box, in which places are drawn."""
RegionLike = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Sequence[float]] | np.ndarray | Tensor
"""A region's file, its JSON as text, or its corners."""


@dataclass(frozen=True)
class Region:
    """A polygon on a map. What lies inside is decided by the even-odd rule.

    Of places exactly on the border some count as inside and some do not.
    """

    corners: np.ndarray
    """`(n, 2)`, float64."""
    method: str
    """Of the map that the corners lie on."""

    def holds(self, xy: np.ndarray) -> np.ndarray:
        """Which places `(n, 2)` lie inside, `(n,)` of bool."""
        if self._is_line:
            return np.zeros(len(xy), dtype=bool)
        return self._outline.contains_points(xy)

    @cached_property
    def _outline(self) -> Outline:
        from matplotlib.path import Path as Outline

        x, y = self.corners.T
        # Anticlockwise: for places on the border matplotlib's answer depends on it.
        anticlockwise = x @ np.roll(y, -1) >= y @ np.roll(x, -1)
        return Outline(self.corners if anticlockwise else self.corners[::-1])

    @cached_property
    def _is_line(self) -> bool:
        """Whether the corners lie on one line, or are all the same: matplotlib's answer has no meaning then."""
        x, y = (self.corners - self.corners[0]).T
        far = (x**2 + y**2).argmax()
        return bool((np.abs(x * y[far] - y * x[far]) <= 1e-12 * (x[far] ** 2 + y[far] ** 2)).all())

    def text(self) -> str:
        """As JSON, as a command line can say it."""
        return json.dumps({"method": self.method, "points": self.corners.tolist()})


def read_region(given: RegionLike) -> Region:
    """A region from its file, its JSON, or its corners.

    Raises:
        DamagedFile: no file, none of JSON, or too large a one.
        InvalidArgument: not three finite corners or more.
    """
    if isinstance(given, (str, os.PathLike)):
        text = os.fspath(given)
        if text.lstrip().startswith(("[", "{")):
            if len(text) > REGION_FILE:
                raise DamagedFile(
                    "the region is too large", got=f"{len(text):,} characters", allowed=f"{REGION_FILE:,}"
                )
            return _region(parse_value(text, "the region"))
        return _region(read_value(Path(text).expanduser(), "the region", limit=REGION_FILE))
    return _region(given)


def _region(value: object) -> Region:
    if isinstance(value, Mapping):
        fields = cast(Mapping[str, Any], value)
        if not {"points"} <= set(fields) <= {"method", "points"} or not isinstance(fields.get("method", ""), str):
            raise _unread(f"the fields {', '.join(map(str, fields))}" if fields else "nothing")
        corners = _corners(fields["points"])
        return Region(corners, str(fields.get("method", default_of("projections").name)))
    return Region(_corners(value), default_of("projections").name)


def _corners(value: object) -> np.ndarray:
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise _unread(type(value).__name__)
    points = cast(Sequence[object], value)
    if not 3 <= len(points) <= REGION_CORNERS:
        raise _unread(f"{len(points):,} corners")
    return np.array([_corner(point) for point in points], dtype=np.float64)


def _corner(point: object) -> tuple[float, float]:
    if isinstance(point, Sequence) and not isinstance(point, (str, bytes)) and len(cast(Sequence[object], point)) == 2:
        x, y = cast(Sequence[object], point)
        numbers = [isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) <= FARTHEST for v in (x, y)]
        if all(numbers):  # false for NaN too
            return float(cast(float, x)), float(cast(float, y))
    raise _unread(f"the corner {point!r}"[:80])


def _unread(got: str) -> InvalidArgument:
    return InvalidArgument(
        "not a region of the map", got=got,
        allowed=f'3 to {REGION_CORNERS:,} corners [x, y] of finite numbers, or {{"method": "pca", "points": [...]}}',
    )  # fmt: skip


@final
class Around(Prior):
    """Near one of some rows, each time another: a local kernel density."""

    method = "local"
    exact = False

    def __init__(self, centres: Tensor, rows: Latents) -> None:
        """Draws lie near `centres` (m, *shape), spread as the nearest of `rows` (n, *shape) are."""
        if len(rows) < FEWEST:
            raise InvalidArgument("too few items to draw from", got=len(rows), allowed=f"{FEWEST} or more")
        self.shape = tuple(rows.shape[1:])
        self._centres, self._rows = centres.flatten(1).float(), rows.flatten(1).float()

    @property
    def mean(self) -> Tensor:
        return self._centres.double().mean(0).float().reshape(self.shape)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        centres = self._centres[[self._chosen(seed, start + i) for i in range(n)]]
        return draws_near(centres, self._rows, seed, start=start, scale=temperature).reshape(n, *self.shape)

    def _chosen(self, seed: int, index: int) -> int:
        return int(torch.randint(len(self._centres), (1,), generator=rng.generator(seed, "centre", index)))


@final
class Mixed(Prior):
    """A point mixed with draws of a prior."""

    method = "mixed"
    exact = False

    def __init__(self, point: Tensor, prior: Prior) -> None:
        self.shape = tuple(point.shape)
        self._point, self._prior = point.float(), prior

    @property
    def mean(self) -> Tensor:
        return self._point

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        middle, share = self._prior.mean.float().cpu(), min(1.0, MIX * temperature)
        draws = self._prior.sample(n, seed, start=start).float().cpu()
        return middle + math.sqrt(1 - share**2) * (self._point - middle) + share * (draws - middle)


@final
class Places(Prior):
    """Places of a region, evenly, by the map's way back."""

    method = "places"
    exact = False

    def __init__(self, region: Region, projection: Projection) -> None:
        self._region, self._projection = region, projection
        self._low = region.corners.min(0)
        self._cell = (region.corners.max(0) - self._low) / CELLS
        centres = self._low + (np.stack(np.meshgrid(np.arange(CELLS), np.arange(CELLS)), -1) + 0.5) * self._cell
        centres = centres.reshape(-1, 2)
        self._inside = centres[region.holds(centres)]
        if not len(self._inside):
            raise InvalidArgument("the region has no area, and no items in it", next="Draw a wider one")
        self._middle = self._inside.mean(0)
        self._mean = self._back(self._middle[None])[0]
        self.shape = tuple(self._mean.shape)

    @property
    def mean(self) -> Tensor:
        return self._mean

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        places = [self._place(seed, start + i) for i in range(n)]
        return self._back(self._middle + temperature * (np.array(places).reshape(-1, 2) - self._middle))

    def _place(self, seed: int, index: int) -> np.ndarray:
        dice = rng.numpy_generator(seed, "place", index)
        centre = self._inside[dice.integers(len(self._inside))]
        place = centre + (dice.random(2) - 0.5) * self._cell
        return place if self._region.holds(place[None])[0] else centre

    def _back(self, xy: np.ndarray) -> Tensor:
        return self._projection.inverse(torch.from_numpy(xy).float()).float().cpu()


def rows_where(atlas: Atlas, condition: str) -> np.ndarray:
    """Positions of the rows that meet a condition, enough of them to draw from."""
    try:
        chosen = np.asarray(atlas.where(condition))
    except NoSuchValue as error:
        what = f"too few items of the atlas {atlas.name} meet the condition {condition}: {error.what}"
        raise InvalidArgument(what, allowed=error.allowed, next=error.next) from None
    if len(chosen) < FEWEST:
        raise InvalidArgument(
            f"too few items of the atlas {atlas.name} meet the condition {condition}",
            got=len(chosen), allowed=f"{FEWEST} or more", next="Ask for less, or encode more items",
        )  # fmt: skip
    return chosen


def rows_inside(
    atlas: Atlas, region: Region, workspace: Workspace, progress: Progress
) -> tuple[np.ndarray, Projection]:
    """Positions of the rows that lie in a region of the atlas' map, and the map."""
    from trasluz.lab.shelf.maps import projection_of

    projection = projection_of(atlas, region.method, workspace=workspace, progress=progress)
    inside = np.flatnonzero(region.holds(projection.xy.cpu().numpy()))
    return inside, projection


def flat(latents: Latents) -> Vectors:
    """Latents as rows `(n, d)`, float32, on the CPU."""
    return latents.detach().flatten(1).float().cpu()
