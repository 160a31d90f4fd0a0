"""Data sets of one's own that were handed over by the studio's page: folders of the workspace, `uploads/NAME/NAME`.

They are read by the sources that read any folder or file, by their path; here is only what is taken, and where it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trasluz.base.errors import DataError, TrasluzError
from trasluz.io import tables
from trasluz.io.archive import SUFFIX as ZIP
from trasluz.io.archive import unpack
from trasluz.io.atomic import make_folder, move_file, move_folder, read_json, remove_folder
from trasluz.io.receiving import ARRIVED, Receiving
from trasluz.io.workspace import Workspace, slug
from trasluz.spaces.kinds import HEAD, all_kinds

KIND = "uploads"
ARRAYS = (".npz", ".npy")
OTHER_ZIP = "a zip among other files: unpack it, or hand it over alone"
OTHER_ARRAY = "an array among other files: hand it over alone"
PARTS = 200
"""Numbers that are tried behind a name that is taken."""


def receiving(home: Workspace) -> Receiving:
    """A data set on its way into a workspace."""
    return Receiving(home.root / KIND, unwanted)


def unwanted(name: str, head: bytes) -> str | None:
    """Why no loader would take a file, by its name, or where that says nothing by its first bytes; None where one
    would, or where only its bytes can say."""
    suffix = Path(name).suffix.lower()
    kinds = all_kinds()
    if suffix in (ZIP, *ARRAYS, *tables.SUFFIXES) or any(suffix in kind.suffixes for kind in kinds):
        return None
    foreign = next((kind for kind in kinds if suffix in kind.foreign), None)
    if foreign is not None:
        return f"{suffix} {foreign.many} are not read"
    if suffix in tables.UNREAD:
        return tables.UNREAD[suffix]
    if not head or any(kind.is_mine(head[:HEAD]) for kind in kinds):
        return None
    return "nothing that is read"


def take_in(received: Receiving, home: Workspace, wished: str) -> str:
    """Put what came to its place, under the name that was wished for or one with a number behind it: its name.

    A zip that came alone is unpacked; a folder that everything else lies in is the data set itself.

    Raises:
        DataError: nothing came that could be read.
        DamagedFile: a zip that would write where it should not, or too much.
    """
    if not received.files:
        left = f"; {received.left_out[0][0]}: {received.left_out[0][1]}" if received.left_out else ""
        raise DataError(f"there is nothing among the files that could be read{left}", allowed="pictures, sounds, a zip")
    name = _free(home, wished)
    place = home.entry(KIND, name)
    received.finish(place, lambda came, to: _arrange(came, to, place.name))
    return name


def _free(home: Workspace, wished: str) -> str:
    base = slug(wished)
    there = {one.casefold() for one in home.names(KIND)}
    names = (base if i == 1 else f"{base}-{i}" for i in range(1, PARTS))
    return next((name for name in names if name.casefold() not in there), f"{base}-{len(there) + 1}")


def _arrange(came: Path, to: Path, name: str) -> None:
    inside = sorted(came.iterdir())
    alone = inside[0] if len(inside) == 1 and inside[0].is_file() else None
    if alone is not None and alone.suffix.lower() == ZIP:
        root, _ = unpack(alone, make_folder(came / "unpacked"), "pictures or sounds")
        move_folder(root, to / name)
        return
    if alone is not None and alone.suffix.lower() in ARRAYS:
        move_file(alone, to / f"{name}{alone.suffix.lower()}")
        return
    folders = [one for one in inside if one.is_dir()]
    if len(folders) == 1 and all(one.suffix.lower() in tables.SUFFIXES for one in inside if one.is_file()):
        for table in (one for one in inside if one.is_file()):
            if (folders[0] / table.name).exists():
                break
            move_file(table, folders[0] / table.name)
        else:
            move_folder(folders[0], to / name)
            return
    move_folder(came, to / name)


def own_data(home: Workspace) -> list[str]:
    """Data sets that were handed over, by name."""
    return [name for name in home.names(KIND) if _data(home.entry(KIND, name)) is not None]


def path_of(home: Workspace, name: str) -> Path:
    """The DATA argument of one of them: its folder or file.

    Raises:
        UnknownName: there is none of that name.
        DataError: what lies there is no data set any more.
    """
    folder = home.existing(KIND, name)
    found = _data(folder)
    if found is None:
        raise DataError(f"the data set {name} is not whole: {folder} has no data", next="Hand it over again")
    return found


def _data(folder: Path) -> Path | None:
    places = [folder / folder.name, *(folder / f"{folder.name}{suffix}" for suffix in ARRAYS)]
    return next((place for place in places if place.exists() and not place.is_symlink()), None)


def arrived(home: Workspace, name: str) -> Mapping[str, Any]:
    """What was left out of one before it came, `left_out`, and its `bytes`; empty where that is not known."""
    try:
        return read_json(home.existing(KIND, name) / ARRIVED, "the note of what came")
    except TrasluzError:
        return {}


def remove_own_data(home: Workspace, name: str) -> None:
    """Remove one. Models that were trained on it stay, and cannot be trained on."""
    folder = home.existing(KIND, name)
    with home.writing(f"remove the data set {name}", KIND, name):
        remove_folder(folder)
