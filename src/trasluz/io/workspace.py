"""The folder where models, atlases and what is made from them live. Reading never creates one."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, final

from trasluz.base.errors import DamagedFile, InvalidArgument, NoPermission, UnknownName, UnsafePath
from trasluz.io import lock, plain
from trasluz.io.leftovers import sweep
from trasluz.io.names import BUILDING, check_name, is_name, on_disk, shortened, shown, words_of

DEFAULT = "trasluz-workspace"
"""What the workspace is called where nobody says."""
Kind = Literal["models", "atlases", "directions", "relocations", "points", "exports", "uploads"]
_WORD = {
    "models": "model",
    "atlases": "atlas",
    "directions": "direction",
    "relocations": "relocation",
    "points": "point",
    "exports": "export",
    "uploads": "data set",
}
_SUFFIX = {"directions": ".json", "points": ".json", "relocations": ".safetensors"}
"""Kinds whose entries are one file; the others are folders."""
_OURS = (*_WORD, "cache", lock.LOCKS, ".lock", ".holder", "allowed.json")
"""What of a workspace's folder is ours. It may be a folder that a person has other things in."""


@final
class Workspace:
    """A workspace folder, by default `$TRASLUZ_WORKSPACE` or `./trasluz-workspace`.

    Args:
        root: The folder; it may be a link, or lie behind one. In it no link is followed.
        private: Whether to keep it from other users of the machine (`plain.guard`). It stays so: the folder's own mode
            says it from then on.
    """

    def __init__(self, root: str | os.PathLike[str] | None = None, *, private: bool = False) -> None:
        chosen = root if root is not None else os.environ.get("TRASLUZ_WORKSPACE") or DEFAULT
        text = os.fspath(chosen)
        if not text.strip() or "\0" in text:
            raise InvalidArgument("the workspace is not a path", got=repr(text), next="Name a folder with --workspace")
        try:
            self.root = Path(text).expanduser().absolute()
        except RuntimeError:
            raise InvalidArgument("no home folder of that user", got=repr(text)) from None
        if private and os.name == "nt":
            raise InvalidArgument("a workspace cannot be made private on this system", next="Leave it out")
        plain.guard(self.root, _OURS, private=private)

    @property
    def is_private(self) -> bool:
        """Whether nobody else can look into it, so that nothing that is written in it can be read by others."""
        return plain.is_private(self.root)

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"

    def entry(self, kind: Kind, name: str) -> Path:
        """The path of a name, which may not exist yet: a folder, or one file for directions, points and relocations.

        Raises:
            UnsafePath: the name could lead out of the workspace, or is no name on some system.
        """
        wanted = check_name(name, _WORD[kind])
        path = self.root / kind / f"{on_disk(wanted, self._entries(kind))}{_SUFFIX.get(kind, '')}"
        for place in (path.parent, path):
            if place.is_symlink():
                raise UnsafePath(
                    f"the {_WORD[kind]} {'leads out of the workspace' if self._leads_out(place) else 'is a link'}: "
                    f"{place} is a link, and none is followed in a workspace",
                    got=repr(name),
                    next="Put what it leads to in its place; the workspace as a whole may be a link",
                )
        return path

    def existing(self, kind: Kind, name: str) -> Path:
        """The path of a name that is there; `UnknownName` with what is there instead."""
        path = self.entry(kind, name)
        if kind in _SUFFIX and os.path.lexists(path) and not path.is_file():
            raise DamagedFile(f"the {_WORD[kind]} {path} is not a file", next="Remove it, and make it again")
        if not (path.is_file() if kind in _SUFFIX else path.is_dir()):
            raise UnknownName(_WORD[kind], name, self.names(kind), next=f"Workspace: {self.root}")
        return path

    def names(self, kind: Kind) -> list[str]:
        """What is there, sorted; empty for a workspace that does not exist."""
        suffix = _SUFFIX.get(kind, "")
        places = ((entry, self.root / kind / f"{entry}{suffix}") for entry in self._entries(kind, unfinished=False))
        fits = {shown(entry) for entry, path in places if not path.is_symlink() and (suffix or path.is_dir())}
        return sorted(name for name in fits if is_name(name, _WORD[kind]))

    def links(self, kind: Kind) -> list[str]:
        """Links among what is there, sorted; none is followed."""
        suffix = _SUFFIX.get(kind, "")
        found = self._entries(kind, unfinished=False)
        return sorted(shown(entry) for entry in found if (self.root / kind / f"{entry}{suffix}").is_symlink())

    def _leads_out(self, link: Path) -> bool:
        try:
            return not link.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # a ring of links
            return False

    def unfinished(self, kind: Kind) -> list[str]:
        """What is being made, or was when its making was stopped, sorted."""
        made = (entry for entry, is_made in self._listed(kind) if not is_made)
        return sorted(name for name in map(shown, made) if is_name(name, _WORD[kind]))

    def _entries(self, kind: Kind, unfinished: bool = True) -> list[str]:
        """What stands in the folder of a kind, as the disk calls it, without suffixes."""
        return [entry for entry, is_made in self._listed(kind) if is_made or unfinished]

    def _listed(self, kind: Kind) -> list[tuple[str, bool]]:
        """What stands in the folder of a kind, as the disk calls it, and whether it is there or being made."""
        suffix = _SUFFIX.get(kind, "")
        if (self.root / kind).is_symlink():
            return []
        try:
            found = [path.name for path in (self.root / kind).iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as error:
            raise NoPermission(f"not allowed to read {self.root / kind}: {error.strerror}") from error
        plain = [name.removesuffix(suffix) for name in found if name.endswith(suffix)]
        return [(n.removeprefix(BUILDING), not n.startswith(BUILDING)) for n in plain if n[:1] != "." or BUILDING in n]

    @property
    def cache(self) -> Path:
        """Decoded pixels; safe to delete."""
        return self.root / "cache"

    def owns(self, folder: Path) -> bool:
        """Whether a folder of somebody's data is ours: a workspace, this one or another, or one of its parts."""
        if folder.name == DEFAULT or (folder / lock.LOCKS).is_dir() or folder == self.root:
            return True
        return folder.parent == self.root and folder.name in (*_WORD, self.cache.name)

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
        entry = "" if kind is None else f"{_WORD.get(kind, kind)}--{on_disk(shown(name))}"
        with lock.writer(self.root, what, entry, wait) as outermost:
            if outermost:
                sweep(self.root)
                for folder in (*_WORD, "cache", lock.LOCKS):
                    sweep(self.root / folder, depth=2)
            yield


def slug(text: str) -> str:
    """A usable name made from a DATA or MODEL argument: "faces:12000" → "faces-12000", "./my photos" → "my-photos"."""
    last = text.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last.strip(".") else last
    return shortened(words_of(stem), 60, 90).strip("-._") or "data"
