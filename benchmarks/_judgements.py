"""What judgements are tried on: cases where the truth is known, each made anew from its number, and what is said of it.

A trial answers True where the product says that there is something, False where it says that there is nothing, and None
where it says that it cannot tell. Judgements are asked for by what a user of Python calls, so that another way of
judging below is tried in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol, final

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

import trasluz as tl
from trasluz.base import rng
from trasluz.base.errors import InvalidArgument
from trasluz.io.workspace import Workspace
from trasluz.lab.judging.effects import measure
from trasluz.lab.judging.evidence import Rows
from trasluz.lab.judging.reader import Reader, reader_for
from trasluz.lab.judging.separation import separation
from trasluz.lab.judging.support import support_of
from trasluz.spaces import registry
from trasluz.spaces.column import Column
from trasluz.spaces.data import Dataset
from trasluz.spaces.direction import Direction
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Evidence
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

SIDE = 8
DIMENSIONS = SIDE * SIDE
APART = 2.0
"""Sigma between two sides that differ."""
WIDE = 8.0
"""Latents from minus this to this are seen: darkest to brightest."""
MOVED = 5.0
"""Sigma along one axis that a place lies off."""
GROUP, AWAY = 0.05, 6.0
"""Share of the items in a group of their own, and how far off it lies along one axis, in sigma."""
MELTED = 16
"""Items whose mean is a place between them."""
ASKED = 20
"""Places asked for in each data set."""
COPIES, NEAR = 0.5, 0.1
"""Of the samples, those that are training items moved by so little."""
CELLS = 16
"""Columns of a picture, each one cell of four by four pixels."""
READ, READABLE = 2000, 6
"""Pictures that the reader of `drags along` learns from, and its columns."""


class Trials(Protocol):
    """Tries one judgement on cases number `first` to `first + count`."""

    def __call__(self, n: int, there: bool, first: int, count: int) -> Iterator[bool | None]: ...


@final
@dataclass(frozen=True)
class Ground:
    """A model whose latents are its pixels, so that what is there is known."""

    workspace: Workspace

    @cached_property
    def model(self) -> LatentModel:
        """64 latents, each the brightness of one pixel."""
        return tl.wrap(
            lambda z: ((z + WIDE) / (2 * WIDE)).clamp(0, 1).reshape(-1, 1, SIDE, SIDE), (DIMENSIONS,),
            encode=lambda x: x.reshape(-1, DIMENSIONS) * 2 * WIDE - WIDE, name="ground", identity="ground",
        )  # fmt: skip

    @property
    def space(self) -> LatentSpace:
        return self.model.space()

    def data(self, name: str, z: Tensor, columns: dict[str, Any], held: int = 0) -> Dataset:
        """Items with these latents; the last `held` of them are held out."""
        pixels = self.model.space().decode(z).mul(255).round().byte().numpy()
        return data_of(name, pixels, columns, held)

    @cached_property
    def reader(self) -> Reader:
        """Reads which of some pixels are brighter than half."""
        z = draws(READ, "pictures to learn to read", 0)
        known = self.data("read", z, {f"c{j}": named(z[:, j] > 0) for j in range(READABLE)}, READ // 5)
        found = reader_for(self.model, known, workspace=self.workspace)
        if found is None or not all(column.trusted for column in found.columns.values()):
            raise InvalidArgument("the reader of the benchmark cannot read its columns")
        return found

    # The judgements -------------------------------------------------------------------------------------------

    def learned(self, method: str) -> Trials:
        """`learned` of a direction: half of the items have the value, or a quantity goes along with one latent."""
        how = registry.get("finders", method)

        def trials(n: int, there: bool, first: int, count: int) -> Iterator[bool | None]:
            for seed in range(first, first + count):
                y: Tensor = (torch.arange(n) % 2).float()
                if "quantity" in how.default_for:
                    y = draws(n, "a quantity", seed, ())
                z = draws(n, "items", 1000 * n + seed)
                z[:, 0] += APART * there * y
                found = separation(how, Evidence(self.space, z, y), how.config_type(), seed)
                yield None if found is None else found.learned

        return trials

    def trusted(self, n: int, there: bool, first: int, count: int) -> Iterator[bool | None]:
        """`trusted` of a column that is read: labels of a coin, or of how bright a cell is."""
        done = 0
        for k in range(first, first + count):
            random = rng.numpy_generator(k, "pictures to be read", n)
            side = 4 * round(CELLS**0.5)
            labels = random.integers(0, 2, (n, CELLS))
            pixels = random.integers(64, 192, (n, 1, side, side))
            if there:
                cells = (labels * 128 - 64).reshape(n, 1, side // 4, side // 4)
                pixels = (pixels + np.kron(cells, np.ones((4, 4), int))).clip(0, 255)
            columns = {f"c{j}": named(labels[:, j] > 0) for j in range(CELLS)}
            data = data_of(f"cells-{n}-{there}-{k}", pixels.astype(np.uint8), columns, round(0.3 * n))
            found = reader_for(self._seeing(side), data, workspace=self.workspace)
            for j in range(CELLS):
                if done < count:
                    done += 1
                    yield None if found is None or f"c{j}" not in found.columns else found.columns[f"c{j}"].trusted
            if done >= count:
                return

    def _seeing(self, side: int) -> LatentModel:
        return tl.wrap(lambda z: torch.zeros(len(z), 1, side, side), (2,), name="cells", identity="cells")

    def moved(self, limit: float) -> Trials:
        """`support` beyond a limit: new items, or new ones moved five sigma along one axis."""
        return partial(self._beyond, limit, False)

    def melted(self, limit: float) -> Trials:
        """`support` beyond a limit: new items of a group of one in twenty, or the mean of sixteen items."""
        return partial(self._beyond, limit, True)

    def _beyond(
        self, limit: float, grouped: bool, n: int, there: bool, first: int, count: int
    ) -> Iterator[bool | None]:
        done = 0
        for k in range(first, first + count):
            z = draws(n, "items", k)
            few = max(1, round(GROUP * n))
            if grouped:
                z[:few, 0] += AWAY
            places = draws(ASKED, "places", k)
            if grouped and there:
                places = draws(ASKED * MELTED, "to be melted", k).reshape(ASKED, MELTED, -1).mean(1)
            elif grouped:
                places[:, 0] += AWAY
            elif there:
                places[torch.arange(ASKED), torch.arange(ASKED) % DIMENSIONS] += MOVED
            data = self.data(f"around-{n}-{grouped}-{k}", z, {}, n)
            atlas = tl.encode(self.model, data, name=f"around-{n}-{grouped}-{k}", workspace=self.workspace)
            for place in places:
                if done < count:
                    done += 1
                    found = support_of(place[None], atlas, self.model.space())
                    yield None if found is None else float(found[0]) > limit
            if done >= count:
                return

    def neighbours(self, n: int, there: bool, first: int, count: int) -> Iterator[bool | None]:
        """Whether neighbours tell labels apart: labels of a coin, or two sides that differ."""
        for seed in range(first, first + count):
            z, labels = sides(n, there, seed)
            yield beyond_chance(registry.get("metrics", "knn").of(latents=z, labels=labels))

    def discriminant(self, n: int, there: bool, first: int, count: int) -> Iterator[bool | None]:
        """Whether labels lie apart on the map that was made for them."""
        how = registry.get("projections", "discriminant")
        for seed in range(first, first + count):
            z, labels = sides(n, there, seed)
            yield beyond_chance(how.fit(z, how.config_type(), seed, labels.tolist()).separation)

    def copied(self, n: int, there: bool, first: int, count: int) -> Iterator[bool | None]:
        """Near copies: samples as new as unseen items, or half of them training items that were hardly moved."""
        for seed in range(first, first + count):
            train, test, fake = (draws(n, which, 1000 * n + seed) for which in ("train", "test", "fake"))
            copies = round(COPIES * n) * there
            fake[:copies] = train[:copies] + NEAR * fake[:copies]
            yield beyond_chance(registry.get("metrics", "novelty").of(real=test, fake=fake, train=train))

    def off_data(self, n: int, there: bool, first: int, count: int) -> Iterator[bool | None]:
        """Samples off the data: such as unseen items, or half of them moved five sigma along one axis."""
        for seed in range(first, first + count):
            train, test, fake = (draws(n, which, 1000 * n + seed) for which in ("train", "test", "fake"))
            fake[: round(COPIES * n), 0] += MOVED * there
            found = registry.get("metrics", "novelty").of(real=test, fake=fake, train=train)
            yield beyond_chance(found.further.get("off_data"))

    def drags(self, n: int, there: bool, first: int, count: int) -> Iterator[bool | None]:
        """Drags along: a direction along one latent, or along two of which another column is read."""
        for seed in range(first, first + count):
            z = draws(n, "items", 1000 * n + seed)
            vector = torch.zeros(DIMENSIONS)
            vector[: 2 if there else 1] = 1
            columns = {f"c{j}": Column.of(f"c{j}", named(z[:, j] > 0)) for j in range(READABLE)}
            rows = Rows("judged", "", z, columns)
            unit = vector / vector.norm()
            direction = Direction("d", "", "", "z", unit, rows.sigma(unit), "means", target="c0=yes")
            effects = measure(direction, self.space, rows, self.reader, seed=seed).effects
            others = {one.column: one.clear for one in effects if not one.is_target}
            yield others["c1"] if there else any(others.values())


def beyond_chance(figure: Figure | None) -> bool | None:
    """Whether a figure's interval lies above what chance gives; None where it has none."""
    if figure is None or figure.interval is None:
        return None
    floor = getattr(figure, "real", None)
    floor = figure.chance if floor is None else floor
    return None if floor is None else figure.interval[0] > floor


def draws(n: int, purpose: str, seed: int, shape: tuple[int, ...] = (DIMENSIONS,)) -> Tensor:
    """Standard normal, `(n, *shape)`."""
    return torch.randn((n, *shape), generator=rng.generator(seed, purpose, n))


def sides(n: int, there: bool, seed: int) -> tuple[Tensor, np.ndarray]:
    """Items, half of which have another label; with something there these lie two sigma off along one axis."""
    z, y = draws(n, "items", 1000 * n + seed), torch.arange(n) % 2
    z[:, 0] += APART * there * y
    return z, np.array(named(y > 0), dtype=object)


def named(values: Any) -> list[str]:
    """A truth value as text."""
    return ["yes" if value else "no" for value in values]


def data_of(name: str, pixels: np.ndarray, columns: dict[str, Any], held: int) -> Dataset:
    """Pictures as a data set; the last `held` of them are held out."""
    n = len(pixels)
    rows = pa.table({
        "id": [f"{name}/{i}" for i in range(n)], "index": list(range(n)), "source": ["ground"] * n,
        "split": ["train"] * (n - held) + ["test"] * held, **columns,
    })  # fmt: skip
    return Dataset(name, f"d-{name}", pixels, rows, {})
