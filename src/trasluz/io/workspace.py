"""The folder where models, atlases and what is made from them live. Reading never creates one."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from trasluz.base.errors import UnknownName, UnsafePath
from trasluz.io import lock

Kind = Literal["models", "atlases", "directions", "relocations", "points", "exports"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(1, 10))}


class Workspace:
    """A workspace folder, by default `$TRASLUZ_WORKSPACE` or `./trasluz-workspace`."""

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        chosen = root if root is not None else os.environ.get("TRASLUZ_WORKSPACE") or "trasluz-workspace"
        self.root = Path(chosen).expanduser().absolute()

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"

    def entry(self, kind: Kind, name: str) -> Path:
        """The path of a name, which may not exist yet.

        Raises:
            UnsafePath: the name could lead out of the workspace, or is no name on some system.
        """
        check_name(name, kind.rstrip("s"))
        path = self.root / kind / name
        if path.is_symlink() or (self.root / kind).is_symlink():
            home = self.root.resolve()
            if not path.resolve().is_relative_to(home):
                raise UnsafePath(f"{kind.rstrip('s')} leads out of the workspace", got=repr(name))
        return path

    def existing(self, kind: Kind, name: str) -> Path:
        """The path of a name that is there; `UnknownName` with what is there instead."""
        path = self.entry(kind, name)
        if not path.is_dir():
            word = {"atlases": "atlas", "directions": "direction"}.get(kind, kind.rstrip("s"))
            raise UnknownName(word, name, self.names(kind), next=f"Workspace: {self.root}")
        return path

    def names(self, kind: Kind) -> list[str]:
        """What is there, sorted; empty for a workspace that does not exist."""
        folder = self.root / kind
        if not folder.is_dir():
            return []
        return sorted(p.name for p in folder.iterdir() if p.is_dir() and _NAME.fullmatch(p.name))

    @property
    def cache(self) -> Path:
        """Decoded pixels; safe to delete."""
        return self.root / "cache"

    @contextmanager
    def writing(self, what: str) -> Generator[None, None, None]:
        """Hold the workspace for writing; creates it where needed."""
        with lock.writer(self.root, what):
            yield


def check_name(name: str, what: str = "name") -> str:
    """Refuse a name that is not a plain file name everywhere."""
    if not _NAME.fullmatch(name) or name.endswith(".") or name.split(".")[0].lower() in _DEVICES:
        raise UnsafePath(
            f"not a usable {what} name",
            got=repr(name),
            allowed="up to 120 letters, digits, '.', '_' and '-', beginning with a letter or digit",
        )
    return name
