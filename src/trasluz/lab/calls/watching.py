"""Progress on standard error: bars on a terminal, a plain line now and then elsewhere.

The command line shows it unless it is to be quiet; from Python, `progress=True`. Work that cannot say how far it is
says at least that it goes on, and for how long it has.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

from trasluz.base.progress import SILENT, Progress
from trasluz.base.text import duration, safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

FIRST_LINE = 2.0
"""Seconds before a task that nobody sees moving says its first word."""
BETWEEN_LINES = 10.0
"""Seconds between plain lines."""
LOOK = 0.5
"""Seconds between two looks at whether a line is due."""


def watched(progress: Progress | bool | None) -> Progress:
    """Who is told: True is whoever sits at standard error, False and None are nobody."""
    if isinstance(progress, Progress):
        return progress
    if not progress:
        return SILENT
    return Bar() if sys.stderr is not None and sys.stderr.isatty() else Lines()


def console(*, error: bool = False) -> Console:
    """A console without markup; as wide as its lines need where it is no terminal."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else 10_000
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width)


@final
class Lines(Progress):
    """For log files and pipes: a line after two seconds, then one every ten, and a last one."""

    def __init__(self) -> None:
        self._open: list[_State] = []
        self._lock = threading.Lock()

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Callable[..., None]]:
        state, over = _State(title, total), threading.Event()

        def step(n: int = 1, note: str = "") -> None:
            state.add(n, note)
            self._look(state)

        def watch() -> None:
            # Of tasks within each other the innermost says what is going on.
            while not over.wait(LOOK):
                if self._open and self._open[-1] is state:
                    self._look(state, idle=True)

        self._open.append(state)
        thread = threading.Thread(target=watch, name="progress", daemon=True)
        thread.start()
        try:
            yield step
        finally:
            over.set()
            self._open.remove(state)
        if state.spoken:
            self.say(f"{state.line()}; took {duration(time.monotonic() - state.began)}")

    def _look(self, state: _State, *, idle: bool = False) -> None:
        """Say how far it is, where that is due; also how long it has taken, where no step brings one here."""
        with self._lock:
            now = time.monotonic()
            if now < state.due:
                return
            idle = idle and not state.moved
            state.due, state.spoken, state.moved = now + BETWEEN_LINES, True, False
        self.say(state.line() + (f"; {duration(now - state.began)} so far" if idle else ""))

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
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        class Seconds(TimeRemainingColumn):
            """What is left; of work that cannot say how far it is, what it has taken."""

            def render(self, task: Any) -> Any:
                return taken.render(task) if task.total is None else super().render(task)

        taken = TimeElapsedColumn()
        if self._bars is None:
            self._bars = Bars(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                Seconds(),
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
        self.began = time.monotonic()
        self.due, self.spoken = self.began + FIRST_LINE, False
        self.moved = False
        """Whether a step has come since the last line."""

    def add(self, n: int, note: str) -> None:
        self.done, self.moved = self.done + n, True
        self.note = note or self.note

    def line(self) -> str:
        of = "" if self.total is None else f" of {self.total:,}"
        share = f": {self.done:,}{of}" if self.done or of else ""
        return f"{self.title}{share}" + (f", {self.note}" if self.note else "")
