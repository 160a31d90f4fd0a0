"""Whether dogs and cats lie apart in the latent space of a VAE of `pets` that was never told which is which.

Nearest-neighbour accuracy of the species on the test split: in the latent space, in two dimensions (the map by PCA,
and the discriminant one, fitted on half of the items and judged on the others), and on raw pixels. And how well a
linear probe tells each factor from latents and from pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Recipe, Report, trained
from trasluz.atlas.atlas import Atlas
from trasluz.lab.encode import encode
from trasluz.lab.map import map as draw_map
from trasluz.lab.shelf.maps import projection_of
from trasluz.metrics.knn import KNN
from trasluz.metrics.probe import Probe
from trasluz.spaces.data import Dataset
from trasluz.spaces.registry import get

SETTINGS: dict[str, Any] = {"data": "pets", "preset": "small", "steps": 2500, "settings": {"latent": 64}, "seed": 0}
"""The model that is measured; `--steps N` changes its length."""
QUICK: dict[str, Any] = {
    **SETTINGS,
    "data": "pets:400",
    "preset": "tiny",
    "steps": 3,
    "settings": {"latent": 64, "batch": 32, "prior_steps": 20, "compute": "float32"},
}
SPECIES = "label"
PROBED, QUICK_PROBED = 2000, 60
"""Items that probes are fitted and judged on: a logistic regression on 12,288 pixels takes its time."""
BAR = 0.95


def run(bench: Bench) -> Report:
    """Train or open, encode, measure, draw."""
    model, data, training = trained(bench, Recipe(**bench.pick(SETTINGS, QUICK)))
    test = data.split("test")
    atlas = encode(model, test, workspace=bench.workspace, progress=bench.progress)
    told = _species(bench, atlas, test)
    probes = _probes(bench, atlas, test, bench.pick(PROBED, QUICK_PROBED))
    pictures: list[str] = []
    for method in ("pca", "discriminant"):
        plane = draw_map(model, method=method, color=SPECIES, atlas=atlas, workspace=bench.workspace)
        pictures.append(bench.picture(plane.image(), method))
    figures = {"training": training, "test_items": len(test), "species_by_neighbours": told, "probes": probes}
    rows = [["species by 10 neighbours", "accuracy"]]
    rows += [[name, f"{found['accuracy']:.4f}"] for name, found in told.items()]
    rows += [[], ["linear probe of", "latents", "pixels", "most frequent"]]
    for name, found in probes.items():
        rows.append([name, *(f"{found[key]:.3f}" for key in ("latents", "pixels", "baseline"))])
    bar = Bar("species by neighbours in the latent space", told["latent space"]["accuracy"], ">=", BAR)
    return Report(figures, rows, [bar], pictures)


def _species(bench: Bench, atlas: Atlas, test: Dataset) -> dict[str, dict[str, float]]:
    species = atlas.column(SPECIES)
    xy = projection_of(atlas, "pca", workspace=bench.workspace).xy
    held, plane = _discriminant(atlas.latents, species)
    pixels = test.stored(slice(None)).reshape(len(test), -1)
    places: dict[str, tuple[Tensor | np.ndarray, np.ndarray]] = {
        "latent space": (atlas.latents, species),
        "2-D, PCA map": (xy, species),
        "2-D, discriminant map, held-out half": (plane, species[held]),
        "raw pixels": (pixels, species),
    }
    measured = {name: KNN().of(latents=rows, labels=labels) for name, (rows, labels) in places.items()}
    return {
        name: {"accuracy": m.value, "n": m.n, "baseline": m.details["baseline"], "k": m.details["k"]}
        for name, m in measured.items()
    }


def _discriminant(latents: Tensor, species: np.ndarray) -> tuple[np.ndarray, Tensor]:
    """Every second item, and where it falls on the map that was fitted on the others."""
    method = get("projections", "discriminant")
    fitted, held = np.arange(0, len(latents), 2), np.arange(1, len(latents), 2)
    projection = method.fit(latents[torch.from_numpy(fitted)], method.config_type(), 0, species[fitted].tolist())
    return held, projection.project(latents[torch.from_numpy(held)])


def _probes(bench: Bench, atlas: Atlas, test: Dataset, n: int) -> dict[str, dict[str, Any]]:
    latents, pixels = atlas.latents[:n], test.stored(slice(0, n)).reshape(min(n, len(test)), -1)
    found: dict[str, dict[str, Any]] = {}
    with bench.progress.task("Probing factors", 2 * len(atlas.columns)) as step:
        for name in atlas.columns:
            labels = atlas.column(name)[:n]
            by_latents = Probe().of(latents=latents, labels=labels)
            step(1, note=name)
            by_pixels = Probe().of(latents=pixels, labels=labels)
            step(1, note=name)
            baseline = by_latents.details["baseline"]
            sizes = {"train": by_latents.details["train"], "test": by_latents.details["test"]}
            found[name] = {"latents": by_latents.value, "pixels": by_pixels.value, "baseline": baseline, **sizes}
    return found
