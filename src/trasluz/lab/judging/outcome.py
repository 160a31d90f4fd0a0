"""What becomes of items that are moved towards a value, as readers see it: how many have it then, how many had it
before, how many of its true bearers keep it when they are merely reconstructed, what the others lose.

The strength is chosen on some items, and what comes of it is told of others: the best of several figures is too good.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.shapes import Latents
from trasluz.geometry.hanging import first_of
from trasluz.lab.judging.evidence import Rows, having
from trasluz.lab.judging.reader import ReadColumn, Reader
from trasluz.lab.shelf.batches import decode_all
from trasluz.spaces.column import Column
from trasluz.spaces.effects import CLEAR, HELD
from trasluz.spaces.figures import NORMAL
from trasluz.spaces.shares import Opinion, Reported, Share
from trasluz.spaces.space import LatentSpace

FEWEST = 40
"""Items without the value, below which no strength is chosen: there would be none left to tell of."""
SLACK = 0.02
"""By how much a smaller strength may fall short of the best and still be taken."""
NEAR = 0.5
"""In sigma, how near a scale's reading has to come to be right."""

Read = Mapping[str, Tensor]
"""Scores of each column, as `Reader.scores` gives them."""


@final
@dataclass(frozen=True)
class Movers:
    """Items for a measurement."""

    tried: Tensor
    """`(n, *shape)`: those that every strength is tried on."""
    told: Tensor
    """Those that the figures are told of: others than `tried`, where there are enough."""
    bearers: Tensor
    """Items that have the value; none for a direction to no value, where nobody knows of any, or where what is known of
    them is what was read."""
    known_tried: Mapping[str, Column]
    known_told: Mapping[str, Column]

    @property
    def apart(self) -> bool:
        """Whether a strength can be chosen on some and told of others."""
        return self.told is not self.tried


def movers(target: str | None, space: LatentSpace, rows: Rows | None, tried: int, told: int, seed: int) -> Movers:
    """Items to move: encoded ones that have not what a direction leads to, or draws from the prior; in random order,
    as many to try on and to tell of as asked for, where there are so many. Of what hangs together one is moved."""
    if rows is None or len(rows.latents) < 2:
        z = space.prior().sample(tried, seed).float().cpu()
        return Movers(z, z, z[:0], {}, {})
    lacking, bearing = torch.arange(len(rows.latents)), torch.arange(0)
    if target is not None and "=" in target:
        y = having(rows, target)
        lacking, bearing = torch.nonzero(y != 1).flatten(), torch.nonzero(y == 1).flatten()
    order = _one_of_each(
        rows, lacking[torch.randperm(len(lacking), generator=rng.generator(seed, "items of an effect"))]
    )
    cut = min(tried, len(order) // 3) if len(order) >= FEWEST and target is not None else 0
    first = order[:cut] if cut else order[: tried if target is None else told]
    second = order[cut : cut + told] if cut else first
    bearing = bearing[:0] if rows.as_read else bearing
    bearing = bearing[torch.randperm(len(bearing), generator=rng.generator(seed, "bearers of a value"))]
    bearing = _one_of_each(rows, bearing)[:told]
    z = rows.latents[first].float()
    return Movers(
        z, rows.latents[second].float() if cut else z, rows.latents[bearing].float(),
        _columns(rows, first), _columns(rows, second),
    )  # fmt: skip


def _one_of_each(rows: Rows, order: Tensor) -> Tensor:
    """Places of rows as they come, of those that hang together the first."""
    return order if rows.groups is None or len(order) == 0 else order[first_of(rows.groups[order])]


def _columns(rows: Rows, places: Tensor) -> dict[str, Column]:
    return {name: column.take(places.numpy()) for name, column in rows.columns.items()}


def differs(column: ReadColumn, after: Tensor, before: Tensor) -> float:
    """Share of items whose reading differs: another value; for a scale, by more than half its sigma."""
    if column.is_scale:
        return float(((after - before).abs()[:, 0] > NEAR * column.sigma).float().mean())
    return float((after.argmax(1) != before.argmax(1)).float().mean())


def has(column: ReadColumn, scores: Tensor, value: str) -> Tensor:
    """`(n,)` of 1 and 0: which items are read as having a value."""
    return (scores.argmax(1) == column.values.index(value)).float()


def lost(column: ReadColumn, after: Tensor, before: Tensor, known: Column | None) -> tuple[float, float, float]:
    """How much the share of items falls that are read rightly, with its 95 % interval; of items of which nothing is
    known, what is read before counts as right."""
    right_before, right_after = (_right(column, said, before, known) for said in (before, after))
    n = len(right_before)
    worse, better = int((right_before & ~right_after).sum()), int((right_after & ~right_before).sum())
    value = (worse - better) / n if n else 0.0
    # Agresti & Min 2005, *Simple improved confidence intervals for comparing matched proportions*: half an item more in
    # each of the four cells.
    b, c, m = worse + 0.5, better + 0.5, n + 2.0
    middle, half = (b - c) / m, NORMAL * math.sqrt(max(0.0, b + c - (b - c) ** 2 / m)) / m
    return (
        round(value, 4),
        round(min(value, max(-1.0, middle - half)), 4),
        round(max(value, min(1.0, middle + half)), 4),
    )


def _right(column: ReadColumn, said: Tensor, before: Tensor, known: Column | None) -> np.ndarray:
    if column.is_scale:
        truth = before[:, 0].double().numpy()
        if known is not None and known.numbers is not None:
            truth = np.where(np.isfinite(known.numbers), known.numbers, truth)
        return np.abs(said[:, 0].double().numpy() - truth) <= NEAR * column.sigma
    truth = before.argmax(1).numpy()
    if known is not None and known.has_names:
        place = {value: i for i, value in enumerate(column.values)}
        told = np.array([-1 if text is None else place.get(text, -1) for text in known.texts])
        truth = np.where(told >= 0, told, truth)
    return said.argmax(1).numpy() == truth


def chosen_strength(
    strengths: Sequence[float], reached: Sequence[float], losses: Sequence[float], ceiling: float | None
) -> float | None:
    """The smallest strength that comes within `SLACK` of the most of what is reached, counted up to the ceiling, less
    what the worst of the other columns loses; None where none reaches more than stays put.

    Args:
        losses: Of the column that loses most, at each strength.
        ceiling: Above it nothing is gained, where the model holds the value; None for 1.
    """
    most = 1.0 if ceiling is None or ceiling < HELD else ceiling
    still = reached[strengths.index(0.0)]
    if max(reached) < still + CLEAR:
        return None
    worth = {s: min(r, most) - max(0.0, loss) for s, r, loss in zip(strengths, reached, losses, strict=True) if s > 0}
    best = max(worth.values())
    return min(s for s, value in worth.items() if value >= best - SLACK)


def ceiling_of(
    space: LatentSpace, bearers: Latents, reader: Reader, column: str, value: str
) -> tuple[Share | None, Tensor]:
    """Of items that have a value, merely decoded from their latents, the share that is read so; and the items."""
    if not len(bearers):
        return None, torch.zeros(0)
    items = decode_all(space, bearers)
    return share_of(reader, items, column, value), items


def share_of(reader: Reader, items: Tensor, column: str, value: str) -> Share:
    """The share of items that are read as having a value."""
    scores = reader.scores(items)[column]
    return Share.of(int(has(reader.columns[column], scores, value).sum()), len(items))


def reported(
    target: str, columns: Sequence[ReadColumn], before: Read, after: Read, known: Mapping[str, Column]
) -> Reported:
    """What became of items, by what is read before and after."""
    name, _, value = target.partition("=")
    others = [c for c in columns if c.name != name]
    aimed = next((c for c in columns if c.name == name), None)
    n = len(next(iter(before.values())))
    shares = dict[str, Any]()
    if aimed is not None and value in aimed.values:
        reach, still = (Share.of(int(has(aimed, said[name], value).sum()), n) for said in (after, before))
        shares = {"reached": reach, "unmoved": still}
    changes = {c.name: round(differs(c, after[c.name], before[c.name]), 4) for c in columns}
    kept = round(float(np.mean([1 - changes[c.name] for c in others] or [1.0])), 4)
    losses = {c.name: lost(c, after[c.name], before[c.name], known.get(c.name)) for c in others}
    return Reported(changes, losses, kept=kept, **shares)


def opinion(
    second: Reader | None, first: Reported, moved: Tensor, bearers: Tensor, column: str, value: str
) -> dict[str, Any]:
    """What a second reader says of the same items, or why there is none."""
    if second is None:
        return {"no_second": "few"}
    mine = second.columns.get(column)
    if mine is None or not mine.trusted or value not in mine.values or first.reached is None:
        return {"no_second": "unread"}
    reached = share_of(second, moved, column, value)
    ceiling = share_of(second, bearers, column, value) if len(bearers) else None
    low, high = first.reached.interval or (0.0, 1.0)
    return {"second": Opinion(mine.accuracy, reached, ceiling, not low <= reached.value <= high)}


def worst_loss(reader: Reader, before: Read, after: Read, known: Mapping[str, Column], column: str) -> float:
    """What the column loses that loses most, apart from the target's."""
    others = [c for c in reader.columns.values() if c.trusted and c.name != column]
    return max((lost(c, after[c.name], before[c.name], known.get(c.name))[0] for c in others), default=0.0)
