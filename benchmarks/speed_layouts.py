"""What lays the rows of a map out: ours beside umap-learn, PaCMAP, openTSNE and TorchDR, those of them that
are installed; each in a process of its own that has torch already, as the studio has.

Of each: seconds from its import to the layout, by the clock and of a processor, which what else runs there changes
less; what its packages take on disk; trustworthiness, and the share of each row's 15 nearest that are its nearest on
the map too; and of items that had no part in it, which all go to the map and back by our way: how often the 15 nearest
on the map tell their label, and the share of the variance that is lost.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from trasluz.atlas.atlas import Atlas
from trasluz.geometry.distances import nearest
from trasluz.geometry.linear_algebra import pca
from trasluz.geometry.neighbours import voted
from trasluz.lab.encode import encode
from trasluz.lab.judging.places import NEIGHBOURS, together
from trasluz.lab.shelf.maps import columns_of, default_column
from trasluz.lab.shelf.models import open as open_model
from trasluz.projections._back import WayBack
from trasluz.projections.umap import UMAPConfig

CASES, HELD = (("faces-vae", 2000), ("pets-flow", 2000), ("faces-vae", 10_000)), 500
"""Models and rows, and items that had no part in a layout."""
NEIGHBOURHOODS, QUICKER = 0.98, 0.5
"""Limits: the share of umap-learn's neighbours that ours keeps, and of its seconds of a processor that ours takes."""
OURS, PEER = "ours", "umap-learn"
MADE = {
    OURS: "from trasluz.projections._layout import lay_out; make = lambda: lay_out(rows, 15, 0.1, None, 0)",
    PEER: "import umap; make = lambda: umap.UMAP(n_neighbors=15, min_dist=0.1, random_state=0, n_jobs=1)"
    ".fit_transform(rows.numpy())",
    "PaCMAP": "import pacmap; make = lambda: pacmap.PaCMAP(n_components=2, random_state=0).fit_transform(rows.numpy())",
    "openTSNE": "import openTSNE; make = lambda: np.asarray(openTSNE.TSNE(random_state=0, n_jobs=1).fit(rows.numpy()))",
    "TorchDR, UMAP": "import torchdr; make = lambda: torchdr.UMAP(n_neighbors=15, min_dist=0.1, random_state=0, "
    "device='cpu').fit_transform(rows).detach()",
}
PACKAGES = {
    OURS: (),
    PEER: ("umap-learn", "pynndescent", "numba", "llvmlite"),
    "PaCMAP": ("pacmap", "faiss-cpu", "numba", "llvmlite"),
    "openTSNE": ("openTSNE",),
    "TorchDR, UMAP": ("torchdr",),
}
MODULES = {OURS: "torch", PEER: "umap", "PaCMAP": "pacmap", "openTSNE": "openTSNE", "TorchDR, UMAP": "torchdr"}
CHILD = """
import json, sys, time, warnings
import numpy as np, torch
warnings.simplefilter("ignore")
rows = torch.from_numpy(np.load(sys.argv[1]))
torch.set_num_threads(1)
start = time.perf_counter(), time.process_time()
{made}
xy = np.asarray(make(), dtype=np.float32)
took = time.perf_counter() - start[0], time.process_time() - start[1]
np.save(sys.argv[2], xy)
print(json.dumps(took))
"""


def run(bench: Bench) -> Report:
    """Lay the items of some bundled models out by each."""
    figures: dict[str, Any] = {"bytes": {name: _bytes(name) for name in MADE if _is_there(name)}, "models": {}}
    for name, count in bench.pick(CASES, (("faces-vae", 200),)):
        model, held = open_model(name, workspace=bench.workspace), bench.pick(HELD, 60)
        atlas = encode(
            model, split="train", limit=count + held, name=f"layouts-{name}-{count}", workspace=bench.workspace,
            progress=bench.progress,
        )  # fmt: skip
        z = atlas.latents.float().flatten(1)
        found = _measured(z[:count], z[count : count + held], atlas)
        figures["models"].setdefault(name, {})[f"{count:,}"] = found
    table = [["", "rows", "", "first, s", "on a processor, s", "trustworthy", "kept", "label", "lost"]]
    for name, sizes in figures["models"].items():
        for size, ways in sizes.items():
            table += [[name, size, way, f"{f['seconds']:.1f}", f"{f['processor_seconds']:.1f}",
                       f"{f['trustworthiness']:.3f}", f"{f['kept']:.3f}", f"{f['label']:.3f}", f"{f['lost']:.3f}"]
                      for way, f in ways.items()]  # fmt: skip
    return Report(figures, table, _bars(figures["models"]))


def _bars(models: dict[str, Any]) -> list[Bar]:
    both = [ways for sizes in models.values() for ways in sizes.values() if PEER in ways]
    if not both:
        return []
    kept = min(ways[OURS]["kept"] / ways[PEER]["kept"] for ways in both)
    slow = max(ways[OURS]["processor_seconds"] / ways[PEER]["processor_seconds"] for ways in both)
    return [
        Bar("neighbours kept, ours over umap-learn's, the worst", kept, ">=", NEIGHBOURHOODS),
        Bar("seconds of a processor to the first layout, ours over umap-learn's, the worst", slow, "<=", QUICKER),
    ]


def _is_there(name: str) -> bool:
    return find_spec(MODULES[name]) is not None


def _bytes(name: str) -> int:
    """What the files of its packages take, beside those that Trasluz needs in any case."""
    found = [file.locate() for package in PACKAGES[name] for file in metadata.files(package) or ()]
    return sum(Path(str(path)).stat().st_size for path in found if Path(str(path)).is_file())


def _measured(rows: Tensor, new: Tensor, atlas: Atlas) -> dict[str, dict[str, float]]:
    """By way, what it does."""
    found = pca(rows, min(UMAPConfig().span, rows.shape[1]), 0)
    mean, basis = found.mean.float(), found.vectors.float()
    short, fresh = ((part - mean) @ basis.T for part in (rows, new))
    name = default_column(columns_of(atlas))
    codes = None if name is None else torch.from_numpy(np.ascontiguousarray(atlas.typed(name).codes)).long()
    out: dict[str, dict[str, float]] = {}
    for way in filter(_is_there, MADE):
        xy, took = _laid_out(way, short)
        kept = [nearest(x, x, NEIGHBOURS, itself=True)[1] for x in (short, xy)]
        back = WayBack.fit(xy, short, UMAPConfig().blend)
        places = back.project(fresh)
        lost = (back.inverse(places) @ basis + mean - new).square().sum() / (new - rows.mean(0)).square().sum()
        out[way] = {
            "seconds": took[0], "processor_seconds": took[1], "lost": float(lost),
            "trustworthiness": together(short, xy)["trustworthiness"].value,
            "kept": float((kept[0][:, :, None] == kept[1][:, None, :]).any(2).float().mean()),
            "label": float("nan") if codes is None else _told(codes, len(rows), places, xy),
        }  # fmt: skip
    return out


def _told(codes: Tensor, n: int, places: Tensor, xy: Tensor) -> float:
    """How often neighbours on the map tell the value of items that had no part in it."""
    wanted = codes[n : n + len(places)]
    said = voted(codes[:n][nearest(places, xy, NEIGHBOURS)[1]])
    return float((said == wanted)[wanted >= 0].float().mean())


def _laid_out(way: str, rows: Tensor) -> tuple[Tensor, tuple[float, float]]:
    """Where a way lays rows, and its seconds by the clock and of a processor, in a process that has torch already."""
    with tempfile.TemporaryDirectory() as place:
        given, got = Path(place) / "rows.npy", Path(place) / "xy.npy"
        np.save(given, rows.numpy())
        done = subprocess.run(
            [sys.executable, "-c", CHILD.format(made=MADE[way]), str(given), str(got)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        clock, processor = json.loads(done.stdout.splitlines()[-1])
        return torch.from_numpy(np.load(got)), (clock, processor)
