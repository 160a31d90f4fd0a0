"""A run by the clock: how many steps still fit, asked again and again while it goes.

What steps cost is measured for a moment at the start, at several places of a run, since its stages may cost
differently; and then at every step, with what was long ago counting less. Time that is needed after the last step is
kept back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import final

from trasluz.base.errors import Diverged, TrasluzError
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch, Trainable

MEASURED_RUN = 1020
"""Steps of the run that is measured, on throw-away weights."""
PLACES = (0, 510, 765, 255, 969, 612, 408, 867, 153, 714, 306, 918, 51)
"""Steps of it that are taken, until the time for that is over: the halves, the quarters, the rest."""
TOLERANCE = 0.02
"""Of the whole time: the plan is changed where it would end so much earlier or later."""
MEMORY = 0.05
"""Of the whole time: what is longer ago than that hardly counts for the cost of a step."""


OUTLIER = 8.0
"""A step that takes so many times what steps take of late counts as one that took so many times that: a machine that
was asleep, or swapped, does not say what the next steps cost. Steps that have become slower are seen within a few."""


class OutOfTime(TrasluzError):
    """No time is left for something."""


@final
class Clock:
    """Seconds from now to the end, everything included."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic, began: float | None = None) -> None:
        self.now, self.seconds = now, seconds
        self.end = (now() if began is None else began) + seconds
        self.after = 0.0
        """Seconds that are needed after the last step."""
        self._costs: list[tuple[float, float]] = [(0.0, 1.0)]
        self._taken, self._expected = 0.0, 0.0
        self._paused, self._since = 0.0, now()
        self._mark, self._asked = now(), -math.inf

    @property
    def left(self) -> float:
        """Seconds to the end; negative beyond."""
        return self.end - self.now()

    def part(self, seconds: float) -> Clock:
        """Another one, which ends so many seconds before this one."""
        left = max(0.0, self.left - seconds)
        return Clock(left, self.now)

    def measure(
        self, trainable: Trainable, batches: Callable[[int], Batch], precision: Precision, seed: int, seconds: float
    ) -> None:
        """What steps cost, at some places of a run; for so many seconds, and one step at least."""
        costs: dict[int, float] = {}
        until = self.now() + seconds
        trainable.init(seed, precision, MEASURED_RUN)
        try:
            for k in PLACES:
                for _ in range(2):  # the first one of a stage makes room in memory
                    start = self.now()
                    trainable.step(batches(k), seed, k)
                    costs[k] = min(costs.get(k, math.inf), self.now() - start)
                    if self.now() >= until:
                        break
                if self.now() >= until:
                    break
        except Diverged:
            if not costs:
                raise
        self.expect([(k / MEASURED_RUN, max(cost, 1e-9)) for k, cost in costs.items()])

    def expect(self, costs: Sequence[tuple[float, float]]) -> None:
        """Take seconds of a step by where in a run, 0 to 1, it is."""
        self._costs = sorted(costs)
        self._taken = self._expected = 0.0

    def begin(self, most: int | None = None) -> int:
        """The first plan: steps of the whole run, `most` at most."""
        self._mark = self._since = self._asked = self.now()
        return _capped(max(1, self._fitting(0.0)), most)

    def stepped(self, done: int, steps: int, most: int | None = None) -> int | None:
        """A step is over: `done` of `steps` are. Another number of steps for the whole run, where that one no longer
        fits the time; `done` itself where the time is over."""
        now = self.now()
        took, self._mark = now - self._mark, now
        if self._expected > 0:
            took = min(took, OUTLIER * self._cost(done / steps) * self._ratio)
        fade = math.exp(-took / max(1.0, MEMORY * self.seconds))
        self._taken = fade * self._taken + took
        self._expected = fade * self._expected + self._cost(done / steps)
        left = self._left()
        if left < 0.5 * self._cost(done / steps) * self._ratio:
            return done if done < steps else None
        if done >= steps or now - self._asked < 0.005 * self.seconds:
            return None
        self._asked = now
        wanted = _capped(done + max(1, self._fitting(done / steps)), most)
        off = abs(wanted - steps) * self._mean(done / steps) * self._ratio
        return wanted if off > TOLERANCE * self.seconds else None

    def paused(self, seconds: float) -> None:
        """Something other than a step took so long."""
        self._paused += seconds
        self._mark = self.now()

    @property
    def _ratio(self) -> float:
        """What steps take of what they were expected to take."""
        return self._taken / self._expected if self._expected > 0 else 1.0

    def _left(self) -> float:
        return self.left - self.after

    def _fitting(self, place: float) -> int:
        """Steps that fit into what is left, from a place of the run on, with pauses as they have been."""
        share = self._paused / max(self.now() - self._since, 1e-9) if self._paused else 0.0
        return int(self._left() * (1 - min(0.5, share)) / (self._mean(place) * self._ratio))

    def _cost(self, place: float) -> float:
        return min(self._costs, key=lambda known: abs(known[0] - place))[1]

    def _mean(self, place: float) -> float:
        """Seconds of a step between a place and the end, as expected."""
        points = [place + (1 - place) * (i + 0.5) / 16 for i in range(16)]
        return sum(map(self._cost, points)) / len(points)


def _capped(steps: int, most: int | None) -> int:
    return steps if most is None else min(steps, most)
