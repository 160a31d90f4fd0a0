"""A process of its own for work that may have to be ended: what a thread does inside a library cannot be stopped.

A worker is a script that answers messages: 8 bytes with the length of what follows, little-endian, and that. It is
begun when it is first needed, kept for the next one, and ended where it does not answer in time. It gets no files, no
terminal, and imports nothing from the folder that it is begun in.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO, final

from trasluz.base.errors import TrasluzError

STARTING = 60.0
"""Seconds that a worker may take to begin: a machine under load imports slowly."""


class Ended(TrasluzError):
    """A worker that was ended, or ended by itself."""

    def __init__(self, what: str, *, late: bool = False) -> None:
        super().__init__(what)
        self.late = late
        """Whether it did not answer in time."""


@final
class Worker:
    """One process, and the two pipes to it."""

    def __init__(self, script: Path, words: tuple[str, ...]) -> None:
        # What can be imported here can be imported there, but for the folder that somebody happens to stand in.
        path = os.pathsep.join(place for place in sys.path if place and place != ".")
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(script), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        self._late = False
        with self.within(STARTING):
            self._answer()

    @property
    def is_there(self) -> bool:
        return self._process.poll() is None

    @contextlib.contextmanager
    def within(self, seconds: float) -> Generator[None]:
        """Whatever is asked inside is answered in time, or the worker is ended."""
        timer = threading.Timer(seconds, self._overdue)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def ask(self, *parts: bytes | memoryview) -> bytes:
        """What it answers to a message.

        Raises:
            Ended: it is no more.
        """
        pipe = self._pipe(self._process.stdin)
        try:
            pipe.write(struct.pack("<Q", sum(map(len, parts))))
            for part in parts:
                pipe.write(part)
            pipe.flush()
        except (OSError, ValueError):
            raise self._ended() from None
        return self._answer()

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                self._pipe(pipe).close()

    def _overdue(self) -> None:
        self._late = True
        self._process.kill()

    def _answer(self) -> bytes:
        length = struct.unpack("<Q", self._read(8))[0]
        return self._read(length)

    def _read(self, count: int) -> bytes:
        try:
            data = self._pipe(self._process.stdout).read(count)
        except (OSError, ValueError):
            raise self._ended() from None
        if len(data) != count:
            raise self._ended()
        return data

    def _ended(self) -> Ended:
        return Ended("the process that was asked has ended", late=self._late)

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise ValueError("no pipe")
        return pipe


@final
class Workers:
    """Some workers of one kind: so many at once, and those that are idle kept for the next."""

    def __init__(self, script: Path, most: int) -> None:
        self._script = script
        self._turn = threading.BoundedSemaphore(most)
        self._idle: list[Worker] = []
        self._guard = threading.Lock()
        self._is_known = False

    @contextlib.contextmanager
    def one(self, *words: str) -> Generator[Worker]:
        """A worker, when it is one's turn; ended where anything goes wrong with it.

        Args:
            words: What it is told when it begins, the same for all.
        """
        with self._turn:
            worker = self._taken() or Worker(self._script, words)
            try:
                yield worker
            except BaseException:
                worker.end()
                raise
            with self._guard:
                self._idle.append(worker)
                if not self._is_known:
                    self._is_known = True
                    atexit.register(self.close)

    def _taken(self) -> Worker | None:
        while True:
            with self._guard:
                if not self._idle:
                    return None
                worker = self._idle.pop()
            if worker.is_there:
                return worker
            worker.end()

    def close(self) -> None:
        """End those that wait for work."""
        with self._guard:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()
