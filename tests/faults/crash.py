"""Make every write, fsync and rename of an action fail in turn, and look at what a reader then sees.

    for crash in crash_points(lambda: save(model, folder), prepare=fresh):
        assert what_a_reader_sees(folder) in (old, new), crash

Each point is tried twice: once as an error (the action's own clean-up runs), once as the death of a real process
(nothing runs after it). A failing write first lets half of its bytes through.
"""

from __future__ import annotations

import errno
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from trasluz.io import atomic

HOOKS = ("_write", "_fsync", "_rename", "_fsync_folder")
_DIED = 77


@dataclass(frozen=True)
class Crash:
    """What was made to fail."""

    index: int
    call: str
    how: str
    """`error`, or `death` of the process."""
    failed: bool
    """Whether the action noticed: it raised, or died."""


class Injected(OSError):
    """The failure that was put in."""


def crash_points(
    action: Callable[[], object],
    *,
    prepare: Callable[[], object] = lambda: None,
    how: tuple[str, ...] = ("error", "death"),
    timeout: float = 60,
) -> Iterator[Crash]:
    """Run `action` once for each point where it touches the disk, failing there; yield after each failure.

    `prepare` puts everything back to how it was before the action; it runs before each. The action itself is first
    run once without a failure, to find its points.
    """
    prepare()
    calls = record(action)
    assert calls, "the action never touched the disk through trasluz.io.atomic"
    for index, call in enumerate(calls):
        for way in how:
            prepare()
            failed = _fails(action, index) if way == "error" else _dies(action, index, timeout)
            yield Crash(index, call, way, failed)


def record(action: Callable[[], object]) -> list[str]:
    """The calls by which an action touches the disk, in order."""
    calls: list[str] = []

    def note(name: str, original: Any, *args: Any) -> Any:
        calls.append(name)
        return original(*args)

    with _hooked(note):
        action()
    return calls


class _hooked:
    """Puts `around(name, original, *args)` in the place of the four calls."""

    def __init__(self, around: Callable[..., Any]) -> None:
        self.around = around
        self.originals = {name: getattr(atomic, name) for name in HOOKS}

    def __enter__(self) -> None:
        for name, original in self.originals.items():
            setattr(atomic, name, lambda *a, name=name, original=original: self.around(name, original, *a))

    def __exit__(self, *_: object) -> None:
        for name, original in self.originals.items():
            setattr(atomic, name, original)


def _failing_at(index: int, fail: Callable[[], None]) -> _hooked:
    count = -1

    def around(name: str, original: Any, *args: Any) -> Any:
        nonlocal count
        count += 1
        if count != index:
            return original(*args)
        if name == "_write":
            handle, data = args
            original(handle, bytes(data)[: len(data) // 2])
            handle.flush()
        return fail()

    return _hooked(around)


def _fails(action: Callable[[], object], index: int) -> bool:
    from trasluz.base.errors import TrasluzError

    def fail() -> None:
        raise Injected(errno.EIO, "injected")

    try:
        with _failing_at(index, fail):
            action()
    except (Injected, TrasluzError):
        return True
    return False


def _dies(action: Callable[[], object], index: int, timeout: float) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # on forking with threads; the child only touches the disk
        pid = os.fork()
    if pid == 0:
        try:
            with _failing_at(index, lambda: os._exit(_DIED)):
                action()
            os._exit(0)
        finally:
            os._exit(1)
    until = time.monotonic() + timeout
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise TimeoutError(f"the action hung in a child process, failing at its call {index}")
        time.sleep(0.001)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, _DIED), f"the action failed on its own in a child process, before or after call {index}"
    return code == _DIED
