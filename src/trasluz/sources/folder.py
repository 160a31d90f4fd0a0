"""A folder of pictures or sounds: the user's own data.

Labels come from sub-folders (`cats/1.jpg` is a cat) and parts from those called train, val and test; columns from any
table inside or beside the folder, and from files of an item's own. What cannot be read, and everything else that lies
there, is listed with its reason, and the run goes on.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, final

import numpy as np

from trasluz.base.bounds import MEMORY, memory
from trasluz.base.errors import DataError, InvalidArgument
from trasluz.base.text import counted, first_texts
from trasluz.sources._described import Row, describe
from trasluz.sources._walk import HIDDEN, OURS, Found, look_through
from trasluz.spaces.data import Block, Drawing, Request, Source, Value
from trasluz.spaces.kind import Kind, Settled
from trasluz.spaces.kinds import windows_noted

VERSION = "4"
BLOCK = 64
"""Files that are read before their items are passed on..."""
HELD = 32 << 20
"""...or bytes of items, where their windows are many."""


@final
class Folder(Source):
    """`PATH`: every item below a folder, in the order of its files' names."""

    name: ClassVar[str] = "folder"
    title: ClassVar[str] = "A folder of pictures or sounds, with labels from sub-folders or a table"
    has_own_parts: ClassVar[bool] = True
    in_order: ClassVar[bool] = True
    heeds: ClassVar[frozenset[str]] = frozenset({"size", "channels", "fit", "range", "seconds"})

    def fingerprint(self, request: Request) -> str:
        found = look_through(_root(request.argument), request.is_ours)
        h = hashlib.blake2b(VERSION.encode(), digest_size=16)
        for path in [*found.files, *found.tables, *found.sidecars]:
            try:
                state = path.stat()
            except OSError:  # gone since: whoever reads it will say so
                continue
            h.update(os.fsencode(f"{found.relative(path)}\0{state.st_size}\0{state.st_mtime_ns}\0"))
        if (allowed := memory()) != MEMORY:  # with another bound other files are left out
            h.update(f"memory\0{allowed}\0".encode())
        for name, reason in found.left_out:
            if reason not in (HIDDEN, OURS):  # they come and go without the person's doing
                h.update(os.fsencode(f"{name}\0{reason}\0"))
        return h.hexdigest()

    def draw(self, request: Request) -> Drawing:
        found = look_through(_root(request.argument), request.is_ours)
        names = _names(found)
        described = describe(found, list(names.values()))
        settled = found.kind.settle(found.files, request.asked)
        used = [one["table"] for one in described.tables if one["used"]]
        columns = f", with columns of {', '.join(used)}" if used else ""
        told = f"{found.kind.many.capitalize()} below a folder{columns}."
        notes = [*settled.notes, *_renamed(found, names), *described.notes]
        return Drawing.of(
            found.kind.name, settled.shape, len(found.files) + len(found.left_out),
            _blocks(found, names, described.rows, settled, notes), about=told, reading=settled.reading,
            report={"notes": notes, "tables": described.tables},
        )  # fmt: skip

    def file_of(self, argument: str | None, id: str) -> tuple[str, int] | None:
        if argument is None:
            return None
        name, sharp, window = id.rpartition("#")
        whole = _file(argument, id)
        if whole.is_file() or not (sharp and window.isdecimal()):
            return str(whole), 0
        return str(_file(argument, name)), int(window)


def _file(root: str, name: str) -> Path:
    """The file that an item's name stands for, whose bytes may be no UTF-8."""
    path = Path(root, name)
    if path.is_file() or not name.isprintable():
        return path
    try:
        odd = Path(root, os.fsdecode(name.encode("latin-1")))
    except UnicodeEncodeError:
        return path
    return odd if odd.is_file() else path


def _root(argument: str | None) -> Path:
    if argument is None:
        raise InvalidArgument("a folder has to be named", next="Write its path, for example ./photos")
    root = Path(argument)
    if root.is_dir():
        return root
    if root.is_file():
        raise DataError(f"{root} is a file", allowed="a folder of pictures, an .npz or an .npy file")
    raise DataError(f"there is no folder {root}")


def _names(found: Found) -> dict[Path, str]:
    """What items are called: their paths below the folder, as text even where the disk's bytes are none."""
    names: dict[Path, str] = {}
    taken: Counter[str] = Counter()
    for path in found.files:
        name = _text(found.relative(path))
        taken[name] += 1
        names[path] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return names


def _text(name: str) -> str:
    """A name of the disk as text: in UTF-8, or where it is not, as Latin-1 reads its bytes."""
    raw = os.fsencode(name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _renamed(found: Found, names: Mapping[Path, str]) -> list[str]:
    odd = [name for path, name in names.items() if found.relative(path) != name]
    if not odd:
        return []
    verb = counted(len(odd), "file has a name that is", "files have names that are")
    return [f"{verb} not in UTF-8, read as Latin-1: {odd[0]!r}."]


def _blocks(
    found: Found, names: Mapping[Path, str], rows: Sequence[Row], settled: Settled, notes: list[str]
) -> Iterator[Block]:
    """Everything read, and at last what was left out. `notes` take in what only reading tells."""
    kind, shape, reading = found.kind, settled.shape, settled.reading
    done: Counter[str] = Counter()
    items: list[np.ndarray] = []
    described: list[Mapping[str, Value]] = []
    skipped: list[tuple[str, str]] = []
    damaged: list[str] = []
    read = 0
    for i, path in enumerate(found.files):
        name = names[path]
        try:
            data = kind.load(path)
            windows, did = windows_noted(kind, data, shape, reading)
            look = kind.content_of(data, windows)
        except DataError as error:
            skipped.append((name, error.what))
            damaged.append(name)
        else:
            done.update(did)
            read += 1
            items.append(windows)
            # All windows of a file are on one side of the split: they are too alike to test on one what another taught.
            content = hashlib.blake2b(data, digest_size=16).hexdigest()
            row = {"content": content, "look": look.hex(), **rows[i]}
            described += [{"id": name if len(windows) == 1 else f"{name}#{k}", **row} for k in range(len(windows))]
        if len(items) + len(skipped) == BLOCK or sum(some.nbytes for some in items) >= HELD:
            yield _block(kind, shape, items, described, skipped)
            items, described, skipped = [], [], []
    notes += kind.noted(done, read, shape)
    if damaged:
        of = f"of the {len(found.files):,} {kind.many} counted above could not be read, and"
        notes.append(f"{counted(len(damaged), f'{of} is', f'{of} are')} left out ({first_texts(damaged)}).")
    left = [(_text(name), reason) for name, reason in found.left_out]
    yield _block(kind, shape, items, described, skipped + left)


def _block(
    kind: Kind, shape: tuple[int, ...], items: Sequence[np.ndarray], rows: Sequence[Mapping[str, Value]],
    skipped: Sequence[tuple[str, str]],
) -> Block:  # fmt: skip
    if len(items) == 1:  # an hour of sound need not be there twice
        return Block(items[0], rows, skipped)
    return Block(np.concatenate(items) if items else np.empty((0, *shape), kind.dtype), rows, skipped)
