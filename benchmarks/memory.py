"""Whether memory stays flat while 200,000 pictures are generated, and while a big data set of samples is encoded.

Resident memory is read after every chunk; the figure is by how much it grows after the first tenth of the work. The
pages of memory-mapped files are told apart where the system says how many they are: the system takes them back when
it wants to, so the bar is on what is left without them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, final

import psutil

from benchmarks._common import Bar, Bench, Report, some_model
from trasluz.base.progress import Progress
from trasluz.lab.encode import encode
from trasluz.lab.sample import sample
from trasluz.lab.shelf.atlases import remove_atlas
from trasluz.lab.shelf.data import load

PICTURES, CHUNK = 200_000, 1000
STREAMED = 50_000
BAR = 32.0
"""Megabytes."""
MB = 2**20
ATLAS = "memory"


class Reading(NamedTuple):
    """Memory in megabytes after some pictures."""

    done: int
    resident: float
    own: float
    """Without the pages of mapped files."""


def reading(done: int) -> Reading:
    """Memory now."""
    now = psutil.Process().memory_info()._asdict()
    return Reading(done, now["rss"] / MB, (now["rss"] - now.get("shared", 0)) / MB)


def growth(readings: Sequence[Reading]) -> dict[str, float]:
    """How much the highest reading after the first tenth lies above the highest one within it, in megabytes."""
    total = readings[-1].done
    early = [r for r in readings if r.done <= total / 10] or list(readings[:1])
    late = [r for r in readings if r.done > total / 10]
    rise = {
        kind: max(getattr(r, kind) for r in late) - max(getattr(r, kind) for r in early) for kind in ("resident", "own")
    }
    return {**rise, "highest_resident": max(r.resident for r in readings), "readings": len(readings)}


@final
class Watching(Progress):
    """Reads memory at every step of every task."""

    def __init__(self, told: Progress) -> None:
        self.told = told
        self.readings: dict[str, list[Reading]] = {}

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator[Callable[..., None], None, None]:
        own = self.readings.setdefault(title, [])
        done = 0
        with self.told.task(title, total) as step:

            def watched(n: int = 1, note: str = "") -> None:
                nonlocal done
                done += n
                own.append(reading(done))
                step(n, note=note)

            yield watched

    def say(self, text: str) -> None:
        self.told.say(text)


def run(bench: Bench) -> Report:
    """Generate in chunks, then draw samples as data and encode them."""
    data = load(bench.pick("faces", "faces:300"), workspace=bench.workspace, progress=bench.progress)
    model = some_model(bench, data)
    total, chunk = bench.pick(PICTURES, 1000), bench.pick(CHUNK, 50)
    chunks: list[Reading] = []
    with bench.progress.task(f"Generating {total:,} pictures", total) as step:
        for k in range(total // chunk):
            sample(model, chunk, seed=k)
            chunks.append(reading((k + 1) * chunk))
            step(chunk)
    watch, spec = Watching(bench.progress), f"samples:{model.name}:{bench.pick(STREAMED, 500)}"
    encode(model, spec, split="all", name=ATLAS, workspace=bench.workspace, progress=watch)
    remove_atlas(ATLAS, workspace=bench.workspace)
    legs = {"generating": chunks, **{title: found for title, found in watch.readings.items() if len(found) > 1}}
    risen = {name: growth(readings) for name, readings in legs.items()}
    figures: dict[str, Any] = {
        "pictures": total,
        "chunk": chunk,
        "streamed": spec,
        "growth_mb": risen,
        "curves": {name: [r._asdict() for r in thinned(readings)] for name, readings in legs.items()},
    }
    table = [["", "growth MB", "own MB", "highest MB"]]
    for name, rise in risen.items():
        table.append([name, f"{rise['resident']:.1f}", f"{rise['own']:.1f}", f"{rise['highest_resident']:.0f}"])
    bars = [Bar(f"{name}, growth in MB", rise["own"], "<=", BAR) for name, rise in risen.items()]
    return Report(figures, table, bars)


def thinned(readings: Sequence[Reading], most: int = 50) -> list[Reading]:
    """Some of the readings, evenly, the last one among them."""
    every = -(-len(readings) // most)
    return list(readings[::-1][::every][::-1])
