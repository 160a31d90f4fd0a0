"""What the benchmarks share: timing in turns, ratios pair by pair, models to measure on, results as JSON."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, Literal, TypeVar, final

import numpy as np
import torch
from PIL import Image

import trasluz
from trasluz.base.progress import SILENT, Progress
from trasluz.io.atomic import make_folder, read_json, write_json
from trasluz.io.pictures import write_picture
from trasluz.io.workspace import Workspace, slug
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.shelf.models import remove_model, show_model
from trasluz.lab.train import train
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel

T = TypeVar("T")
FORMAT, VERSION = "trasluz-benchmark", 1


@dataclass(frozen=True)
class Bench:
    """How a benchmark is asked to run."""

    name: str
    quick: bool
    out: Path
    workspace: Workspace
    model: str | None = None
    steps: int | None = None
    progress: Progress = SILENT

    def pick(self, full: T, quick: T) -> T:
        """The one for a full run, or the one for a quick one."""
        return quick if self.quick else full

    def picture(self, image: Image.Image, part: str = "") -> str:
        """Keep a picture beside the result; its file name."""
        path = make_folder(self.out) / f"{self.name}{'-' if part else ''}{part}.png"
        write_picture(path, image)
        return path.name


@dataclass(frozen=True)
class Bar:
    """A limit that a figure has to keep."""

    what: str
    value: float
    relation: Literal[">=", "<=", "<"]
    limit: float

    @property
    def holds(self) -> bool:
        if self.relation == ">=":
            return self.value >= self.limit
        return self.value < self.limit if self.relation == "<" else self.value <= self.limit

    def dump(self) -> dict[str, Any]:
        """As JSON values."""
        limits = {"what": self.what, "value": self.value, "relation": self.relation, "limit": self.limit}
        return {**limits, "holds": self.holds}


@dataclass(frozen=True)
class Report:
    """What a benchmark found."""

    figures: Mapping[str, Any]
    table: Sequence[Sequence[str]]
    """Rows of a small table for the terminal, the first one its head."""
    bars: Sequence[Bar] = ()
    pictures: Sequence[str] = field(default_factory=tuple)


def interleaved(ways: Mapping[str, Callable[[], T]], rounds: int, *, warm: int = 1) -> dict[str, list[T]]:
    """What each way gives in each round, in turn (A B A B), so that a busy moment does not fall on one of them alone.

    The first `warm` rounds are not counted.
    """
    found: dict[str, list[T]] = {name: [] for name in ways}
    for k in range(warm + rounds):
        for name, way in ways.items():
            value = way()
            if k >= warm:
                found[name].append(value)
    return found


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(above: Sequence[float], below: Sequence[float]) -> dict[str, float]:
    """The median of `above / below`, pair by pair, with its quartiles."""
    pairs = [a / b for a, b in zip(above, below, strict=True)]
    low, high = np.quantile(pairs, [0.25, 0.75])
    return {"median": median(pairs), "low": float(low), "high": float(high), "rounds": len(pairs)}


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and quartiles."""
    low, high = np.quantile(values, [0.25, 0.75])
    return {"median": median(values), "low": float(low), "high": float(high), "rounds": len(values)}


@final
class Stopwatch(Progress):
    """Passes on what it is told, and keeps how long each task took."""

    def __init__(self, told: Progress) -> None:
        self.told = told
        self.seconds: dict[str, float] = {}

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator[Callable[..., None], None, None]:
        start = time.perf_counter()
        with self.told.task(title, total) as step:
            yield step
        self.seconds[title] = self.seconds.get(title, 0.0) + time.perf_counter() - start

    def say(self, text: str) -> None:
        self.told.say(text)


@dataclass(frozen=True)
class Recipe:
    """A model to train for a benchmark of quality."""

    data: str
    preset: str
    steps: int
    settings: Mapping[str, Any]
    seed: int = 0


def trained(bench: Bench, recipe: Recipe) -> tuple[LatentModel, Dataset, dict[str, Any]]:
    """The model of a recipe, its data, and how its training went: anew, or, with `--model`, as it was.

    Data are drawn before the clock starts; the second stage is within.
    """
    if bench.model is not None:
        model = open_model(bench.model, workspace=bench.workspace)
        data = load(model.trained_on or recipe.data, workspace=bench.workspace, progress=bench.progress)
        note = _training_note(bench, model.name)
        return model, data, read_json(note, "the benchmark's note") if note.exists() else {"reused": model.name}
    data = load(recipe.data, workspace=bench.workspace, progress=bench.progress)
    name = bench.name.replace("_", "-")
    if name in bench.workspace.names("models"):
        remove_model(name, workspace=bench.workspace)
    watch, start = Stopwatch(bench.progress), time.perf_counter()
    run = train(
        "vae",
        data,
        name=name,
        preset=recipe.preset,
        settings=recipe.settings,
        steps=bench.steps or recipe.steps,
        seed=recipe.seed,
        workspace=bench.workspace,
        progress=watch,
    )
    took = time.perf_counter() - start
    about = show_model(name, workspace=bench.workspace)
    training = {
        "model": name,
        "minutes": took / 60,
        "seconds_by_stage": {k: round(v, 2) for k, v in watch.seconds.items()},
        "parameters": about["parameters"],
        "config": about["config"],
        "plan": about["training"]["plan"],
        "last_evaluation": run.figures,
    }
    write_json(_training_note(bench, name), training)
    return run.model, data, training


def _training_note(bench: Bench, model: str) -> Path:
    return bench.workspace.root / f"training-{model}.json"


def some_model(bench: Bench, data: Dataset) -> LatentModel:
    """The model of `--model`, or one with the usual networks that is hardly trained: speed asks for no more."""
    if bench.model is not None:
        return open_model(bench.model, workspace=bench.workspace)
    name = f"speed-{slug(data.spec)}"
    if name in bench.workspace.names("models"):
        return open_model(name, workspace=bench.workspace)
    run = train(
        "vae",
        data,
        name=name,
        preset=bench.pick("small", "tiny"),
        settings={"prior_steps": 20, "compute": "float32"},
        steps=bench.pick(20, 3),
        workspace=bench.workspace,
        progress=bench.progress,
    )
    return run.model


def machine() -> dict[str, Any]:
    """What a figure was measured on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load_1_min": _load(),
        "memory_gb": _memory_gb(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "trasluz": trasluz.__version__,
    }


def _commit() -> str | None:
    """Of the code that is measured, with a + where it was changed since; None outside a repository."""

    def git(*asked: str) -> str:
        here = Path(__file__).parent
        return subprocess.run(["git", "-C", here, *asked], capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "../src", "*.py")
        return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _load() -> float | None:
    """How busy the machine is; not every system says."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None


def _memory_gb() -> float:
    import psutil

    return round(psutil.virtual_memory().total / 2**30, 1)


def result(bench: Bench, report: Report, measures: str, took: float) -> dict[str, Any]:
    """All of a run as JSON values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "benchmark": bench.name,
        "measures": measures,
        "quick": bench.quick,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": _commit(),
        "seconds": round(took, 1),
        "machine": machine(),
        "bars": [bar.dump() for bar in report.bars],
        "figures": dict(report.figures),
        "pictures": list(report.pictures),
    }


def finish(bench: Bench, report: Report, measures: str, took: float) -> str:
    """Write the result; what to say of it."""
    path = make_folder(bench.out) / f"{bench.name}.json"
    write_json(path, result(bench, report, measures, took))
    lines = ["", *lay_out(report.table), ""]
    for bar in report.bars:
        judged = "quick, means nothing" if bench.quick else "holds" if bar.holds else "MISSED"
        lines.append(f"{bar.what}: {bar.value:.4g} {bar.relation} {bar.limit:.4g}  {judged}")
    return "\n".join([*lines, f"{path} ({took:.0f} s)"])


def lay_out(table: Sequence[Sequence[str]]) -> list[str]:
    """Rows with their columns below each other, the first to the left, numbers to the right.

    An empty row parts two tables; a row of one cell is a remark, and as wide as it likes.
    """
    lines: list[str] = []
    for whole, rows in groupby(table, key=bool):
        part = list(rows)
        columns = [[row[c] for row in part if c < len(row) > 1] for c in range(max(map(len, part)))]
        widths = [max(map(len, cells), default=0) for cells in columns]
        lines += [_line(row, widths) for row in part] if whole else [""]
    return lines


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (f"{cell:{'<' if c == 0 else '>'}{widths[c]}}" for c, cell in enumerate(row))
    return "  ".join(cells).rstrip()
