"""Whose code may be run: a private file of the workspace, which says by their hashes what somebody allowed.

An entry counts for the very folder that it was written for (the number that the file system gave it), so that neither
a workspace that was copied or unpacked from elsewhere nor another model of the same name comes with permissions.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from trasluz.base.errors import DamagedFile
from trasluz.io import plain
from trasluz.io.atomic import atomic_path, read_json
from trasluz.io.names import shown
from trasluz.io.values import sealed
from trasluz.io.workspace import Workspace

FILE = "allowed.json"
FORMAT, VERSION = "trasluz-allowed", 1
WAIT = 5.0
"""Seconds to wait for another who writes it: that takes a moment."""


def allowed(home: Workspace, folder: Path) -> str | None:
    """The hash of the code that was allowed for a model's folder; None where none was.

    Raises:
        DamagedFile: the record is no record of ours, or others can write to it.
    """
    entry = _read(home).get(_key(home, folder))
    if entry is None or entry.get("folder") != _number(folder):
        return None
    found = entry.get("hash")
    return found if isinstance(found, str) else None


def allow(home: Workspace, folder: Path, file: str, hash: str) -> None:
    """Write down that the code with this hash may be run to open the model in a folder."""
    with home.writing(f"allowing the code of {shown(folder.name)}", wait=WAIT):
        models = {**_read(home), _key(home, folder): {"file": file, "hash": hash, "folder": _number(folder)}}
        _write(home, models)


def forget(home: Workspace, folder: Path) -> None:
    """Let go of what was allowed for a folder."""
    key = _key(home, folder)
    if key not in _read(home):
        return
    with home.writing(f"forgetting the code of {folder.name}", wait=WAIT):
        _write(home, {name: entry for name, entry in _read(home).items() if name != key})


def _key(home: Workspace, folder: Path) -> str:
    """A model of the workspace by name, another one by its path."""
    place = folder.resolve()
    return place.name if place.parent == (home.root / "models").resolve() else str(place)


def _number(folder: Path) -> int:
    try:
        return folder.stat().st_ino
    except OSError:
        return -1


def _read(home: Workspace) -> dict[str, dict[str, Any]]:
    path = home.root / FILE
    try:
        status = path.lstat()
    except OSError:
        return {}
    others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    owned = os.name == "nt" or (status.st_uid == os.getuid() and not others)
    if not stat.S_ISREG(status.st_mode) or not owned:
        raise DamagedFile(
            f"{path} is not yours alone, so what it allows does not count",
            next="Remove it, and allow again what you trust",
        )
    value = read_json(
        path, "the record of what was allowed", versions=VERSION, next="remove it, and allow again what you trust"
    )
    if value.get("format") != FORMAT or not isinstance(value.get("models"), dict):
        raise DamagedFile(
            f"{path} is not a record of what was allowed", next="Remove it, and allow again what you trust"
        )
    return {str(name): entry for name, entry in value["models"].items() if isinstance(entry, dict)}


def _write(home: Workspace, models: dict[str, dict[str, Any]]) -> None:
    text = json.dumps(sealed({"format": FORMAT, "version": VERSION, "models": models}), indent=2)
    with atomic_path(home.root / FILE) as temporary:
        temporary.chmod(plain.PRIVATE_FILE)  # whatever others may read of the workspace; it is empty as yet
        temporary.write_text(text + "\n", encoding="utf-8")
