"""Models that are akin to a bundled one, for comparisons of two trainings: of its own recipe with another seed, and of
its family with another objective and size. What the workspace lacks is trained, and what was stopped is gone on with.
"""

from __future__ import annotations

import os
from typing import Any

from benchmarks._common import Bench, Recipe
from trasluz.lab.shelf.models import open as open_model
from trasluz.lab.shelf.models import show_model
from trasluz.lab.train import train
from trasluz.spaces.model import LatentModel

FIRST = "faces-vae"
"""Whose recipe it is: 7,000 steps of the preset `small` with 64 dimensions."""
KIN = {
    "faces-vae-second-seed": Recipe("faces", "small", 7000, {"latent": 64, "prior_steps": 200}, seed=1),
    "faces-vae-smaller": Recipe("faces", "tiny", 1500, {"latent": 32, "beta": 4.0, "prior_steps": 200}),
}
KINDS = {"faces-vae-second-seed": 1, "faces-vae-smaller": 2}
"""The types of Asperti & Tonelli: two trainings of one model, and two models of one class."""
VARIABLE = "TRASLUZ_KIN"
"""The name under which a run is told `trained`: to take those alone that are.

The learned prior, fitted after the training, has no part in comparisons: it is short here."""


def kin(bench: Bench, name: str) -> LatentModel | None:
    """One of them, trained to the end of its recipe; in a quick run, hardly. None where it is not, and is not to be."""
    recipe = KIN[name]
    there = name in bench.workspace.names("models")
    if there and _is_done(bench, name):
        return open_model(name, workspace=bench.workspace)
    if os.environ.get(VARIABLE) == "trained":
        return None
    told: dict[str, Any] = {"name": name, "workspace": bench.workspace, "progress": bench.progress}
    if there:
        return train("vae", resume=True, **told).model
    quick = {"batch": 32, "compute": "float32"} if bench.quick else {}
    steps = bench.pick(bench.steps or recipe.steps, 3)
    return train(
        "vae", recipe.data, preset=bench.pick(recipe.preset, "tiny"), settings={**recipe.settings, **quick},
        steps=steps, seed=recipe.seed, **told,
    ).model  # fmt: skip


def _is_done(bench: Bench, name: str) -> bool:
    """Whether the checkpoint of the last step is there."""
    steps = show_model(name, workspace=bench.workspace)["training"]["plan"]["steps"]
    folder = bench.workspace.existing("models", name)
    return (folder / "checkpoints" / f"step-{steps:09d}.safetensors").is_file()
