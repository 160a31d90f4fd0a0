"""The studio under an hour of use by several people at once: whether its memory stays flat, whether files and threads
come back, and whether anything goes wrong.

They look, hover over a live line, zoom the sheet, save paths as films, place pictures, open other maps; some leave in
the middle of what they asked for, and some ask for what is none. Minutes: `TRASLUZ_SOAK`, 60 where it is not set.
"""

from __future__ import annotations

import io
import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, final

import numpy as np
import psutil
from PIL import Image
from websockets.sync.client import connect

from benchmarks._common import Bar, Bench, Report
from benchmarks._studio import MODEL, Client, connected, studio, written

PEOPLE = 3
WARM = 0.1
"""Of the time, before anything is counted."""
REST = 3.0
"""Seconds without requests, after which files and threads are counted."""
MORE, GROWTH = 2, 1.05


def run(bench: Bench) -> Report:
    """Use it, and look at it meanwhile."""
    seconds = 60.0 * bench.pick(_minutes(), 0.2)
    data = bench.pick("faces:5000", "faces:200")
    with studio(str(bench.workspace.root)) as served:
        map = served.map(data)
        people = [Person(served.url, data, map, seed) for seed in range(PEOPLE)]
        _used(people, served.process, WARM * seconds, 1.0)
        before = _resting(served.process)
        memory = _used(people, served.process, (1 - WARM) * seconds, bench.pick(10.0, 0.5))
        after = _resting(served.process)
        still = people[0].client.click((0.3, -1.2))
    quarter = max(1, len(memory) // 4)
    first, last = (float(np.median(part)) for part in (memory[:quarter], memory[-quarter:]))
    done, wrong = (sum((getattr(one, name) for one in people), Counter[str]()) for name in ("done", "wrong"))
    figures = {
        "minutes": seconds / 60, "people": PEOPLE, "done": dict(sorted(done.items())), "wrong": dict(wrong),
        "files": [before[0], after[0]], "threads": [before[1], after[1]],
        "megabytes": [round(value / 2**20, 1) for value in memory], "growth": last / first, "click_afterwards": still,
    }  # fmt: skip
    bars = [
        Bar("files that were not given back", after[0] - before[0], "<=", MORE),
        Bar("threads that did not end", after[1] - before[1], "<=", MORE),
        Bar("memory of the last quarter / of the first", last / first, "<=", GROWTH),
        Bar("answers that were wrong", sum(wrong.values()), "<=", 0),
    ]
    table = [
        ["", "before", "after"],
        ["files", str(before[0]), str(after[0])],
        ["threads", str(before[1]), str(after[1])],
        ["memory, MB", f"{first / 2**20:.0f}", f"{last / 2**20:.0f}"],
        [],
        *([name, f"{n:,}"] for name, n in sorted(done.items())),
        *([name, f"{n:,}"] for name, n in sorted(wrong.items())),
    ]
    return Report(figures, table, bars)


def _minutes() -> float:
    """How long it is to last; one line to who asks for what is no time."""
    given = os.environ.get("TRASLUZ_SOAK", "60")
    try:
        minutes = float(given)
    except ValueError:
        minutes = 0
    if not 1 <= minutes <= 24 * 60:
        raise SystemExit(f"wrong value for TRASLUZ_SOAK: got {given!r}; allowed: minutes, 1 to 1,440")
    return minutes


def _used(people: list[Person], process: psutil.Process, seconds: float, every: float) -> list[int]:
    """Bytes of memory now and again, while all of them do what they do."""
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=one.until, args=(end,)) for one in people]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while time.monotonic() < end:
        time.sleep(every)
        seen.append(process.memory_info().rss)
    for thread in threads:
        thread.join()
    return seen


def _resting(process: psutil.Process) -> tuple[int, int]:
    """Open files and threads, with nobody there."""
    time.sleep(REST)
    return process.num_fds(), process.num_threads()


@final
class Person:
    """Somebody who does one thing after another."""

    def __init__(self, url: str, data: str, map: dict[str, Any], seed: int) -> None:
        self.url, self.data, self.map = url, data, map
        self.client = Client(url, map["id"])
        self.done, self.wrong = Counter[str](), Counter[str]()
        self._dice = random.Random(seed)
        ways: dict[Callable[[], None], int] = {
            self.look: 30, self.hover: 10, self.move: 12, self.zoom: 8, self.read: 8, self.path: 3, self.place: 3,
            self.reopen: 2, self.leave: 6, self.blunder: 4,
        }  # fmt: skip
        self._ways, self._weights = list(ways), list(ways.values())

    def until(self, end: float) -> None:
        """Go on for so long."""
        while time.monotonic() < end:
            [way] = self._dice.choices(self._ways, self._weights)
            try:
                way()
                self.done[way.__name__] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and told
                self.wrong[f"{way.__name__}: {type(error).__name__} {error}"[:120]] += 1
                self.client = Client(self.url, self.map["id"])

    def look(self) -> None:
        at = [{"xy": self._spot()} for _ in range(self._dice.randint(1, 20))]
        assert len(self.client.post("decode", {"map": self.map["id"], "at": at})["items"]) == len(at)

    def move(self) -> None:
        dims = {str(self._dice.randrange(64)): self._dice.uniform(-3, 3)}
        self.client.post("lens", {"map": self.map["id"], "at": {"row": self._row()}, "dims": dims})

    def hover(self) -> None:
        address = f"{self.url.replace('http', 'ws')}api/live?map={self.map['id']}"
        with connect(address, compression=None) as line:
            for seq in range(1, 20):
                x, y = self._spot()
                line.send(json.dumps({"seq": seq, "x": x, "y": y, "seen": seq - 1}))
                frame = line.recv(timeout=20)
                assert isinstance(frame, bytes) and frame.startswith(b"TLZ1")

    def zoom(self) -> None:
        """Cells of a sheet lie on a grid, as those do that a page asks for; what was drawn before is found again."""
        x, y = (round(value) for value in self._spot())
        part = f"x0={x}&y0={y}&x1={x + 1}&y1={y + 1}&across=8&down=8&tile=32"
        assert self.client.get(f"maps/{self.map['id']}/sheet?{part}")

    def read(self) -> None:
        rows = ",".join(str(self._row()) for _ in range(12))
        for path in (f"rows?rows={rows}", f"thumbnails?rows={rows}", "points?column=hair_colour", "sliders"):
            assert self.client.get(f"maps/{self.map['id']}/{path}")

    def path(self) -> None:
        through = [{"row": self._row()}, {"xy": self._spot()}, {"row": self._row()}]
        job = self.client.post("paths", {"map": self.map["id"], "through": through, "rule": "spherical", "frames": 16})
        self._done(job)
        assert self.client.get(f"jobs/{job['id']}/export?form={self._dice.choice(['gif', 'png', 'mp4'])}")

    def place(self) -> None:
        picture, buffer = np.random.default_rng(self._row()).integers(0, 256, (80, 90, 3), dtype=np.uint8), io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        self._done(self.client.post(f"uploads?map={self.map['id']}", buffer.getvalue())["job"])

    def reopen(self) -> None:
        method = self._dice.choice(["pca", "discriminant"])
        opened = self.client.post("maps", {"model": MODEL, "data": self.data, "method": method})
        self._done(opened["job"])

    def leave(self) -> None:
        """Ask for much, and go without the answer."""
        with connected(self.url) as line:
            line.sendall(written(self.url, {"map": self.map["id"], "at": [{"xy": self._spot()} for _ in range(64)]}))

    def blunder(self) -> None:
        """Ask for what there is not."""
        for path, body in (
            ("decode", {"map": self.map["id"], "at": [{"latent": "AAAA"}]}),
            ("decode", {"map": "nowhere", "at": [{"row": 0}]}),
            ("lens", {"map": self.map["id"], "at": {"row": 10**9}}),
            (f"uploads?map={self.map['id']}", b"no picture"),
        ):
            assert 400 <= self.client.status(path, body) < 500

    def _done(self, job: dict[str, Any]) -> None:
        """Wait for the end of some work."""
        while job["state"] in ("waiting", "running"):
            job = json.loads(self.client.get(f"jobs/{job['id']}?after={job['version']}&wait=5"))
        assert job["state"] == "done", job

    def _spot(self) -> tuple[float, float]:
        low_x, low_y, high_x, high_y = self.map["bounds"]
        return self._dice.uniform(low_x, high_x), self._dice.uniform(low_y, high_y)

    def _row(self) -> int:
        return self._dice.randrange(self.map["items"])
