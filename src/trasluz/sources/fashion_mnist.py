"""Fashion-MNIST: 70,000 real pictures of clothes, 28 by 28, grey, in ten classes.

Xiao, Rasul & Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms (2017),
arXiv:1708.07747. The published split is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, final

import numpy as np

from trasluz.base.errors import DataError
from trasluz.io.arrays import read_idx
from trasluz.io.media import fit_pixels
from trasluz.spaces.data import Block, Drawing, Request, Source

VERSION = "1"
FOLDER = "/usr/share/datasets/fashion-mnist"
"""Where Debian's package dataset-fashion-mnist puts it."""
CLASSES = (
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle_boot",
)
SPLITS = {"train": "train", "test": "t10k"}
BLOCK = 1000


@final
class FashionMNIST(Source):
    """`fashion-mnist[:FOLDER]`: the four IDX files, plain or .gz."""

    name: ClassVar[str] = "fashion-mnist"
    title: ClassVar[str] = "Fashion-MNIST: 70,000 grey pictures of clothes in ten classes"

    def fingerprint(self, request: Request) -> str:
        states = [path.stat() for pair in _files(request.argument).values() for path in pair]
        return "/".join([VERSION, *(f"{state.st_size}.{state.st_mtime_ns}" for state in states)])

    def draw(self, request: Request) -> Drawing:
        parts = {split: _read(*pair) for split, pair in _files(request.argument).items()}
        height = parts["train"][0].shape[1]
        size = height if request.size is None else request.size
        channels = 1 if request.channels is None else request.channels
        return Drawing(
            total=sum(len(labels) for _, labels in parts.values()),
            size=size,
            channels=channels,
            blocks=_blocks(parts, size, channels),
            licence="MIT: Zalando SE",
            about="Xiao, Rasul & Vollgraf (2017), arXiv:1708.07747, with its published split.",
        )


def _files(argument: str | None) -> dict[str, tuple[Path, Path]]:
    """Pictures and labels of both splits."""
    folder = Path(argument or FOLDER).expanduser()
    return {
        split: (_file(folder, f"{stem}-images", 3), _file(folder, f"{stem}-labels", 1))
        for split, stem in SPLITS.items()
    }


def _file(folder: Path, stem: str, dimensions: int) -> Path:
    for mark in ("-", "."):
        for end in ("", ".gz"):
            path = folder / f"{stem}{mark}idx{dimensions}-ubyte{end}"
            if path.is_file():
                return path
    raise DataError(
        f"Fashion-MNIST is not at {folder}: {stem}-idx{dimensions}-ubyte is missing",
        next="On Debian or Ubuntu: apt install dataset-fashion-mnist. "
        "Elsewhere name a folder with its four IDX files: fashion-mnist:FOLDER",
    )


def _read(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    pixels, classes = read_idx(images, 3), read_idx(labels, 1)
    if len(pixels) != len(classes):
        raise DataError(f"{images.name} holds {len(pixels)} pictures, but {labels.name} {len(classes)} labels")
    if not pixels.size:
        raise DataError(f"{images} holds no pictures")
    if classes.max() >= len(CLASSES):
        raise DataError(f"{labels} holds a class that is not one of ten", got=int(classes.max()), allowed="0 to 9")
    return pixels, classes


def _blocks(parts: dict[str, tuple[np.ndarray, np.ndarray]], size: int, channels: int) -> Iterator[Block]:
    for split, (pixels, classes) in parts.items():
        for start in range(0, len(pixels), BLOCK):
            chosen = classes[start : start + BLOCK]
            rows = [
                {"id": f"{split}-{start + i:05d}", "split": split, "label": CLASSES[k]} for i, k in enumerate(chosen)
            ]
            yield Block(fit_pixels(pixels[start : start + BLOCK, None], size=size, channels=channels), rows)
