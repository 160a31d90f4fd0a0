"""What a direction does, measured: what it changes, what it drags along, how far it may go, and whether any of that is
more than chance.

Items are moved along the direction by steps of its unit and decoded; a reader that was trained on real pictures says
what is to be seen (see `reader`). Beside it stand directions drawn at random, moved as far, and, for a direction that
was found by labels, one found by the same method on shuffled labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.shapes import Latents, Scores
from trasluz.geometry.moves import moved
from trasluz.geometry.support import UNSUPPORTED, Support
from trasluz.lab.judging.evidence import Rows, as_target
from trasluz.lab.judging.reader import ReadColumn, Reader
from trasluz.lab.judging.support import support_in
from trasluz.lab.shelf.batches import decode_all
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import ALPHA, CLEAR, Effects, Verdict, reach, seen
from trasluz.spaces.many import corrected, more_than
from trasluz.spaces.space import LatentSpace

ITEMS = 48
"""Items that are moved."""
STEPS, WAYS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Strengths: in sigma; and of the way, for a direction with an aim."""
RANDOM = 4
"""Random directions that it is compared with."""
VISIBLE = 0.1
"""Change of a pixel, of 1, from which on it counts as changed."""
FALL = 0.02
"""By how much a score may fall from step to step and still count as rising."""


def measure(
    direction: Direction,
    space: LatentSpace,
    rows: Rows | None,
    reader: Reader | None,
    *,
    seed: int = 0,
    shuffled: Sequence[Tensor] = (),
    items: int = ITEMS,
    searched: int = 1,
) -> Effects:
    """Figures of a direction, with a verdict and a sentence that sums them up.

    Args:
        rows: Encoded items to start from, and to measure the distance from; None for draws of the prior.
        reader: What says what is to be seen; None where nothing can.
        shuffled: Vectors `shape` found on shuffled labels.
        searched: How many directions without a target were found at once.
    """
    strengths = WAYS if direction.aim is not None else STEPS
    z = starts_of(direction, space, rows, items, seed)
    base = decode_all(space, z)
    frames = [base if s == 0 else decode_all(space, moved(z, [direction], [s])) for s in strengths]
    usual = strengths.index(direction.usual)
    seen = [space.representation.to_native(frame) for frame in frames]
    still = seen[strengths.index(0.0)]
    change = (seen[usual] - still).abs()
    length = float((moved(z, [direction], [direction.usual]) - z).flatten(1).norm(dim=1).mean())
    out: dict[str, Any] = {
        "items": len(z),
        "strengths": list(strengths),
        "unit": direction.unit,
        "usual": direction.usual,
        "picture_change": [_round((f - still).abs().mean()) for f in seen],
        "pixels_changed": [_round(((f - still).abs().amax(1) > VISIBLE).float().mean()) for f in seen],
        "where": _heat(change),
    }
    out |= _support(direction, z, strengths, rows)
    if reader is None:
        return _judged(direction, out)
    columns = [c for c in reader.columns.values() if c.trusted]
    out["reader"] = {"name": reader.name, "accuracy": {c.name: c.accuracy for c in columns}}
    untrusted = [c.name for c in reader.columns.values() if not c.trusted]
    if untrusted:
        out["not_read"] = untrusted
    said = [reader.scores(frame) for frame in frames]
    out["changes"] = {
        c.name: [_round(_differs(c, s[c.name], said[strengths.index(0.0)][c.name])) for s in said] for c in columns
    }
    out |= _chance(direction, space, z, length, reader, columns, base, seed)
    out |= {"chance_items": RANDOM * len(z), **({"searched": searched} if direction.target is None else {})}
    if direction.target is not None:
        out |= _target(direction, reader, said, strengths)
        if shuffled and "reached" in out:
            column, value = direction.target.split("=", 1)
            mixed = [reader.scores(_step(z, vector, length, space))[column] for vector in shuffled]
            shares = [float(_has(reader.columns[column], scores, value).mean()) for scores in mixed]
            out["reached_shuffled"] = _round(sum(shares) / len(shares))
    else:
        out |= _suggestion(direction, columns, out, said, strengths)
    return _judged(direction, out)


def _judged(direction: Direction, out: Mapping[str, Any]) -> Effects:
    found = Effects.made(out, direction.target, direction.details, f"the effects of {direction.name}")
    return replace(found, sentence=_sentence(direction, found))


def starts_of(direction: Direction, space: LatentSpace, rows: Rows | None, n: int, seed: int) -> Latents:
    """Items to move: encoded ones that have not what the direction leads to, or draws from the prior."""
    if rows is None or len(rows.latents) < 2:
        return space.prior().sample(n, seed).float().cpu()
    places = torch.arange(len(rows.latents))
    if direction.target is not None and "=" in direction.target and direction.target.split("=")[0] in rows.columns:
        places = torch.nonzero(as_target(rows, direction.target)[2] == 0).flatten()
    order = torch.randperm(len(places), generator=rng.generator(seed, "items of an effect"))
    return rows.latents[places[order[:n]]].float()


def heat_of(direction: Direction, space: LatentSpace, z: Latents) -> Tensor:
    """Where pictures change at the usual strength: mean absolute change over channels, `(n, H, W)`."""
    return (decode_all(space, moved(z, [direction], [direction.usual])) - decode_all(space, z)).abs().mean(1)


def _heat(change: Tensor) -> list[list[float]] | None:
    """Where the picture changes: the mean over items and channels, on 8 x 8 places."""
    if change.ndim != 4:
        return None
    cells = torch.nn.functional.adaptive_avg_pool2d(change.mean(1, keepdim=True), 8).mean(0)[0]
    return [[_round(v) for v in row] for row in cells]


def _support(direction: Direction, z: Latents, strengths: Sequence[float], rows: Rows | None) -> dict[str, Any]:
    """How unlike the encoded items moved latents are, and from which strength on they have left them; nothing where too
    few are encoded to say."""
    if rows is None:
        return {}
    support = Support.fit(rows.latents.flatten(1)) if rows.atlas is None else support_in(rows.atlas)
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
                reader.scores(_step(z, vector, length * end / direction.usual, space)) for end in (STEPS[0], STEPS[-1])
            )
        else:
            after = reader.scores(_step(z, vector, length, space))
        for c in columns:
            sums[c.name] += float(_differs(c, after[c.name], before[c.name])) / RANDOM
        if aimed is not None:
            reached += float(_has(aimed, after[aimed.name], value).mean()) / RANDOM
    out: dict[str, Any] = {"changes_by_chance": {name: _round(total) for name, total in sums.items()}}
    return out if aimed is None else {**out, "reached_by_chance": _round(reached)}


def _differs(column: ReadColumn, after: Tensor, before: Tensor) -> Tensor:
    """Share of items whose reading differs: another value; for a quantity, by more than half its sigma."""
    if column.is_scale:
        return ((after - before).abs()[:, 0] > 0.5 * column.sigma).float().mean()
    return (after.argmax(1) != before.argmax(1)).float().mean()


def _has(column: ReadColumn, scores: Tensor, value: str) -> Scores:
    return (scores.argmax(1) == column.values.index(value)).float()


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
        "kept": [
            _round(np.mean([1 - float(_differs(o, s[o.name], start[o.name])) for o in others] or [1.0])) for s in said
        ],
    }
    if value:
        out["reached"] = [_round(_has(c, s[column], value).mean()) for s in said]
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
    moves = {c.name: float(_differs(c, last[c.name], first[c.name])) for c in columns}
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


def _sentence(direction: Direction, m: Effects) -> str:
    """All of it in words, with what was learned where that was nothing, or nobody knows."""
    said = _seen_sentence(direction, m)
    told = "" if direction.learned else direction.told
    if direction.learned is False and told:
        lead = "nothing was learned: "
        return f"{lead}{told}; {said.removeprefix(lead)}"
    return f"{said}; {told}" if told else said


def _seen_sentence(direction: Direction, m: Effects) -> str:
    i, target = m.at, direction.target
    parts: list[str] = []
    if m.reader is None:
        return _plain(direction, m)
    if m.target_not_read is not None:
        return _plain(direction, m) + f"; what it is for, {m.target_not_read}, cannot be read off pictures"
    verdict = seen(m, target, direction.details)
    if target is not None:
        column, _, value = target.partition("=")
        moved_, floor = reach(m, target)
        told = float(direction.details.get("held_out", 0.0))
        if verdict is Verdict.HARDLY:
            return (
                f"the latents tell it ({told:.2f} on items held out), but pictures hardly follow: {moved_:.0%} change "
                f"as wanted, {floor:.0%} do by chance"
            )
        if verdict is Verdict.NOTHING:
            return (
                f"nothing was learned: {moved_:.0%} of the items change as wanted, {floor:.0%} do along a random "
                "direction or one found on shuffled labels"
            )
        what = f"become {column}={value}" if value else f"change in {column}"
        kept = "" if m.kept is None else f", {m.kept[i]:.0%} of the rest is kept"
        parts.append(f"at {_strength(direction)} {moved_:.0%} of the items {what}{kept}")
        drags = [one for one in m.effects if one.clear and not one.is_target][:2]
        if drags:
            parts.append("drags along " + ", ".join(f"{one.column} ({one.share:.0%})" for one in drags))
    elif m.suggested is None:
        return "nothing that can be read off pictures changes more than along a random direction"
    else:
        moves = [(name, share) for name, share in (m.moves or ())[:2] if share >= CLEAR]
        parts.append("changes " + ", ".join(f"{name} ({share:.0%})" for name, share in moves))
    if m.leaves_data_at is not None:
        parts.append(f"leaves the data from {m.leaves_data_at:g} on")
    return "; ".join(parts)


def _plain(direction: Direction, m: Effects) -> str:
    changed = 0.0 if m.pixels_changed is None else m.pixels_changed[m.at]
    return f"at {_strength(direction)} {changed:.0%} of the picture changes"


def _strength(direction: Direction) -> str:
    return "the target's place" if direction.aim is not None else f"{direction.usual:g}σ"


def _round(value: Any) -> float:
    return round(float(value), 4)
