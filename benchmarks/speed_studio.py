"""From a click to a picture through the studio's server, one client and twenty, beside decoding in the same process;
what the server takes to start, what a point takes on the wire, and how large the page is.

Times are as the client sees them, over HTTP on this machine. Chromium is not asked: it measures the renderer.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, final
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np
import psutil
import torch

import trasluz as tl
from benchmarks._common import Bench, Report
from trasluz.lab.map import Plane
from trasluz.server import images
from trasluz.server.assets import BUILT
from trasluz.spaces.space import LatentSpace

CLIENTS = 20
PLACE = (0.31, -1.2)
OPEN = "import trasluz as tl; tl.open('faces-vae')"


@final
class Client:
    """One connection that stays open."""

    def __init__(self, url: str, map: str = "") -> None:
        self.base, self.map = urlsplit(url), map
        self.line = http.client.HTTPConnection(str(self.base.hostname), int(self.base.port or 80))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.line.request("POST", f"{self.base.path}api/{path}", json.dumps(body), {"Content-Type": "application/json"})
        answer = self.line.getresponse()
        data = json.loads(answer.read())
        assert answer.status < 300, data
        return data

    def click(self) -> float:
        """Seconds until the picture of a place is there."""
        start = time.perf_counter()
        base64.b64decode(
            self.post("decode", {"map": self.map, "at": [{"xy": PLACE}], "neighbours": 0})["items"][0]["picture"][
                "webp"
            ]
        )
        return time.perf_counter() - start


@contextmanager
def studio(workspace: str) -> Iterator[tuple[str, float, psutil.Process]]:
    """A studio's address, how long it took to answer, and its process."""
    start = time.perf_counter()
    line = [sys.executable, "-m", "trasluz", "studio", "faces-vae", "--no-browser", "--workspace", workspace]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            urlopen(f"{url}api/about").close()
            yield url, time.perf_counter() - start, psutil.Process(process.pid)
        finally:
            process.terminate()


def run(bench: Bench) -> Report:
    """Measure all of it."""
    home = str(bench.workspace.root)
    space()  # its weights are not to be made under inference mode
    data = bench.pick("faces:5000", "faces:200")
    plane = tl.map(tl.open("faces-vae"), data=data, workspace=home)
    clicks, rounds = bench.pick(200, 10), bench.pick(3, 1)
    with studio(home) as (url, first, process):
        client = Client(url)
        opened = client.post("maps", {"model": "faces-vae", "data": data})
        while opened["map"] is None:
            time.sleep(0.2)
            opened = client.post("maps", {"model": "faces-vae", "data": data})
        client.map = opened["map"]["id"]
        served, inside = _one(client, plane, clicks, rounds)
        before = process.memory_info().rss
        many, loop = _many(url, client.map, plane, bench.pick(400, 40))
        grown = process.memory_info().rss / before
        points = len(urlopen(f"{url}api/maps/{client.map}/points?column=hair_colour").read()) / opened["map"]["items"]
    starts = [first, *(_start(home) for _ in range(rounds - 1))]
    alone = [_seconds([sys.executable, "-c", OPEN]) for _ in range(rounds)]
    page = {path.name: len(gzip.compress(path.read_bytes())) for path in sorted((BUILT / "assets").glob("*"))}
    p95 = {"http": _ms(served, 95), "in_process": _ms(inside, 95)}
    figures = {
        "items": len(plane), "clicks": len(served),
        "click_ms": {"http": {"p50": _ms(served, 50), "p95": p95["http"]},
                     "in_process": {"p50": _ms(inside, 50), "p95": p95["in_process"]}},
        "click_p95_ratio": p95["http"] / p95["in_process"],
        "pictures_per_second": {"clients_20": many, "in_process_batch_20": loop},
        "throughput_ratio": many / loop,
        "memory_after_over_before": grown,
        "start_seconds": {"studio": min(starts), "import_and_open": min(alone)},
        "start_ratio": min(starts) / min(alone),
        "bytes_per_point": points,
        "page_gzipped_bytes": sum(page.values()),
    }  # fmt: skip
    table = [
        ["", "studio", "beside it", "ratio"],
        ["click to picture, p95", f"{p95['http']:.1f} ms", f"{p95['in_process']:.1f} ms",
         f"{p95['http'] / p95['in_process']:.2f}"],
        ["20 clients", f"{many:.0f}/s", f"{loop:.0f}/s", f"{many / loop:.2f}"],
        ["ready", f"{min(starts):.2f} s", f"{min(alone):.2f} s", f"{figures['start_ratio']:.2f}"],
        ["bytes a point", f"{points:.1f}", "", ""],
        ["page, gzipped", f"{sum(page.values()) / 1000:.0f} kB", "", ""],
    ]  # fmt: skip
    return Report(figures, table)


def _one(client: Client, plane: Plane, clicks: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of clicks, and of the same in this process, in turns."""
    served: list[float] = []
    inside: list[float] = []
    for _ in range(3):
        client.click()
        _decode(plane, 1)
    for _ in range(rounds):
        served += [client.click() for _ in range(clicks // rounds)]
        inside += [_decode(plane, 1) for _ in range(clicks // rounds)]
    return served, inside


@cache
def space() -> LatentSpace:
    return tl.open("faces-vae").space("z")


@torch.inference_mode()
def _decode(plane: Plane, n: int) -> float:
    start = time.perf_counter()
    z = plane.inverse(torch.tensor([PLACE] * n)).float()
    for item in space().decode(z):
        images.webp(item)
    return time.perf_counter() - start


def _many(url: str, map: str, plane: Plane, total: int) -> tuple[float, float]:
    """Pictures a second of twenty clients at once, and of a loop that decodes twenty at a time."""
    clients = [Client(url, map) for _ in range(CLIENTS)]

    def ask(client: Client) -> None:
        for _ in range(total // CLIENTS):
            client.click()

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    loop = sum(_decode(plane, CLIENTS) for _ in range(total // CLIENTS))
    return total / took, total / loop


def _start(workspace: str) -> float:
    with studio(workspace) as (_, took, _process):
        return took


def _seconds(line: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(line, check=True, env=dict(os.environ), cwd=Path.cwd())
    return time.perf_counter() - start


def _ms(values: list[float], share: float) -> float:
    return 1000 * float(np.percentile(values, share))
