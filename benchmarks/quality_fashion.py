"""A VAE of fashion-mnist beside pythae's: the same networks, batch and number of steps, judged by the same features.

pythae's VAE is trained by its own trainer and sampled by its own samplers (N(0, I), and a Gaussian mixture fitted on
its codes); ours by its N(0, I), its full Gaussian and its learned prior. Features are those of a classifier of the ten
classes that this benchmark trains: the distances compare with each other and with nothing published.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks._common import Bar, Bench, Recipe, Report, trained
from benchmarks._judged import HEAD, Judges, cells, ratio
from benchmarks.speed_pythae import pythae_vae
from trasluz.families.vae import VAEConfig
from trasluz.lab.drawing.pictures import Cell, image_of, table
from trasluz.lab.sample import sample
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.metrics.psnr import PSNR
from trasluz.spaces.data import Dataset

SETTINGS: dict[str, Any] = {
    "data": "fashion-mnist", "preset": "small", "steps": 2800, "settings": {"latent": 32}, "seed": 0
}  # fmt: skip
QUICK: dict[str, Any] = {
    **SETTINGS, "preset": "tiny", "steps": 3, "settings": {"latent": 8, "prior_steps": 5, "compute": "float32"}
}  # fmt: skip
SAMPLES, SHOWN = 5000, 12


def run(bench: Bench) -> Report:
    """Train both, measure both."""
    model, data, training = trained(bench, Recipe(**bench.pick(SETTINGS, QUICK)))
    config: Any = model.config  # type: ignore[attr-defined]
    items = data.split("train").first(bench.pick(None, 256))
    epochs = max(1, round(config.steps * config.batch / len(items)))
    test = data.split("test").first(bench.pick(SAMPLES, 64))
    others = data.split("train").first(len(test)).stored(slice(None))
    judges = Judges(bench, data, test.stored(slice(None)), others)
    judge, x = judges.first, test.tensor(slice(None))
    drawn = {f"ours, {prior}": sample(model, len(test), prior=prior).items for prior in model.space().priors}
    rebuilt = {"ours": decode_all(model.space(), encode_all(model.space(), x))}
    theirs, rebuilt["pythae"] = _pythae(config, items, x, epochs, len(test))
    drawn |= theirs
    figures: dict[str, Any] = {
        "training": training,
        "epochs_of_pythae": epochs,
        "extractor": judge.name,
        "n": len(test),
    }
    figures |= {"classifier_accuracy": judge.accuracy, **judges.about()}
    figures["samples"] = {name: judges.sampled(_bytes(made)) for name, made in drawn.items()}
    figures["psnr"] = {name: PSNR().of(x=x, x_hat=x_hat.clamp(0, 1)).value for name, x_hat in rebuilt.items()}
    rows = [["samples", *HEAD]]
    rows += [[name, *cells(row)] for name, row in figures["samples"].items()]
    rows.append([", ".join(f"PSNR {name} {value:.2f} dB" for name, value in figures["psnr"].items())])
    best = min(theirs, key=lambda name: figures["samples"][name]["frechet"])
    times = ratio(figures["samples"][f"ours, {model.space().default_prior}"], figures["samples"][best])
    bars = [Bar("Fréchet of the learned prior / of pythae's best sampler", times, "<", 1.0)]
    return Report(figures, rows, bars, [bench.picture(_picture(drawn))])


def _pythae(config: VAEConfig, items: Dataset, x: Tensor, epochs: int, n: int) -> tuple[dict[str, Tensor], Tensor]:
    """Samples and reconstructions of pythae's VAE."""
    from pythae.samplers import GaussianMixtureSampler, GaussianMixtureSamplerConfig, NormalSampler

    pixels = items.tensor(slice(None))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        model = pythae_vae(config, pixels, epochs, folder, "bce")
        torch.manual_seed(0)
        mixture = GaussianMixtureSampler(model, GaussianMixtureSamplerConfig(n_components=10))
        mixture.fit(pixels[:20_000])
        found = {
            "pythae, N(0, I)": NormalSampler(model).sample(num_samples=n, batch_size=256).cpu(),
            "pythae, mixture of 10": mixture.sample(num_samples=n, batch_size=256).cpu(),
        }
        with torch.inference_mode():
            back = torch.cat([model.decoder(model.encoder(part).embedding).reconstruction for part in x.split(256)])
    return found, back.clone()


def _bytes(items: Tensor) -> np.ndarray:
    return items.clamp(0, 1).mul(255).round().to(torch.uint8).numpy()


def _picture(drawn: dict[str, Tensor]) -> Image.Image:
    rows: list[list[Cell]] = [[image_of(item) for item in items[:SHOWN]] for items in drawn.values()]
    return table(rows, title="Samples after the same number of steps", row_labels=list(drawn))
