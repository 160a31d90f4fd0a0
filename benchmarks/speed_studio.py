"""From a click to a picture through the studio's server, one client and twenty, beside decoding in the same process;
what the server takes to start, what a point takes on the wire, how large the page is; and what it takes from the click
on a bundled model to its map with pictures, where nothing was ever encoded.

One click at a time comes as a person's do, with a pause before it, to the server and to this process in turns; both
run on one thread, since whoever has slept wakes up slowly, and two threads more slowly than one. The same back to back
and on all threads is reported beside it. Chromium is not asked: that is `speed_page`.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import numpy as np
import torch

import trasluz as tl
from benchmarks._common import Bar, Bench, Report
from benchmarks._studio import MODEL, Client, Crowd, Served, studio
from trasluz.lab.results.plane import Plane
from trasluz.server import images
from trasluz.server.assets import BUILT
from trasluz.spaces.space import LatentSpace

CLIENTS = 20
PLACE = (0.31, -1.2)
PAUSE = 0.03
"""Seconds before a click."""
OPEN = f"import trasluz as tl; tl.open({MODEL!r})"
CLICK, MANY, READY, WIRE, PAGE, GROWTH = 1.5, 0.5, 1.3, 16, 400_000, 1.05
FIRST = 1000
"""Milliseconds to the first map with pictures."""
PICTURES = 64
"""Thumbnails of a map as it opens."""


def run(bench: Bench) -> Report:
    """Measure all of it."""
    home = str(bench.workspace.root)
    data = bench.pick("faces:5000", "faces:200")
    plane = tl.map(tl.open(MODEL), data=data, workspace=home)
    clicks, rounds, total = bench.pick(300, 10), bench.pick(3, 1), bench.pick(1200, 40)
    with studio(home, OMP_NUM_THREADS="1") as served:
        paced = _clicks(served, data, plane, clicks, PAUSE, threads=1)
    with studio(home) as served:
        packed = _clicks(served, data, plane, clicks, 0, threads=None)
        card = served.map(data)
        throughput = _many(served, card["id"], plane, total, rounds)
        points = len(urlopen(f"{served.url}api/maps/{card['id']}/points?column=hair_colour").read()) / card["items"]
    turns = [(_start(home), _seconds([sys.executable, "-c", OPEN])) for _ in range(bench.pick(6, 1))]
    starts, alone = zip(*turns, strict=True)
    first = [_first() for _ in range(bench.pick(5, 1))]
    page = sum(len(gzip.compress(path.read_bytes())) for path in sorted((BUILT / "assets").glob("*")))
    figures = {
        "items": len(plane), "clicks": clicks, "click_ms": {"paced_one_thread": paced, "back_to_back": packed},
        "throughput": throughput,
        "start_seconds": {"studio": min(starts), "import_and_open": min(alone)},
        "first_map_ms": {"median": float(np.median(first)), "most": max(first), "n": len(first)},
        "bytes_per_point": points, "page_gzipped_bytes": page,
    }  # fmt: skip
    bars = [
        Bar("click, server's p95 / p95 of decoding in process", paced["ratio_p95"], "<=", CLICK),
        Bar("20 clients / a loop that decodes 20 at a time", throughput["ratio"], ">=", MANY),
        Bar("memory after 20 clients / before the last half of them", throughput["growth"], "<=", GROWTH),
        Bar("ready / importing torch and opening the model", min(starts) / min(alone), "<=", READY),
        Bar("ms from the click to a map with pictures, workspace cold", float(np.median(first)), "<=", FIRST),
        Bar("bytes a point on the wire", points, "<=", WIRE),
        Bar("bytes of the page, gzipped", page, "<=", PAGE),
    ]
    table = [
        ["ms, p95", "server", "client", "in process", "ratio"],
        *([name, *(f"{row[k]['p95']:.1f}" for k in ("server", "client", "in_process")), f"{row['ratio_p95']:.2f}"]
          for name, row in (("click, one at a time, one thread", paced), ("click, back to back", packed))),
        [],
        ["", "studio", "beside it"],
        ["20 clients, pictures a second", f"{throughput['studio']:.0f}", f"{throughput['in_process']:.0f}"],
        ["first map with pictures, ms", f"{np.median(first):.0f}", ""],
        ["ready, seconds", f"{min(starts):.2f}", f"{min(alone):.2f}"],
    ]  # fmt: skip
    return Report(figures, table, bars=bars)


def _clicks(
    served: Served, data: str, plane: Plane, clicks: int, pause: float, *, threads: int | None
) -> dict[str, Any]:
    """Milliseconds of clicks and of the same in this process, in turns."""
    client = Client(served.url, served.map(data)["id"])
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    took: dict[str, list[float]] = {"server": [], "client": [], "in_process": []}
    try:
        for _ in range(5):
            client.click(PLACE)
            _decode(plane, 1)
        for _ in range(clicks):
            time.sleep(pause)
            took["client"].append(client.click(PLACE))
            took["server"].append(client.served)
            time.sleep(pause)
            took["in_process"].append(_decode(plane, 1))
    finally:
        torch.set_num_threads(before)
    shares = {name: {f"p{p}": 1000 * float(np.percentile(v, p)) for p in (50, 95)} for name, v in took.items()}
    ratios = {f"ratio_p{p}": shares["server"][f"p{p}"] / shares["in_process"][f"p{p}"] for p in (50, 95)}
    return {**shares, **ratios}


def _many(served: Served, map: str, plane: Plane, total: int, rounds: int) -> dict[str, float]:
    """Pictures a second of twenty clients at once, and of a loop that decodes twenty at a time, in turns; and what
    the second half of the rounds added to the memory of the server."""
    crowd = Crowd(served.url, map, CLIENTS, PLACE)
    crowd.ask(max(CLIENTS, total // 4))
    many: list[float] = []
    loop: list[float] = []
    memory: list[int] = []
    for _ in range(2 * rounds):
        many.append(crowd.ask(total))
        memory.append(served.process.memory_info().rss)
        times = max(1, total // 2 // CLIENTS)
        loop.append(times * CLIENTS / sum(_decode(plane, CLIENTS) for _ in range(times)))
    crowd.close()
    studio, inside = float(np.median(many)), float(np.median(loop))
    growth = memory[-1] / memory[rounds - 1]
    return {"studio": studio, "in_process": inside, "ratio": studio / inside, "growth": growth}


@cache
def space() -> LatentSpace:
    return tl.open(MODEL).space("z")


@torch.inference_mode()
def _decode(plane: Plane, n: int) -> float:
    start = time.perf_counter()
    z = plane.inverse(torch.tensor([PLACE] * n)).float()
    images.webps(space().decode(z))
    return time.perf_counter() - start


def _first() -> float:
    """Milliseconds from the click on a bundled model to points and thumbnails, in a workspace where nothing is."""
    with TemporaryDirectory() as home, studio(home) as served:
        time.sleep(1)  # nobody clicks before the page is there
        client = Client(served.url)
        start = time.perf_counter()
        client.get(f"models/{MODEL}")
        opened = client.post("maps", {"model": MODEL})
        while opened["map"] is None:
            opened = client.post("maps", {"model": MODEL})
        card = opened["map"]
        points = client.get(f"maps/{card['id']}/points")
        rows = ",".join(map(str, np.linspace(0, card["pictured"] - 1, PICTURES, dtype=int)))
        sheet = client.get(f"maps/{card['id']}/thumbnails?rows={rows}")
        took = time.perf_counter() - start
        assert card["method"] == "umap" and len(points) > 8 * card["items"] and len(sheet) > 10 * PICTURES
    return 1000 * took


def _start(workspace: str) -> float:
    with studio(workspace) as served:
        return served.ready


def _seconds(line: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(line, check=True, env=dict(os.environ), cwd=Path.cwd())
    return time.perf_counter() - start
