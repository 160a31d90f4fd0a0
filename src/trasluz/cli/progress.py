"""Progress on standard error: bars on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, final

from trasluz.base.progress import SILENT, Progress
from trasluz.base.text import duration
from trasluz.cli.output import console, safe

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

FIRST_LINE = 2.0
"""Seconds before a task that nobody sees moving says its first word."""
BETWEEN_LINES = 10.0
"""Seconds between plain lines."""


def progress_for(*, quiet: bool) -> Progress:
    """Bars on a terminal, plain lines elsewhere, nothing where quiet was asked for."""
    if quiet:
        return SILENT
    return Bar() if sys.stderr.isatty() else Lines()


@final
class Lines(Progress):
    """For log files and pipes: a line after two seconds, then one every ten, and a last one."""

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Callable[..., None]]:
        began = time.monotonic()
        state = _State(title, total)
        due = began + FIRST_LINE
        spoken = False

        def step(n: int = 1, note: str = "") -> None:
            nonlocal due, spoken
            state.add(n, note)
            now = time.monotonic()
            if now >= due:
                self.say(state.line())
                due, spoken = now + BETWEEN_LINES, True

        yield step
        if spoken:
            self.say(f"{state.line()}; took {duration(time.monotonic() - began)}")

    def say(self, text: str) -> None:
        console(error=True).print(safe(text), soft_wrap=True)


@final
class Bar(Progress):
    """For a terminal. A bar that took more than two seconds leaves a line; a shorter one leaves nothing."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._open = 0

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Callable[..., None]]:
        began = time.monotonic()
        state = _State(title, total)
        bars = self._begin()
        task = bars.add_task(safe(title), total=total, note="")

        def step(n: int = 1, note: str = "") -> None:
            state.add(n, note)
            bars.update(task, advance=n, note=safe(state.note))

        try:
            yield step
        except BaseException:
            self._end(task)
            raise
        self._end(task)
        if time.monotonic() - began > FIRST_LINE:
            self.say(f"{state.line()}; took {duration(time.monotonic() - began)}")

    def say(self, text: str) -> None:
        where = self._bars.console if self._bars is not None else console(error=True)
        where.print(safe(text), soft_wrap=True)

    def _begin(self) -> Bars:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        if self._bars is None:
            self._bars = Bars(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
                console=console(error=True),
                transient=True,
            )
            self._bars.start()
        self._open += 1
        return self._bars

    def _end(self, task: object) -> None:
        self._open -= 1
        if self._bars is not None and self._open == 0:
            self._bars.stop()
            self._bars = None
        elif self._bars is not None:
            self._bars.remove_task(task)  # type: ignore[arg-type]


@final
class _State:
    """How far a task has come, in words."""

    def __init__(self, title: str, total: int | None) -> None:
        self.title, self.total, self.done, self.note = title, total, 0, ""

    def add(self, n: int, note: str) -> None:
        self.done += n
        self.note = note or self.note

    def line(self) -> str:
        share = f"{self.done:,}" if self.total is None else f"{self.done:,} of {self.total:,}"
        return f"{self.title}: {share}" + (f", {self.note}" if self.note else "")
