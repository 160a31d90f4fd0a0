"""A model handed over: out of the workspace as a folder or a zip, and in again, with the points, selections and
directions that are kept of it.

What travels is what the opener exports, and `directions/` and `points/` beside it; each of those is bound to the model
by its identity, on both sides. Selections lie among the points, and travel with the model that they were made with.
What does not travel is said.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from trasluz.base.bounds import HANDED_FILES
from trasluz.base.errors import InvalidArgument, NameTaken, TrasluzError, UnsafePath
from trasluz.base.progress import SILENT, Progress
from trasluz.io import archive, trust
from trasluz.io.atomic import make_folder, move_folder, write_sealed
from trasluz.io.leftovers import claim, give_up
from trasluz.io.names import on_disk, shown
from trasluz.io.plain import has_plain
from trasluz.io.workspace import Workspace, check_name, slug
from trasluz.lab.shelf import bundled, openers
from trasluz.lab.shelf.directions import every_direction, keep, kept_as, read_direction
from trasluz.lab.shelf.models import find, open
from trasluz.lab.shelf.points import every_point, read_point
from trasluz.lab.shelf.selections import every_selection, read_selection, sort_of
from trasluz.lab.shelf.where import Place, workspace_of

DIRECTIONS, POINTS = "directions", "points"
"""Folders of an exported model."""
SELECTIONS = "selections"
"""What of `points/` is no point."""


def export_model(
    model: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    half: bool = False,
    unfinished: bool = False,
    workspace: Place = None,
    progress: Progress = SILENT,
) -> Path:
    """Write what is needed to use a model (no checkpoints) into a new folder, or a zip where the name ends in .zip;
    with the points and directions of it that are kept in the workspace.

    With `half`, weights and priors are kept in half precision, in half the space. The model computes in float32 all the
    same, from rounded weights, and so has an identity of its own: points and directions are of the other and stay.

    Raises:
        NameTaken: there is something of that name.
        InvalidArgument: it is half trained, and `unfinished` does not say that it may be.
    """
    home, target = workspace_of(workspace), Path(out).expanduser()
    folder = find(model, home)
    _check_finished(folder, unfinished, f"Finish it: trasluz train FAMILY --name {folder.name} --resume")
    owners = _owners(folder)
    if os.path.lexists(target):
        raise NameTaken(f"{target.name} already exists at {target}", next="Choose another name, or remove it first")
    name = slug(folder.name)
    with _beside(target.parent) as stage:
        made = stage / name
        openers.exported(folder, made, half=half)
        mine, stay = _kept_of(folder.name, owners, home)
        for kind, found in mine.items():
            folder_of = POINTS if kind == SELECTIONS else kind
            for file, value in found.items() if not half else ():
                write_sealed(make_folder(made / folder_of) / f"{on_disk(file, [])}.json", value)
        if target.suffix.lower() == archive.SUFFIX:
            archive.pack(made, target, name)
        else:
            move_folder(made, target)
    _tell_export(mine, stay, half, progress)
    return target


def add_model(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    unfinished: bool = False,
    workspace: Place = None,
    progress: Progress = SILENT,
) -> str:
    """Copy a model's folder, or what is in a zip of one, into the workspace, after looking whether it is whole; and the
    points and directions that came with it. What it may run is not allowed by that.

    Raises:
        NameTaken: there is a model of that name.
        InvalidArgument: it is half trained, and `unfinished` does not say that it may be.
        DamagedFile: it is no model; or a zip that would write where it should not, or unfold into far more than it is.
    """
    home, given = workspace_of(workspace), Path(path).expanduser()
    if given.suffix.lower() != archive.SUFFIX or given.is_dir():
        return _added(given, name or given.resolve().name, unfinished, home, progress)
    if name is not None:
        check_name(name, "model")
    with home.writing(f"unpack {given.name}"), _beside(home.root / "models") as stage:
        folder, left = archive.unpack(given, make_folder(stage / _called(given.stem, "model")))
        chosen = name or _called(given.stem, folder.name)
        chosen = _added(folder, chosen, unfinished, home, progress)
        _tell_left(folder, home.entry("models", chosen), left, given.name, progress)
    return chosen


def _added(folder: Path, chosen: str, unfinished: bool, home: Workspace, progress: Progress) -> str:
    """A model's folder, copied into the workspace under a name."""
    owners = _owners(folder)
    _check_finished(folder, unfinished, "Ask for a finished one")
    bundled.reserve(chosen)
    target = home.entry("models", chosen)
    with home.writing(f"add {chosen}"):
        openers.exported(folder, target, half=False)
        trust.forget(home, target)
        for kind, take in ((DIRECTIONS, _take_direction), (POINTS, _take_point)):
            _take_all(folder / kind, kind, take, chosen, owners, home, progress)
    return chosen


def _check_finished(folder: Path, unfinished: bool, next: str) -> None:
    """Refuse a model whose training has not come to its end, unless that is wanted."""
    facts = openers.described(folder)
    if not facts.finished and not unfinished:
        raise InvalidArgument(
            f"the model {folder.name} is half trained",
            got=facts.state,
            next=f"{next.replace('FAMILY', facts.family)}; or as it is: --unfinished (unfinished=True in Python)",
        )


def _owners(folder: Path) -> set[str]:
    """Whose latents a model's are, by the spaces. It is opened to see that it is whole, unless that would run code;
    such a one is read through as it is copied."""
    if openers.code_of(folder) is None:
        opened = open(folder, device="cpu")
        return {opened.owner(space) for space in opened.spaces}
    return {str(openers.described(folder).identity)}


@contextmanager
def _beside(folder: Path) -> Generator[Path]:
    """A folder of the moment, in the one where the result will be."""
    stage = claim(make_folder(folder))
    try:
        yield make_folder(stage)
    finally:
        give_up(stage)


def _called(stem: str, otherwise: str) -> str:
    """A file's name as a model's, where it can be one."""
    try:
        return check_name(stem, "model")
    except UnsafePath:
        return otherwise


# Points and directions ------------------------------------------------------------------------------------------------


def _kept_of(model: str, owners: set[str], home: Workspace) -> tuple[dict[str, dict[str, Any]], int]:
    """What is kept of a model, by kind and file; and how much more bears its name but belongs to other weights."""
    found: dict[str, dict[str, Any]] = {DIRECTIONS: {}, POINTS: {}, SELECTIONS: {}}
    others = 0
    for file, direction in every_direction(workspace=home):
        if isinstance(direction, TrasluzError):
            continue
        if direction.model_identity in owners:
            found[DIRECTIONS][file] = direction.dump()
        else:
            others += direction.model == model
    for file, point in every_point(workspace=home):
        if isinstance(point, TrasluzError):
            continue
        if point["model_identity"] in owners:
            found[POINTS][file] = dict(point)
        else:
            others += point["model"] == model
    for file, selection in every_selection(workspace=home):
        if isinstance(selection, TrasluzError):
            continue
        if selection.model_identity in owners:
            found[SELECTIONS][file] = selection.dump()
        else:
            others += selection.model == model
    return found, others


def _take_all(
    folder: Path,
    kind: str,
    take: Callable[[Path, str, set[str], Workspace], str | None],
    chosen: str,
    owners: set[str],
    home: Workspace,
    progress: Progress,
) -> None:
    """Bring in what came with a model, and say what did not."""
    if folder.is_symlink():
        progress.say(f"Left out, {kind}/: it is a link")
    files = sorted(folder.glob("[!.]*.json"))[:HANDED_FILES] if folder.is_dir() and not folder.is_symlink() else []
    taken = dict[str, int]()
    for file in files:
        sort = SELECTIONS if kind == POINTS and has_plain(folder, file.name) and sort_of(file) == "selection" else kind
        try:
            trouble = take(file, chosen, owners, home) if has_plain(folder, file.name) else "it is no plain file"
        except TrasluzError as error:
            trouble = error.what
        if trouble is None:
            taken[sort] = taken.get(sort, 0) + 1
        else:
            progress.say(f"Left out, {kind}/{file.name}: {trouble}")
    if taken:
        progress.say(f"Also added: {' and '.join(_count(n, sort) for sort, n in taken.items())}")


def _take_direction(file: Path, chosen: str, owners: set[str], home: Workspace) -> str | None:
    found = read_direction(file)
    if found.model_identity not in owners:
        return f"it belongs to another model ({found.model})"
    if kept_as(home, chosen, found.space, found.name) in home.names("directions"):
        return f"there is a direction {found.name} of {chosen} already"
    keep(replace(found, model=chosen), workspace=home, replace=False)
    return None


def _take_point(file: Path, chosen: str, owners: set[str], home: Workspace) -> str | None:
    """A point, or a selection."""
    if sort_of(file) == "selection":
        found = read_selection(file, f"the selection in {file.name}").dump()
    else:
        found = read_point(file, f"the point in {file.name}")
    if found["model_identity"] not in owners:
        return f"it belongs to another model ({found['model']})"
    name = shown(file.stem)
    target = home.entry("points", name)
    if os.path.lexists(target):
        return f"there is a {sort_of(target) or 'file'} @{name} already"
    write_sealed(target, {**found, "model": chosen})
    return None


# What is said ---------------------------------------------------------------------------------------------------------


def _tell_export(mine: Mapping[str, Mapping[str, Any]], stay: int, half: bool, progress: Progress) -> None:
    counted = " and ".join(_count(len(found), kind) for kind, found in mine.items() if found)
    if counted and half:
        progress.say(f"{counted} are left out: they belong to the weights before rounding")
    elif counted:
        progress.say(f"{counted} of it are included; atlases are not, and trasluz encode makes them again")
    if stay:
        progress.say(
            f"{stay:,} more under its name are left out: they belong to other weights, or to it under a condition"
        )


def _tell_left(folder: Path, target: Path, pickles: Sequence[str], called: str, progress: Progress) -> None:
    """Which files of an archive are none of the model's."""
    brought = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    used = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    other = [name for name in brought - used if name.partition("/")[0] not in (DIRECTIONS, POINTS)]
    left = sorted([*pickles, *other])
    if left:
        some = ", ".join(left[:3]) + (" ..." if len(left) > 3 else "")
        progress.say(f"{len(left):,} files of {called} are not part of the model, and were left out: {some}")


def _count(n: int, kind: str) -> str:
    return f"{n:,} {kind.removesuffix('s') if n == 1 else kind}"
