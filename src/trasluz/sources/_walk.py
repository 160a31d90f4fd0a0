"""What lies in a person's folder: items, tables, and everything that is left out, with the reason."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trasluz.base.errors import DataError, NoPermission
from trasluz.io import tables
from trasluz.spaces.kind import Kind
from trasluz.spaces.kinds import all_kinds, kind_of_file

BESIDE = ("labels", "metadata", "annotations", "attributes", "factors", "classes")
"""What a table is called that stands beside a folder and may be of it, besides the folder's own name."""
HIDDEN = "hidden: its name begins with a dot"
SIDECARS = (".txt", ".json")
"""A file of one item's own, with the item's name before this: a caption, or what is known of it."""


@dataclass
class Found:
    """A folder, looked through once."""

    root: Path
    kind: Kind
    files: list[Path]
    """Of items, by relative path."""
    tables: list[Path] = field(default_factory=list[Path])
    """Inside the folder, by relative path; then those beside it."""
    sidecars: list[Path] = field(default_factory=list[Path])
    left_out: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Everything else, by relative path, and why."""
    linked: int = 0
    """Items that are links, or lie behind one."""

    def relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else f"../{path.name}"


def look_through(root: Path) -> Found:
    """Everything below a folder; what a file is, its content decides where its name does not.

    Raises:
        DataError: no items, or items of several kinds.
        NoPermission: a folder that may not be read.
    """
    by_kind: dict[str, list[Path]] = {}
    others: list[Path] = []
    left: list[tuple[str, str]] = []
    linked: set[Path] = set()
    kinds = {kind.name: kind for kind in all_kinds()}
    for path, away in _walk(root, left):
        kind = None if path.suffix.lower() in tables.SUFFIXES else kind_of_file(path)
        if kind is None:
            others.append(path)
            continue
        by_kind.setdefault(kind.name, []).append(path)
        if away:
            linked.add(path)
    if not by_kind:
        raise DataError(
            _nothing(root, list(kinds.values()), others, left), allowed=" or ".join(map(_ending, kinds.values()))
        )
    if len(by_kind) > 1:
        told = [f"{len(by_kind[name]):,} {kind.many}" for name, kind in kinds.items() if name in by_kind]
        raise DataError(
            f"{root} holds items of several kinds", got=" and ".join(told), next="Give each kind a folder of its own"
        )
    ((name, files),) = by_kind.items()
    found = Found(root, kinds[name], _sorted(root, files), linked=len(linked))
    stems = {path.with_suffix("") for path in files}
    for path in _sorted(root, others):
        suffix = path.suffix.lower()
        if suffix in SIDECARS and path.with_suffix("") in stems:
            found.sidecars.append(path)
        elif suffix in tables.SUFFIXES:
            found.tables.append(path)
        else:
            left.append((found.relative(path), _reason(path, found.kind)))
    found.tables += _beside(root)
    found.left_out = sorted(left)
    return found


def _walk(root: Path, left: list[tuple[str, str]]) -> Iterator[tuple[Path, bool]]:
    """Every file, and whether a link leads to it. Links are followed: what a person puts into a folder of data belongs
    to it, wherever it lies; a folder that is reached twice is gone through once."""
    seen = {_place(root)}
    waiting = [(root, False)]
    while waiting:
        folder, away = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except PermissionError as error:
            raise NoPermission(f"not allowed to read {error.filename}") from error
        below: list[tuple[Path, bool]] = []
        for entry in entries:
            path = Path(entry.path)
            name = path.relative_to(root).as_posix()
            link = entry.is_symlink()
            if entry.name.startswith("."):
                left.append((name, HIDDEN))
            elif not path.exists():
                left.append((name, "a link that leads nowhere" if link else "gone while it was looked at"))
            elif entry.is_dir():
                place = _place(path)
                if place in seen:
                    left.append((name, "a link to a folder that is read already"))
                else:
                    seen.add(place)
                    below.append((path, away or link))
            elif entry.is_file():
                yield path, away or link
            else:
                left.append((name, "no file"))
        waiting += reversed(below)


def _place(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_dev, state.st_ino


def _beside(root: Path) -> list[Path]:
    """Tables next to the folder that may be of it: of its own name, or of a usual one."""
    home = root.resolve()
    suffixes = tuple(suffix for suffix in tables.SUFFIXES if suffix != ".txt")
    wanted = [f"{stem}{suffix}" for stem in (home.name, *BESIDE) for suffix in suffixes]
    return [path for name in wanted if (path := home.parent / name).is_file()]


def _sorted(root: Path, files: Sequence[Path]) -> list[Path]:
    return sorted(files, key=lambda path: path.relative_to(root).as_posix())


def _reason(path: Path, kind: Kind) -> str:
    suffix = path.suffix.lower()
    if suffix in kind.foreign:
        return f"{suffix} {kind.many} are not read"
    if suffix in tables.UNREAD:
        return tables.UNREAD[suffix]
    return f"no {kind.one}"


def _ending(kind: Kind) -> str:
    return f"{kind.many} ending in {', '.join(kind.suffixes)}"


def _nothing(root: Path, kinds: Sequence[Kind], others: Sequence[Path], left: Sequence[tuple[str, str]]) -> str:
    wanted = " or ".join(kind.many for kind in kinds)
    found = Counter(path.suffix.lower() or "no suffix" for path in others)
    hidden = f"; {len(left):,} more were left out ({left[0][0]}: {left[0][1]})" if left else ""
    if not found:
        return f"{root} is empty: no {wanted}{hidden}"
    listed = ", ".join(f"{n} {suffix}" for suffix, n in found.most_common(5))
    return f"{root} holds no {wanted} that can be read, but {sum(found.values())} other files ({listed}){hidden}"
