"""How long `trasluz --help` and `import trasluz` take, against `import torch`: processor time and wall time.

Every process is a new one; the four follow each other in rounds, and ratios are taken within a round. An empty
Python is measured beside them, since all of them begin with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._common import Bar, Bench, Report, interleaved, ratio, spread
from trasluz.base.errors import TrasluzError

ROUNDS = 9
BAR = 0.25
TORCH = "import torch"
COMMAND = Path(sys.executable).with_name("trasluz")
WAYS = {
    "trasluz --help": [str(COMMAND), "--help"],
    "import trasluz": [sys.executable, "-c", "import trasluz"],
    TORCH: [sys.executable, "-c", "import torch"],
    "empty Python": [sys.executable, "-c", "pass"],
}


BARRED = ("trasluz --help", "import trasluz")


class Cost(NamedTuple):
    """What one process took."""

    cpu: float
    wall: float


def run(bench: Bench) -> Report:
    """Measure all four."""
    rounds = bench.pick(ROUNDS, 1)
    found = interleaved({name: lambda line=line: cost(line) for name, line in WAYS.items()}, rounds)
    figures: dict[str, Any] = {"rounds": rounds}
    bars: list[Bar] = []
    table = [["", "CPU s", "wall s", "CPU / torch", "wall / torch"]]
    for name, costs in found.items():
        own = {kind: spread([getattr(c, kind) for c in costs]) for kind in Cost._fields}
        to_torch = {kind: _to_torch(costs, found[TORCH], kind) for kind in Cost._fields}
        figures[name] = {"seconds": own, "ratio_to_torch": to_torch}
        cells = [f"{of['median']:.3f}" for of in (*own.values(), *to_torch.values())]
        table.append([name, *cells])
        if name in BARRED:
            bars += [Bar(f"{name} / {TORCH}, {kind}", of["median"], "<", BAR) for kind, of in to_torch.items()]
    return Report(figures, table, bars)


def _to_torch(costs: Sequence[Cost], torch: Sequence[Cost], kind: str) -> dict[str, float]:
    return ratio([getattr(c, kind) for c in costs], [getattr(c, kind) for c in torch])


def cost(line: list[str]) -> Cost:
    """Run a command to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    error = process.stderr.read().decode() if process.stderr is not None else ""
    process.communicate()
    if process.returncode:
        raise TrasluzError(f"{Path(line[0]).name} {' '.join(line[1:])} failed: {error.strip()[-300:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall)
