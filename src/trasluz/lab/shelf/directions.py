"""Directions that are kept: `directions/MODEL--SPACE--NAME.json`, asked for by their short names.

A direction belongs to one model, known by its identity, and to one space of it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from shlex import quote
from typing import Any

from trasluz.base.bounds import DIRECTION_FILE
from trasluz.base.errors import IdentityMismatch, InvalidArgument, NameTaken, TrasluzError, UnknownName, UnsafePath
from trasluz.io.atomic import disk_errors, read_json, write_sealed
from trasluz.io.names import check_name, clipped, shortened, shown, words_of
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import Nameless
from trasluz.lab.calls.names import short_direction
from trasluz.lab.shelf.where import Place, again, workspace_of
from trasluz.spaces.direction import VERSION, Direction
from trasluz.spaces.model import LatentModel

LONGEST = 60
"""Characters of a direction's name: with model and space before it, it is the name of a file."""
BYTES = 130
"""Of it on the disk."""


def keep(direction: Direction, *, name: str | None = None, replace: bool = True, workspace: Place = None) -> Path:
    """Keep a direction in the workspace under a name.

    Raises:
        NameTaken: there is one of that name, and `replace` is not set.
    """
    home = workspace_of(workspace)
    kept = direction.renamed(_checked(direction.name if name is None else name))
    target = home.entry("directions", kept_as(home, kept.model, kept.space, kept.name))
    with home.writing(f"keeping the direction {kept.name}", "directions", target.stem):
        if target.exists() and not replace:
            raise NameTaken(f"there is a direction {kept.name} already", next="Choose another name, or --replace")
        write_sealed(target, kept.dump())
    return target


def file_name(model: str, space: str, name: str) -> str:
    """What a direction is called in the workspace; the first two `--` end model and space."""
    return f"{_part(model, 40, 56)}--{_part(space, 16, 16)}--{name}"


def kept_as(home: Workspace, model: str, space: str, name: str) -> str:
    """What a direction is called in a workspace: one that is there under the name that it had when names were plainer
    keeps it."""
    now, before = file_name(model, space, name), f"{_before(model)}--{word(space, 16)}--{name}"
    if before != now and before in home.names("directions"):
        try:
            found = _read(home.existing("directions", before))
        except TrasluzError:
            return now
        if (found.model, found.space) == (model, space):
            return before
    return now


def _part(text: str, longest: int, size: int) -> str:
    """A model or a space in a full name; with a mark where it is not that very text, so that two do not become one."""
    text = unicodedata.normalize("NFC", text)
    plain = words_of(text, keep=".+-").strip("-.")
    if plain == text and shortened(plain, longest, size) == plain:
        return plain
    return f"{clipped(plain, longest - 7, size - 7)}-{_mark(text)}".lstrip("-")


def word(text: str, longest: int = 24) -> str:
    """A part of a name that we make from a text: letters, digits, '.' and '_', with '-' for all else. A text that is
    cut, or of letters that have no Latin form, gets a mark, so that two of them do not become one."""
    latin = unicodedata.normalize("NFKD", text)
    latin = "".join(c for c in latin if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", latin).strip("-._")
    if plain and len(plain) <= longest and latin.isascii():
        return plain
    return f"{plain[: longest - 7].rstrip('-._')}-{_mark(text)}".lstrip("-")


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def _before(model: str) -> str:
    """A model in full names from when they were of Latin letters alone."""
    return word(model.rstrip("/").rpartition("/")[2], 40)


def direction_of(name: str | Direction, model: LatentModel, space: str, *, workspace: Place = None) -> Direction:
    """A direction by its short or full name, or as it is, for a space of a model.

    Raises:
        UnknownName: there is none of that name.
        IdentityMismatch: it is of another model, of an earlier training of it, or of another space.
    """
    home = workspace_of(workspace)
    found = name if isinstance(name, Direction) else _read(_path(home, name, model.name, space))
    if found.model_identity != model.owner(space):
        raise IdentityMismatch(
            f"the direction {found.name} belongs to another model",
            got=f"{found.model} ({found.model_identity})",
            allowed=f"{model.name}",
            next="A model trained again has other latents, even under the same name: find it again",
        )
    if found.space != space or found.shape != tuple(model.space(space).shape):
        raise IdentityMismatch(
            f"the direction {found.name} lies in another space", got=repr(found.space), allowed=repr(space),
            next=f"Name it: --space {found.space}",
        )  # fmt: skip
    return found


def called(direction: str | Direction, model: LatentModel, space: str, *, workspace: Place = None) -> str | Nameless:
    """How a direction is named elsewhere: by its name, where it is kept as it is."""
    if isinstance(direction, str):
        return direction
    try:
        kept = direction_of(direction.name, model, space, workspace=workspace).dump()
    except TrasluzError:
        kept = {}
    mine = direction.dump()
    if all(kept.get(part) == mine[part] for part in ("vector", "sigma", "aim")):
        return direction.name
    return Nameless(f"the direction {direction.name} is not kept as it is, so it has no name: keep it first, .keep()")


def saved_for(target: str, model: LatentModel, space: str, *, workspace: Place = None) -> Direction | None:
    """A kept direction to `COLUMN=VALUE` of this very model, one with an aim first; None where there is none."""
    home = workspace_of(workspace)
    found: list[Direction] = []
    for name in home.names("directions"):
        try:
            direction = _read(home.entry("directions", name))
        except TrasluzError:
            continue
        if direction.target == target and direction.space == space and direction.model_identity == model.owner(space):
            found.append(direction)
    return min(found, key=lambda d: (d.aim is None, d.name), default=None)


def list_directions(model: str | None = None, *, workspace: Place = None) -> list[dict[str, Any]]:
    """The kept directions: name, model, space, method, target, and in a word what they change."""
    out: list[dict[str, Any]] = []
    for name, d in every_direction(model, workspace=workspace):
        if isinstance(d, TrasluzError):
            out.append({"name": name, "model": "?", "space": "?", "method": "?", "target": "?", "changes": d.what})
            continue
        out.append(
            {"name": d.name, "model": d.model, "space": d.space, "method": d.method, "target": d.target or "-",
             "changes": d.changes}
        )  # fmt: skip
    return out


def every_direction(model: str | None = None, *, workspace: Place = None) -> list[tuple[str, Direction | TrasluzError]]:
    """The kept directions by their full names, of one model or of all; of one that cannot be read, whosever it is,
    the reason."""
    home = workspace_of(workspace)
    out: list[tuple[str, Direction | TrasluzError]] = []
    for name in home.names("directions"):
        try:
            direction = _read(home.entry("directions", name))
        except TrasluzError as error:
            out.append((name, error))
            continue
        if model is None or direction.model == model:
            out.append((name, direction))
    return out


def show_direction(
    name: str, *, model: str | None = None, space: str | None = None, workspace: Place = None
) -> Direction:
    """A kept direction by its short or full name."""
    home = workspace_of(workspace)
    return _read(_path(home, name, model, space))


def rename_direction(
    name: str, new: str, *, model: str | None = None, space: str | None = None, workspace: Place = None
) -> Path:
    """Give a kept direction another name, such as what it turned out to change.

    Raises:
        NameTaken: there is one of the new name.
    """
    home = workspace_of(workspace)
    old = _path(home, name, model, space)
    direction = _read(old)
    path = keep(direction, name=new, replace=False, workspace=home)
    with home.writing(f"renaming the direction {name}", "directions", old.stem), disk_errors(old):
        old.unlink()
    return path


def remove_direction(name: str, *, model: str | None = None, space: str | None = None, workspace: Place = None) -> None:
    """Forget a kept direction."""
    home = workspace_of(workspace)
    target = _path(home, name, model, space)
    with home.writing(f"removing the direction {name}", "directions", target.stem), disk_errors(target):
        target.unlink()


def _path(home: Workspace, name: str, model: str | None, space: str | None) -> Path:
    """The file of a short or full name; of several with one short name, the one of that model and space."""
    names = [*home.names("directions"), *home.links("directions")]  # a link is refused by name below
    name = check_name(name, "direction")
    if name in names:
        return home.existing("directions", name)
    fits = [full for full in names if short_direction(full) == name]
    mine = [full for full in fits if model is None or _of(full, model)]
    exact = [f for f in mine if space is not None and f == kept_as(home, str(model), space, name)] or mine
    if len(exact) > 1:
        raise InvalidArgument(
            f"several directions are called {name}", got=", ".join(exact), next="Write the whole name"
        )
    if not exact:
        short = sorted({short_direction(full) for full in names if model is None or _of(full, model)})
        raise UnknownName(
            "direction", name, short, next="Find one: trasluz directions find MODEL --target COLUMN=VALUE"
        )
    return home.existing("directions", exact[0])


def _of(full: str, model: str) -> bool:
    return full.startswith((f"{_part(model, 40, 56)}--", f"{_before(model)}--"))


def _checked(name: str) -> str:
    given = check_name(name, "direction")
    if shortened(given, LONGEST, BYTES) != given:
        raise UnsafePath(
            "too long a direction name", got=f"{len(given)} characters",
            allowed=f"up to {LONGEST}, of up to {BYTES} bytes on the disk",
        )  # fmt: skip
    return given


def _read(path: Path) -> Direction:
    name = shown(path.stem)
    with again(path, f"Remove it, trasluz directions remove {quote(name)}, and find it again: trasluz directions find"):
        return read_direction(path)


def read_direction(path: Path) -> Direction:
    """A direction in a file, wherever it lies."""
    what = f"the direction {shown(path.stem)}"
    return Direction.read(read_json(path, what, limit=DIRECTION_FILE, versions=VERSION, next="find it again"), what)


def check_free(name: str, model: str, *, workspace: Place = None) -> None:
    """Refuse a name that a direction of this model has, before any work is done for another.

    Raises:
        NameTaken: there is one.
    """
    name = _checked(name)
    names = workspace_of(workspace).names("directions")
    if any(short_direction(full) == name and _of(full, model) for full in names):
        raise NameTaken(f"there is a direction {name} of {model} already", next="Choose another name, or --replace")
