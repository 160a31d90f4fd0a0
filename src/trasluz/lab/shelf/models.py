"""Models: open, list, show, add, remove, export.

A model on disk is a folder: `config.json` (family, settings, representation, what it was trained on),
`model.safetensors` (weights, with the identity of weights and settings in its metadata) and `priors/`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, IdentityMismatch, InvalidArgument, UnknownName, VersionMismatch
from trasluz.io.atomic import disk_errors, new_folder, read_json, remove_file, remove_folder, write_json
from trasluz.io.weights import read_metadata, read_tensors, write_tensors
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import ModelLike
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.where import Place, device_of, workspace_of
from trasluz.spaces import registry
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel, identify
from trasluz.spaces.prior import Prior
from trasluz.spaces.representation import Representation, read_representation
from trasluz.spaces.space import LatentSpace

VERSION = 1
CONFIG, WEIGHTS = "config.json", "model.safetensors"
_FIELDS = {"format", "version", "family", "config", "representation", "trained_on", "data_identity"}


def is_path(text: str) -> bool:
    """Whether a MODEL or DATA argument is a path: it contains a separator or starts with a dot."""
    return "/" in text or os.sep in text or text.startswith((".", "~"))


def find(model: str | os.PathLike[str], workspace: Workspace) -> Path:
    """The folder of a model, by name or path.

    Raises:
        UnknownName: nothing of that name is in the workspace.
    """
    if isinstance(model, str) and model.startswith("hub:"):
        raise InvalidArgument("models are opened by name or path in this version", got=model)
    if not isinstance(model, str) or is_path(model):
        folder = Path(model).expanduser()
        if not (folder / CONFIG).is_file():
            raise DamagedFile(f"{folder} is no model: it has no {CONFIG}")
        return folder
    if bundled.is_bundled(model):
        return bundled.folder_of(model)
    try:
        return workspace.existing("models", model)
    except UnknownName as error:
        known = [*bundled.names(), *workspace.names("models")]
        raise UnknownName("model", model, known, next=f"Workspace: {workspace.root}") from error


def open(model: str | os.PathLike[str] | LatentModel, *, workspace: Place = None, device: str = "auto") -> LatentModel:
    """Open a model by name or path.

    Args:
        model: A bundled model (`faces-vae`), a name in the workspace, or the path of a model's folder; an open model is
            given back.
        workspace: The workspace, by default `$TRASLUZ_WORKSPACE` or `./trasluz-workspace`.
        device: Where it computes: `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        UnknownName: no such model.
        DamagedFile: a file is missing, truncated or altered.
        VersionMismatch: it was written by another version of the format.
        IdentityMismatch: weights and settings do not belong together.
    """
    if isinstance(model, LatentModel):
        return model
    folder = find(model, workspace_of(workspace))
    try:
        with torch.inference_mode(False):  # its tensors outlive whoever opens it
            return _opened(folder).to(device_of(device))
    except (DamagedFile, IdentityMismatch) as error:
        if not bundled.is_bundled(model):
            raise
        raise type(error)(f"the bundled model {model}: {error.what}", next=bundled.REINSTALL) from error


def model_of(model: ModelLike, session: Session, given: Mapping[str, Any] | None = None) -> LatentModel:
    """An open model: by name or path, or as it is; under a condition where one is given. An open one moves only where a
    device is named."""
    if isinstance(model, LatentModel):
        opened = model if session.device == "auto" else model.to(device_of(session.device))
    else:
        opened = open(model, workspace=session.home, device=session.device)
    return opened.given(**given) if given else opened


def _opened(folder: Path) -> LatentModel:
    """The model in a folder, with the priors that were fitted for it."""
    family, config, representation, about = read_config(folder)
    if not (folder / WEIGHTS).exists():
        raise DamagedFile(
            f"the model {folder.name} has no weights yet",
            next=f"Its training was stopped early: trasluz train {family.name} --name {folder.name} --resume",
        )
    state, meta = read_tensors(folder / WEIGHTS, "model")
    state = bundled.single(state)
    if identify(family.name, representation, config, state) != meta.get("identity"):
        raise IdentityMismatch(
            f"the weights and the settings in {folder} do not belong together",
            next=f"{CONFIG} or {WEIGHTS} was changed or exchanged; take both from one copy",
        )
    opened = family.open(config, representation, state)
    opened.name, opened.trained_on = folder.name, about["trained_on"]
    for space in opened.spaces.values():
        _attach_priors(opened, space, folder / "priors", family.second_stage.get(space.name, ()))
    return opened


def read_config(folder: Path) -> tuple[Family, FamilyConfig, Representation, dict[str, Any]]:
    """Family, settings, representation and all else that `config.json` says."""
    path = folder / CONFIG
    about = read_json(path, "the model's config")
    if about.get("format") != "trasluz-model":
        raise DamagedFile(f"{path} is no config of a Trasluz model")
    if about.get("version") != VERSION:
        raise VersionMismatch(
            f"the model in {folder} is of another version of the format",
            got=about.get("version"),
            allowed=VERSION,
            next="Update Trasluz, or train it again",
        )
    if set(about) != _FIELDS or not isinstance(about["config"], dict) or not isinstance(about["representation"], dict):
        raise DamagedFile(f"{path} has not the fields of a model's config", got=sorted(about), allowed=sorted(_FIELDS))
    family = registry.get("families", str(about["family"]))
    representation = read_representation(about["representation"], str(path))
    config = family.config_type.read(about["config"], str(path))
    family.check(config, representation)
    return family, config, representation, about


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
    write_json(folder / CONFIG, about)


def write_weights(
    folder: Path, family: str, config: FamilyConfig, representation: Representation, state: Mapping[str, Tensor]
) -> None:
    """Write `model.safetensors`; priors fitted on other weights are let go."""
    identity = identify(family, representation, config, state)
    for path in _prior_files(folder / "priors"):
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
    write_tensors(folder / "priors" / f"{space}--{prior.method}.safetensors", prior.state(), "prior", meta)


def _prior_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*--*.safetensors") if not p.name.startswith(".")) if folder.is_dir() else []


def _attach_priors(model: LatentModel, space: LatentSpace, folder: Path, preferred: tuple[str, ...]) -> None:
    """Give a space the priors that were fitted for it; the last of the preferred ones that is there is the default."""
    for path in _prior_files(folder):
        meta = read_metadata(path, "prior")
        if meta.get("space") != space.name:
            continue
        if meta.get("model") != model.identity:
            raise IdentityMismatch(
                f"the prior {path} was fitted for another model",
                next="Remove that file; trasluz train ... --resume fits it again",
            )
        state, meta = read_tensors(path, "prior")
        state = bundled.single(state)
        try:
            config = json.loads(meta["config"])
        except (KeyError, ValueError):
            raise DamagedFile(f"{path} has no readable settings") from None
        prior = registry.get("priors", meta.get("method", "")).open(space.shape, config, state)
        space.priors[prior.method] = prior
    for name in preferred:
        if name in space.priors:
            space.default_prior = name


def list_models(*, workspace: Place = None) -> list[dict[str, Any]]:
    """Name, family, data, form and state of every model; what cannot be read says why."""
    ws = workspace_of(workspace)
    out: list[dict[str, Any]] = []
    places = [("bundled", name, bundled.ZOO / name) for name in bundled.names()]
    places += [("workspace", name, ws.entry("models", name)) for name in ws.names("models")]
    for where, name, folder in places:
        try:
            family, _, representation, about = read_config(folder)
            state = "ready" if (folder / WEIGHTS).exists() else "no weights yet"
            if (folder / "checkpoints").exists() and not (folder / "card.md").exists():
                state = "in training, or stopped in it"
            if where == "workspace" and bundled.is_bundled(name):
                state = f"hidden by the bundled model of that name; open it by its path, {folder}"
            entry = {"family": family.name, "data": about["trained_on"], "items": representation.dump(), "state": state}
        except (DamagedFile, VersionMismatch, UnknownName, InvalidArgument) as error:
            entry = {"family": None, "data": None, "items": None, "state": str(error)}
        out.append({"name": name, "where": where, **entry})
    return out


def show_model(model: str | os.PathLike[str], *, workspace: Place = None) -> dict[str, Any]:
    """All about one model: settings, spaces, priors, training, card."""
    folder = find(model, workspace_of(workspace))
    family, config, representation, about = read_config(folder)
    opened = open(folder, workspace=workspace, device="cpu")
    spaces = {
        name: {
            "shape": list(space.shape),
            "kind": space.kind,
            "encodes": space.encodes,
            "differentiable": space.differentiable,
            "priors": sorted(space.priors),
            "default_prior": space.default_prior,
        }
        for name, space in opened.spaces.items()
    }
    card = folder / "card.md"
    training = folder / "training.json"
    return {
        "name": folder.name,
        "path": str(folder),
        "family": family.name,
        "title": family.title,
        "identity": opened.identity,
        "representation": representation.dump(),
        "trained_on": about["trained_on"],
        "parameters": sum(v.numel() for v in opened.state().values()),
        "spaces": spaces,
        "config": config.dump(),
        "training": read_json(training, "the training record") if training.exists() else None,
        "card": card.read_text(encoding="utf-8") if card.exists() else None,
    }


def remove_model(name: str, *, workspace: Place = None) -> None:
    """Remove a model of the workspace."""
    ws = workspace_of(workspace)
    if bundled.is_bundled(name) and name not in ws.names("models"):
        raise InvalidArgument(f"{name} is bundled with Trasluz, and cannot be removed", allowed=ws.names("models"))
    folder = ws.existing("models", name)
    with ws.writing(f"remove {name}"):
        remove_folder(folder)


def add_model(path: str | os.PathLike[str], *, name: str | None = None, workspace: Place = None) -> str:
    """Copy a model's folder into the workspace, after opening it to see that it is whole."""
    ws, folder = workspace_of(workspace), Path(path).expanduser()
    open(folder, device="cpu")
    chosen = name or folder.resolve().name
    bundled.reserve(chosen)
    target = ws.entry("models", chosen)
    with ws.writing(f"add {chosen}"):
        _copy(folder, target)
    return chosen


def export_model(
    model: str | os.PathLike[str], out: str | os.PathLike[str], *, half: bool = False, workspace: Place = None
) -> Path:
    """Copy what is needed to use a model (no checkpoints) into a new folder.

    With `half`, weights and priors are kept in half precision, in half the space. The model computes in float32 all the
    same, from rounded weights, and so has an identity of its own.
    """
    folder, target = find(model, workspace_of(workspace)), Path(out).expanduser()
    open(folder, device="cpu")
    _copy(folder, target)
    if half:
        _halve(target)
    return target


def _halve(folder: Path) -> None:
    """Round the weights of a model, and bind its priors to what it is then."""
    family, config, representation, _ = read_config(folder)
    state = bundled.half(read_tensors(folder / WEIGHTS, "model")[0])
    identity = identify(family.name, representation, config, bundled.single(state))
    for path in _prior_files(folder / "priors"):
        prior, meta = read_tensors(path, "prior")
        kept = {k: v for k, v in meta.items() if k not in ("kind", "version")}
        write_tensors(path, bundled.half(prior), "prior", {**kept, "model": identity})
    write_tensors(folder / WEIGHTS, state, "model", {"identity": identity})


def _copy(folder: Path, target: Path) -> None:
    with new_folder(target) as temporary, disk_errors(target):
        for name in (CONFIG, WEIGHTS, "card.md", "training.json"):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, temporary / name)
        for path in _prior_files(folder / "priors"):
            (temporary / "priors").mkdir(exist_ok=True)
            shutil.copyfile(path, temporary / "priors" / path.name)
