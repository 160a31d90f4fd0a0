"""How good the bundled models are: samples, reconstructions and shares of the true factors, on the test split.

For each model of pictures the Fréchet distance of its samples to the test items, precision, recall, density and
coverage, in features of a classifier of the true factors that this benchmark trains itself; how often each value of
some factors occurs among the samples, as that classifier reads them, beside its share in the data; for latent diffusion
the way from noise to latent and back by the flow alone, over its number of steps (real items: `quality_noise`).
Those of spoken words are measured by `quality_voices`.

With `--model NAME` one model is measured, and the figures of the others are kept, as long as they are of the models
that ship now.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from benchmarks._judged import HEAD, Judges, cells, ratio
from benchmarks.factor_classifier import FactorClassifier
from trasluz.io.atomic import read_json
from trasluz.lab.drawing.pictures import Cell, image_of, table
from trasluz.lab.sample import sample
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import kind_of
from trasluz.lab.shelf.models import open as open_model
from trasluz.metrics.psnr import PSNR
from trasluz.metrics.ssim import SSIM
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel
from trasluz.spaces.registry import get
from trasluz.spaces.representation import Pixels

SAMPLES, QUICK_SAMPLES = 5000, 60
SEED = 0
SHOWN = 12
FACTORS = {"faces": ("hair_colour", "skin_colour", "mouth"), "pets": ("species", "fur_colour"), "fashion": ("label",)}
"""Whose shares are compared, by the first part of a model's name; of other models those of every factor."""
STEPS = (5, 10, 25, 50, 100)
"""Heun steps of the way from noise to latent and back."""
TRIPS = 64
RATIO, COVERAGE, TRIP = 3.0, 0.8, 1e-2


def run(bench: Bench) -> Report:
    """Every model that is there, or the one of `--model`."""
    known = [name for name in bundled.names() if kind_of(name) is get("kinds", Pixels.kind)]
    names = [bench.model] if bench.model else bench.pick(known, known[:2])
    kept = _kept(bench) if bench.model else {}
    judges: dict[str, tuple[Judges, Dataset]] = {}
    figures: dict[str, Any] = {}
    for name in names:
        model = open_model(name, workspace=bench.workspace)
        if model.trained_on not in judges:
            judges[str(model.trained_on)] = _judge(bench, str(model.trained_on))
        judge, test = judges[str(model.trained_on)]
        bench.progress.say(f"Measuring {name}")
        figures[name] = _measured(bench, model, judge, test)
    figures = {name: (kept | figures)[name] for name in bundled.BUNDLED if name in kept | figures} or figures
    pictures = [bench.picture(_picture(bench, list(figures)))]
    return Report({"models": figures}, _table(figures), _bars(figures), pictures)


def _kept(bench: Bench) -> dict[str, Any]:
    """What was measured before of models that are still the same."""
    path = bench.out / f"{bench.name}.json"
    found = read_json(path, "the result") if path.is_file() else {}
    models = found.get("figures", {}).get("models", {})
    return {
        name: figures
        for name, figures in models.items()
        if name in bundled.names()
        and open_model(name, device="cpu").identity == figures.get("identity")
        and "judges" in figures  # those of before do not say who judged
    }


def _judge(bench: Bench, spec: str) -> tuple[Judges, Dataset]:
    """The judges of a data set, and its test items."""
    spec = bench.pick(spec, {"faces": "faces:400", "pets": "pets:400"}.get(spec, spec))
    data = load(spec, workspace=bench.workspace, progress=bench.progress)
    test = data.split("test").first(bench.pick(SAMPLES, QUICK_SAMPLES))
    others = data.split("train").first(len(test)).stored(slice(None))
    return Judges(bench, data, test.stored(slice(None)), others), test


def _measured(bench: Bench, model: LatentModel, judges: Judges, test: Dataset) -> dict[str, Any]:
    """The figures of one model."""
    found: dict[str, Any] = {"family": model.family, "identity": model.identity, "n": len(test)}
    judge = judges.first
    found |= {"extractor": judge.name, "classifier_accuracy": judge.accuracy, **judges.about()}
    space, ways = model.space(), dict[str, dict[str, Any]]()
    priors = sorted({"normal", str(space.default_prior)} & set(space.priors), key=lambda p: p == space.default_prior)
    pixels = np.empty(0)
    for prior in priors:
        pixels = _bytes(sample(model, len(test), seed=SEED, prior=prior, progress=bench.progress).items)
        ways[{"normal": "N(0, I)", "pushforward": "the model"}.get(prior, f"the prior {prior}")] = judges.sampled(
            pixels
        )
    found["samples"] = ways
    found["shares"] = _shares(judge, test, pixels, FACTORS.get(model.name.partition("-")[0], tuple(judge.factors)))
    if space.encodes:
        x = test.tensor(slice(None))
        x_hat = decode_all(space, encode_all(space, x, progress=bench.progress), progress=bench.progress)
        psnr, ssim = PSNR().of(x=x, x_hat=x_hat), SSIM().of(x=x, x_hat=x_hat)
        whole = {"psnr": psnr.dump(), "ssim": ssim.dump()}
        found["reconstruction"] = {"psnr": psnr.value, "ssim": ssim.value, "measured": whole}
    if "noise" in model.spaces:
        found["noise"] = _trips(bench, model)
    return found


def _bytes(items: Tensor) -> np.ndarray:
    """Pictures as they would be written: the real ones have eight bits too."""
    return items.mul(255).round().to(torch.uint8).numpy()


def _shares(judge: FactorClassifier, test: Dataset, pixels: np.ndarray, factors: tuple[str, ...]) -> dict[str, Any]:
    """By factor and value: share among the samples, share in the data; and half the sum of their differences."""
    read = judge.read(pixels)
    out: dict[str, Any] = {}
    for name in factors:
        values = [str(v) for v in test.column(name) if v is not None]
        rows = {
            v: {"samples": read[name].count(v) / len(pixels), "data": values.count(v) / len(values)}
            for v in judge.factors[name]
        }
        away = sum(abs(row["samples"] - row["data"]) for row in rows.values()) / 2
        out[name] = {"total_variation": away, "values": rows}
    return out


@torch.inference_mode()
def _trips(bench: Bench, model: LatentModel) -> dict[str, Any]:
    """noise → z → noise by the flow alone, relative error over the steps."""
    n = bench.pick(TRIPS, 4)
    eps = model.space("noise").prior().sample(n, SEED)
    curve: dict[str, float] = {}
    integrate: Any = model.integrate  # type: ignore[attr-defined]
    for steps in bench.pick(STEPS, (2, 5)):
        back = integrate(integrate(eps, 0.0, 1.0, steps=steps), 1.0, 0.0, steps=steps)
        curve[str(steps)] = float((back - eps).norm() / eps.norm())
    return {"relative_error_by_heun_steps": curve}


def _bars(figures: dict[str, Any]) -> list[Bar]:
    bars: list[Bar] = []
    flow, vae = figures.get("faces-flow"), figures.get("faces-vae")
    if flow and vae:
        ours = flow["samples"]["the model"]
        times = ratio(vae["samples"]["N(0, I)"], ours)
        bars.append(Bar("faces: Fréchet of the VAE's N(0, I) / of the flow", times, ">=", RATIO))
        bars.append(Bar("faces-flow: coverage", ours["coverage"], ">=", COVERAGE))
    for name, found in figures.items():
        curve = found.get("noise", {}).get("relative_error_by_heun_steps", {})
        if "50" in curve:
            bars.append(Bar(f"{name}: noise to latent and back, 50 Heun steps", curve["50"], "<=", TRIP))
    return bars


def _table(figures: dict[str, Any]) -> list[list[str]]:
    rows = [["samples of", "n", *HEAD]]
    for name, found in figures.items():
        for way, row in found["samples"].items():
            rows.append([f"{name}, {way}", str(row["n"]), *cells(row)])
    rows += [[], ["", "PSNR of reconstructions", "furthest share of a factor"]]
    for name, found in figures.items():
        psnr = f"{found['reconstruction']['psnr']:.2f}" if "reconstruction" in found else "-"
        shares = {factor: share["total_variation"] for factor, share in found["shares"].items()}
        worst = max(shares, key=lambda factor: shares[factor], default="")
        rows.append([name, psnr, f"{worst} {shares[worst]:.3f}" if worst else "-"])
    for name, found in figures.items():
        if "noise" in found:
            curve = found["noise"]["relative_error_by_heun_steps"]
            rows.append([f"{name}, noise to z and back: " + ", ".join(f"{k} steps {v:.2g}" for k, v in curve.items())])
    return rows


def _picture(bench: Bench, names: list[str]) -> Image.Image:
    """Some samples of each, all in one size and in colour."""
    rows: list[list[Cell]] = []
    for name in names:
        items = sample(name, SHOWN, seed=SEED, workspace=bench.workspace).items
        rows.append([image_of(x).convert("RGB").resize((64, 64), Image.Resampling.NEAREST) for x in items])
    return table(rows, title="Samples of the bundled models", row_labels=names)
