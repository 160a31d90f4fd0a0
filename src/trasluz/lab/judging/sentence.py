"""What a direction does, in one sentence: no share without its n and interval, beside what could be reached at most and
what is there without any move, the worst beside the mean, and whoever sees it otherwise."""

from __future__ import annotations

from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import CLEAR, Effects, Verdict, doubt_of, reach, seen
from trasluz.spaces.figures import interval_of_share
from trasluz.spaces.shares import Share

CHANCE = "the latents spread alike in every direction, so that this component of theirs is chance"


def sentence_of(direction: Direction, m: Effects) -> str:
    """All of it in words, with what was learned where that was nothing, or nobody knows."""
    said = "; ".join(filter(None, [_seen(direction, m), doubt_of(direction.details)]))
    told = "" if direction.learned else direction.told
    if direction.learned is False and told:
        lead = "nothing was learned: "
        return f"{lead}{told}; {said.removeprefix(lead)}"
    return f"{said}; {told}" if told else said


def _seen(direction: Direction, m: Effects) -> str:
    target = direction.target
    if m.reader is None:
        return _plain(direction, m)
    if m.target_not_read is not None:
        return _plain(direction, m) + f"; what it is for, {m.target_not_read}, cannot be read off items"
    if target is None:
        said = _unaimed(m)
        return f"{CHANCE}; {said}" if direction.details.get("by_chance") else said
    verdict, (share, floor) = seen(m, target, direction.details), reach(m, target)
    many = f"{share:.0%} of the items {{}} ({_n_of(share, m.items)}"
    if verdict is Verdict.HARDLY:
        told = direction.details.get("held_out")
        sure = f" ({told:.2f} on items held out)" if isinstance(told, (int, float)) else ""
        changed = many.format("change as wanted")
        lead = f"the latents tell it{sure}, but what is decoded hardly follows: {changed}; {floor:.0%} do by chance)"
        return "; ".join([lead, *_held(direction, m), *_others(direction, m)])
    if verdict is Verdict.NOTHING:
        changed = many.format("change as wanted")
        lead = f"nothing was learned: {changed}), {floor:.0%} do unmoved, along a random direction or one found on "
        return "; ".join([lead + "shuffled labels", *_held(direction, m), *_others(direction, m)])
    column, _, value = target.partition("=")
    changed = many.format(f"become {target}" if value else f"change in {column}")
    parts = [f"at {direction.at(m.usual)} {changed}{_beside(m)})", *_held(direction, m)]
    if m.chosen:
        parts.append(f"that strength was chosen on {m.tried} others")
    parts += _lost(m)
    if m.leaves_data_at is not None:
        parts.append(f"leaves the data from {m.leaves_data_at:g} on")
    return "; ".join([*parts, *_others(direction, m)])


def _unaimed(m: Effects) -> str:
    if m.suggested is None:
        return f"nothing that can be read off items changes more than along a random direction (n = {m.items})"
    moves = [(name, share) for name, share in (m.moves or ())[:2] if share >= CLEAR]
    said = "changes " + ", ".join(f"{name} ({share:.0%}, {_n_of(share, m.items)})" for name, share in moves)
    return said if m.leaves_data_at is None else f"{said}; leaves the data from {m.leaves_data_at:g} on"


def _beside(m: Effects) -> str:
    """What is read as the value without a move, and of true bearers."""
    still = m.reported.unmoved if m.reported is not None else None
    parts = [] if still is None else [f"{still.value:.0%} are read so unmoved"]
    if m.ceiling is not None and not m.unheld:
        parts.append(f"{m.ceiling.value:.0%} of {m.ceiling.n} true ones once reconstructed")
    return "".join(f"; {part}" for part in parts)


def _held(direction: Direction, m: Effects) -> list[str]:
    """That the model does not hold the value, where that is so, and what may help."""
    if m.ceiling is None or not m.unheld:
        return []
    said = f"of items with {direction.target}, merely reconstructed, {_share(m.ceiling)} are read so"
    help_ = "" if direction.method == "shown" else " (--method shown looks at those alone)"
    return [f"the model hardly holds it: {said}{help_}"]


def _lost(m: Effects) -> list[str]:
    parts = [] if m.rest is None else [f"{m.rest:.0%} of the rest is kept"]
    if m.worst is not None and m.worst.lost is not None and m.worst.lost_interval is not None:
        low, high = (100 * end for end in m.worst.lost_interval)
        parts.append(
            f"the worst of it, {m.worst.column}, loses {100 * m.worst.lost:.0f} points ({low:.0f} to {high:.0f})"
        )
    if m.twins:
        parts.append(f"left out, since it says the same in other words: {', '.join(m.twins)}")
    drags = [one for one in m.effects if one.clear and not one.is_target][:2]
    if drags:
        parts.append("drags along " + ", ".join(f"{one.column} ({one.share:.0%})" for one in drags))
    return parts


def _others(direction: Direction, m: Effects) -> list[str]:
    """Who sees it otherwise, and on what it rests."""
    parts: list[str] = []
    if m.second is not None and m.second.differs:
        parts.append(f"a second reader says {_share(m.second.reached)}: the two do not agree")
    if m.no_second is not None and m.reported is not None and m.reported.reached is not None:
        parts.append("no second opinion, for want of items" if m.no_second == "few" else "no second reader can read it")
    if m.apart is not None:
        parts.append(f"found on {direction.items:,} other items" if m.apart else "found on the same items")
    return parts


def _share(share: Share) -> str:
    return f"{share.value:.0%} ({_n_of(share.value, share.n)})"


def _n_of(share: float, n: int) -> str:
    ends = interval_of_share(round(share * n), n)
    return f"n = {n}" if ends is None else f"n = {n}, {100 * ends[0]:.0f} to {ends[1]:.0%}"


def _plain(direction: Direction, m: Effects) -> str:
    changed = 0.0 if m.pixels_changed is None else m.pixels_changed[m.at]
    return f"at {direction.at(m.usual)} {changed:.0%} of the item changes"
