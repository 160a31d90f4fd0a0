"""Two sources of curves whose factors are known: waves, and decays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar, final

import numpy as np

from trasluz.base.errors import InvalidArgument
from trasluz.base.rng import numpy_generator
from trasluz.spaces.data import Block, Drawing, Request, Source, Value
from trasluz.spaces.registry import get

TIME = np.arange(64) / 64
BLOCK = 200
MOST = 1_000_000
SHAPES = {
    "sine": lambda t: np.sin(2 * np.pi * t),
    "saw": lambda t: 2 * (t % 1) - 1,
    "triangle": lambda t: 4 * np.abs(t % 1 - 0.5) - 1,
}


class Signals(Source):
    """`NAME[:N]`: curve i is the same whatever N."""

    def fingerprint(self, request: Request) -> str:
        return f"1/{self._count(request.argument)}"

    def draw(self, request: Request) -> Drawing:
        get("kinds", "curve").check(request.asked)
        total = self._count(request.argument)
        return Drawing.of("curve", TIME.shape, total, self._blocks(total), licence="CC0", about=self.title)

    @abstractmethod
    def one(self, draw: np.random.Generator) -> tuple[np.ndarray, dict[str, Value]]:
        """A curve `(64,)`, and its factors."""

    def _count(self, argument: str | None) -> int:
        if argument is not None and not (argument.isdecimal() and 1 <= int(argument[:9]) <= MOST):
            raise InvalidArgument(f"{self.name}:N takes a number", got=repr(argument), allowed=f"1 to {MOST:,}")
        return int(argument or 2000)

    def _blocks(self, total: int) -> Iterator[Block]:
        for start in range(0, total, BLOCK):
            made = [self.one(numpy_generator(0, self.name, i)) for i in range(start, min(start + BLOCK, total))]
            rows = [{"id": f"{self.name}-{start + k:06d}", **factors} for k, (_, factors) in enumerate(made)]
            yield Block(np.stack([curve for curve, _ in made]).astype("<f4"), rows)


@final
class Waves(Signals):
    """Sines, saws and triangles."""

    name: ClassVar[str] = "waves"
    title: ClassVar[str] = "Waves of known shape, frequency and height"

    def one(self, draw: np.random.Generator) -> tuple[np.ndarray, dict[str, Value]]:
        shape = list(SHAPES)[draw.integers(len(SHAPES))]
        frequency, height = float(draw.uniform(0.5, 2.5)), float(draw.uniform(0.3, 1))
        return height * SHAPES[shape](frequency * TIME), {"label": shape, "frequency": frequency, "height": height}


@final
class Decays(Signals):
    """From a height down to rest, at once or swinging."""

    name: ClassVar[str] = "decays"
    title: ClassVar[str] = "Decays of known rate, with and without swing"

    def one(self, draw: np.random.Generator) -> tuple[np.ndarray, dict[str, Value]]:
        rate, swings = float(draw.uniform(1, 8)), bool(draw.integers(2))
        curve = np.exp(-rate * TIME) * (np.cos(8 * np.pi * TIME) if swings else 1)
        return curve, {"label": "swinging" if swings else "plain", "rate": rate}
