"""What certificates of carried directions are tried on: small worlds where it is known whether anything can carry over.

Pictures of a disc of one of three colours, left or right, on a light or a dark ground; models that are linear in their
pixels, so that a trial takes a part of a second. The judgement is that of `directions transfer`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

import trasluz as tl
from trasluz.base import rng
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.session import Session
from trasluz.lab.results.transferred import ENOUGH, Transferred
from trasluz.lab.work.pairing import Gathering, gathered
from trasluz.lab.work.search import Search
from trasluz.lab.work.transferring import judged
from trasluz.spaces.data import Dataset
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import ALPHA
from trasluz.spaces.many import more_than
from trasluz.spaces.model import LatentModel

SIDE, WIDTH, ITEMS = 8, 12, 800
TARGETS = ("colour=red", "side=left", "colour=green", "ground=dark", "colour=blue")
COLOURS = {"red": (220, 60, 50), "green": (60, 180, 90), "blue": (60, 90, 210)}
FIT, TEST = 200, 100
"""Items that a map is fitted on, and tested on."""
HIDDEN = 24
"""Units of a network of random weights."""


def discs(n: int = ITEMS) -> Dataset:
    """The pictures; every other one is held out."""
    draw = rng.numpy_generator(0, "discs")
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    pixels = np.empty((n, 3, SIDE, SIDE), np.uint8)
    rows: dict[str, list[Any]] = {name: [] for name in ("id", "index", "source", "split", "colour", "side", "ground")}
    for i in range(n):
        colour, left, light = draw.choice(list(COLOURS)), bool(draw.integers(2)), bool(draw.integers(2))
        inside = (x - draw.uniform(0.25, 0.35) - 0.35 * (not left)) ** 2 + (y - draw.uniform(0.4, 0.6)) ** 2 < 0.06
        ground = draw.uniform(225, 250) if light else draw.uniform(165, 190)
        pixels[i] = np.where(inside, np.array(COLOURS[colour])[:, None, None], ground)
        told = (f"disc-{i}", i, "discs", ("train", "test")[i % 2], str(colour), ("right", "left")[left],
                ("dark", "light")[light])  # fmt: skip
        for key, value in zip(rows, told, strict=True):
            rows[key].append(value)
    return Dataset("discs", f"d-discs-{n}", pixels, pa.table(rows), {"licence": "made here"})


@final
@dataclass(frozen=True)
class Worlds:
    """Models of the discs, and trials with them: each makes a case from its number, and says what is judged of it."""

    workspace: Workspace

    @cached_property
    def data(self) -> Dataset:
        return discs()

    @cached_property
    def _parts(self) -> tuple[Tensor, Tensor]:
        """The mean picture and principal components, as columns."""
        flat = self.data.tensor(slice(None)).flatten(1)
        mean = flat.mean(0)
        return mean, torch.linalg.svd(flat - mean, full_matrices=False)[2][:WIDTH].T.contiguous()

    def seeing(self, name: str, turn: Tensor) -> LatentModel:
        """Principal components of the pictures, turned and scaled by an invertible matrix."""
        mean, held = self._parts
        back = torch.linalg.inv(turn)
        return tl.wrap(
            lambda z: (z @ back @ held.T + mean).reshape(-1, 3, SIDE, SIDE), (WIDTH,),
            encode=lambda x: (x.flatten(1) - mean) @ held @ turn, name=name, identity=name, weights={"turn": turn},
        )  # fmt: skip

    def random(self, name: str, seed: int) -> LatentModel:
        """A network of random weights to decode, and latents of its own for each item: it shares nothing."""
        draw = rng.generator(seed, f"weights of {name}")
        mean, _ = self._parts
        a, b = (torch.randn(n, m, generator=draw) / n**0.5 for n, m in ((WIDTH, HIDDEN), (HIDDEN, len(mean))))
        return tl.wrap(
            lambda z: torch.sigmoid(3 * torch.tanh(z @ a) @ b).reshape(-1, 3, SIDE, SIDE), (WIDTH,),
            encode=self._looked_up(torch.randn(len(self.data), WIDTH, generator=draw)), name=name,
            identity=f"{name}-{seed}", weights={"a": a, "b": b},
        )  # fmt: skip

    def _looked_up(self, latents: Tensor) -> Callable[[Tensor], Tensor]:
        """To encode an item is to look up the latents that it was given."""
        mean, held = self._parts
        every = (self.data.tensor(slice(None)).flatten(1) - mean) @ held
        return lambda x: latents[torch.cdist((x.flatten(1) - mean) @ held, every).argmin(1)]

    @cached_property
    def here(self) -> LatentModel:
        """What directions are carried from."""
        return self.seeing("here", torch.eye(WIDTH))

    @cached_property
    def there(self) -> LatentModel:
        return self.seeing("there", 2 * torch.eye(WIDTH))

    def found(self, trial: int) -> Direction:
        """A direction as a user finds one, by either of two methods."""
        return self._known[trial % (2 * len(TARGETS))]

    @cached_property
    def _known(self) -> list[Direction]:
        return [
            tl.find(self.here, target=target, method=method, data=self.data, workspace=self.workspace)[0]
            for method in ("towards", "means") for target in TARGETS
        ]  # fmt: skip

    def _judged(
        self, trial: int, first: LatentModel, second: LatentModel, direction: Direction,
        broken: Callable[[Gathering], Gathering] = lambda one: one,
    ) -> Transferred:  # fmt: skip
        session = Session.of(workspace=self.workspace)
        gathering = broken(
            gathered((first, second), session, spaces=("z", "z"), data=self.data, support=None, n_fit=FIT, n_test=TEST,
                     seed=trial)
        )  # fmt: skip
        search = Search(second, session, "z", data=self.data, seed=trial)
        return judged(direction, gathering, search, name="carried", seed=trial)

    def turned(self, trial: int) -> Transferred:
        """To the same space, turned and scaled: it carries over."""
        draw = rng.generator(trial, "a turned space")
        turn = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=draw)).Q * (0.5 + 2 * torch.rand(1, generator=draw))
        return self._judged(trial, self.here, self.seeing(f"turned-{trial}", turn), self.found(trial))

    def shuffled(self, trial: int) -> Transferred:
        """The pairs do not belong together, though both models hold what is carried."""
        return self._judged(trial, self.here, self.there, self.found(trial), lambda one: mixed(one, trial))

    def coins(self, trial: int) -> Transferred:
        """The map is right, but the direction was found on labels of a coin, and nobody tested that."""
        data = self.data
        order = rng.numpy_generator(trial, "labels of a coin").permutation(len(data))
        rows = data.rows
        for name in ("colour", "side", "ground"):
            rows = rows.set_column(rows.column_names.index(name), name, rows.column(name).take(pa.array(order)))
        mixed_up = Dataset(f"coins-{trial}", f"{data.identity}-{trial}", data.stored(slice(None)), rows, {})
        found = tl.find(self.here, target=TARGETS[trial % len(TARGETS)], method="means", data=mixed_up, measured=False,
                        workspace=self.workspace)[0]  # fmt: skip
        return self._judged(trial, self.here, self.there, replace(found, details={}))

    def blind(self, trial: int) -> Transferred:
        """Independent models of random weights."""
        first, second = (self.random(name, trial) for name in ("first", "second"))
        found = tl.find(first, target=TARGETS[trial % len(TARGETS)], method="means", data=self.data, measured=False,
                        workspace=self.workspace)[0]  # fmt: skip
        return self._judged(trial, first, second, replace(found, details={}))

    def strange(self, trial: int) -> Transferred:
        """What the second model encodes are other items than those that it is shown, so that its own directions lead
        nowhere either."""
        return self._judged(trial, self.here, self._elsewhere(trial), self.found(trial))

    def _elsewhere(self, trial: int) -> LatentModel:
        mean, held = self._parts
        every = (self.data.tensor(slice(None)).flatten(1) - mean) @ held
        order = torch.randperm(len(every), generator=rng.generator(trial, "other items"))
        return tl.wrap(
            lambda z: (z @ held.T + mean).reshape(-1, 3, SIDE, SIDE), (WIDTH,), encode=self._looked_up(every[order]),
            name="elsewhere", identity=f"elsewhere-{trial}", weights={"order": order.float()},
        )  # fmt: skip

    def nulls(self) -> Mapping[str, Callable[[int], Transferred]]:
        """Where nothing can carry over."""
        return {
            "shuffled pairs": self.shuffled, "a direction of coins": self.coins,
            "random weights": self.blind, "other items encoded": self.strange,
        }  # fmt: skip


def mixed(gathering: Gathering, seed: int) -> Gathering:
    """With the second model's latents of other items."""
    first, second = gathering.sides
    draw = rng.generator(seed, "pairs of a trial that do not belong together")
    fit, aside = (z[torch.randperm(len(z), generator=draw)] for z in (second.fit, second.aside))
    return replace(gathering, sides=(first, replace(second, fit=fit, aside=aside)))


def by_items(found: Transferred) -> bool:
    """What would be said if items moved by four shuffled maps were a sample of what chance does (Fisher's exact test of
    all of them together), and only the native direction stood beside: the judgement that was left."""
    ours, native, few = found.reached, found.reached_natively, found.reached_by_chance[:4]
    if ours is None or not few:
        return False
    p = more_than(ours.value, ours.n, sum(few) / len(few), ours.n * len(few))
    return p <= ALPHA and (native is None or ours.value >= ENOUGH * native.value)
