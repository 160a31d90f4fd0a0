"""What a library in C writes to the terminal by itself: kept from it, and told as a part of the error.

libtiff names in its messages what stands in the file; nothing escapes that on its way to the terminal. It is the only
one of Pillow's that does so.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import threading
from types import TracebackType
from typing import IO, final

from trasluz.base.text import safe

_ERRORS = 2
_LONGEST = 2000
_one = threading.Lock()
"""The place for errors belongs to the process: one at a time may take it."""
_log = logging.getLogger(__name__)
logging.getLogger("PIL").addHandler(logging.NullHandler())  # else Python writes what it logs to the terminal


@final
class Overheard:
    """What is written to the standard error meanwhile, by whomever."""

    def __init__(self) -> None:
        self.text = ""
        self._kept: IO[bytes] | None = None
        self._before = -1

    def __enter__(self) -> Overheard:
        _one.acquire()
        try:
            self._before = os.dup(_ERRORS)
        except OSError:  # there is no terminal
            return self
        self._kept = tempfile.TemporaryFile()
        os.dup2(self._kept.fileno(), _ERRORS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if self._kept is not None:
                os.dup2(self._before, _ERRORS)
                os.close(self._before)
                with self._kept, contextlib.suppress(OSError):
                    self._kept.seek(0)
                    said = self._kept.read(_LONGEST).decode("utf-8", "replace")
                    self.text = safe(" ".join(said.split()))
        finally:
            _one.release()
        if self.text:
            _log.info("%s", self.text)
