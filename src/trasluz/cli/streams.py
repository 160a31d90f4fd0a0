"""Standard output and standard error that may be closed, full, or read by nobody any more.

What answers goes to standard output. Who reads it may leave (`| head -1`): that ends the program without a word, as the
signal would that Unix has for it. A disk may be full: that is an error like others. What is said beside it goes to
standard error; where nobody can hear it, the work goes on, since a run of hours must not end because a terminal has.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO, final

from trasluz.base.errors import NoSpace, TrasluzError

PIPE = 141
"""Exit code where nobody reads on: 128 and the number of SIGPIPE."""


class _Stream(io.TextIOWrapper):
    """A standard stream that asks what to do when it cannot be written."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._failed(error)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        # What is still held would fail again, at the latest when Python ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@final
class _Answers(_Stream):
    def _failed(self, error: OSError) -> None:
        super()._failed(error)
        gone = (errno.EPIPE, errno.EIO, errno.ECONNRESET, *((errno.EINVAL,) if os.name == "nt" else ()))
        if error.errno in gone:
            raise SystemExit(PIPE) from None
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace("no space left to write standard output", next="The work itself was done") from None
        raise TrasluzError(f"standard output cannot be written: {error.strerror}") from None


@final
class _Remarks(_Stream):
    pass


def guard() -> None:
    """Put such streams in the place of those that Python made; one that was closed leads nowhere."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Otherwise the next file that is opened would have that number, and what is said would be written into it.
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _guarded(sys.stdout, 1, _Answers)
    sys.stderr = _guarded(sys.stderr, 2, _Remarks)


def _guarded(stream: TextIO | None, number: int, kind: type[_Stream]) -> TextIO:
    if stream is None:
        return kind(io.BufferedWriter(io.FileIO(number, "w", closefd=False)), encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    with suppress(OSError):
        stream.flush()
    # A terminal of another encoding gets an escape instead of a crash.
    return kind(
        stream.buffer, encoding=stream.encoding, errors="backslashreplace", line_buffering=stream.line_buffering
    )
