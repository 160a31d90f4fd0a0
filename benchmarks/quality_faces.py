"""How good a VAE of `faces` is: reconstructions and samples, on the test split, with the time its training took.

Reconstructions by PSNR and SSIM. Samples from each prior by their Fréchet distance to the test items, by precision,
recall, density and coverage, and by how many are near copies of training items, in features of a classifier of the
true factors that this benchmark trains itself. Two floors say what distance is no distance: training items against
test items, and one half of the test items against the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks._common import Bar, Bench, Recipe, Report, trained
from benchmarks._judged import HEAD, Judges, cells, ratio
from benchmarks.factor_classifier import FactorClassifier
from trasluz.base.rng import numpy_generator
from trasluz.lab.drawing.pictures import Cell, image_of, of_bytes, table
from trasluz.lab.sample import sample
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.metrics.frechet import Frechet
from trasluz.metrics.novelty import Novelty
from trasluz.metrics.psnr import PSNR
from trasluz.metrics.ssim import SSIM
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel
from trasluz.spaces.registry import get
from trasluz.spaces.space import LatentSpace

SETTINGS: dict[str, Any] = {
    "data": "faces",
    "preset": "small",
    "steps": 3500,
    "settings": {"latent": 64, "prior_steps": 4000},
    "seed": 0,
}
"""The model that is measured; `--steps N` changes its length."""
QUICK: dict[str, Any] = {
    **SETTINGS,
    "data": "faces:400",
    "preset": "tiny",
    "steps": 3,
    "settings": {"latent": 64, "batch": 32, "prior_steps": 20, "compute": "float32"},
}
SAMPLES, COMPARED = 5000, 2000
"""Samples of each prior, and how many of them are looked for among the training items."""
SEED = 0
SHOWN = 12
PRIORS = ("normal", "gaussian", "flow")
MINUTES, DECIBELS, SHARE_OF_NORMAL = 15.0, 30.0, 0.25


def run(bench: Bench) -> Report:
    """Train or open, measure, draw."""
    model, data, training = trained(bench, Recipe(**bench.pick(SETTINGS, QUICK)))
    test = data.split("test").first(SAMPLES)
    others = data.split("train").first(len(test)).stored(slice(None))
    judges = Judges(bench, data, test.stored(slice(None)), others)
    space = model.space()
    rebuilt, codes = _rebuilt(space, test)
    drawn = {name: _bytes(sample(model, len(test), seed=SEED, prior=name).items) for name in PRIORS}
    fakes = {name: judges.sampled(pixels) for name, pixels in drawn.items()}
    fakes["flow"]["near_copies"] = _near_copies(data, test, drawn["flow"])
    ways = {rule: _midpoints(space, codes, rule) for rule in ("linear", "spherical")}
    middles = {f"midpoints, {rule}": judges.sampled(_bytes(decode_all(space, z))) for rule, z in ways.items()}
    floors = _floors(judges, others)
    figures = {
        "training": training,
        "classifier": judges.about(),
        "test_items": len(test),
        "reconstruction": rebuilt,
        "floors": floors,
        "samples": fakes,
        "midpoints": middles,
    }
    bars = [Bar("PSNR of reconstructions, dB", rebuilt["psnr"], ">=", DECIBELS)]
    bars.append(Bar("Fréchet, flow / normal", ratio(fakes["flow"], fakes["normal"]), "<=", SHARE_OF_NORMAL))
    bars.append(Bar("Fréchet, flow / gaussian", ratio(fakes["flow"], fakes["gaussian"]), "<", 1.0))
    if "minutes" in training:
        bars.append(Bar("training with second stage, minutes", training["minutes"], "<=", MINUTES))
    picture = _picture(model, test, codes, drawn, ways)
    return Report(figures, _table(judges.first, rebuilt, floors, {**fakes, **middles}), bars, [bench.picture(picture)])


def _rebuilt(space: LatentSpace, test: Dataset) -> tuple[dict[str, Any], Tensor]:
    """Reconstructions measured, and the codes they came from."""
    x = test.tensor(slice(None))
    codes = encode_all(space, x)
    x_hat = decode_all(space, codes)
    psnr, ssim = PSNR().of(x=x, x_hat=x_hat), SSIM().of(x=x, x_hat=x_hat)
    details = {"psnr_details": dict(psnr.details), "ssim_details": dict(ssim.details)}
    return {"psnr": psnr.value, "ssim": ssim.value, **details}, codes


def _bytes(items: Tensor) -> np.ndarray:
    """Pictures as they would be written: the real ones have eight bits too."""
    return items.mul(255).round().to(torch.uint8).numpy()


def _near_copies(data: Dataset, test: Dataset, pixels: np.ndarray) -> dict[str, Any]:
    """Of samples from the learned prior, in pixels."""
    n = min(COMPARED, len(test))
    found = Novelty().of(train=data.split("train").stored(slice(None)), real=test.stored(slice(0, n)), fake=pixels[:n])
    return {"share": found.value, **found.details}


def _midpoints(space: LatentSpace, codes: Tensor, rule: str) -> Tensor:
    """The middle of a path between test items, for half as many pairs as there are items."""
    order = torch.from_numpy(numpy_generator(SEED, "pairs").permutation(len(codes)))
    pairs = codes[order[: 2 * (len(codes) // 2)]].reshape(-1, 2, *space.shape)
    way = get("paths", rule)
    return torch.cat([way.through(pair, 3, space)[1:2] for pair in pairs])


def _floors(judges: Judges, others: np.ndarray) -> dict[str, Any]:
    """Distances of real items to other real items."""
    real = judges.real
    half = len(real) // 2
    halves = Frechet().of(real=real[:half], fake=real[half:], judge=judges.first.judge)
    told = {"n": half, "frechet": halves.value, "measured": {"frechet": halves.dump()}}
    return {"training items": judges.sampled(others), "halves of the test items": told}


def _table(
    judge: FactorClassifier, rebuilt: dict[str, Any], floors: dict[str, Any], found: dict[str, Any]
) -> list[list[str]]:
    rows = [["", "n", *HEAD]]
    for name, figures in {**floors, **found}.items():
        rows.append([name, str(figures["n"]), *cells(figures)])
    copies = found["flow"]["near_copies"]
    rows.append([f"near copies among {copies['test']} samples, flow: {copies['share']:.3f} (unseen items: 0.05)"])
    rows.append([f"PSNR {rebuilt['psnr']:.2f} dB, SSIM {rebuilt['ssim']:.4f}"])
    worst = min(judge.accuracy, key=lambda name: judge.accuracy[name])
    mean = float(np.mean(list(judge.accuracy.values())))
    rows.append([f"{judge.name}: accuracy {mean:.3f}, worst {worst} {judge.accuracy[worst]:.3f}"])
    return rows


def _picture(
    model: LatentModel, test: Dataset, codes: Tensor, drawn: dict[str, np.ndarray], ways: dict[str, Tensor]
) -> Image.Image:
    """Samples of each prior, reconstructions, and paths with their middles."""
    space = model.space()
    x = test.tensor(slice(0, SHOWN))
    order = numpy_generator(SEED, "pairs").permutation(len(test))[: 2 * SHOWN].reshape(-1, 2)
    rows: list[list[Cell]] = [[of_bytes(pixels) for pixels in drawn[name][:SHOWN]] for name in PRIORS]
    ends = [decode_all(space, codes[order[:, i]]) for i in (0, 1)]
    middles = [decode_all(space, z[:SHOWN]) for z in ways.values()]
    shown = (x, decode_all(space, codes[:SHOWN]), ends[0], *middles, ends[1])
    rows.extend([image_of(item) for item in items] for items in shown)
    names = [f"samples, {name}" for name in PRIORS] + ["test items", "rebuilt", "from"]
    names += [f"half way, {rule}" for rule in ways] + ["to"]
    return table(rows, title=f"{model.name}: {model.trained_on}", row_labels=names)
