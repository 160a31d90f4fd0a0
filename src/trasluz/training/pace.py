"""How many steps a run has: said when it starts, changed while it goes, written down either way.

Schedules and stages of a run are functions of k and of the steps of the whole run. Where a clock decides about those,
or somebody lets a run go on for longer than planned, the number changes on the way. `0:812,40:790` says that it was
812 from step 0 on, and 790 from step 40 on: with that, and nothing of the clock, the run can be taken again bit for
bit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import final

from trasluz.base.errors import InvalidArgument
from trasluz.spaces.family import MOST_STEPS

_TURN = re.compile(r"(\d{1,10}):(\d{1,10})")


@final
@dataclass(frozen=True)
class Pace:
    """Steps of the whole run, and from which step on they are so many."""

    turns: tuple[tuple[int, int], ...]
    """`(from, steps)`, ascending, the first from 0."""

    @classmethod
    def of(cls, steps: int) -> Pace:
        """The same number from the first step on."""
        return cls(((0, steps),))

    @classmethod
    def read(cls, text: str) -> Pace:
        """From what `str` gave.

        Raises:
            InvalidArgument: no pace that a run can have.
        """
        found = [_TURN.fullmatch(part.strip()) for part in text.split(",")]
        turns = tuple((int(m[1]), int(m[2])) for m in found if m)
        starts = [start for start, _ in turns]
        sound = (
            len(turns) == len(found)
            and starts[:1] == [0]
            and all(a < b for a, b in pairwise(starts))
            and all(max(1, start) <= steps <= MOST_STEPS for start, steps in turns)
            and all(start <= steps for (start, _), (_, steps) in zip(turns[1:], turns, strict=False))
        )
        if not sound:
            raise InvalidArgument(
                "not the pace of a run", got=repr(text[:80]),
                allowed="FROM:STEPS,FROM:STEPS,... from 0 on and ascending, each FROM within the steps before it",
            )  # fmt: skip
        return cls(turns)

    def __str__(self) -> str:
        return ",".join(f"{start}:{steps}" for start, steps in self.turns)

    @property
    def first(self) -> int:
        """Steps of the whole run, as it was planned at its start."""
        return self.turns[0][1]

    @property
    def last(self) -> int:
        """Steps of the whole run, as it is planned now."""
        return self.turns[-1][1]

    @property
    def is_plain(self) -> bool:
        """Whether it never changed."""
        return len(self.turns) == 1

    def steps(self, k: int) -> int:
        """Steps of the whole run, as it is planned when step k begins."""
        return next(steps for start, steps in reversed(self.turns) if start <= k)

    def turn(self, k: int) -> int | None:
        """What the number becomes as step k begins; None where it stays."""
        return dict(self.turns[1:]).get(k)

    def then(self, k: int, steps: int) -> Pace:
        """The same as far as step k, and so many steps of the whole run from there on."""
        if k == 0:
            return Pace.of(steps)
        kept = tuple(turn for turn in self.turns if turn[0] < k)
        return Pace(kept) if kept[-1][1] == steps else Pace((*kept, (k, steps)))
