"""Did a method learn anything? Its direction is found on three quarters of the items and tried on the last quarter,
and the same with labels shuffled: what it then seems to know is chance."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config
from trasluz.base.errors import TrasluzError
from trasluz.base.progress import SILENT
from trasluz.base.shapes import Scores
from trasluz.geometry.separation import auc
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

HELD_OUT = 0.25
SHUFFLES = 3
MARGIN = 0.03
"""By how much more than with shuffled labels a direction has to tell, at least."""


def separation(how: FinderMethod, evidence: Evidence, config: Config, seed: int) -> dict[str, Any]:
    """`held_out`: how well the direction tells the target on items that it was not found on: the area under the curve,
    or the correlation with a quantity; `shuffled`: the same with shuffled labels, a mean; `learned`; and
    `shuffled_vectors`, the directions found on shuffled labels, to compare pictures with."""
    target = evidence.target
    if target is None or evidence.latents is None:
        return {}
    known = torch.nonzero(torch.isfinite(target)).flatten()
    order = known[torch.randperm(len(known), generator=rng.generator(seed, "held out"))]
    cut = max(1, round(HELD_OUT * len(order)))
    held, rest = order[:cut], order[cut:]
    value = _told(how, evidence, rest, held, config, seed)
    chance: list[float] = []
    vectors: list[Tensor] = []
    for k in range(SHUFFLES):
        mixed = _shuffled(evidence, known, seed, k)
        found = _told(how, mixed, rest, held, config, seed)
        chance += [] if found is None else [found[0]]
        vectors += [] if found is None else [found[1]]
    if value is None or not chance:
        return {}
    mean = sum(chance) / len(chance)
    spread = max(abs(c - mean) for c in chance)
    return {
        "figure": "correlation" if _is_quantity(target) else "AUC",
        "held_out": round(value[0], 4),
        "shuffled": round(mean, 4),
        "learned": value[0] > mean + max(MARGIN, 2 * spread),
        "shuffled_vectors": vectors,
    }


def _told(
    how: FinderMethod, evidence: Evidence, rest: Tensor, held: Tensor, config: Config, seed: int
) -> tuple[float, Tensor] | None:
    try:
        [arrow] = how.find(_part(evidence, rest), 1, config, seed, SILENT)
    except TrasluzError:
        return None
    z, y = evidence.latents, evidence.target
    if z is None or y is None:
        return None
    scores, truth = _scores(arrow, z[held]), y[held]
    if not _is_quantity(y):
        return auc(scores, truth), arrow.vector
    if float(truth.std()) == 0 or float(scores.std()) == 0:  # nothing to go along with
        return 0.0, arrow.vector
    return float(torch.corrcoef(torch.stack([scores.double(), truth.double()]))[0, 1]), arrow.vector


def _is_quantity(target: Scores) -> bool:
    known = target[torch.isfinite(target)]
    return not bool(((known == 0) | (known == 1)).all())


def _scores(arrow: Arrow, z: Tensor) -> Scores:
    """Along the vector; where the goal is known, nearness to it."""
    flat = z.flatten(1).double()
    if arrow.aim is None:
        return (flat @ arrow.vector.flatten().double()).float()
    place = flat @ arrow.aim.reading.flatten(1).double().T - arrow.aim.offset.double()
    return -(place - arrow.aim.goal.double()).norm(dim=1).float()


def _part(evidence: Evidence, rows: Tensor) -> Evidence:
    z, y = evidence.latents, evidence.target
    return Evidence(
        evidence.space,
        None if z is None else z[rows],
        None if y is None else y[rows],
        {k: v[rows] for k, v in evidence.siblings.items()},
        {k: v[rows] for k, v in evidence.against.items()},
        evidence.start,
    )


def _shuffled(evidence: Evidence, known: Tensor, seed: int, k: int) -> Evidence:
    """The same latents with the labels of other items, the target and its siblings together."""
    places = known[torch.randperm(len(known), generator=rng.generator(seed, "shuffled labels", k))]

    def mixed(values: Tensor) -> Tensor:
        out = values.clone()
        out[known] = values[places]
        return out

    target = None if evidence.target is None else mixed(evidence.target)
    siblings = {name: mixed(values) for name, values in evidence.siblings.items()}
    return Evidence(evidence.space, evidence.latents, target, siblings, evidence.against, evidence.start)
