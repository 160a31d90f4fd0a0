"""What becomes of items along many directions to one value, each at the strength that is best for it: what `measure`
tells of one direction, without the rest, for directions that are only there to see what chance does.
"""

from __future__ import annotations

from typing import final

from trasluz.base.shapes import Latents
from trasluz.geometry.moves import moved
from trasluz.lab.judging import outcome
from trasluz.lab.judging.effects import ITEMS, STEPS, TRIED, WAYS
from trasluz.lab.judging.evidence import Rows
from trasluz.lab.judging.reader import Reader
from trasluz.lab.shelf.batches import decode_all
from trasluz.spaces.direction import Direction
from trasluz.spaces.shares import Reported
from trasluz.spaces.space import LatentSpace


@final
class Reaching:
    """Items of a space, and what is read of them before anything is moved.

    Args:
        target: COLUMN=VALUE, which the reader can read.
    """

    def __init__(self, target: str, space: LatentSpace, rows: Rows | None, reader: Reader, seed: int) -> None:
        self.target, self.space, self.reader = target, space, reader
        self.column, _, self.value = target.partition("=")
        self._movers = outcome.movers(target, space, rows, TRIED, ITEMS, seed)
        self._base = reader.scores(decode_all(space, self._movers.tried))
        self._before = reader.scores(decode_all(space, self._movers.told)) if self._movers.apart else self._base
        ceiling, _ = outcome.ceiling_of(space, self._movers.bearers, reader, self.column, self.value)
        self._most = None if ceiling is None else ceiling.value

    def __call__(self, direction: Direction) -> Reported:
        """The strength chosen on some items, and what becomes of others, as `measure` has it."""
        usual = self._strength(direction) if self._movers.apart else direction.usual
        after = self._read(direction, self._movers.told, usual)
        columns = [c for c in self.reader.columns.values() if c.trusted]
        return outcome.reported(self.target, columns, self._before, after, self._movers.known_told)

    def still(self) -> Reported:
        """What becomes of items that nothing moves."""
        columns = [c for c in self.reader.columns.values() if c.trusted]
        return outcome.reported(self.target, columns, self._before, self._before, self._movers.known_told)

    def _strength(self, direction: Direction) -> float:
        strengths = WAYS if direction.aim is not None else STEPS
        said = [self._base if s == 0 else self._read(direction, self._movers.tried, s) for s in strengths]
        known = self._movers.known_tried
        losses = [outcome.worst_loss(self.reader, self._base, one, known, self.column) for one in said]
        column = self.reader.columns[self.column]
        reached = [float(outcome.has(column, one[self.column], self.value).mean()) for one in said]
        best = outcome.chosen_strength(strengths, reached, losses, self._most)
        return direction.usual if best is None else best

    def _read(self, direction: Direction, z: Latents, strength: float) -> outcome.Read:
        return self.reader.scores(decode_all(self.space, moved(z, [direction], [strength])))
