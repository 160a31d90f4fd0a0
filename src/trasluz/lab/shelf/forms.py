"""The forms of a POINT: how each is written. Nothing is looked up here."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from trasluz.base.errors import InvalidArgument
from trasluz.io.names import check_name
from trasluz.spaces.data import SPLITS
from trasluz.spaces.kinds import is_item

_ITEMS = ", ".join(f"{split}:17" for split in reversed(SPLITS))
FORMS = f"{_ITEMS}, seed:42/3, map:0.31,-1.2, map:umap:0.31,-1.2, a picture file, file.safetensors#3, @name"
_METHOD = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True)
class ItemPoint:
    """`test:17`: an item of the data, by split and index."""

    split: str
    index: int


@dataclass(frozen=True)
class DrawPoint:
    """`seed:42/3`: draw 3 (the fourth) of seed 42 from the default prior."""

    seed: int
    index: int


@dataclass(frozen=True)
class MapPoint:
    """`map:0.31,-1.2`: a place on the map by the default method; `map:umap:0.31,-1.2`: on another method's."""

    x: float
    y: float
    method: str | None = None
    """None for the default one."""


@dataclass(frozen=True)
class FilePoint:
    """A file of an item, such as a picture, to be encoded."""

    path: Path


@dataclass(frozen=True)
class RowPoint:
    """`file.safetensors#3`: a row of saved latents; without `#`, the only one."""

    path: Path
    row: int | None


@dataclass(frozen=True)
class SavedPoint:
    """`@name`: a point saved in the workspace."""

    name: str


Parsed = ItemPoint | DrawPoint | MapPoint | FilePoint | RowPoint | SavedPoint


def parse_point(text: str) -> Parsed:
    """Read a POINT. Nothing is looked up yet.

    >>> parse_point("seed:42")
    DrawPoint(seed=42, index=0)

    Raises:
        InvalidArgument: not one of the forms, or one with a number missing.
    """
    head, colon, rest = text.partition(":")
    if colon and head in SPLITS:
        return ItemPoint(head, _whole(text, rest, f"{head}:17"))
    if colon and head == "seed":
        seed, slash, index = rest.partition("/")
        return DrawPoint(_whole(text, seed, "seed:42/3"), _whole(text, index, "seed:42/3") if slash else 0)
    if colon and head == "map":
        method, named, places = rest.rpartition(":")
        parts = [part.strip() for part in places.split(",")]
        if named and not _METHOD.fullmatch(method):
            raise _unread(text, "map:umap:0.31,-1.2")
        if len(parts) != 2 or not all(_NUMBER.fullmatch(p) and math.isfinite(float(p)) for p in parts):
            raise _unread(text, "map:0.31,-1.2")
        return MapPoint(float(parts[0]), float(parts[1]), method or None)
    if text.startswith("@"):
        return SavedPoint(check_name(text[1:], "point"))
    path, sharp, row = text.rpartition("#")
    if sharp and path.lower().endswith(".safetensors"):
        return RowPoint(Path(path), _whole(text, row, "file.safetensors#3"))
    if text.lower().endswith(".safetensors"):
        return RowPoint(Path(text), None)
    if is_item(text) or is_path(text):
        return FilePoint(Path(text))
    raise InvalidArgument("not a POINT", got=repr(text), allowed=FORMS)


def is_path(text: str) -> bool:
    """Whether a text can only be meant as the path of a file: what it holds, its content says, whatever its ending."""
    return text.startswith(("./", "../", "/", "~/", ".\\", "..\\")) or PureWindowsPath(text).is_absolute()


def is_file(text: str) -> bool:
    """Whether a POINT is the name of a file."""
    return is_item(text) or is_path(text) or (text.rpartition("#")[0] or text).lower().endswith(".safetensors")


def _whole(text: str, digits: str, example: str) -> int:
    if not _WHOLE.fullmatch(digits):
        raise _unread(text, example)
    return int(digits)


def _unread(text: str, example: str) -> InvalidArgument:
    return InvalidArgument("not a POINT", got=repr(text), next=f"Write for example {example}")
