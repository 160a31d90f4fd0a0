"""Long work: with progress, to be cancelled, to be come back to, and no more of it at once than the machine takes."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, final

from trasluz.base.errors import Stopped, TrasluzError, UnknownName, WorkspaceLocked
from trasluz.base.progress import Progress
from trasluz.server import refusals
from trasluz.server.limits import Limits
from trasluz.server.refusals import Busy, Taken

State = Literal["waiting", "running", "done", "failed", "cancelled"]
SAID = 20
"""Lines of a job that are held."""


@final
@dataclass(frozen=True)
class Outcome:
    """What a job gives."""

    document: Mapping[str, Any]
    """JSON values."""
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    """By name, their type and bytes."""
    result: Any = None
    """The lab's own result, to export it in other forms."""


@final
class Job(Progress):
    """One piece of long work. It reports to itself."""

    def __init__(
        self, kind: str, title: str, work: Callable[[Job], Outcome], changed: threading.Condition, of: str | None,
        ahead: Callable[[Job], Sequence[Job]],
    ) -> None:  # fmt: skip
        self.id = secrets.token_hex(8)
        self._ahead = ahead
        self.kind, self.title, self.of, self.work = kind, title, of, work
        self.wanted = 0
        """Grows whenever somebody says that it is what they look at: of those that wait, it goes first."""
        self.behind: Job | None = None
        """What it has to wait for even where there is room: another one that writes to the same workspace."""
        self.state: State = "waiting"
        self.version = 0
        """Grows with every change."""
        self.error: dict[str, Any] | None = None
        self.outcome: Outcome | None = None
        self._said: deque[str] = deque(maxlen=SAID)
        self._tasks: list[dict[str, Any]] = []
        self._changed = changed
        self._stop = threading.Event()
        self._gently = False
        """Whether it looks itself whether it should stop."""
        self._began = time.monotonic()
        self._ended: float | None = None

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator[Callable[..., None]]:
        self._halt()
        task: dict[str, Any] = {"title": title, "total": total, "done": 0, "note": ""}
        self._tasks.append(task)
        self._touch()

        def step(n: int = 1, note: str = "") -> None:
            self._halt()
            task["done"] += n
            task["note"] = note or task["note"]
            self._touch()

        try:
            yield step
        finally:
            self._tasks.remove(task)
            self._touch()

    @contextmanager
    def asked_to_stop(self) -> Generator[Callable[[], bool]]:
        self._gently = True
        try:
            yield self._stop.is_set
        finally:
            self._gently = False

    def say(self, text: str) -> None:
        self._said.append(text[:500])
        self._touch()

    def cancel(self) -> None:
        """Stop at the next step; what was done is kept."""
        self._stop.set()
        with self._changed:
            if self.state == "waiting":
                self._end("cancelled")
        self._touch()

    @property
    def finished(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def document(self) -> dict[str, Any]:
        """How it stands, as JSON values."""
        until = self._ended if self._ended is not None else time.monotonic()
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "of": self.of,
            "state": self.state,
            "version": self.version,
            "waits_for": [{"kind": one.kind, "title": one.title, "of": one.of} for one in self._ahead(self)],
            "cancelling": self._stop.is_set() and not self.finished,
            "seconds": round(until - self._began, 2),
            "progress": dict(self._tasks[-1]) if self._tasks else None,
            "said": list(self._said),
            "error": self.error,
            "result": None if self.outcome is None else dict(self.outcome.document),
            "files": [] if self.outcome is None else sorted(self.outcome.files),
        }

    def run(self) -> None:
        """Do it, in the thread that calls."""
        self._to("running")
        try:
            self._halt()
            self.outcome = self.work(self)
        except Stopped:
            self._end("cancelled")
        except WorkspaceLocked:
            raise
        except BaseException as error:  # noqa: BLE001 - the job alone fails
            self.error = refusals.document(refusals.as_ours(error))
            self._end("failed")
        else:
            self._end("done")

    def fail(self, error: TrasluzError) -> None:
        """Give it up."""
        self.error = refusals.document(error)
        self._end("failed")

    def wait_behind(self, other: Job) -> None:
        """Wait for another one to end."""
        self.behind = other
        self._to("waiting")

    def again(self) -> None:
        """Back into the queue."""
        with self._changed:
            self.behind = None
            if self.finished:
                return
            self._to("waiting")
            if self._stop.is_set():
                self._end("cancelled")

    def _end(self, state: State) -> None:
        self._ended = time.monotonic()
        self.work = _nothing
        self._to(state)

    def _to(self, state: State) -> None:
        self.state = state
        self._touch()

    def _halt(self) -> None:
        if self._stop.is_set() and not self._gently:
            raise Stopped("cancelled")

    def touch(self) -> None:
        """Something about it has changed."""
        self._touch()

    def _touch(self) -> None:
        with self._changed:
            self.version += 1
            self._changed.notify_all()


def _nothing(job: Job) -> Outcome:
    return Outcome({})


def _turn(job: Job) -> int:
    """Of those that wait, the least goes next; the order of what is equal stays."""
    return -job.wanted


@final
class Jobs:
    """All jobs of one server."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: OrderedDict[str, Job] = OrderedDict()
        self._changed = threading.Condition(threading.RLock())
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._turns = 0

    def start(
        self, kind: str, title: str, work: Callable[[Job], Outcome], *, of: str | None = None, alone: bool = False
    ) -> Job:
        """Begin a job, or have it wait for others.

        Args:
            of: The model that it is of.
            alone: Whether it is refused while there is another of its kind.

        Raises:
            Busy: too many wait already.
            Taken: there is another of its kind.
        """
        with self._changed:
            other = next((job for job in self._all.values() if job.kind == kind and not job.finished), None)
            if alone and other is not None:
                raise Taken(
                    f"one of these at a time, and there is another: {other.title}", next="Stop it, or wait for its end"
                )
            waiting = sum(job.state == "waiting" for job in self._all.values())
            if self._closed or waiting >= self._limits.queued_jobs:
                raise Busy("too many jobs wait already", next="Cancel one, or wait for one to end")
            job = Job(kind, title, work, self._changed, of, self._before)
            self._all[job.id] = job
            self._forget()
            if len(self._threads) < self._limits.jobs:
                thread = threading.Thread(target=self._work, name="studio job", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()
        return job

    def running(self, kind: str, of: str) -> str | None:
        """The id of a job of a kind that is of a model and has not ended; None where there is none."""
        with self._changed:
            mine = (job.id for job in self._all.values() if (job.kind, job.of) == (kind, of) and not job.finished)
            return next(mine, None)

    def list(self) -> list[dict[str, Any]]:
        """How they all stand, the newest first."""
        with self._changed:
            return [job.document() for job in reversed(self._all.values())]

    def _before(self, job: Job) -> list[Job]:
        """What one waits for: those that run, and those whose turn comes before its own."""
        with self._changed:
            if job.behind is not None:
                return [job.behind]
            if job.state != "waiting":
                return []
            waiting = [one for one in self._all.values() if one.state == "waiting" and one.behind is None]
            turns = sorted(waiting, key=_turn)
            return [*(one for one in self._all.values() if one.state == "running"), *turns[: turns.index(job)]]

    def first(self, job: Job) -> None:
        """Before all others that wait."""
        with self._changed:
            self._turns += 1
            job.wanted = self._turns
            for one in self._all.values():
                if one.state == "waiting":
                    one.touch()

    def get(self, id: str) -> Job:
        """One of them.

        Raises:
            UnknownName: there is none of that id.
        """
        with self._changed:
            if id not in self._all:
                raise UnknownName("job", id[:40], (), next="Finished jobs are kept only for a while")
            return self._all[id]

    def wait(self, job: Job, seconds: float, *, after: int | None = None) -> None:
        """Until it has ended, or with `after` until it has changed since that version; so many seconds at most."""
        with self._changed:
            self._changed.wait_for(
                lambda: job.finished or (after is not None and job.version > after) or self._closed, seconds
            )

    def close(self) -> None:
        """Cancel all of them and wait a moment for them."""
        with self._changed:
            self._closed = True
            for job in self._all.values():
                if not job.finished:
                    job.cancel()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(10)

    def _forget(self) -> None:
        finished = [job.id for job in self._all.values() if job.finished]
        for id in finished[: max(0, len(finished) - self._limits.held_jobs)]:
            del self._all[id]

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job.run()
            except WorkspaceLocked as error:
                self._locked(job, error)

    def _locked(self, job: Job, error: WorkspaceLocked) -> None:
        """Another job of ours writes: this one is done once that has ended. Another process: it fails."""
        with self._changed:
            others = [j for j in self._all.values() if j.state == "running" and j is not job]
        if not others:
            job.fail(error)
            return
        job.wait_behind(others[0])
        with self._changed:
            self._changed.wait_for(lambda: self._closed or job.finished or any(other.finished for other in others))
        job.again()

    def _next(self) -> Job | None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._closed or self._waiting() is not None)
                if self._closed:
                    return None
                job = self._waiting()
                if job is not None:
                    job.state = "running"
                    return job

    def _waiting(self) -> Job | None:
        waiting = [job for job in self._all.values() if job.state == "waiting" and job.behind is None]
        return min(waiting, key=_turn, default=None)
