# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Answers conditions in a process of its own, as a script: `python -P _apart.py CONFIG MEMORY`.

A message that begins with T is a table in Arrow's stream format, one with Q seconds and a query. An answer that begins
with R is a result, one with E an error: its kind and its text. Nothing of ours is imported: it begins in a third of a
second.
"""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import sys
from typing import Any

IDLE = 60.0
"""Seconds without a message after which it ends."""


def main(config: dict[str, Any], memory: int) -> None:
    """Answer until nobody asks."""
    import duckdb
    import pyarrow as pa

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began it ends it
    if os.name == "posix":
        os.nice(10)  # others are to be answered meanwhile
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    connection = duckdb.connect(":memory:", config=config)
    _bound_memory(memory)
    _send(out, b"R")
    while message := _received():
        try:
            if message[:1] == b"T":
                connection.close()
                connection = duckdb.connect(":memory:", config=config)
                connection.register("rows", pa.ipc.open_stream(message[1:]).read_all())
                _send(out, b"R")
            else:
                seconds = struct.unpack("<d", message[1:9])[0]
                _bound_time(seconds)
                found = connection.sql(message[9:].decode()).to_arrow_table()
                sink = pa.BufferOutputStream()
                with pa.ipc.new_stream(sink, found.schema) as writer:
                    writer.write_table(found)
                _send(out, b"R", sink.getvalue().to_pybytes())
        except Exception as error:  # noqa: BLE001
            memory_gone = isinstance(error, (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError))
            kind = "memory" if memory_gone else "query"
            _send(out, b"E", json.dumps([kind, str(error)]).encode())


def _received() -> bytes:
    """The next message; nothing where none comes."""
    if os.name == "posix" and not select.select([0], [], [], IDLE)[0]:
        return b""
    head = sys.stdin.buffer.raw.read(8)  # type: ignore[attr-defined]
    if not head or len(head) < 8:
        return b""
    left = struct.unpack("<Q", head)[0]
    parts = bytearray()
    while len(parts) < left:
        part = os.read(0, min(left - len(parts), 1 << 20))
        if not part:
            return b""
        parts += part
    return bytes(parts)


def _send(out: int, *parts: bytes) -> None:
    data = memoryview(struct.pack("<Q", sum(map(len, parts))) + b"".join(parts))
    while data:
        data = data[os.write(out, data) :]


def _bound_memory(memory: int) -> None:
    """No more memory than is there now, and so many bytes; where the system knows such a limit."""
    try:
        import resource
    except ImportError:
        return
    try:
        with open("/proc/self/statm") as handle:
            now = int(handle.read().split()[0]) * resource.getpagesize()
    except OSError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))


def _bound_time(seconds: float) -> None:
    """The processor's time too, in case that whoever would end it has ended itself."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = int(used.ru_utime + used.ru_stime + 4 * seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard < 0 else min(wanted, hard), hard))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
