"""What a model is known by at first sight: a few facts, read without opening it, and a picture of what it makes."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

from trasluz.base.errors import NoPermission, NoSpace, TrasluzError, WorkspaceLocked
from trasluz.base.progress import SILENT, Progress
from trasluz.io.atomic import write_bytes
from trasluz.io.media import read_file
from trasluz.io.pictures import png_bytes
from trasluz.io.weights import Header, read_header
from trasluz.io.workspace import Workspace
from trasluz.lab import models
from trasluz.lab._common import Place, workspace_of
from trasluz.lab.bundled import PICTURE
from trasluz.lab.sample import sample

ITEMS = 16
"""Draws in a picture."""


def facts_of(folder: Path | None, *, workspace: Place = None) -> dict[str, Any]:
    """`title` of the family, names of the `spaces`, number of `parameters`, `bytes` of the weights, and whether it
    `has_picture`; each None, or empty, where it cannot be read."""
    facts: dict[str, Any] = {"title": None, "spaces": [], "parameters": None, "bytes": None, "has_picture": False}
    if folder is None:
        return facts
    try:
        family = models.read_config(folder)[0]
        facts |= {"title": family.title, "spaces": list(family.space_names)}
        header = read_header(folder / models.WEIGHTS)
    except TrasluzError:
        return {**facts, "has_picture": (folder / PICTURE).is_file()}
    place = _place(header, workspace_of(workspace))
    return {
        **facts,
        "parameters": sum(math.prod(entry.shape) for entry in header.entries),
        "bytes": header.data + max((entry.end for entry in header.entries), default=0),
        "has_picture": (folder / PICTURE).is_file() or (place is not None and place.is_file()),
    }


def kept_picture(folder: Path, *, workspace: Place = None) -> bytes | None:
    """The picture beside a model, or the one that was drawn of it, as PNG; None where there is none yet."""
    path = folder / PICTURE
    if not path.is_file():
        path = _place(read_header(folder / models.WEIGHTS), workspace_of(workspace))
    return read_file(path) if path is not None and path.is_file() else None


def drawn_picture(
    folder: Path, *, workspace: Place = None, device: str = "auto", progress: Progress = SILENT
) -> bytes | None:
    """16 draws of seed 0 from a model, as PNG, kept in the workspace's cache for the next time.

    None where it has no prior to draw from, or does not make pictures.
    """
    home = workspace_of(workspace)
    kept = kept_picture(folder, workspace=home)
    if kept is not None:
        return kept
    model = models.open(folder, workspace=home, device=device)
    spaces = [model.space(), *model.spaces.values()]
    space = next((space for space in spaces if space.default_prior is not None), None)
    if space is None or model.representation.kind != "image":
        return None
    made = sample(model, ITEMS, seed=0, space=space.name, workspace=home, progress=progress)
    picture = png_bytes(made.grid())
    place = _place(read_header(folder / models.WEIGHTS), home)
    if place is not None:
        try:
            with home.writing(f"keeping a picture of {model.name}"):
                write_bytes(place, picture)
        except (WorkspaceLocked, NoPermission, NoSpace) as error:
            progress.say(f"The picture is drawn but not kept: {error}")
    return picture


def _place(header: Header, home: Workspace) -> Path | None:
    """Where a drawn picture of the model with these weights is kept: a model trained anew has another."""
    identity = (header.metadata or {}).get("identity")
    if identity is None:
        return None
    return home.cache / "pictures" / f"{hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()}.png"
