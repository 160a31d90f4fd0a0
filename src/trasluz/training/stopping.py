"""Asked to stop, a run stops between two steps, never within one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

POLITE = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "SIGXCPU", "SIGUSR1", "SIGUSR2")
"""Ctrl-C, `kill`, a lost connection, a console that closes, a limit of time, and what batch systems send before they
kill; those that a system has."""
SENT_BY_MANY = ("SIGHUP", "SIGUSR1", "SIGUSR2")
"""Where something else is set for these (`nohup` has a lost connection ignored), it stays."""


@contextmanager
def graceful() -> Generator[threading.Event]:
    """An event that the first polite signal sets; a second one interrupts at once.

    Outside the main thread no handler can be set: the event is then never set by a signal.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def handler(number: int, frame: FrameType | None) -> None:
        # A lost connection is told more than once: by the terminal, and by the shell that it ends.
        if event.is_set() and number in (signal.SIGINT, signal.SIGTERM):
            raise KeyboardInterrupt
        event.set()

    known = signal.Signals.__members__
    ours = [
        known[name]
        for name in POLITE
        if name in known and (name not in SENT_BY_MANY or signal.getsignal(known[name]) == signal.SIG_DFL)
    ]
    before = {s: signal.signal(s, handler) for s in ours}
    try:
        yield event
    finally:
        for s, old in before.items():
            signal.signal(s, signal.SIG_DFL if old is None else old)
