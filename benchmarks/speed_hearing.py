"""What the studio takes to let the place under the cursor be heard: a live frame with its sound, beside one without and
beside decoding in the same process, in turns; the way back from the spectrogram is in all of them.

The model is trained for two steps: how long decoding takes hangs on its size alone. Positions come with the pause of
the page's grains between them, to a server of one thread, as clicks do in `speed_studio`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import torch
from websockets.sync.client import connect

import trasluz as tl
from benchmarks._common import Bar, Bench, Report
from benchmarks._studio import Client, studio
from trasluz.io.atomic import make_folder, write_bytes
from trasluz.io.sounds import sound_bytes
from trasluz.lab.shelf.models import list_models

NAME = "tones"
RATE = 16_000
PAUSE = 0.14
"""Seconds between two grains at least (web/src/sound/grains.ts)."""
LIMIT = 80.0
"""Milliseconds."""


def run(bench: Bench) -> Report:
    """Measure all of it."""
    home, positions = bench.workspace.root, bench.pick(300, 8)
    _train(home)
    with studio(str(home), NAME, OMP_NUM_THREADS="1") as served:
        client = Client(served.url)
        while (opened := client.post("maps", {"model": NAME}))["map"] is None:
            time.sleep(0.2)
        map = opened["map"]["id"]
        took = _hovered(served.url, map, positions, _decoder(home))
        client = Client(served.url)  # a line on which nothing is said is closed
        asked = [_asked(client, map, i) for i in range(positions)]
    took["item"] = asked
    shares = {name: {f"p{p}": 1000 * float(np.percentile(v, p)) for p in (50, 95)} for name, v in took.items()}
    ratio = shares["heard"]["p50"] / shares["seen"]["p50"]
    table = [["ms", "p50", "p95"], *([name, f"{v['p50']:.1f}", f"{v['p95']:.1f}"] for name, v in shares.items())]
    bars = [
        Bar("a place heard, ms, p95", shares["heard"]["p95"], "<=", LIMIT),
        Bar("a place heard / seen alone", ratio, "<=", 1.25),
    ]
    return Report({"positions": positions, "ms": shares, "ratio_p50": ratio}, table, bars=bars)


def _train(home: Path) -> None:
    """A model of tones of many pitches, where there is none yet."""
    if NAME in {str(line["name"]) for line in list_models(workspace=home)}:
        return
    folder = make_folder(home / "data" / NAME)
    t = np.arange(RATE) / RATE
    for i in range(240):
        wave = 0.5 * np.sin(2 * np.pi * (100 + 10 * i) * t)
        write_bytes(folder / f"{i:03d}.wav", sound_bytes(np.rint(wave * 32767).astype("<i2"), RATE, ".wav"))
    tl.train("vae", data=str(folder), name=NAME, steps=2, workspace=home, device="cpu", force=True)


def _decoder(home: Path) -> Callable[[], None]:
    """Decodes one latent in this process, the way back included."""
    space = tl.open(NAME, workspace=home, device="cpu").space("z")
    z = torch.randn(1, *space.shape, generator=torch.Generator().manual_seed(0))
    torch.set_num_threads(1)

    @torch.inference_mode()
    def decode() -> None:
        space.decode(z)

    return decode


def _hovered(url: str, map: str, positions: int, decode: Callable[[], None]) -> dict[str, list[float]]:
    """Seconds of positions with a sound, of such without, and of decoding in process, in turns."""
    base, took = urlsplit(url), {name: list[float]() for name in ("heard", "seen", "in process")}
    places = np.random.default_rng(0).uniform(-1, 1, (positions + 3, 2))
    seq = 0
    with connect(f"ws://{base.netloc}{base.path}api/live?map={map}", origin=f"http://{base.netloc}") as line:  # type: ignore[arg-type]
        for i, (x, y) in enumerate(places.tolist()):
            for name in took:
                time.sleep(PAUSE)
                start = time.perf_counter()
                if name == "in process":
                    decode()
                else:
                    seq += 1
                    asked = {"seq": seq, "x": x, "y": y, "seen": seq - 1, "file": name == "heard"}
                    line.send(json.dumps(asked))
                    assert isinstance(line.recv(), bytes)
                if i >= 3:
                    took[name].append(time.perf_counter() - start)
    return took


def _asked(client: Client, map: str, i: int) -> float:
    """Seconds that the server takes for an item of the lens."""
    time.sleep(PAUSE)
    body: dict[str, Any] = {"map": map, "at": {"row": i % 20}}
    client.file("items", body)
    return client.served
