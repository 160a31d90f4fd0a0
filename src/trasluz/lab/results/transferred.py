"""What carrying a direction over gives: the direction in the other model, and whether it does there what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from trasluz.base.errors import TrasluzError
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.given import Ways
from trasluz.lab.shelf.directions import keep
from trasluz.lab.shelf.where import Place
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import ALPHA
from trasluz.spaces.figures import said
from trasluz.spaces.many import more_than
from trasluz.spaces.shares import Share

ENOUGH = 0.8
"""Of what the second model's own direction reaches."""


@final
@dataclass(frozen=True)
class Transferred(Ways):
    """A direction carried over, beside the native one and ones carried by maps of shuffled pairs."""

    original: Direction
    direction: Direction
    """In the second model's space, measured there."""
    native: Direction | None
    """The second model's own direction to the same target, measured; None without a target, or where none is found."""
    by_chance: tuple[Direction, ...]
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
    def reached_by_chance(self) -> Share | None:
        """All items that were moved by maps of shuffled pairs, taken together."""
        shares = [share for share in map(_reached, self.by_chance) if share is not None]
        if not shares:
            return None
        return Share.of(sum(round(share.value * share.n) for share in shares), sum(share.n for share in shares))

    @property
    def p(self) -> float | None:
        """How often a map of shuffled pairs would do as well by chance (Fisher's exact test, one-sided)."""
        ours, chance = self.reached, self.reached_by_chance
        return None if ours is None or chance is None else more_than(ours.value, ours.n, chance.value, chance.n)

    @property
    def carries_over(self) -> bool | None:
        """Whether it reaches its target more often than by chance, and eight tenths as often as the native one; None
        where the target cannot be read, or there is none."""
        p, ours, native = self.p, self.reached, self.reached_natively
        if p is None or ours is None:
            return None
        return p <= ALPHA and (native is None or ours.value >= ENOUGH * native.value)

    def sentence(self) -> str:
        """Whether it carries over, with figures."""
        ours, chance, native = self.reached, self.reached_by_chance, self.reached_natively
        what = f"{self.original.name} of {self.source} in {self.target}"
        if ours is None or chance is None or self.p is None:
            return f"{what}: not tested, since nothing can be read of what it leads to"
        head = f"{what} {'carries over' if self.carries_over else 'does not carry over'}"
        parts = [f"{_told(ours)} reach {self.original.target}", f"by maps of shuffled pairs {_told(chance)}"]
        parts += [] if native is None else [f"by {self.target}'s own direction {_told(native)}"]
        kept, own = _kept(self.direction), None if self.native is None else _kept(self.native)
        if kept is not None:
            beside = "" if own is None else f" (its own: {said(100 * own)})"
            parts.append(f"of all else {said(100 * kept)} % stays{beside}")
        return f"{head}: {'; '.join(parts)} (p = {said(self.p)})"

    def facts_of(self) -> dict[str, Any]:
        """As JSON values."""
        shares = {
            "reached": self.reached, "native": self.reached_natively, "shuffled": self.reached_by_chance,
        }  # fmt: skip
        return {
            "name": self.direction.name, "from": self.source, "to": self.target, "target": self.original.target,
            "carries_over": self.carries_over, "p": self.p,
            **{
                key: None if one is None else {"value": one.value, "n": one.n, "interval": one.interval}
                for key, one in shares.items()
            },
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


def _reached(direction: Direction) -> Share | None:
    reported = None if direction.measured is None else direction.measured.reported
    return None if reported is None else reported.reached


def _kept(direction: Direction) -> float | None:
    reported = None if direction.measured is None else direction.measured.reported
    return None if reported is None else reported.kept


def _told(share: Share) -> str:
    ends = "" if share.interval is None else f" ({said(100 * share.interval[0])} to {said(100 * share.interval[1])})"
    return f"{said(100 * share.value)} of 100{ends}, n = {share.n:,}"
