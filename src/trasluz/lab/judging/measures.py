"""Numbers of encoded items that no label says, to colour a map by: how alone one is, how far from the prior, how far
the map is from the space there.

A measure is one line of `MEASURES`: command line, Python, studio and page offer it by that, as `measure:NAME`. What the
page calls it in its languages stands in `web/src/text/explore.ts`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import UnknownName
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Scores, Vectors
from trasluz.geometry.distances import nearest
from trasluz.geometry.local_density import reach, spaced
from trasluz.lab.judging.places import stretch, torn_of
from trasluz.spaces.column import Column
from trasluz.spaces.methods import Projection
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace
from trasluz.spaces.spread import spread_of

PREFIX = "measure:"
"""What the name of a measure begins with where columns are named too."""
MOST = 20_000
"""Rows among which the nearest is looked for, evenly spaced where there are more."""


@final
@dataclass(frozen=True)
class Measured:
    """What a measure is taken of."""

    space: LatentSpace
    atlas: Atlas
    projection: Projection
    progress: Progress = SILENT

    @property
    def rows(self) -> Vectors:
        """The latents, `(n, d)`."""
        return self.atlas.latents.float().flatten(1)


@final
@dataclass(frozen=True)
class Measure:
    """One number an item."""

    name: str
    title: str
    """What it is, under a bar of colours."""
    of: Callable[[Measured], Tensor]
    """`(n,)`, never negative."""
    needs_prior: bool = False


MEASURES = (
    Measure("alone", "distance to the nearest other", lambda m: _alone(m.rows)),
    Measure(
        "from_prior", "distance from the prior", lambda m: from_prior(m.space, m.atlas.latents.float()),
        needs_prior=True,
    ),
    Measure("stretch", "stretch (1 is usual)", lambda m: stretch(m.space, m.projection, m.progress)),
    Measure("torn", "neighbours torn away", lambda m: torn_of(m.rows, m.projection.xy.cpu())),
)  # fmt: skip
"""
- `alone`: the distance to the nearest other item, over the distance within which 95 % of them have one: 1 and less is
  usual.
- `from_prior`: the distance from the prior's mean over that of its draws: 1 is usual.
- `stretch`: how fast items change at its place for a step on the map, over the median: 2 is twice as fast.
- `torn`: the share of its nearest 15 in the space that are not among its nearest 15 on the map.
"""


def measures_of(space: LatentSpace) -> list[str]:
    """The measures that the items of a space have: `from_prior` where there is a prior."""
    return [one.name for one in MEASURES if space.default_prior or not one.needs_prior]


def is_measure(name: str, columns: Collection[str]) -> bool:
    """Whether a name is a measure's, and not that of one of the columns."""
    return name.startswith(PREFIX) and name not in columns


def check_measure(name: str, space: LatentSpace) -> Measure:
    """A measure by its name, with or without the prefix.

    Raises:
        UnknownName: no such measure, or none of this space.
    """
    there, wanted = measures_of(space), name.removeprefix(PREFIX)
    if wanted not in there:
        raise UnknownName("measure", wanted, there)
    return next(one for one in MEASURES if one.name == wanted)


def measure(name: str, model: LatentModel, atlas: Atlas, projection: Projection, progress: Progress = SILENT) -> Scores:
    """A measure of every encoded item, `(n,)`, never negative.

    Raises:
        UnknownName: no such measure, or none of this space.
    """
    space = model.space(atlas.space)
    return check_measure(name, space).of(Measured(space, atlas, projection, progress)).cpu()


def measured(
    name: str, model: LatentModel, atlas: Atlas, projection: Projection, progress: Progress = SILENT, *,
    called: str | None = None,
) -> Column:  # fmt: skip
    """A measure as a column to colour by, called by its title where nothing else is said."""
    found = measure(name, model, atlas, projection, progress).numpy()
    return Column.quantity(called or check_measure(name, model.space(atlas.space)).title, found)


def _alone(rows: torch.Tensor) -> torch.Tensor:
    n = len(rows)
    if n < 2:
        return torch.zeros(n)
    some = spaced(n, MOST)
    distances, which = nearest(rows, rows[some], 2)
    own = some[which[:, 0]] == torch.arange(n)
    return torch.where(own, distances[:, 1], distances[:, 0]) / reach(rows)


def from_prior(space: LatentSpace, z: Tensor) -> Tensor:
    """How far latents `(n, *shape)` lie from the middle of the space's prior, `(n,)`: 1 is as far as its draws do.

    The root mean square over dimensions of (z − mean) / σ, mean and σ taken over draws.
    """
    spread = spread_of(space)
    return ((z.cpu() - spread.mean) / spread.sigma).flatten(1).square().mean(1).sqrt()
