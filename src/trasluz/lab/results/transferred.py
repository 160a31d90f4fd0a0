"""What carrying a direction over gives: the direction in the other model, and whether it does there what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, final

from trasluz.base.errors import TrasluzError
from trasluz.base.text import counted
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.given import Ways
from trasluz.lab.shelf.directions import keep
from trasluz.lab.shelf.where import Place
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import ALPHA, Verdict, seen
from trasluz.spaces.figures import said
from trasluz.spaces.shares import Reported, Share

ENOUGH = 0.8
"""Of what the second model's own direction reaches, and of what it keeps; without one, of all else that has to stay."""

Failing = Literal["here", "chance", "native", "little", "rest"]
"""Why a direction does not carry over."""
FAILINGS: dict[Failing, str] = {
    "here": "it does not do so in {source} either",
    "chance": "a map of shuffled pairs does as well",
    "native": "that is less than eight tenths of what {target}'s own reaches",
    "little": "hardly more do than by a random direction, or unmoved",
    "rest": "too little of all else stays",
}


@final
@dataclass(frozen=True)
class Transferred(Ways):
    """A direction carried over, beside the native one and ones carried by maps of shuffled pairs."""

    original: Direction
    direction: Direction
    """In the second model's space, measured there."""
    native: Direction | None
    """The second model's own direction to the same target, measured; None without a target, or where none is found."""
    by_chance: tuple[Reported, ...]
    """What maps of shuffled pairs do, until one does as well; each at the strength that is best for it."""
    source: str
    target: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """How the map was fitted."""
    call: Call | None = field(default=None, repr=False)

    @property
    def one(self) -> Direction:
        """The direction."""
        return self.direction

    @property
    def reached(self) -> Share | None:
        """Of the items moved, those that come to the target."""
        return _reached(self.direction)

    @property
    def reached_natively(self) -> Share | None:
        return None if self.native is None else _reached(self.native)

    @property
    def reached_by_chance(self) -> tuple[float, ...]:
        """By each of the maps of shuffled pairs, the share that comes to the target."""
        return tuple(one.reached.value for one in self.by_chance if one.reached is not None)

    @property
    def p(self) -> float | None:
        """How often a map of shuffled pairs would do as well by chance: a permutation test over maps, by `worth_of`.
        Items moved by one map go along with each other, so that they are no sample of what maps do."""
        mine = _reported(self.direction)
        if mine is None or mine.reached is None or not self.by_chance:
            return None
        worth, maps = worth_of(mine), len(self.by_chance)
        as_good = sum(worth_of(one) >= worth for one in self.by_chance)
        return as_good / maps if as_good else 1 / (1 + maps)

    @property
    def failing(self) -> tuple[Failing, ...] | None:
        """Why it does not carry over, all reasons; none where it does; None where nothing can be read of its target."""
        p, ours, measured = self.p, self.reached, self.direction.measured
        if p is None or ours is None or measured is None:
            return None
        mine, own = _kept(self.direction), None if self.native is None else _kept(self.native)
        native = self.reached_natively
        here = self.original.measured
        idle = self.original.learned is False or (
            here is not None and here.verdict in (Verdict.HARDLY, Verdict.NOTHING)
        )
        failed: dict[Failing, bool] = {
            "here": idle,
            "chance": p > ALPHA,
            "native": native is not None and ours.value < ENOUGH * native.value,
            "little": seen(measured, self.original.target, {}) is not Verdict.WORKS,
            "rest": mine is not None and mine < ENOUGH * (1.0 if own is None else own),
        }
        return tuple(why for why, so in failed.items() if so)

    @property
    def carries_over(self) -> bool | None:
        """Whether it does there what it does here: reaches its target at less loss than by every map of shuffled pairs,
        clearly more often than a random direction, eight tenths as often as the native one, and keeps eight tenths of
        what that one keeps. None where the target cannot be read, or there is none."""
        failing = self.failing
        return None if failing is None else not failing

    def sentence(self) -> str:
        """Whether it carries over, with figures."""
        ours, failing, native, chance = self.reached, self.failing, self.reached_natively, self.reached_by_chance
        what = f"{self.original.name} of {self.source} in {self.target}"
        if ours is None or failing is None or self.p is None:
            target = self.original.target
            why = "nothing can be read of what it leads to"
            if target is not None and "=" not in target:
                why = f"{target} is a quantity, and nobody says how much of it is enough"
            return f"{what}: not tested, since {why}"
        head = f"{what} {'does not carry over' if failing else 'carries over'}"
        if failing:
            reasons = [FAILINGS[why].format(source=self.source, target=self.target) for why in failing]
            head += f", since {' and '.join(reasons)}"
        parts = [f"{_told(ours)} reach {self.original.target}"]
        parts += [f"by {counted(len(chance), 'map', 'maps')} of shuffled pairs {said(100 * sum(chance) / len(chance))} "
                  f"in the mean, {said(100 * max(chance))} at most"]  # fmt: skip
        parts += [] if native is None else [f"by {self.target}'s own direction {_told(native)}"]
        kept, own = _kept(self.direction), None if self.native is None else _kept(self.native)
        if kept is not None:
            beside = "" if own is None else f" (its own: {said(100 * own)})"
            parts.append(f"of all else {said(100 * kept)} % stays{beside}")
        return f"{head}: {'; '.join(parts)} (p = {said(self.p)}, what the rest loses counted in)"

    def facts_of(self) -> dict[str, Any]:
        """As JSON values."""
        shares = {"reached": self.reached, "native": self.reached_natively}
        chance, measured = self.reached_by_chance, self.direction.measured
        return {
            "name": self.direction.name, "from": self.source, "to": self.target, "target": self.original.target,
            "carries_over": self.carries_over, "failing": None if self.failing is None else list(self.failing),
            "p": self.p,
            **{
                key: None if one is None else {"value": one.value, "n": one.n, "interval": one.interval}
                for key, one in shares.items()
            },
            "shuffled": _told_of(chance),
            "random": None if measured is None else measured.reached_by_chance,
            "kept": _kept(self.direction), "kept_natively": None if self.native is None else _kept(self.native),
            **self.facts,
        }  # fmt: skip

    def command(self) -> str:
        """The command line that gives the same.

        Raises:
            TrasluzError: nobody can name what it was made of.
        """
        return self._called().command()

    def code(self) -> str:
        """The Python that gives the same."""
        return self._called().code()

    def _called(self) -> Call:
        if self.call is None:
            raise TrasluzError("this was made without a verb, and has no command")
        return self.call

    def keep(self, *, name: str | None = None, replace: bool = True, workspace: Place = None) -> list[Path]:
        """Keep it in the workspace."""
        return [keep(self.direction, name=name, replace=replace, workspace=workspace)]

    def __repr__(self) -> str:
        return self.sentence()


def worth_of(found: Reported) -> float:
    """What a direction does: the share of items that reach the target, less what the worst of the other columns loses,
    by which strengths are chosen too. To turn every item into one and the same is worth little."""
    reached = 0.0 if found.reached is None else found.reached.value
    return reached - max([0.0, *(loss[0] for loss in found.lost.values())])


def _reported(direction: Direction) -> Reported | None:
    return None if direction.measured is None else direction.measured.reported


def _reached(direction: Direction) -> Share | None:
    found = _reported(direction)
    return None if found is None else found.reached


def _kept(direction: Direction) -> float | None:
    found = _reported(direction)
    return None if found is None else found.kept


def _told_of(chance: Sequence[float]) -> dict[str, float] | None:
    """Of maps of shuffled pairs: the mean, the most, and how many."""
    return {"value": sum(chance) / len(chance), "most": max(chance), "maps": len(chance)} if chance else None


def _told(share: Share) -> str:
    ends = "" if share.interval is None else f" ({said(100 * share.interval[0])} to {said(100 * share.interval[1])})"
    return f"{said(100 * share.value)} of 100{ends}, n = {share.n:,}"
