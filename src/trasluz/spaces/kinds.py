"""Which kind of data a file holds, and the items in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.spaces import rows
from trasluz.spaces.kind import USUAL, Kind, Reading, Representation, check_windows

HEAD = 32
"""Bytes that tell of what kind a file is."""


def all_kinds() -> list[Kind]:
    """Those that work, ours first; `troubles` tells of the others."""
    return _sorted()[0]


def troubles() -> list[str]:
    """What is the matter with the plugins that bring kinds, one line each."""
    return [*rows.troubles("kinds"), *_sorted()[1]]


def _sorted() -> tuple[list[Kind], list[str]]:
    """Kinds whose files are their own, and a line for each that claims another's."""
    found: list[Kind] = []
    lines: list[str] = []
    for name in sorted(rows.names("kinds"), key=lambda name: (not rows.is_ours("kinds", name), name)):
        try:
            kind = rows.get("kinds", name)
        except TrasluzError:
            continue
        taken = {suffix: other.name for other in found for suffix in other.suffixes}
        claimed = [suffix for suffix in kind.suffixes if suffix in taken]
        if claimed:
            lines.append(f"The plugin {name} is left out: files ending in {claimed[0]} are of {taken[claimed[0]]}")
        else:
            found.append(kind)
    return found, lines


def item_files() -> tuple[str, ...]:
    """What the name of a file ends with that holds an item of any kind."""
    return tuple(suffix for kind in all_kinds() for suffix in kind.suffixes)


def is_item(name: str) -> bool:
    """Whether a file holds an item, by its name."""
    return Path(name).suffix.lower() in item_files()


def kind_of_file(path: Path) -> Kind | None:
    """The kind whose file this is: by its name, or where that says nothing by its first bytes."""
    named, is_said = _by_name(path)
    if is_said:
        return named
    try:
        with open(path, "rb") as handle:
            head = handle.read(HEAD)
    except OSError:
        return None
    return next((kind for kind in all_kinds() if head and kind.is_mine(head)), None)


def is_named_as(path: Path, data: bytes, kind: Kind) -> bool:
    """Whether a file of that name and content would be taken for one of a kind."""
    named, is_said = _by_name(path)
    if is_said:
        return named is not None and named.name == kind.name
    found = next((one for one in all_kinds() if data and one.is_mine(data[:HEAD])), None)
    return found is not None and found.name == kind.name


def _by_name(path: Path) -> tuple[Kind | None, bool]:
    """The kind that a name says, and whether it says one, or none of ours."""
    suffix = path.suffix.lower()
    kinds = all_kinds()
    named = next((kind for kind in kinds if suffix in kind.suffixes), None)
    return named, named is not None or any(suffix in kind.foreign for kind in kinds)


def windows_of(kind: Kind, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL) -> np.ndarray:
    """The items of one file, stored `(k, *shape)`.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    return windows_noted(kind, data, shape, reading)[0]


def windows_noted(
    kind: Kind, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL
) -> tuple[np.ndarray, Mapping[str, int]]:
    """The items of one file, and what was done to it, to be counted.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    found, done = kind.read_noting(data, shape, reading)
    return check_windows(kind, found, shape), done


def item_of(representation: Representation, source: Path | bytes) -> tuple[Tensor, list[str]]:
    """The first item of a file as a model takes it, `(1, *public_shape)`; and what was done to it besides.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    kind, shape, reading = representation.of, representation.public_shape, representation.reading
    data = source if isinstance(source, bytes) else kind.load(source)
    changes = kind.changes(data, shape, reading)
    found = windows_of(kind, data, shape, reading)
    if len(found) > 1:
        changes = [*changes, f"the first of its {len(found):,} windows is taken"]
    return kind.public(found[:1].copy()), changes
