"""Folders as people have them, made for one test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import trasluz as tl
from trasluz.base.rng import numpy_generator
from trasluz.spaces.data import Dataset

Said = Sequence[str]


def picture(path: Path, seed: object = 0, size: tuple[int, int] = (12, 12)) -> Path:
    """A picture of noise, another one for every seed; what its name ends with says its format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = numpy_generator(0, f"door {seed}").integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@dataclass(frozen=True)
class Given:
    """What lies in the folder `photos` of a person, and beside it."""

    pictures: Sequence[str]
    files: Mapping[str, str | bytes] = field(default_factory=dict[str, str | bytes])
    """Other files by name; `../x` stands beside the folder."""

    def write(self, place: Path) -> Path:
        root = place / "photos"
        root.mkdir(parents=True, exist_ok=True)
        for name in self.pictures:
            picture(root / name, name)
        for name, content in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    def load(self, place: Path) -> Dataset:
        return tl.load(self.write(place), workspace=place / "w")


def column(data: Dataset, name: str) -> dict[str, Any]:
    """A column by the items' ids, without those that have no value."""
    rows = data.rows.to_pydict()
    found = rows.get(name, [None] * len(data))
    return {one: value for one, value in zip(rows["id"], found, strict=True) if value is not None}


def table(*lines: str) -> str:
    """Lines of a table, ended as they are on disk."""
    return "".join(f"{line}\n" for line in lines)
