"""Ctrl-C at any moment, one word instead of a traceback: while the program loads, while it works, while it ends."""

from __future__ import annotations

import _thread
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

CODE = 130
"""Exit code of what was interrupted."""

_told: list[int] = []


def at_once(number: int, frame: FrameType | None) -> None:
    """While nothing is done that would have to be undone."""
    with suppress(OSError):
        os.write(2, b"Interrupted.\n")
    os._exit(CODE)


def by_exception(number: int, frame: FrameType | None) -> None:
    """While a verb works; remembered, since a library that was just being loaded may make another error of it."""
    _told.append(number)
    raise KeyboardInterrupt


def was_told() -> bool:
    """Whether somebody has pressed Ctrl-C."""
    return bool(_told)


@contextmanager
def handled() -> Generator[None]:
    """A verb works within; before and after it Ctrl-C ends the program at once."""
    if signal.getsignal(signal.SIGINT) is not at_once:  # ignored, or another's
        yield
        return
    before, sys.unraisablehook = sys.unraisablehook, _again(sys.unraisablehook)
    signal.signal(signal.SIGINT, by_exception)
    try:
        yield
    except KeyboardInterrupt:  # while the word on an earlier one was being said
        at_once(signal.SIGINT, None)
    finally:
        signal.signal(signal.SIGINT, at_once)
        sys.unraisablehook = before


def _again(other: Any) -> Any:
    """Ctrl-C where Python can only pass over it, as it frees an object: once more."""

    def hook(found: Any) -> None:
        if found.exc_type is KeyboardInterrupt:
            _thread.interrupt_main()
        else:
            other(found)

    return hook
