"""What a direction does, measured: what it changes, what it drags along, how far it may go, and whether any of that is
more than chance.

Items are moved along the direction by steps of its unit and decoded; a reader that was trained on real pictures says
what is to be seen (see `reader`). Beside it stand directions drawn at random, moved as far, and, for a direction that
was found by labels, one found by the same method on shuffled labels; and what the model makes of items that have the
value already. The strength of a direction to a value is chosen on some items, and told of others (see `outcome`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.late import stats
from trasluz.base.shapes import Latents
from trasluz.geometry.moves import moved
from trasluz.geometry.support import UNSUPPORTED, Support
from trasluz.lab.judging import outcome
from trasluz.lab.judging.evidence import Rows
from trasluz.lab.judging.outcome import differs, has
from trasluz.lab.judging.reader import ReadColumn, Reader
from trasluz.lab.judging.sentence import sentence_of
from trasluz.lab.judging.support import support_in
from trasluz.lab.shelf.batches import decode_all
from trasluz.spaces.column import Column
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import ALPHA, CLEAR, Effects
from trasluz.spaces.many import corrected, more_than
from trasluz.spaces.space import LatentSpace

ITEMS = 100
"""Items that figures are told of."""
TRIED = 48
"""Items that every strength is tried on."""
STEPS, WAYS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Strengths: in sigma; and of the way, for a direction with an aim."""
RANDOM = 4
"""Random directions that it is compared with."""
VISIBLE = 0.1
"""Change of a pixel, of 1, from which on it counts as changed."""
SAME, ORDERED = 20, 0.995
"""Items that have both of two columns, for one to say the same as the other; and of quantities the rank correlation
from which on they do: the same length in other units may be rounded."""
FALL = 0.02
"""By how much a score may fall from step to step and still count as rising."""


def measure(
    direction: Direction,
    space: LatentSpace,
    rows: Rows | None,
    reader: Reader | None,
    *,
    second: Reader | None = None,
    apart: bool = False,
    seed: int = 0,
    shuffled: Sequence[Tensor] = (),
    items: int = ITEMS,
    searched: int = 1,
) -> Effects:
    """Figures of a direction, with a verdict and a sentence that sums them up.

    Args:
        rows: Encoded items to start from, and to measure the distance from; None for draws of the prior.
        reader: What says what is to be seen; None where nothing can.
        second: Another reader, whose opinion is told beside that one's.
        apart: Whether the direction was found on other items than `rows`.
        shuffled: Vectors `shape` found on shuffled labels.
        searched: How many directions without a target were found at once.
        items: To tell of, at most.
    """
    direction = replace(direction, measured=None)
    strengths = WAYS if direction.aim is not None else STEPS
    twins = _twins(direction.target, rows)
    if reader is not None and twins:
        reader, second = reader.but(twins), None if second is None else second.but(twins)
    movers = outcome.movers(direction.target, space, rows, TRIED, items, seed)
    z, start = movers.tried, strengths.index(0.0)
    base = decode_all(space, z)
    frames = [base if s == 0 else decode_all(space, moved(z, [direction], [s])) for s in strengths]
    said = None if reader is None else [reader.scores(frame) for frame in frames]
    told: dict[str, Any] = {"usual": direction.usual}
    if reader is not None and said is not None and direction.target is not None:
        told = _told(direction, space, movers, reader, second, said, strengths)
    usual = strengths.index(told["usual"])
    seen = [space.representation.to_native(frame) for frame in frames]
    still = seen[start]
    length = float((moved(z, [direction], [told["usual"]]) - z).flatten(1).norm(dim=1).mean())
    out: dict[str, Any] = {
        "items": len(movers.told),
        "tried": len(z) if movers.apart else None,
        "strengths": list(strengths),
        "unit": direction.unit,
        "measured_on": "" if rows is None else rows.name,
        "apart": apart if direction.target is not None else None,
        "picture_change": [_round((f - still).abs().mean()) for f in seen],
        "pixels_changed": [_round(((f - still).abs().amax(1) > VISIBLE).float().mean()) for f in seen],
        "where": _heat((seen[usual] - still).abs()),
        **told,
    }
    out |= _support(direction, space, z, strengths, rows)
    if reader is None or said is None:
        return _judged(direction, out)
    columns = [c for c in reader.columns.values() if c.trusted]
    out["reader"] = {"name": reader.name, "accuracy": {c.name: c.accuracy for c in columns}}
    untrusted = [c.name for c in reader.columns.values() if not c.trusted]
    if untrusted:
        out["not_read"] = untrusted
    if twins:
        out["twins"] = twins
    out["changes"] = {c.name: [_round(differs(c, s[c.name], said[start][c.name])) for s in said] for c in columns}
    out |= _chance(direction, space, z, length, told["usual"], reader, columns, base, seed)
    out |= {"chance_items": RANDOM * len(z), **({"searched": searched} if direction.target is None else {})}
    if direction.target is not None:
        out |= _target(direction, reader, said, strengths)
        if shuffled and "reached" in out:
            column, value = direction.target.split("=", 1)
            mixed = [reader.scores(_step(z, vector, length, space))[column] for vector in shuffled]
            shares = [float(has(reader.columns[column], scores, value).mean()) for scores in mixed]
            out["reached_shuffled"] = _round(sum(shares) / len(shares))
    else:
        out |= _suggestion(direction, columns, out, said, strengths)
    return _judged(direction, out)


def _twins(target: str | None, rows: Rows | None) -> list[str]:
    """Columns that say the same as the target's, of the items that have both: names that part them alike, or numbers
    that put them in the same order, or in the opposite one."""
    name = "" if target is None else target.partition("=")[0]
    aimed = None if rows is None else rows.columns.get(name)
    if rows is None or aimed is None:
        return []
    return [other for other, column in rows.columns.items() if other != name and _say_the_same(aimed, column)]


def _say_the_same(one: Column, other: Column) -> bool:
    both = ~one.missing & ~other.missing
    if both.sum() < min(SAME, int((~one.missing).sum())):
        return False
    if one.has_names and other.has_names:
        a, b = one.codes[both].astype(np.int64), other.codes[both].astype(np.int64)
        kinds = len(np.unique(np.stack([a, b]), axis=1).T)
        return kinds == len(np.unique(a)) == len(np.unique(b)) > 1
    if not (one.is_scale and other.is_scale) or one.numbers is None or other.numbers is None:
        return False
    x, y = one.numbers[both], other.numbers[both]
    if len(x) < SAME or x.min() == x.max() or y.min() == y.max():
        return False
    return abs(float(stats().spearmanr(x, y).statistic)) >= ORDERED


def _told(
    direction: Direction,
    space: LatentSpace,
    movers: outcome.Movers,
    reader: Reader,
    second: Reader | None,
    said: Sequence[outcome.Read],
    strengths: Sequence[float],
) -> dict[str, Any]:
    """The strength, chosen where there are items for that, and what becomes of others at it."""
    name, _, value = str(direction.target).partition("=")
    columns = [c for c in reader.columns.values() if c.trusted]
    aimed = next((c for c in columns if c.name == name and value in c.values), None)
    out: dict[str, Any] = {"usual": direction.usual}
    bearers = torch.zeros(0)
    if aimed is not None:
        ceiling, bearers = outcome.ceiling_of(space, movers.bearers, reader, name, value)
        out |= {} if ceiling is None else {"ceiling": asdict(ceiling)}
        if movers.apart:
            start = said[strengths.index(0.0)]
            losses = [outcome.worst_loss(reader, start, s, movers.known_tried, name) for s in said]
            reached = [float(has(aimed, s[name], value).mean()) for s in said]
            most = None if ceiling is None else ceiling.value
            best = outcome.chosen_strength(strengths, reached, losses, most)
            out |= {} if best is None else {"usual": best, "chosen": True}
    after: Tensor | None = None
    if movers.apart or aimed is not None:
        after = decode_all(space, moved(movers.told, [direction], [out["usual"]]))
    if movers.apart and after is not None:
        before, now = reader.scores(decode_all(space, movers.told)), reader.scores(after)
    else:
        before, now = (said[strengths.index(s)] for s in (0.0, out["usual"]))
    if not columns or not len(movers.told):
        return out
    found = outcome.reported(str(direction.target), columns, before, now, movers.known_told)
    out["reported"] = asdict(found)
    if aimed is not None and after is not None:
        out |= {
            key: asdict(part) if not isinstance(part, str) else part
            for key, part in outcome.opinion(second, found, after, bearers, name, value).items()
        }
    return out


def _judged(direction: Direction, out: Mapping[str, Any]) -> Effects:
    found = Effects.made(out, direction.target, direction.details, f"the effects of {direction.name}")
    return replace(found, sentence=sentence_of(direction, found))


def heat_of(direction: Direction, space: LatentSpace, z: Latents) -> Tensor:
    """Where pictures change at the usual strength: mean absolute change over channels, `(n, H, W)`."""
    return (decode_all(space, moved(z, [direction], [direction.usual])) - decode_all(space, z)).abs().mean(1)


def _heat(change: Tensor) -> list[list[float]] | None:
    """Where the picture changes: the mean over items and channels, on 8 x 8 places."""
    if change.ndim != 4:
        return None
    cells = torch.nn.functional.adaptive_avg_pool2d(change.mean(1, keepdim=True), 8).mean(0)[0]
    return [[_round(v) for v in row] for row in cells]


def _support(
    direction: Direction, space: LatentSpace, z: Latents, strengths: Sequence[float], rows: Rows | None
) -> dict[str, Any]:
    """How unlike the encoded items moved latents are, and from which strength on they have left them; nothing where too
    few are encoded to say."""
    if rows is None:
        return {}
    support = Support.fit(rows.latents.flatten(1)) if rows.atlas is None else support_in(rows.atlas, space)
    if support is None:
        return {}
    medians = [_round(support(moved(z, [direction], [s]).flatten(1)).median()) for s in strengths]
    gone = [s for s, m in zip(strengths, medians, strict=True) if s > 0 and m > UNSUPPORTED]
    return {"support": medians, "leaves_data_at": min(gone, default=None)}


def _step(z: Latents, vector: Tensor, length: float, space: LatentSpace) -> Tensor:
    unit = vector.flatten() / vector.norm().clamp_min(1e-12)
    return decode_all(space, z + length * unit.reshape(1, *space.shape))


def _chance(
    direction: Direction,
    space: LatentSpace,
    z: Latents,
    length: float,
    usual: float,
    reader: Reader,
    columns: Sequence[ReadColumn],
    base: Tensor,
    seed: int,
) -> dict[str, Any]:
    """What random directions do that move as far, the mean of several: `changes_by_chance`, the share of items whose
    reading changes, from the start to the usual strength, or, without a target, from one end to the other, as `moves`
    is counted; and `reached_by_chance`, the share that comes to the value wanted."""
    column, _, value = (direction.target or "").partition("=")
    aimed = next((c for c in columns if c.name == column and value in c.values), None)
    before = reader.scores(base)
    sums = dict.fromkeys((c.name for c in columns), 0.0)
    reached = 0.0
    for k in range(RANDOM):
        vector = torch.randn(space.shape, generator=rng.generator(seed, "random direction", k))
        if direction.target is None:
            before, after = (
                reader.scores(_step(z, vector, length * end / usual, space)) for end in (STEPS[0], STEPS[-1])
            )
        else:
            after = reader.scores(_step(z, vector, length, space))
        for c in columns:
            sums[c.name] += differs(c, after[c.name], before[c.name]) / RANDOM
        if aimed is not None:
            reached += float(has(aimed, after[aimed.name], value).mean()) / RANDOM
    out: dict[str, Any] = {"changes_by_chance": {name: _round(total) for name, total in sums.items()}}
    return out if aimed is None else {**out, "reached_by_chance": _round(reached)}


def _target(
    direction: Direction, reader: Reader, said: Sequence[Mapping[str, Tensor]], strengths: Sequence[float]
) -> dict[str, Any]:
    """What becomes of the target, step by step."""
    column, _, value = str(direction.target).partition("=")
    if column not in reader.columns or not reader.columns[column].trusted:
        return {"target_not_read": column}
    c = reader.columns[column]
    if value and value not in c.values:
        return {"target_not_read": column}
    place = c.values.index(value) if value else 0
    scores = torch.stack([s[column][:, place] for s in said])
    rises = (scores[1:] - scores[:-1] >= -FALL * (c.sigma if c.is_scale else 1.0)).all(0)
    start = said[strengths.index(0.0)]
    others = [o for o in reader.columns.values() if o.trusted and o.name != column]
    out: dict[str, Any] = {
        "score": [_round(v) for v in scores.mean(1)],
        "monotone": _round(rises.float().mean()),
        "kept": [_round(np.mean([1 - differs(o, s[o.name], start[o.name]) for o in others] or [1.0])) for s in said],
    }
    if value:
        out["reached"] = [_round(has(c, s[column], value).mean()) for s in said]
    return out


def _suggestion(
    direction: Direction,
    columns: Sequence[ReadColumn],
    figures: Mapping[str, Any],
    said: Sequence[Mapping[str, Tensor]],
    strengths: Sequence[float],
) -> dict[str, Any]:
    """Which columns it moves most, end to end, beyond chance; and from that a name."""
    first, last = said[0], said[-1]
    moves = {c.name: differs(c, last[c.name], first[c.name]) for c in columns}
    beyond = {name: moves[name] - figures["changes_by_chance"][name] for name in moves}
    order = sorted(beyond, key=lambda name: -beyond[name])
    out: dict[str, Any] = {"moves": [[name, _round(moves[name])] for name in order[:4]]}
    by_chance = [
        more_than(moves[name], figures["items"], moves[name] - beyond[name], figures["chance_items"]) for name in order
    ]
    p = corrected(by_chance, "Holm", len(order) * figures["searched"])
    if not order or beyond[order[0]] < CLEAR or p[0] > ALPHA:
        return {**out, "suggested": None}
    out["purity"] = _round(beyond[order[0]] / max(sum(max(0.0, v) for v in beyond.values()), 1e-9))
    top = next(c for c in columns if c.name == order[0])
    if top.is_scale:
        up = float((last[top.name] - first[top.name]).mean()) > 0
        return {**out, "suggested": f"{top.name}-{'up' if up else 'down'}"}
    shift = last[top.name].mean(0) - first[top.name].mean(0)
    return {**out, "suggested": f"{top.name}-{top.values[int(shift.argmax())]}"}


def _round(value: Any) -> float:
    return round(float(value), 4)
