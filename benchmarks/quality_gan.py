"""What each part of the GAN's recipe is worth, at equal time of one core: an ablation on faces of 32 and 64 pixels.

Each arm trains the contest (and what comes before it) for as many steps as its own speed gives in some minutes of the
processor's clock, five of 32 pixels and six of 64, so that neighbours do not count. It is judged by Fréchet distance,
precision, recall, coverage and shares of the true factors, in features of the benchmarks' classifier. With
`--model ARM` one arm is measured and the figures of the others are kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks._common import Bench, Report
from benchmarks._judged import Judges, figure_of
from trasluz.families._gan_model import GANConfig, GANModel, open_networks
from trasluz.families.gan import GANTraining
from trasluz.io.atomic import read_json
from trasluz.lab.drawing.pictures import Cell, image_of, table
from trasluz.lab.sample import sample
from trasluz.lab.shelf.data import load
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import check_one_judge
from trasluz.spaces.precision import Precision
from trasluz.training.batches import Batches

SAMPLES, SHOWN = 3000, 12
MINUTES = {32: 5.0, 64: 6.0}
"""Of the processor, by pixels."""
PROBE, PROBES = 13, 80
"""Steps are timed so far apart, which meets cheap stages and lazy penalties in their shares; and how many."""
FACTORS = ("hair_colour", "skin_colour", "mouth")
FREE = {"cover": 0.0, "rebuild": 0.0}


@dataclass(frozen=True)
class Arm:
    """One recipe at one size."""

    preset: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    size: int = 32


SHORT, LONG = {"features_share": 0.15, "mapping": 2}, {"features_share": 0.6}
ARMS = {
    "judge of pixels": Arm("pixels"),
    "judge of features alone": Arm("small", {**FREE, **SHORT, "begin": False}),
    "short opening": Arm("small", SHORT),
    "long opening": Arm("small", LONG),
    "long opening, nothing holds": Arm("small", {**FREE, **LONG}),
    "long opening, held four times": Arm("small", {**LONG, "cover": 4.0}),
    "64 pixels, judge of pixels": Arm("pixels", size=64),
    "64 pixels, short opening": Arm("small", SHORT, 64),
    "64 pixels, long opening": Arm("small", LONG, 64),
    "64 pixels, long opening, nothing holds": Arm("small", {**FREE, **LONG}, 64),
}


def run(bench: Bench) -> Report:
    """Every arm, or the one of `--model`."""
    names = [bench.model] if bench.model else bench.pick(list(ARMS), list(ARMS)[1:2])
    path = bench.out / f"{bench.name}.json"
    found: dict[str, Any] = read_json(path, "the result")["figures"]["arms"] if bench.model and path.is_file() else {}
    found = {name: row for name, row in found.items() if "judges" in row}  # those of before do not say who judged
    pictures: list[str] = []
    seen: dict[int, tuple[Dataset, Dataset, Judges]] = {}
    for name in names:
        arm = ARMS[name]
        if arm.size not in seen:
            seen[arm.size] = _judged(bench, arm.size)
        train, test, judges = seen[arm.size]
        bench.progress.say(f"Training the arm: {name}")
        model, about = _train(bench, train, arm)
        items = sample(model, len(test), seed=1, space="z", prior="normal").items
        found[name] = {**about, **_figures(judges, test, items)}
        cells: list[list[Cell]] = [[image_of(x).resize((64, 64), Image.Resampling.NEAREST) for x in items[:SHOWN]]]
        slug = name.replace(",", "").replace(" ", "-")
        pictures.append(bench.picture(table(cells, title=name, row_labels=[""]), slug))
    found = {name: found[name] for name in ARMS if name in found}
    return Report({"minutes": {str(k): v for k, v in MINUTES.items()}, "arms": found}, _table(found), [], pictures)


def _judged(bench: Bench, size: int) -> tuple[Dataset, Dataset, Judges]:
    """Faces of a size to train on and to test on, and their judges."""
    data = load(bench.pick("faces", "faces:600"), size=size, workspace=bench.workspace, progress=bench.progress)
    train, test = data.split("train"), data.split("test").first(bench.pick(SAMPLES, 60))
    return train, test, Judges(bench, data, test.stored(slice(None)), train.first(len(test)).stored(slice(None)))


def _train(bench: Bench, data: Dataset, arm: Arm) -> tuple[GANModel, dict[str, Any]]:
    """The model of one arm, and what it took."""
    common = {"compute": "bfloat16", "encoder_share": 0.0, "augment": "off"}
    config = registry.get("families", "gan").configure(arm.preset, {**common, **arm.settings}, data.representation)
    if not isinstance(config, GANConfig):
        raise TypeError(type(config).__name__)
    precision = Precision(compute="bfloat16", channels_last=True)
    batches, trainable = Batches(data, config.batch, 0, precision), GANTraining(config, data.representation)
    steps = bench.steps or bench.pick(0, 10) or _calibrated(trainable, batches, precision, MINUTES[arm.size])
    trainable.init(0, precision, steps)
    start = time.process_time()
    with bench.progress.task("Training", steps) as tick:
        for k in range(steps):
            trainable.step(batches(k), 0, k)
            tick(1)
    minutes = (time.process_time() - start) / 60
    networks = open_networks(config, data.representation)
    networks.load_state_dict(trainable.weights())
    about = {"steps": steps, "items_seen": steps * config.batch, "processor_minutes": round(minutes, 2)}
    return GANModel(networks, config, data.representation), about


def _calibrated(trainable: GANTraining, batches: Batches, precision: Precision, minutes: float) -> int:
    """How many steps fit."""
    trainable.init(0, precision, PROBE * PROBES)
    spent: list[float] = []
    for k in range(0, PROBE * PROBES, PROBE):
        start = time.process_time()
        trainable.step(batches(k), 0, k)
        spent.append(time.process_time() - start)
    return int(minutes * 60 / float(np.mean(spent[2:])))


def _figures(judges: Judges, test: Dataset, items: Tensor) -> dict[str, Any]:
    pixels = items.mul(255).round().to(torch.uint8).numpy()
    judge, read = judges.first, judges.first.read(pixels)
    out = {**judges.sampled(pixels), **judges.about()}
    for name in FACTORS:
        values = [str(v) for v in test.column(name)]
        shares = [abs(read[name].count(v) / len(pixels) - values.count(v) / len(values)) for v in judge.factors[name]]
        out[f"away_{name}"] = sum(shares) / 2
    return out


def _table(found: dict[str, Any]) -> list[list[str]]:
    keys = ("items_seen", "processor_minutes", "frechet", "precision", "recall", "coverage", "away_mouth")
    # Arms that were measured before are side by side with new ones only where the judge is the same.
    for size in MINUTES:
        alike = {name: row for name, row in found.items() if ARMS[name].size == size}
        check_one_judge({name: figure_of(row, "frechet") for name, row in alike.items()})
    rows = [["arm", *keys]]
    return rows + [[name, *(f"{row[key]:.4g}" for key in keys)] for name, row in found.items()]
