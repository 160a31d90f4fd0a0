"""The folder where models, atlases and what is made from them live. Reading never creates one."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, final

from trasluz.base.errors import InvalidArgument, NoPermission, UnknownName, UnsafePath
from trasluz.io import lock
from trasluz.io.leftovers import sweep

Kind = Literal["models", "atlases", "directions", "relocations", "points", "exports"]
_WORD = {
    "models": "model",
    "atlases": "atlas",
    "directions": "direction",
    "relocations": "relocation",
    "points": "point",
    "exports": "export",
}
_SUFFIX = {"directions": ".json", "points": ".json", "relocations": ".safetensors"}
"""Kinds whose entries are one file; the others are folders."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(10))}


@final
class Workspace:
    """A workspace folder, by default `$TRASLUZ_WORKSPACE` or `./trasluz-workspace`."""

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        chosen = root if root is not None else os.environ.get("TRASLUZ_WORKSPACE") or "trasluz-workspace"
        text = os.fspath(chosen)
        if not text.strip() or "\0" in text:
            raise InvalidArgument("the workspace is no path", got=repr(text), next="Name a folder with --workspace")
        try:
            self.root = Path(text).expanduser().absolute()
        except RuntimeError:
            raise InvalidArgument("no home folder of that user", got=repr(text)) from None

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"

    def entry(self, kind: Kind, name: str) -> Path:
        """The path of a name, which may not exist yet: a folder, or one file for directions, points and relocations.

        Raises:
            UnsafePath: the name could lead out of the workspace, or is no name on some system.
        """
        check_name(name, _WORD[kind])
        path = self.root / kind / f"{name}{_SUFFIX.get(kind, '')}"
        if (path.is_symlink() or path.parent.is_symlink()) and not self._inside(path):
            raise UnsafePath(f"the {_WORD[kind]} leads out of the workspace", got=repr(name))
        return path

    def existing(self, kind: Kind, name: str) -> Path:
        """The path of a name that is there; `UnknownName` with what is there instead."""
        path = self.entry(kind, name)
        if not (path.is_file() if kind in _SUFFIX else path.is_dir()):
            raise UnknownName(_WORD[kind], name, self.names(kind), next=f"Workspace: {self.root}")
        return path

    def names(self, kind: Kind) -> list[str]:
        """What is there, sorted; empty for a workspace that does not exist."""
        suffix = _SUFFIX.get(kind)
        try:
            found = list((self.root / kind).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as error:
            raise NoPermission(f"not allowed to read {self.root / kind}: {error.strerror}") from error
        if suffix is None:
            names = [p.name for p in found if p.is_dir() and self._inside(p)]
        else:
            names = [p.name.removesuffix(suffix) for p in found if p.name.endswith(suffix) and self._inside(p)]
        return sorted(name for name in names if _usable(name))

    def _inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # a ring of links
            return False

    @property
    def cache(self) -> Path:
        """Decoded pixels; safe to delete."""
        return self.root / "cache"

    @contextmanager
    def writing(
        self, what: str, kind: Kind | Literal["cache"] | None = None, name: str = "", *, wait: float = 0.0
    ) -> Generator[None]:
        """Hold an entry for writing, or what belongs to no entry; creates the workspace where needed, and clears what
        killed writers left behind. Who writes something else goes on beside it.

        Args:
            wait: Seconds to wait for somebody else who writes it, before being refused.

        Raises:
            WorkspaceLocked: somebody else writes it.
        """
        entry = "" if kind is None else f"{_WORD.get(kind, kind)}--{name}"
        with lock.writer(self.root, what, entry, wait) as outermost:
            if outermost:
                sweep(self.root)
                for folder in (*_WORD, "cache", lock.LOCKS):
                    sweep(self.root / folder, depth=2)
            yield


def _usable(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not name.endswith(".") and name.split(".")[0].lower() not in _DEVICES


def check_name(name: str, what: str = "name") -> str:
    """Refuse a name that is not a plain file name everywhere."""
    if not _usable(name):
        raise UnsafePath(
            f"not a usable {what} name" if what != "name" else "not a usable name",
            got=repr(name),
            allowed="up to 120 letters, digits, '.', '_' and '-', beginning with a letter or digit",
        )
    return name


def slug(text: str) -> str:
    """A usable name made from a DATA or MODEL argument: "faces:12000" → "faces-12000", "./my photos" → "my-photos"."""
    last = text.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last.strip(".") else last
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:60] or "data"
