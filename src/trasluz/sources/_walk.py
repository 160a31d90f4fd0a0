"""What lies in a person's folder: items, tables, and everything that is left out, with the reason."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trasluz.base.errors import DataError, NoPermission
from trasluz.io import tables
from trasluz.spaces.kind import Kind
from trasluz.spaces.kinds import all_kinds, kind_of_file

BESIDE = ("labels", "metadata", "annotations", "attributes", "factors", "classes")
"""What a table is called that stands beside a folder and may be of it, besides the folder's own name."""
HIDDEN = "hidden: its name begins with a dot"
OURS = "a workspace of Trasluz, whose models and caches are no data"
CLEARLY = 10
"""Times as many files of one kind as of all others, from which the others are left out and told."""
SIDECARS = (".txt", ".json")
"""A file of one item's own, with the item's name before this: a caption, or what is known of it. The name may have its
ending (`a.png.txt`) or not (`a.txt`)."""


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
        return _relative(self.root, path) or f"../{path.name}"

    @property
    def own_names(self) -> tuple[str, ...]:
        """What the folder is called: as it was named, and where that is a link, what it leads to."""
        return own_names(self.root)


def _stem(path: Path) -> str:
    """A whole path without its ending, as text."""
    return str(path).removesuffix(path.suffix)


def _relative(root: Path, path: Path) -> str:
    """A path below the root, with `/`; empty for any other. As text, since there may be very many."""
    text, start = str(path), str(root)
    below = text.removeprefix(start).lstrip(os.sep) if text.startswith(start.rstrip(os.sep) + os.sep) else ""
    return below.replace(os.sep, "/")


def own_names(root: Path) -> tuple[str, ...]:
    return tuple(dict.fromkeys(home.name for home in _homes(root)))


def _homes(root: Path) -> tuple[Path, ...]:
    home = root.resolve()
    return (home,) if root.name in ("", "..", home.name) and not root.is_symlink() else (root.absolute(), home)


def look_through(root: Path, is_ours: Callable[[Path], bool] = lambda folder: False) -> Found:
    """Everything below a folder; what a file is, its content decides where its name does not.

    Args:
        is_ours: Whether a folder below it is no data, since this program keeps its own things there.

    Raises:
        DataError: no items, or items of several kinds.
        NoPermission: the folder itself may not be read; those below it are left out.
    """
    by_kind: dict[str, list[Path]] = {}
    others: list[Path] = []
    left: list[tuple[str, str]] = []
    linked: set[Path] = set()
    kinds = {kind.name: kind for kind in all_kinds()}
    named = {suffix: kind for kind in kinds.values() for suffix in kind.suffixes}
    for path, away in _walk(root, left, is_ours):
        suffix = path.suffix.lower()
        kind = named.get(suffix) or (None if suffix in tables.SUFFIXES else kind_of_file(path))
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
    strays = _strays(by_kind)
    left += [(_relative(root, path), f"a {kinds[name].one}") for name in strays for path in by_kind.pop(name)]
    if len(by_kind) > 1:
        told = [f"{len(by_kind[name]):,} {kind.many}" for name, kind in kinds.items() if name in by_kind]
        raise DataError(
            f"{root} holds items of several kinds", got=" and ".join(told), next="Give each kind a folder of its own"
        )
    ((name, files),) = by_kind.items()
    found = Found(root, kinds[name], _sorted(root, files), linked=len(linked))
    names: set[str] = set()
    if any(path.suffix.lower() in SIDECARS for path in others):
        names = {_stem(path) for path in files} | set(map(str, files))
    for path in _sorted(root, others):
        suffix = path.suffix.lower()
        if suffix in SIDECARS and _stem(path) in names:
            found.sidecars.append(path)
        elif suffix in tables.SUFFIXES:
            found.tables.append(path)
        else:
            left.append((found.relative(path), _reason(path, found.kind)))
    found.tables += _beside(root)
    found.left_out = sorted(left)
    return found


def _strays(by_kind: Mapping[str, Sequence[Path]]) -> list[str]:
    """The kinds whose files are so few among those of another that they are no data: the cover of an album. Where it is
    not that clear, nothing is guessed."""
    most = max(by_kind, key=lambda name: len(by_kind[name]))
    others = [name for name in by_kind if name != most]
    return others if len(by_kind[most]) >= CLEARLY * sum(len(by_kind[name]) for name in others) else []


def _walk(root: Path, left: list[tuple[str, str]], is_ours: Callable[[Path], bool]) -> Iterator[tuple[Path, bool]]:
    """Every file, and whether a link leads to it. Links are followed: what a person puts into a folder of data belongs
    to it, wherever it lies; a folder that is reached twice is gone through once."""
    seen = {_place(root)}
    waiting = [(root, "", False)]
    while waiting:
        folder, before, away = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if folder != root:
                denied = isinstance(error, PermissionError)
                left.append((before.rstrip("/"), "not allowed to read it" if denied else "gone while it was looked at"))
                continue
            raise NoPermission(f"not allowed to read {error.filename}") from error
        below: list[tuple[Path, str, bool]] = []
        for entry in entries:
            name = f"{before}{entry.name}"
            if entry.name.startswith("."):
                left.append((name, HIDDEN))
                continue
            link = entry.is_symlink()
            path = folder / entry.name
            try:
                if entry.is_file():
                    yield path, away or link
                    continue
                place = _place(path)
                is_folder = entry.is_dir()
            except PermissionError:
                left.append((name, "not allowed to read it"))
                continue
            except OSError:
                left.append((name, "a link that leads nowhere" if link else "gone while it was looked at"))
                continue
            if not is_folder:
                left.append((name, "no file"))
            elif is_ours(path):
                left.append((name, OURS))
            elif place in seen:
                left.append((name, "a link to a folder that is read already"))
            else:
                seen.add(place)
                below.append((path, f"{name}/", away or link))
        waiting += reversed(below)


def _place(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_dev, state.st_ino


def _beside(root: Path) -> list[Path]:
    """Tables next to the folder that may be of it: of its own name, or of a usual one. Where the folder is a link, next
    to the link, and next to what it leads to."""
    suffixes = tuple(suffix for suffix in tables.SUFFIXES if suffix != ".txt")
    found: dict[Path, Path] = {}
    for home in _homes(root):
        wanted = [f"{stem}{suffix}" for stem in (home.name, *BESIDE) for suffix in suffixes if stem]
        for path in (home.parent / name for name in wanted):
            if path.is_file() and home.parent != home:
                found.setdefault(path.resolve(), path)
    return list(found.values())


def _sorted(root: Path, files: Sequence[Path]) -> list[Path]:
    return sorted(files, key=lambda path: _relative(root, path))


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
