"""What the server writes down: our own faults under a number that the page shows too, and never more than a few lines
of one sort."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from trasluz.base.text import safe
from trasluz.server.limits import Limits

log = logging.getLogger("trasluz.server")
connections = logging.getLogger("trasluz.server.connections")
"""What uvicorn says of single connections, which anybody who reaches the port can bring about."""
SORTS = 64
"""Sorts of lines that are told apart; all further ones count as one."""
OTHERS = ("", 0, "")


@final
@dataclass
class _Seen:
    since: float
    text: str
    """The first line, as it was written."""
    lines: int = 0
    left_out: int = 0


@final
class Sparing(logging.Filter):
    """Lets the first few lines of each sort pass, then says how many more there were.

    A sort is a text before its values are put in: what strangers send does not make another one.
    """

    def __init__(self, most: int, span: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.most, self.span, self._clock = most, span, clock
        self._seen: dict[tuple[str, int, str], _Seen] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "summary", False):
            return True
        if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
            return False  # a request that was under way when the studio was stopped is no fault
        self.tell()
        with self._lock:
            sort = (record.name, record.levelno, str(record.msg))
            if sort not in self._seen and len(self._seen) >= SORTS:
                sort = OTHERS
            text = "of many sorts" if sort == OTHERS else record.getMessage().partition("\n")[0]
            seen = self._seen.setdefault(sort, _Seen(self._clock(), text))
            seen.lines += 1
            if seen.lines > self.most:
                seen.left_out += 1
            return seen.lines <= self.most

    def tell(self, *, all: bool = False) -> None:
        """Say what was left out of the spans that are over, or of all."""
        with self._lock:
            now = self._clock()
            over = [(sort, seen) for sort, seen in self._seen.items() if all or now - seen.since >= self.span]
            for sort, _ in over:
                del self._seen[sort]
        for (name, level, _), seen in over:
            if seen.left_out:
                logging.getLogger(name or log.name).log(
                    level or logging.WARNING, "%s more like this within %s s: %s",
                    f"{seen.left_out:,}", round(now - seen.since), seen.text,
                    extra={"summary": True},
                )  # fmt: skip


@final
class Plain(logging.Formatter):
    """Lines in which nothing acts on a terminal: messages of errors hold names of files and labels."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(safe, super().format(record).splitlines()))


def odd(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What went wrong in an event loop where nobody waits for it; otherwise asyncio writes all of it down."""
    log.error(str(context.get("message", "Something went wrong")), exc_info=context.get("exception"))


def bounded(limits: Limits) -> Sparing:
    """Bound what is written down, and have it written somewhere where nobody has arranged for that."""
    spares = Sparing(limits.logged, limits.log_span)
    for logger in (log, connections):
        for old in [one for one in logger.filters if isinstance(one, Sparing)]:
            logger.removeFilter(old)
        logger.addFilter(spares)
    connections.setLevel(logging.WARNING)  # below that are the addresses of requests, which may hold the token
    if not log.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(Plain("%(message)s"))
        log.addHandler(handler)
    return spares


def fault(error: BaseException) -> str:
    """Write down what nobody foresaw, and give the number under which it stands there: the same for the same place."""
    places = [f"{frame.f_code.co_filename}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    number = hashlib.blake2b(f"{type(error).__name__} {places}".encode(), digest_size=4).hexdigest()
    log.error(f"Internal error {number}", exc_info=error)
    return number
