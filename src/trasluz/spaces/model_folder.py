"""A model of ours on disk: `config.json` (family, settings, representation, what it was trained on),
`model.safetensors` (weights, with the identity of weights and settings in its metadata) and `priors/`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from torch import Tensor

from trasluz.base.errors import DamagedFile, IdentityMismatch, VersionMismatch
from trasluz.io.atomic import read_json, remove_file, write_sealed
from trasluz.io.weights import read_metadata, read_tensors, single, write_tensors
from trasluz.spaces import registry
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel, identify
from trasluz.spaces.prior import Prior
from trasluz.spaces.representation import Representation, read_representation
from trasluz.spaces.space import LatentSpace

VERSION = 1
CONFIG, WEIGHTS, PRIORS = "config.json", "model.safetensors", "priors"
CARD, TRAINING = "card.md", "training.json"
TRAINING_FORMAT, TRAINING_VERSION = "trasluz-training", 1
_FIELDS = {"format", "version", "family", "config", "representation", "trained_on", "data_identity"}


def read_config(folder: Path) -> tuple[Family, FamilyConfig, Representation, dict[str, Any]]:
    """Family, settings, representation and all else that `config.json` says."""
    path = folder / CONFIG
    about = read_json(path, "the model's config", versions=VERSION, next="train it again")
    if about.get("format") != "trasluz-model":
        raise DamagedFile(f"{path} is not a config of a Trasluz model")
    if set(about) != _FIELDS or not isinstance(about["config"], dict) or not isinstance(about["representation"], dict):
        raise DamagedFile(
            f"{path} does not have the fields of a model's config", got=sorted(about), allowed=sorted(_FIELDS)
        )
    family = registry.get("families", str(about["family"]))
    representation = read_representation(cast(dict[str, Any], about["representation"]), str(path))
    config = family.config_type.read(cast(dict[str, Any], about["config"]), str(path))
    family.check(config, representation)
    return family, config, representation, about


def read_training(folder: Path) -> dict[str, Any] | None:
    """What the run that made a model wrote down of itself, `training.json`; None where there is none.

    Raises:
        DamagedFile: it is no plain file, or altered.
        VersionMismatch: written by another version of the format.
    """
    path = folder / TRAINING
    if not os.path.lexists(path):
        return None
    record = read_json(path, "the training record", versions=TRAINING_VERSION, next="train it again")
    if record.get("format") != TRAINING_FORMAT:
        raise DamagedFile(f"{path} is not the training record of a model", next="Restore it, or train it again")
    return record


def write_config(
    folder: Path,
    family: str,
    config: FamilyConfig,
    representation: Representation,
    trained_on: str | None,
    data_identity: str | None,
) -> None:
    """Write `config.json`."""
    about = {
        "format": "trasluz-model",
        "version": VERSION,
        "family": family,
        "config": config.dump(),
        "representation": representation.dump(),
        "trained_on": trained_on,
        "data_identity": data_identity,
    }
    write_sealed(folder / CONFIG, about)


def write_weights(
    folder: Path, family: str, config: FamilyConfig, representation: Representation, state: Mapping[str, Tensor]
) -> None:
    """Write `model.safetensors`; priors fitted on other weights are let go."""
    identity = identify(family, representation, config, state)
    for path in prior_files(folder / PRIORS):
        try:
            fits = read_tensors(path, "prior")[1].get("model") == identity
        except (DamagedFile, VersionMismatch):
            fits = False
        if not fits:
            remove_file(path)
    write_tensors(folder / WEIGHTS, state, "model", {"identity": identity})


def write_prior(folder: Path, model: LatentModel, space: str, prior: Prior) -> None:
    """Write a fitted prior beside its model, bound to it."""
    meta = {
        "model": model.identity,
        "space": space,
        "method": prior.method,
        "config": json.dumps(prior.dump()),
        "identity": prior.identity,
    }
    write_tensors(folder / PRIORS / f"{space}--{prior.method}.safetensors", prior.state(), "prior", meta)


def prior_files(folder: Path) -> list[Path]:
    """The files of fitted priors in a folder.

    Raises:
        DamagedFile: something else than a folder is there, such as a link.
    """
    if not os.path.lexists(folder):
        return []
    if folder.is_symlink() or not folder.is_dir():
        raise DamagedFile(f"{folder} is not a folder of priors", next="Remove it")
    return sorted(p for p in folder.glob("*--*.safetensors") if not p.name.startswith("."))


def attach_priors(model: LatentModel, space: LatentSpace, folder: Path, preferred: tuple[str, ...]) -> None:
    """Give a space the priors that were fitted for it; the last of the preferred ones that is there is the default."""
    for path in prior_files(folder):
        meta = read_metadata(path, "prior")
        if meta.get("space") != space.name:
            continue
        if meta.get("model") != model.identity:
            raise IdentityMismatch(
                f"the prior {path} was fitted for another model",
                next="Remove that file; trasluz train ... --resume fits it again",
            )
        state, meta = read_tensors(path, "prior")
        state = single(state)
        try:
            config = json.loads(meta["config"])
        except (KeyError, ValueError):
            raise DamagedFile(f"{path} has no readable settings") from None
        prior = registry.get("priors", meta.get("method", "")).open(space.shape, config, state)
        space.priors[prior.method] = prior
    for name in preferred:
        if name in space.priors:
            space.default_prior = name
