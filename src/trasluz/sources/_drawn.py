"""Pictures that are drawn, each a function of its number alone: in this process, or in several for large numbers.

The drawing processes are started plainly and write their blocks down a pipe, as JSON and raw pixels. So nothing is
pickled, and the script that asked is never imported a second time, as it would be by a process pool.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from trasluz.base.errors import InvalidArgument, TrasluzError

BLOCK = 250
"""Pictures a block: small enough that the processes take turns evenly."""
WORTH = 2000
"""Pictures from which on starting processes saves time."""
DEFAULT = 25_000
LIMIT = 10_000_000
SIZES = (28, 256)

Drawn = tuple[np.ndarray, list[dict[str, str]]]
"""Pixels `(n, C, H, W)` of a block, and its factors."""


def parse_count(name: str, argument: str | None, default: int = DEFAULT) -> int:
    """How many pictures `NAME:N` asks for."""
    if argument is None:
        return default
    if not (argument.isascii() and argument.isdigit()) or not 1 <= int(argument[:12]) <= LIMIT:
        raise InvalidArgument(
            f"{name}:N takes a number of pictures",
            got=repr(argument),
            allowed=f"1 to {LIMIT:,}",
            next=f"Write for example {name}:{default}",
        )
    return int(argument)


def check_size(name: str, size: int | None, default: int = 64) -> int:
    """The size to draw at."""
    chosen = default if size is None else size
    if not SIZES[0] <= chosen <= SIZES[1]:
        raise InvalidArgument(f"{name} are drawn at sizes of", got=chosen, allowed=f"{SIZES[0]} to {SIZES[1]} pixels")
    return chosen


def check_channels(channels: int | None, default: int = 3) -> int:
    """1 for grey or 3 for colour."""
    chosen = default if channels is None else channels
    if chosen not in (1, 3):
        raise InvalidArgument("pictures are grey or RGB", got=f"{chosen} channels", allowed="1 or 3")
    return chosen


def blocks(module: str, total: int, size: int, channels: int, workers: int | None = None) -> Iterator[Drawn]:
    """Pictures 0 to `total - 1` of `trasluz.sources.<module>`, in order, in blocks."""
    workers = _processors() if workers is None else workers
    if total < WORTH or workers < 2 or not sys.executable:
        for start in range(0, total, BLOCK):
            yield draw_block(module, start, min(total, start + BLOCK), size, channels)
        return
    yield from _in_processes(module, total, size, channels, workers)


def draw_block(module: str, start: int, stop: int, size: int, channels: int) -> Drawn:
    """Pictures `start` to `stop - 1`."""
    draw = importlib.import_module(f"trasluz.sources.{module}").draw
    pixels = np.empty((stop - start, channels, size, size), np.uint8)
    rows: list[dict[str, str]] = []
    for i in range(start, stop):
        pixels[i - start], factors = draw(i, size, channels)
        rows.append(factors)
    return pixels, rows


def _processors() -> int:
    """Processors that this process may use, at most eight."""
    count = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(count, 8)


def _in_processes(module: str, total: int, size: int, channels: int, workers: int) -> Iterator[Drawn]:
    asked = map(str, (total, size, channels, workers))
    command = [sys.executable, "-P", "-m", "trasluz.sources._drawn", module, *asked]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    running: list[subprocess.Popen[bytes]] = []
    try:
        for k in range(workers):
            # A process group of its own: Ctrl-C is for the one who asked, who then ends them.
            group = None if os.name == "nt" else 0
            process = subprocess.Popen(
                [*command, str(k)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=group,
            )
            running.append(process)
        for start in range(0, total, BLOCK):
            process = running[start // BLOCK % workers]
            yield _receive(process.stdout, (min(total, start + BLOCK) - start, channels, size, size))
    finally:
        for process in running:
            process.kill()
        for process in running:
            if process.stdout is not None:
                process.stdout.close()
            process.wait()


def _receive(pipe: IO[bytes] | None, shape: tuple[int, int, int, int]) -> Drawn:
    line = b"" if pipe is None else pipe.readline()
    data = b"" if pipe is None else pipe.read(int(np.prod(shape)))
    if len(data) != int(np.prod(shape)):
        raise TrasluzError(
            "a drawing process ended before it was done", next="Run the same command again; was memory short?"
        )
    return np.frombuffer(data, np.uint8).reshape(shape), json.loads(line)


def _work(module: str, total: int, size: int, channels: int, workers: int, k: int) -> None:
    """Draw every `workers`-th block, beginning with block k, to standard output."""
    out: Any = sys.stdout.buffer
    for start in range(k * BLOCK, total, workers * BLOCK):
        pixels, rows = draw_block(module, start, min(total, start + BLOCK), size, channels)
        out.write(json.dumps(rows).encode() + b"\n")
        out.write(pixels.data)
        out.flush()


if __name__ == "__main__":
    _work(sys.argv[1], *map(int, sys.argv[2:]))
