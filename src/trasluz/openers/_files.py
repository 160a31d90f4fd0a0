"""What the folders of all our models have in common: a card, a training record, fitted priors."""

from __future__ import annotations

import os
from pathlib import Path

from trasluz.base.bounds import JSON_FILE, PEOPLE_TEXT
from trasluz.io.atomic import copy_file
from trasluz.io.weights import half as halved
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.spaces.model_folder import CARD, PRIORS, TRAINING, prior_files, read_training

_LIMITS = {CARD: PEOPLE_TEXT, TRAINING: JSON_FILE}


def copy(folder: Path, target: Path, names: tuple[str, ...]) -> None:
    """Copy files of a model, with its card and its fitted priors, into a folder that is being made.

    Raises:
        DamagedFile: one of them is no plain file, or the card is longer than anybody writes one.
    """
    read_training(folder)
    for name in (*names, CARD, TRAINING):
        if os.path.lexists(folder / name):
            copy_file(folder / name, target / name, limit=_LIMITS.get(name))
    for path in prior_files(folder / PRIORS):
        copy_file(path, target / PRIORS / path.name)


def rebind(folder: Path, identity: str) -> None:
    """Round the fitted priors in a model's folder, and bind them to another identity of it."""
    for path in prior_files(folder / PRIORS):
        prior, meta = read_tensors(path, "prior")
        kept = {k: v for k, v in meta.items() if k not in ("kind", "version")}
        write_tensors(path, halved(prior), "prior", {**kept, "model": identity})
