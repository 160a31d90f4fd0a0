"""Maps between spaces that are kept: `relocations/MODEL--SPACE--MODEL--SPACE.safetensors`."""

from __future__ import annotations

import os
from pathlib import Path

from trasluz.base.errors import IdentityMismatch
from trasluz.io.names import words_of
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.io.workspace import Workspace
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space_map import SpaceMap

KIND = "relocation"


def file_name(source: LatentModel, source_space: str, target: LatentModel, target_space: str) -> str:
    """What a map is called in the workspace."""
    parts = (source.name, source_space, target.name, target_space)
    return "--".join(words_of(part.replace("+", "plus"), keep=".-")[-40:].strip("-.") or "x" for part in parts)


def save(found: SpaceMap, path: Path) -> None:
    """Write a map to a file."""
    write_tensors(path, found.tensors(), KIND, found.metadata())


def read(path: str | os.PathLike[str]) -> SpaceMap:
    """A map from a file.

    Raises:
        DamagedFile: it is none, or was changed.
        VersionMismatch: of another version.
    """
    place = Path(path)
    tensors, metadata = read_tensors(place, KIND)
    return SpaceMap.read(tensors, metadata, f"the map {place.name}")


def keep(found: SpaceMap, home: Workspace, source: LatentModel, target: LatentModel) -> Path:
    """Keep a map for the next time."""
    path = home.entry("relocations", file_name(source, found.source.space, target, found.target.space))
    with home.writing(f"keeping the map to {target.name}", "relocations", path.stem):
        save(found, path)
    return path


def kept(
    home: Workspace, source: LatentModel, source_space: str, target: LatentModel, target_space: str
) -> SpaceMap | None:
    """The map between two spaces that was kept; None where there is none, or it is of an earlier training.

    Raises:
        TrasluzError: it is damaged, or of another version.
    """
    name = file_name(source, source_space, target, target_space)
    if name not in home.names("relocations"):
        return None
    try:
        found = read(home.existing("relocations", name))
        found.check(source, source_space, target, target_space)
    except IdentityMismatch:
        return None
    return found
