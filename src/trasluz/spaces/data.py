# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""Data sets: what a source draws, and what everything else reads."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np
import torch

from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.base.shapes import Images
from trasluz.spaces.representation import Pixels, Representation

if TYPE_CHECKING:
    import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]

    from trasluz.spaces.model import LatentModel

RESERVED = ("id", "index", "source", "split")
"""Columns of every data set; anything else is a label or a factor."""
SPLITS = ("train", "test")
Value = str | float | int | bool | None


def _no_models(name: str) -> LatentModel:
    raise InvalidArgument("models cannot be opened here", got=name)


@dataclass(frozen=True)
class Block:
    """Some items, decoded."""

    pixels: np.ndarray
    """uint8 `(n, C, H, W)`."""
    rows: Sequence[Mapping[str, Value]]
    """One a picture: `id`; `split` where the data set brings its own; `content`, a hash that decides the split
    instead of the id; `label` and any factor by name."""
    skipped: Sequence[tuple[str, str]] = ()
    """What could not be read: id and reason."""


@dataclass(frozen=True)
class Drawing:
    """Items about to be decoded by a source."""

    total: int
    size: int
    channels: int
    blocks: Iterator[Block]
    licence: str = "unknown"
    about: str = ""


@dataclass(frozen=True)
class Request:
    """What is asked of a source."""

    argument: str | None
    """What stands after the colon of `NAME:ARGUMENT`, or the path."""
    size: int | None = None
    """Height and width wanted, in pixels; None for the source's own."""
    channels: int | None = None
    """1 or 3; None for the source's own."""
    open_model: Callable[[str], LatentModel] = field(compare=False, default=_no_models)


class Source(ABC):
    """Where data come from. One file in `sources/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    test_share: ClassVar[float] = 0.2
    """Share of the items held out for testing, where the data bring no split of their own."""

    @abstractmethod
    def fingerprint(self, request: Request) -> str:
        """Changes whenever `draw` would give something else; cheap (names, sizes and times, not content).

        Raises:
            DataError: nothing is there.
        """

    @abstractmethod
    def draw(self, request: Request) -> Drawing:
        """Decode everything, block by block."""


def split_of(content: str, seed: int = 0, test_share: float = 0.2) -> str:
    """`train` or `test`, decided by the item alone: it stays where it is when others come or go."""
    h = hashlib.blake2b(f"{seed}/split/{content}".encode(), digest_size=8).digest()
    return "test" if int.from_bytes(h, "big") < test_share * 2.0**64 else "train"


@dataclass(frozen=True)
class Item:
    """One item of a data set."""

    x: Images
    """float32 `(1, C, H, W)` in [0, 1]."""
    id: str
    label: str | None
    factors: dict[str, Value]


@final
class Dataset(Sequence[Item]):
    """Decoded pixels, memory-mapped, with one row of labels and factors an item.

    A view on some of the rows of what a source drew: `split("test")` gives another view.
    """

    def __init__(
        self,
        spec: str,
        identity: str,
        pixels: np.ndarray,
        rows: pa.Table,
        about: Mapping[str, Any],
        select: np.ndarray | None = None,
        part: str = "all",
    ) -> None:
        self.spec, self.identity, self.about, self.part = spec, identity, dict(about), part
        self._pixels, self._rows = pixels, rows
        self._select = np.arange(len(pixels)) if select is None else select

    def __len__(self) -> int:
        return len(self._select)

    def __getitem__(self, i: int) -> Item:  # type: ignore[override]
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        row: dict[str, Value] = {k: v[0] for k, v in self._rows.slice(int(self._select[i]), 1).to_pydict().items()}
        factors = {k: v for k, v in row.items() if k not in RESERVED and k != "label"}
        label = row.get("label")
        return Item(self.images([i]), str(row["id"]), None if label is None else str(label), factors)

    def __repr__(self) -> str:
        return f"Dataset({self.spec!r}, {self.part}, {len(self)} items of {self.shape})"

    @property
    def is_as_named(self) -> bool:
        """Whether its spec alone gives it again: it was split by the usual seed."""
        return "-split-" not in self.identity

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(C, H, W)`."""
        return tuple(self._pixels.shape[1:])

    @property
    def representation(self) -> Representation:
        return Pixels(self.shape[0], self.shape[1])

    @property
    def rows(self) -> pa.Table:
        """`id, index, source, split` and the labels and factors, one row an item of this view."""
        return self._rows.take(self._select)

    @property
    def columns(self) -> list[str]:
        """Labels and factors."""
        return [c for c in self._rows.column_names if c not in RESERVED]

    def column(self, name: str) -> np.ndarray:
        """The values of one label or factor, `(n,)`."""
        if name not in self._rows.column_names:
            raise UnknownName("column", name, self.columns)
        values: list[Value] = self.rows.column(name).to_pylist()
        numbers = all(isinstance(v, (int, float)) for v in values)
        return np.array(values, dtype=np.float64 if numbers else object)

    def split(self, name: str) -> Dataset:
        """The items of this view that belong to `train`, `test` or `all`."""
        if name == "all":
            return self
        if name not in SPLITS:
            raise UnknownName("split", name, [*SPLITS, "all"])
        splits = np.asarray(self._rows.column("split").to_pylist(), dtype=object)[self._select]
        where = self._select[splits == name]
        return Dataset(self.spec, self.identity, self._pixels, self._rows, self.about, where, name)

    def first(self, n: int | None) -> Dataset:
        """The view of the first n items."""
        return self._view(self._select[:n])

    def at(self, places: np.ndarray) -> Dataset:
        """The view of the items at some places of this one."""
        return self._view(self._select[places])

    def _view(self, select: np.ndarray) -> Dataset:
        return Dataset(self.spec, self.identity, self._pixels, self._rows, self.about, select, self.part)

    def bytes_(self, items: Sequence[int] | np.ndarray | slice) -> np.ndarray:
        """Cached pixels of some items of this view, uint8 `(n, C, H, W)`."""
        return self._pixels[self._select[items]]

    def images(self, items: Sequence[int] | np.ndarray | slice) -> Images:
        """Some items of this view, float32 `(n, C, H, W)` in [0, 1]."""
        return torch.from_numpy(np.ascontiguousarray(self.bytes_(items))).float().div_(255)
