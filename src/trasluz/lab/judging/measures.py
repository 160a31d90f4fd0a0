"""Numbers of encoded items that no label says, to colour a map by: how alone one is, how far from the prior."""

from __future__ import annotations

import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import UnknownName
from trasluz.base.shapes import Scores
from trasluz.geometry.distances import nearest
from trasluz.geometry.local_density import reach, spaced
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace
from trasluz.spaces.spread import spread_of

ALONE, PRIOR = "alone", "from_prior"
MOST = 20_000
"""Rows among which the nearest is looked for, evenly spaced where there are more."""


def measures_of(model: LatentModel, atlas: Atlas) -> list[str]:
    """The measures that the items of a space have: `from_prior` where there is a prior."""
    return [ALONE, *([PRIOR] if model.space(atlas.space).default_prior else [])]


def measure(name: str, model: LatentModel, atlas: Atlas) -> Scores:
    """A measure of every encoded item, `(n,)`, never negative.

    `alone` is the distance to the nearest other item, over the distance within which 95 % of them have one: 1 and
    less is usual. `from_prior` is the distance from the prior's mean over that of its draws: 1 is usual.

    Raises:
        UnknownName: no such measure, or none of this space.
    """
    there = measures_of(model, atlas)
    if name not in there:
        raise UnknownName("measure", name, there)
    if name == PRIOR:
        return from_prior(model.space(atlas.space), atlas.latents.float())
    return _alone(atlas.latents.float().flatten(1))


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
