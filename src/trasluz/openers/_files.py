"""What the folders of all our models have in common: a card, a training record, fitted priors."""

from __future__ import annotations

import shutil
from pathlib import Path

from trasluz.io.weights import half as halved
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.spaces.model_folder import PRIORS, prior_files


def copy(folder: Path, target: Path, names: tuple[str, ...]) -> None:
    """Copy files of a model, with its card and its fitted priors, into a folder that is being made."""
    for name in (*names, "card.md", "training.json"):
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
    for path in prior_files(folder / PRIORS):
        (target / PRIORS).mkdir(exist_ok=True)
        shutil.copyfile(path, target / PRIORS / path.name)


def rebind(folder: Path, identity: str) -> None:
    """Round the fitted priors in a model's folder, and bind them to another identity of it."""
    for path in prior_files(folder / PRIORS):
        prior, meta = read_tensors(path, "prior")
        kept = {k: v for k, v in meta.items() if k not in ("kind", "version")}
        write_tensors(path, halved(prior), "prior", {**kept, "model": identity})
