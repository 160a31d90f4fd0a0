"""How widely the prior of a space spreads, dimension by dimension: found from draws once, and kept.

A draw may be the end of a long way through a network, and every item that is put into a space is judged by the same
draws. What is kept is known by the prior's identity, so it serves the same model opened again, and not one whose
weights have changed since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from trasluz.spaces.prior import Prior
from trasluz.spaces.space import LatentSpace

DRAWS = 512
LEAST = 1e-6
"""No dimension spreads less: it is divided by."""
KEPT = 32
"""Spreads, of the priors that were asked about last."""


@final
@dataclass(frozen=True)
class Spread:
    """Of a prior's draws, on the CPU; not to be written to."""

    mean: Tensor
    """`shape`."""
    sigma: Tensor
    """`shape`: the standard deviation of each dimension."""


def spread_of(space: LatentSpace) -> Spread:
    """Of the space's default prior, over 512 draws of seed 0; of N(0, I) where it has none."""
    if space.default_prior is None:
        return Spread(torch.zeros(space.shape), torch.ones(space.shape))
    prior = space.prior()
    # One that says neither numbers nor settings may be a function of somebody's: its identity tells it from no other.
    if not (prior.state() or prior.dump()):
        return _found(prior)
    key = (type(prior), prior.identity, str(space.device))
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _found(prior)
    with _guard:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _found(prior: Prior) -> Spread:
    # Out of inference mode, so that whoever is given it next may take gradients.
    with torch.inference_mode(False), torch.no_grad():
        draws = prior.sample(DRAWS, 0).cpu()
        return Spread(draws.mean(0), draws.std(0).clamp_min(LEAST))


_kept: OrderedDict[tuple[type[Prior], str, str], Spread] = OrderedDict()
_guard = threading.Lock()
