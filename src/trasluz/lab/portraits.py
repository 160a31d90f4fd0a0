"""What a model is known by at first sight: a few facts, read without opening it, and a picture of what it makes."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from trasluz.base.bounds import PORTRAIT_FILE
from trasluz.base.errors import InvalidArgument, NoPermission, NoSpace, TrasluzError, WorkspaceLocked
from trasluz.base.progress import SILENT, Progress
from trasluz.io.atomic import write_bytes
from trasluz.io.pictures import is_whole_png, png_bytes
from trasluz.io.plain import has_plain, read_whole
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.call import Call, call_of
from trasluz.lab.calls.session import Session
from trasluz.lab.calls.verb import verb_of
from trasluz.lab.sample import sample
from trasluz.lab.shelf import models, openers
from trasluz.lab.shelf.bundled import PICTURE, ZOO
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace


@final
@dataclass(frozen=True)
class Draws:
    """What a picture shows: the first draws of a seed."""

    n: int
    seed: int


PACKED = Draws(24, seed=1)
"""In the picture that comes with a bundled model."""
PSNR = re.compile(
    r"^Real items, encoded and decoded: PSNR (\d{1,3}(?:\.\d+)?) dB|^- psnr: (\d{1,3}(?:\.\d+)?)\b", re.MULTILINE
)
"""As the cards of bundled models, and of one's own, say it."""
DRAWN = Draws(16, seed=0)
"""In one that is drawn here."""


def facts_of(model: Path | LatentModel | None, *, workspace: Place = None) -> dict[str, Any]:
    """`title` of the family, names of the `spaces`, number of `parameters`, `bytes` of the weights, whether it
    `has_picture`, and `psnr` in decibels, of items that it never saw and rebuilt, as its card says; each None, or
    empty, where it cannot be read."""
    facts: dict[str, Any] = {"title": None, "spaces": [], "parameters": None, "bytes": None, "has_picture": False}
    facts["psnr"] = None
    if model is None:
        return facts
    if isinstance(model, LatentModel):
        place = _place(model.identity, workspace_of(workspace))
        held = list(model.state().values())
        return {
            "title": model.family,
            "spaces": list(model.spaces),
            "parameters": sum(v.numel() for v in held),
            "bytes": sum(v.numel() * v.element_size() for v in held),
            "has_picture": _has(place),
            "psnr": None,
        }
    facts["psnr"] = psnr_of(models.card_of(model).text or "")
    has_one = _has(model / PICTURE)
    try:
        known = openers.described(model)
    except TrasluzError:
        return {**facts, "has_picture": has_one}
    place = _place(known.identity, workspace_of(workspace))
    return {
        **facts,
        "title": known.title,
        "spaces": list(known.spaces),
        "parameters": known.parameters,
        "bytes": known.bytes,
        "has_picture": has_one or _has(place),
    }


def psnr_of(card: str) -> float | None:
    """What the card of a model says of its rebuilt items, in decibels.

    >>> psnr_of("Real items, encoded and decoded: PSNR 37.4 dB, SSIM 0.976."), psnr_of("- psnr: 21.27, n = 7")
    (37.4, 21.27)
    """
    found = PSNR.search(card)
    return None if found is None else float(found[1] or found[2])


def kept_picture(model: Path | LatentModel, *, workspace: Place = None, progress: Progress = SILENT) -> bytes | None:
    """The picture beside a model, or the one that was drawn of it, as PNG; None where there is none yet, or none that
    is whole."""
    if not isinstance(model, LatentModel) and os.path.lexists(model / PICTURE):
        beside = _whole(model / PICTURE, progress)
        if beside is not None:
            return beside
    place = _place(_identity(model), workspace_of(workspace))
    return _whole(place, progress) if place is not None and os.path.lexists(place) else None


def _has(path: Path | None) -> bool:
    return path is not None and has_plain(path.parent, path.name)


def _whole(path: Path, progress: Progress) -> bytes | None:
    """A picture, where it is what was written."""
    try:
        picture = read_whole(path, "the picture", limit=PORTRAIT_FILE)
    except TrasluzError as error:
        progress.say(f"{error.what}; drawn instead")
        return None
    if not is_whole_png(picture):
        progress.say(f"the picture at {path} is damaged; drawn instead")
        return None
    return picture


def drawn_picture(
    given: Path | LatentModel, *, workspace: Place = None, device: str = "auto", progress: Progress = SILENT
) -> bytes | None:
    """16 draws of seed 0 from a model, as PNG, kept in the workspace's cache for the next time.

    None where it has no prior to draw from, or does not make pictures.
    """
    home = workspace_of(workspace)
    kept = kept_picture(given, workspace=home, progress=progress)
    if kept is not None:
        return kept
    model = models.model_of(given, Session.of(home, device))
    space = _drawn_from(model)
    if space is None:
        return None
    made = sample(model, DRAWN.n, seed=DRAWN.seed, space=space.name, workspace=home, progress=progress)
    picture = png_bytes(made.grid())
    place = _place(_identity(given), home)
    if place is not None:
        try:
            with home.writing(f"keeping a picture of {model.name}", "cache", place.stem):
                write_bytes(place, picture)
        except (WorkspaceLocked, NoPermission, NoSpace, InvalidArgument) as error:
            progress.say(f"The picture is drawn but not kept: {error}")
    return picture


def picture_call(
    model: LatentModel, folder: Path | None, *, workspace: Place = None, device: str = "auto"
) -> Call | None:
    """How to draw what a model's picture shows; None where it came with a model from elsewhere, or there is none."""
    is_ours = folder is not None and folder.parent == ZOO
    space = _drawn_from(model)
    if space is None or (folder is not None and _has(folder / PICTURE) and not is_ours):
        return None
    draws, name = PACKED if is_ours else DRAWN, None if space.name == model.default_space else space.name
    told = {"workspace": workspace, "device": device}
    return call_of(verb_of(sample), model, draws.n, seed=draws.seed, space=name, **told)


def _drawn_from(model: LatentModel) -> LatentSpace | None:
    """The space whose prior is drawn from; None where there is none."""
    spaces = [model.space(), *model.spaces.values()]
    return next((space for space in spaces if space.default_prior is not None), None)


def _identity(given: Path | LatentModel) -> str | None:
    return given.identity if isinstance(given, LatentModel) else openers.described(given).identity


def _place(identity: str | None, home: Workspace) -> Path | None:
    """Where a drawn picture of the model of this identity is kept: a model trained anew has another."""
    if identity is None:
        return None
    return home.cache / "pictures" / f"{hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()}.png"
