"""How often the product's judgements are wrong: false alarms where there is nothing, misses where there is something.

`learned` of a direction: latents of 64 normal dimensions, and labels that have nothing to do with them, or two sides
that lie two sigma apart along one of them; every method that looks at labels, at 20, 100 and 1,000 items, half of them
with the value. `trusted` of the reader: pictures of noise with the labels of a coin, and such whose label can be seen.
Each cell has its trials, a 95 % interval, and how often the answer was that it is not tested.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from trasluz.adapters import wrap
from trasluz.lab.judging.reader import reader_for
from trasluz.lab.judging.separation import ALPHA, separation
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import interval_of_share
from trasluz.spaces.methods import Evidence
from trasluz.spaces.model import LatentModel
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace

DIMENSIONS, APART, SIDE = 64, 2.0, 16
SIZES = (20, 100, 1000)
TRIALS = 200
SLOW = {"probe": 40, "examples": 60}
"""Methods of which fewer trials are made: each is hundreds of fits."""
READ = ((60, 20), (200, 60), (1000, 300))
"""Pictures, and how many of them are held out."""
READ_TRIALS = 20
POWER, FROM = 0.95, 100
"""The share of what lies two sigma apart that has to be found, from so many items on."""


def run(bench: Bench) -> Report:
    """Every judgement, with nothing to find and with something."""
    figures: dict[str, Any] = {"dimensions": DIMENSIONS, "apart": APART, "alpha": ALPHA}
    rows: list[list[str]] = [["judgement", "items", "truth", "trials", "said so", "95 %", "not tested"]]
    bars: list[Bar] = []
    space = _model().space()
    for method in bench.pick(("means", "towards", "examples", "regression", "probe"), ("means", "regression")):
        for n in bench.pick(SIZES, (40,)):
            for apart in (0.0, APART):
                trials = bench.pick(SLOW.get(method, TRIALS), 3)
                found = Counter(_learned(space, method, n, apart, seed) for seed in range(trials))
                _told(figures, rows, f"learned, {method}", n, bool(apart), found)
                share = found[True] / trials
                if not apart:
                    # What chance alone may add to one in twenty, of so many trials.
                    bars.append(Bar(f"{method}, {n} items: false alarms", share, "<=", _allowed(trials)))
                elif n >= FROM and found[None] < trials:
                    bars.append(Bar(f"{method}, {n} items: power", share, ">=", POWER))
    for n, held in bench.pick(READ, ((60, 20),)):
        for seen in (False, True):
            trials = bench.pick(READ_TRIALS, 1)
            found = Counter(_trusted(bench, n, held, seen, seed) for seed in range(trials))
            _told(figures, rows, "trusted, a reader", n, seen, found)
            if not seen:
                bars.append(Bar(f"a reader, {n} items: false trust", found[True] / trials, "<=", ALPHA))
            elif n >= FROM:
                bars.append(Bar(f"a reader, {n} items: trust", found[True] / trials, ">=", POWER))
    return Report(figures, rows, bars)


def _told(
    figures: dict[str, Any], rows: list[list[str]], what: str, n: int, is_there: bool, found: Counter[bool | None]
) -> None:
    trials = found.total()
    interval = interval_of_share(found[True], trials) or (0.0, 1.0)
    truth = "something" if is_there else "nothing"
    share, untested = found[True] / trials, found[None] / trials
    figures[f"{what}, {n}, {truth}"] = {
        "trials": trials, "share": share, "interval": list(interval), "not_tested": untested,
    }  # fmt: skip
    ends = f"{interval[0]:.2f} to {interval[1]:.2f}"
    rows.append([what, f"{n:,}", truth, f"{trials:,}", f"{share:.2f}", ends, f"{untested:.2f}"])


def _allowed(trials: int) -> float:
    """The share of false alarms that a judgement of one in twenty stays below in all but one of two hundred runs."""
    return ALPHA + 2.58 * float(np.sqrt(ALPHA * (1 - ALPHA) / trials))


def _learned(space: LatentSpace, method: str, n: int, apart: float, seed: int) -> bool | None:
    generator = torch.Generator().manual_seed(1000 * n + seed)
    how = registry.get("finders", method)
    y: Tensor = (torch.arange(n) % 2).float()
    if "quantity" in how.default_for:
        y = torch.randn(n, generator=generator)
    z = torch.randn(n, DIMENSIONS, generator=generator)
    z[:, 0] += apart * y
    found = separation(how, Evidence(space, z, y), how.config_type(), seed)
    return None if found is None else found.learned


def _model() -> LatentModel:
    """A space of so many dimensions over small grey pictures: what is judged is no model."""

    def decode(z: Tensor) -> Tensor:
        return torch.zeros(len(z), 1, SIDE, SIDE)

    return wrap(decode, (DIMENSIONS,), representation=Pixels(1, SIDE), name="judged", identity="judged")


def _trusted(bench: Bench, n: int, held: int, seen: bool, seed: int) -> bool | None:
    rng = np.random.default_rng(1000 * n + seed)
    pixels = rng.integers(0, 256, (n, 1, SIDE, SIDE)).astype(np.uint8)
    coin = rng.integers(0, 2, n)
    if seen:
        pixels[coin == 1] //= 4
    rows = pa.table({
        "id": [str(i) for i in range(n)], "index": list(range(n)), "source": ["noise"] * n,
        "split": ["test" if i < held else "train" for i in range(n)], "label": [("tails", "heads")[c] for c in coin],
    })  # fmt: skip
    data = Dataset("noise", f"d-judged-{n}-{held}-{seen}-{seed}", pixels, rows, {})
    reader = reader_for(_model(), data, workspace=bench.workspace)
    return None if reader is None else any(column.trusted for column in reader.columns.values())
