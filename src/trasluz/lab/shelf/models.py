"""Models: open, list, show, remove, allow; `handover.py` brings them in and sends them out.

What a model's folder holds is known to its opener alone (`lab/shelf/openers.py`).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import torch

from trasluz.base.bounds import PEOPLE_TEXT
from trasluz.base.errors import (
    CodeNotAllowed,
    DamagedFile,
    IdentityMismatch,
    InvalidArgument,
    TrasluzError,
)
from trasluz.base.text import counted
from trasluz.io import trust
from trasluz.io.atomic import remove_folder
from trasluz.io.names import shown
from trasluz.io.plain import read_for_people
from trasluz.io.workspace import Workspace
from trasluz.lab.calls import taking
from trasluz.lab.calls.given import ModelLike
from trasluz.lab.calls.names import is_path, known_model
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf import bundled, openers
from trasluz.lab.shelf.listing import every_model, line_of
from trasluz.lab.shelf.where import Place, device_of, workspace_of
from trasluz.spaces.kind import Kind
from trasluz.spaces.model import LatentModel
from trasluz.spaces.model_folder import CARD, read_training
from trasluz.spaces.opener import Allow, ModelFacts
from trasluz.spaces.representation import read_representation


def find(model: str | os.PathLike[str], workspace: Workspace) -> Path:
    """The folder of a model, by name or path.

    Raises:
        UnknownName: nothing of that name is in the workspace.
        DamagedFile: a path leads to no folder.
    """
    if isinstance(model, str) and model.startswith("hub:"):
        raise InvalidArgument("models are opened by name or path in this version", got=model)
    if not isinstance(model, str) or is_path(model):
        folder = Path(model).expanduser()
        openers.opener_of(folder)
        return folder
    return bundled.folder_of(model) if bundled.is_bundled(model) else known_model(model, workspace, bundled.ZOO)


def open(
    model: str | os.PathLike[str] | LatentModel,
    *,
    workspace: Place = None,
    device: str | torch.device = "auto",
    allow_code: bool = False,
) -> LatentModel:
    """Open a model by name or path.

    Args:
        model: A bundled model (`faces-vae`), a name in the workspace, or the path of a model's folder; an open model is
            given back.
        workspace: The workspace, by default `$TRASLUZ_WORKSPACE` or `./trasluz-workspace`.
        device: Where it computes: `auto`, `cpu`, `cuda` or `mps`.
        allow_code: Whether to run, this once, the file of code that a wrapped model is built by. Otherwise it is run
            only where `trasluz models allow` was told to.

    Raises:
        UnknownName: no such model.
        DamagedFile: a file is missing, truncated or altered.
        VersionMismatch: it was written by another version of the format.
        IdentityMismatch: weights and settings do not belong together.
        CodeNotAllowed: it is built by a file of code that nobody has allowed.
    """
    if isinstance(model, LatentModel):
        return model
    home, named = workspace_of(workspace), taking.model("the model", model)
    folder = find(named, home)
    where = device_of(device)
    try:
        with torch.inference_mode(False):  # its tensors outlive whoever opens it
            opened = openers.opened(folder, where, _anything if allow_code else _allowance(folder, home))
            opened.opened_from(folder)
            return opened
    except (DamagedFile, IdentityMismatch) as error:
        if not bundled.is_bundled(model):
            raise
        raise type(error)(f"the bundled model {model}: {error.what}", next=bundled.REINSTALL) from error


def _anything(file: Path, hash: str) -> None:
    """Allows any code: whoever called said so."""


def _allowance(folder: Path, home: Workspace) -> Allow:
    """What was allowed in a workspace."""

    def check(file: Path, hash: str) -> None:
        known = trust.allowed(home, folder)
        if known == hash:
            return
        name = _said(folder, home)
        changed = "" if known is None else f", which has changed since it was allowed ({known})"
        raise CodeNotAllowed(
            f"opening the model {shown(folder.name)} would run the Python file {file}{changed}, and nobody has allowed "
            "that",
            got=hash,
            next="Read it first; then allow it in this workspace, "
            f"trasluz models allow {shlex.quote(name)}, or once in Python, "
            f"tl.open({name!r}, allow_code=True)",
        )

    return check


def _said(folder: Path, home: Workspace) -> str:
    """How a MODEL argument names a folder."""
    return shown(folder.name) if folder.parent == home.root / "models" else str(folder)


def allow_model(model: str | os.PathLike[str], *, workspace: Place = None) -> dict[str, str]:
    """Write down that the file of code that a model is built by may be run in this workspace, as it is now.

    Gives its path and hash.

    Raises:
        InvalidArgument: the model runs no code of its own.
    """
    home = workspace_of(workspace)
    folder = find(model, home)
    code = openers.code_of(folder)
    if code is None:
        raise InvalidArgument(
            f"the model {shown(folder.name)} runs no code of its own", next="It opens without being allowed to"
        )
    trust.allow(home, folder, code.file.name, code.hash)
    return {"model": shown(folder.name), "file": str(code.file), "hash": code.hash}


def model_of(model: ModelLike, session: Session, given: Mapping[str, Any] | None = None) -> LatentModel:
    """An open model: by name or path, or as it is; under a condition where one is given. An open one moves only where a
    device is named."""
    if isinstance(model, LatentModel):
        opened = model if session.device == "auto" else model.to(device_of(session.device))
    else:
        opened = open(model, workspace=session.home, device=session.device)
    return opened.given(**given) if given else opened


def list_models(*, workspace: Place = None) -> list[dict[str, Any]]:
    """Name, family, data, form and state of every model; what cannot be read says why. No model is opened."""
    return every_model(workspace_of(workspace), line_of, bundled.ZOO)


def show_model(model: str | os.PathLike[str], *, workspace: Place = None) -> dict[str, Any]:
    """All about one model: settings, spaces, priors, training, card. No code of a model's own is run for it."""
    folder = find(model, workspace_of(workspace))
    facts = openers.described(folder)
    training, card = read_training(folder), card_of(folder)
    about = {"name": shown(folder.name), "path": str(folder)}
    if openers.code_of(folder) is None:
        about |= about_open(open(folder, workspace=workspace, device="cpu"), facts)
    else:
        spaces = {name: _space(asdict(space)) for name, space in facts.spaces.items() if space is not None}
        about |= _about(facts, facts.identity, facts.parameters, spaces)
    note = {} if card.note is None else {"card_note": card.note}
    return {**about, "training": training, "card": card.text, **note}


def kind_of(model: ModelLike, workspace: Place = None) -> Kind | None:
    """What the items of a model are, without opening it; None where only an open model can say."""
    if isinstance(model, LatentModel):
        return model.representation.of
    made = openers.described(find(model, workspace_of(workspace))).representation
    return None if made is None else read_representation(made, str(model)).of


@final
@dataclass(frozen=True)
class ModelCard:
    """What somebody wrote of a model, as a person may read it."""

    text: str | None
    """Markdown; None where there is none, or none that can be read."""
    undecodable: int = 0
    """Bytes that are no UTF-8 text; U+FFFD stands for each."""
    bytes: int | None = None
    """Its size, where only the beginning is given."""
    trouble: str | None = None
    """Why it is not read."""

    @property
    def note(self) -> str | None:
        """What a reader should know of it, in words; None where it is as it was written."""
        said: list[str] = []
        if self.trouble is not None:
            said.append(f"The card is not read: {self.trouble}.")
        if self.bytes is not None:
            said.append(f"The card has {self.bytes:,} bytes; only its first {PEOPLE_TEXT:,} are given.")
        if self.undecodable:
            said.append(f"{counted(self.undecodable, 'byte', 'bytes')} of the card are no UTF-8 text, shown as \ufffd.")
        return " ".join(said) or None


def card_of(folder: Path) -> ModelCard:
    """The card of a model."""
    path = folder / CARD
    if not os.path.lexists(path):
        return ModelCard(None)
    try:
        text, done = read_for_people(path, "the card")
    except TrasluzError as error:
        return ModelCard(None, trouble=error.what)
    return ModelCard(text, done.get("undecodable", 0), done.get("bytes"))


def about_open(model: LatentModel, facts: ModelFacts | None = None) -> dict[str, Any]:
    """What `show_model` says of a model that is open."""
    spaces = {
        name: {
            "shape": list(space.shape),
            "kind": space.kind,
            "encodes": space.encodes,
            "differentiable": space.differentiable,
            "priors": sorted(space.priors),
            "default_prior": space.default_prior,
        }
        for name, space in model.spaces.items()
    }
    made = model.representation.dump()
    known = facts or ModelFacts(model.family, model.family, model.trained_on, made, config=model.dump())
    return _about(known, model.identity, sum(v.numel() for v in model.state().values()), spaces)


def _about(facts: ModelFacts, identity: str | None, parameters: int | None, spaces: dict[str, Any]) -> dict[str, Any]:
    return {
        "family": facts.family,
        "title": facts.title,
        "identity": identity,
        "representation": facts.representation,
        "trained_on": facts.data,
        "parameters": parameters,
        "spaces": spaces,
        "config": dict(facts.config),
    }


def _space(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "shape": list(said["shape"]), "priors": sorted(said["priors"])}


def remove_model(name: str, *, workspace: Place = None) -> None:
    """Remove a model of the workspace, and what was allowed for it."""
    ws = workspace_of(workspace)
    if bundled.is_bundled(name) and name not in ws.names("models"):
        raise InvalidArgument(f"{name} is bundled with Trasluz, and cannot be removed", allowed=ws.names("models"))
    folder = ws.existing("models", name)
    with ws.writing(f"remove {name}", "models", name):
        trust.forget(ws, folder)
        remove_folder(folder)
