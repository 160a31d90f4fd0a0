"""Decode requests of all clients, gathered into batches: one thread a space.

What is asked for while a batch is being decoded makes the next one. Where as many as last time are not there yet, it
waits a moment for them: somebody who is alone is never waited with, and of many who ask again and again no batch
leaves a part behind.

A latent's item does not depend on what it is decoded with, up to rounding (1e-4 at most), so whoever asks gets what
decoding alone would give. What nobody waits for any more is passed over.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor

from trasluz.server.limits import Limits
from trasluz.server.refusals import Busy
from trasluz.spaces.space import LatentSpace


@final
@dataclass(eq=False)
class _Ask:
    z: Tensor
    done: Future[Tensor] = field(default_factory=Future)


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
        ask = _Ask(self._space.check(z))
        with self._change:
            if self._closed or self._waiting + len(z) > self._limits.queue:
                raise Busy("too many places are being decoded", next="Ask again in a moment")
            self._asked.append(ask)
            self._waiting += len(z)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"decode {self._space.name}", daemon=True)
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
        """Wait for the thread of a closed one."""
        if self._thread is not None:
            self._thread.join(10)

    def _work(self) -> None:
        while batch := self._gathered():
            try:
                items = self._decoded(torch.cat([ask.z for ask in batch]))
            except BaseException as error:  # noqa: BLE001 - whoever waits is told, and the thread lives on
                for ask in batch:
                    ask.done.set_exception(error)
            else:
                for ask, mine in zip(batch, items.split([len(ask.z) for ask in batch]), strict=True):
                    ask.done.set_result(mine)

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
        while self._asked and (not batch or count + len(self._asked[0].z) <= self._limits.batch):
            ask = self._asked.popleft()
            self._waiting -= len(ask.z)
            if ask.done.set_running_or_notify_cancel():
                batch.append(ask)
                count += len(ask.z)
        self.batches += bool(batch)
        self._last = max(len(batch), 1)
        self.largest = max(self.largest, count)
        return batch

    def _decoded(self, z: Tensor) -> Tensor:
        with torch.inference_mode():
            parts = [self._space.decode(part.to(self._space.device)).float().cpu() for part in z.split(64)]
        return torch.cat(parts).clone()
