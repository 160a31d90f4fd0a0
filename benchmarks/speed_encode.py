"""Bulk `encode` against a bare loop over the same cached pixels, with the same networks in batches of the same size.

Ours writes an atlas: latents in checksummed shards, thumbnails, rows. What thumbnails and rows cost is measured by
themselves, and told beside the whole.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks._common import Bar, Bench, Report, interleaved, ratio, seconds, some_model, spread
from trasluz.atlas.manifest import BLOCK, ROWS, Manifest
from trasluz.atlas.rows import write_rows
from trasluz.atlas.thumbnails import TILE, shrink, write_tiles
from trasluz.families.vae import Networks, VAEConfig, VAEModel
from trasluz.lab.encode import encode
from trasluz.lab.shelf.atlases import remove_atlas
from trasluz.lab.shelf.data import load
from trasluz.nn.update import place
from trasluz.spaces.data import Dataset

ROUNDS, ITEMS = 7, 5000
BAR = 0.9
ATLAS = "speed-encode"


def run(bench: Bench) -> Report:
    """Measure the whole, the bare loop, and the parts."""
    data = load(bench.pick("faces", "faces:300"), workspace=bench.workspace, progress=bench.progress)
    model = some_model(bench, data)
    if not isinstance(model, VAEModel):
        raise TypeError(f"{model.name} is no VAE")
    items = data.first(bench.pick(ITEMS, 200))
    networks = _networks(model)
    if ATLAS in bench.workspace.names("atlases"):
        remove_atlas(ATLAS, workspace=bench.workspace)

    def whole() -> float:
        start = time.perf_counter()
        encode(model, items, name=ATLAS, workspace=bench.workspace)
        took = time.perf_counter() - start
        remove_atlas(ATLAS, workspace=bench.workspace)
        return took

    ways: dict[str, Callable[[], float]] = {
        "encode": whole,
        "bare loop": lambda: seconds(lambda: bare(networks, items)),
        "thumbnails": lambda: seconds(lambda: _thumbnails(items)),
        "rows": lambda: seconds(lambda: _rows(items)),
    }
    found = interleaved(ways, bench.pick(ROUNDS, 2))
    core = [e - t - r for e, t, r in zip(found["encode"], found["thumbnails"], found["rows"], strict=True)]
    speed, speed_core = ratio(found["bare loop"], found["encode"]), ratio(found["bare loop"], core)
    n = len(items)
    figures = {
        "data": data.spec,
        "items": n,
        "batch": BLOCK,
        "seconds": {name: spread(values) for name, values in found.items()},
        "images_per_second": {name: n / spread(values)["median"] for name, values in found.items()},
        "speed_against_bare": speed,
        "speed_against_bare_without_thumbnails_and_rows": speed_core,
        "thumbnails_share": ratio(found["thumbnails"], found["encode"]),
        "rows_share": ratio(found["rows"], found["encode"]),
    }
    rows = {**found, "encode without thumbnails and rows": core}
    speeds = {"encode": speed, "encode without thumbnails and rows": speed_core}
    table = [["", "s", "images/s", "speed / bare"]]
    for name, values in rows.items():
        took = spread(values)["median"]
        own = f"{speeds[name]['median']:.3f}" if name in speeds else ""
        table.append([name, f"{took:.3f}", f"{n / took:.0f}", own])
    bars = [
        Bar("bulk encode, speed / bare loop", speed["median"], ">=", BAR),
        Bar("without thumbnails and rows, speed / bare loop", speed_core["median"], ">=", BAR),
    ]
    return Report(figures, table, bars)


def _networks(model: VAEModel) -> Networks:
    """The model's networks, built anew, as one would who has the weights and no tool."""
    networks = Networks(VAEConfig.make(model.dump()), model.representation)
    networks.load_state_dict(model.state())
    return place(networks, "cpu", torch.channels_last).eval().requires_grad_(False)


@torch.inference_mode()
def bare(networks: Networks, items: Dataset) -> torch.Tensor:
    """What one writes by hand: cached pixels, batch by batch, through the encoder."""
    means: list[torch.Tensor] = []
    for i in range(0, len(items), BLOCK):
        pixels = np.ascontiguousarray(items.stored(slice(i, i + BLOCK)))
        x = torch.from_numpy(pixels).to(torch.float32, memory_format=torch.channels_last).div_(255)
        means.append(networks.posterior(x)[0])
    return torch.cat(means)


def _thumbnails(items: Dataset) -> None:
    about = Manifest(count=len(items), channels=items.shape[0], tile=min(TILE, *items.shape[1:]))
    with tempfile.TemporaryDirectory() as folder:
        for k in range(about.sheets):
            some = items.stored(slice(k * about.sheet_tiles, (k + 1) * about.sheet_tiles))
            write_tiles(Path(folder) / about.sheet_name(k), shrink(some, about.tile))


def _rows(items: Dataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_rows(Path(folder) / ROWS, items.rows, items.points, items.identity)
