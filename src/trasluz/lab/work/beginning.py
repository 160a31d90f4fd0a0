"""What a run begins with, where it does not draw its first weights: another model, or its autoencoder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf.models import open as open_model
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Trainable


def first_weights(
    kind: Family,
    config: FamilyConfig,
    representation: Representation,
    ws: Workspace,
    *,
    init: str | os.PathLike[str] | None,
    autoencoder: str | os.PathLike[str] | None,
) -> tuple[FamilyConfig, dict[str, Tensor] | None]:
    """Settings and first weights of a run; None where it draws them.

    Raises:
        InvalidArgument: the model to begin from does not fit, or the settings need one that is not given.
    """
    if init is not None and autoencoder is not None:
        raise InvalidArgument("a run begins with a whole model or with an autoencoder, not with both")
    if autoencoder is not None:
        config, weights = kind.adopt(config, open_model(autoencoder, workspace=ws, device="cpu"))
        return config, dict(weights)
    if init is None:
        kind.check_unbegun(config)
        return config, None
    other = open_model(init, workspace=ws, device="cpu")
    if other.family != kind.name or other.representation.dump() != representation.dump():
        raise InvalidArgument(
            "the model to begin from is of another family or form",
            got=f"{other.family}, {other.representation.dump()}",
            allowed=f"{kind.name}, {representation.dump()}",
        )
    weights = other.state()
    _check_fits(kind, config, representation, other, weights)
    return config, weights


def _check_fits(
    kind: Family, config: FamilyConfig, representation: Representation, other: LatentModel, weights: dict[str, Tensor]
) -> None:
    """Refuse a model of other networks before there is a folder of the run, and name the settings that make them so."""
    try:
        _trial(kind, config, representation).start_from(weights)
    except TrasluzError as error:
        ours, mine = config.dump(), _shapes(kind, config, representation)
        # What a config does not write down is as it is by default.
        usual = {name: field.default for name, field in type(config).model_fields.items()}
        theirs = {name: value for name, value in {**usual, **other.dump()}.items() if ours.get(name, value) != value}
        shaping = {
            name: value
            for name, value in theirs.items()
            if _shapes(kind, config.with_(**{name: value}), representation) != mine
        }
        if not shaping:
            raise
        raise InvalidArgument(
            "the model to begin from has other networks",
            got=_said({name: ours[name] for name in shaping}), allowed=_said(shaping),
            next="Train with its settings: " + " ".join(f"--set {name}={_text(v)}" for name, v in shaping.items()),
        ) from error  # fmt: skip


def _trial(kind: Family, config: FamilyConfig, representation: Representation) -> Trainable:
    trial = kind.trainable(config, representation, 1)
    with torch.random.fork_rng(devices=[]):
        trial.init(0, Precision(), 1)
    return trial


def _shapes(kind: Family, config: FamilyConfig, representation: Representation) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in _trial(kind, config, representation).weights().items()}


def _said(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_text(value)}" for name, value in values.items())


def _text(value: object) -> str:
    return f"[{','.join(map(str, value))}]" if isinstance(value, (list, tuple)) else str(value)
