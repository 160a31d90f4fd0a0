"""Decode requests of all clients, gathered into batches: one thread a space.

What is asked for while a batch is being decoded makes the next one. Where as many as last time are not there yet, it
waits a moment for them: somebody who is alone is never waited with, and of many who ask again and again no batch
leaves a part behind.

What comes before and after decoding is done for a whole batch at once too, by the work that requests are of: most of
what a small picture takes are steps from one line of Python to the next, as many for twenty pictures as for one. It is
done by the same thread: two that run Python at once wait for each other more than they gain.

A latent's item does not depend on what it is decoded with, up to rounding (1e-4 at most), so whoever asks gets what
decoding alone would give. What nobody waits for any more is passed over.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, final

import torch
from torch import Tensor

from trasluz.server.limits import Limits
from trasluz.server.refusals import Busy
from trasluz.spaces.space import LatentSpace

A, R = TypeVar("A"), TypeVar("R")


class Work(ABC, Generic[A, R]):
    """What becomes of requests `A`, many at once. Whatever it does is to be quick: everybody else waits for it."""

    @abstractmethod
    def latents(self, asked: Sequence[A]) -> Sequence[Tensor]:
        """Of each request its latents `(n, *shape)`, on the CPU."""

    @abstractmethod
    def results(self, asked: Sequence[A], z: Sequence[Tensor], items: Sequence[Tensor]) -> Sequence[R]:
        """Of each request what it is answered with; `items` are its latents decoded, `(n, C, H, W)`, on the CPU."""


@final
class Decoding(Work[Tensor, Tensor]):
    """Items of latents, and nothing else."""

    def latents(self, asked: Sequence[Tensor]) -> Sequence[Tensor]:
        return asked

    def results(self, asked: Sequence[Tensor], z: Sequence[Tensor], items: Sequence[Tensor]) -> Sequence[Tensor]:
        return items


DECODING = Decoding()


@final
@dataclass(eq=False)
class _Ask:
    work: Work[Any, Any]
    asked: Any
    n: int
    done: Future[Any] = field(default_factory=Future)


@final
class Batcher:
    """Decodes latents of one space."""

    def __init__(self, space: LatentSpace, limits: Limits) -> None:
        self._space, self._limits = space, limits
        self._asked: deque[_Ask] = deque()
        self._waiting = 0
        self._last = 1
        """Requests of the last batch: so many are waited for."""
        self._change = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self.batches = 0
        """Batches decoded so far."""
        self.largest = 0
        """Latents of the largest one."""

    def ask(self, z: Tensor) -> Future[Tensor]:
        """Items `(n, C, H, W)` of latents `(n, *shape)`, on the CPU, when they are there.

        Raises:
            Busy: too many latents wait already.
        """
        return self.do(DECODING, self._space.check(z), len(z))

    def do(self, work: Work[A, R], asked: A, n: int) -> Future[R]:
        """What becomes of a request of n latents, when it is there.

        Raises:
            Busy: too many latents wait already.
        """
        ask = _Ask(work, asked, n)
        with self._change:
            if self._closed or self._waiting + n > self._limits.queue:
                raise Busy("too many places are being decoded", next="Ask again in a moment")
            self._asked.append(ask)
            self._waiting += n
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name=f"decode {self._space.name}", daemon=True)
                self._thread.start()
            self._change.notify()
        return ask.done

    def close(self) -> None:
        """Stop; whoever waits is told."""
        with self._change:
            self._closed = True
            asked, self._asked = list(self._asked), deque()
            self._waiting = 0
            self._change.notify()
        for ask in asked:
            if ask.done.set_running_or_notify_cancel():
                ask.done.set_exception(Busy("the model is being closed", next="Ask again in a moment"))

    def join(self) -> None:
        """Wait for the threads of a closed one."""
        if self._thread is not None:
            self._thread.join(10)

    def _serve(self) -> None:
        while batch := self._gathered():
            self._answer(batch)

    @torch.inference_mode()
    def _answer(self, batch: list[_Ask]) -> None:
        """Tell everybody what became of their request. Where one of a batch goes wrong, each is done alone, and only
        that one is told of it."""
        works: dict[int, list[_Ask]] = {}
        for ask in batch:
            works.setdefault(id(ask.work), []).append(ask)
        try:
            results = self._done(list(works.values()))
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, and the thread lives on
            if len(batch) == 1:
                batch[0].done.set_exception(error)
                return
            for ask in batch:
                self._answer([ask])
            return
        for ask, result in results:
            ask.done.set_result(result)

    def _done(self, works: list[list[_Ask]]) -> list[tuple[_Ask, Any]]:
        """Requests, those of one work together, and what becomes of them."""
        asked = [[ask.asked for ask in group] for group in works]
        z = [group[0].work.latents(mine) for group, mine in zip(works, asked, strict=True)]
        parts = [part for own in z for part in own]
        items = iter(self._decoded(self._space.check(joined(parts))).split([len(part) for part in parts]))
        out: list[tuple[_Ask, Any]] = []
        for group, mine, own in zip(works, asked, z, strict=True):
            out += zip(group, group[0].work.results(mine, own, [next(items) for _ in group]), strict=True)
        return out

    def _gathered(self) -> list[_Ask]:
        """The next batch; empty when closed."""
        with self._change:
            while True:
                self._change.wait_for(lambda: self._closed or bool(self._asked))
                if self._closed:
                    return []
                until = time.monotonic() + self._limits.gather
                while self._lacks_some and (left := until - time.monotonic()) > 0:
                    self._change.wait(left)
                batch = self._taken()
                if batch:
                    return batch

    @property
    def _lacks_some(self) -> bool:
        """Whether fewer ask than did for the last batch, and there is room for more."""
        return not self._closed and len(self._asked) < self._last and self._waiting < self._limits.batch

    def _taken(self) -> list[_Ask]:
        batch: list[_Ask] = []
        count = 0
        while self._asked and (not batch or count + self._asked[0].n <= self._limits.batch):
            ask = self._asked.popleft()
            self._waiting -= ask.n
            if ask.done.set_running_or_notify_cancel():
                batch.append(ask)
                count += ask.n
        self.batches += bool(batch)
        self._last = max(len(batch), 1)
        self.largest = max(self.largest, count)
        return batch

    def _decoded(self, z: Tensor) -> Tensor:
        return joined([self._space.decode(part.to(self._space.device)).float().cpu() for part in z.split(64)])


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Tensors one after the other; a single one as it is."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))
