"""Which kind of data a file holds, and the items in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.io.media import read_file
from trasluz.spaces import registry
from trasluz.spaces.kind import Kind, check_windows
from trasluz.spaces.representation import Representation


def all_kinds() -> list[Kind]:
    """Those that work, pictures first; `registry.troubles` tells of the others."""
    found: list[Kind] = []
    for name in sorted(registry.names("kinds"), key=lambda name: (not registry.is_ours("kinds", name), name)):
        try:
            found.append(registry.get("kinds", name))
        except TrasluzError:
            continue
    return found


def item_files() -> tuple[str, ...]:
    """What the name of a file ends with that holds an item of any kind."""
    return tuple(suffix for kind in all_kinds() for suffix in kind.suffixes)


def is_item(name: str) -> bool:
    """Whether a file holds an item, by its name."""
    return Path(name).suffix.lower() in item_files()


def windows_of(kind: Kind, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The items of one file, stored `(k, *shape)`.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    return check_windows(kind, kind.read(data, shape), shape)


def item_of(representation: Representation, source: Path | bytes) -> tuple[Tensor, list[str]]:
    """The first item of a file as a model takes it, `(1, *public_shape)`; and what was done to it besides.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    kind, shape = representation.of, representation.public_shape
    data = source if isinstance(source, bytes) else read_file(source)
    changes = kind.changes(data, shape)
    found = windows_of(kind, data, shape)
    if len(found) > 1:
        changes = [*changes, f"the first of its {len(found):,} windows is taken"]
    return kind.public(found[:1].copy()), changes
