# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""Data sets: what a source draws, and what everything else reads."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from trasluz.base.errors import DataError, InvalidArgument, UnknownName
from trasluz.base.rng import numpy_generator
from trasluz.base.shapes import Images, Public
from trasluz.base.text import counted
from trasluz.io.meaning import says_nothing
from trasluz.spaces import rows
from trasluz.spaces.cards import STRIP, Card, listed
from trasluz.spaces.column import Column
from trasluz.spaces.column import Kind as ColumnKind
from trasluz.spaces.kind import USUAL, Asked, Fit, Kind, Reading
from trasluz.spaces.representation import Pixels, Representation

if TYPE_CHECKING:
    import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]

    from trasluz.io.items import Items
    from trasluz.spaces.model import LatentModel

RESERVED = ("id", "index", "source", "split")
"""Columns of every data set; anything else is a label or a factor."""
GROUP = "group_id"
"""A column, in any case, that says which items belong together: of one person, animal or recording. They are on one
side of the split, and count once where it matters how many items there are."""
SPLITS = ("train", "val", "test")
"""The parts of a data set. `val` is there where the data bring it, and is kept apart from both others."""
PARTS_SAID = "train, val (valid, validation) and test, in any case"
"""What a person may call them, for an error."""
_PARTS = {
    **dict.fromkeys(("train", "training", "entrenamiento"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "validaci\u00f3n", "validacion"), "val"),
    **dict.fromkeys(("test", "testing", "prueba", "pruebas"), "test"),
}
_BESIDE_PARTS = {"set", "split", "data", "dataset", "images", "image", "imgs", "img", "pictures", "photos"}
"""Words that may stand beside a part's: `training_set`, `test images`."""
ROWS = "-rows-"
"""What stands before the mark of a view that holds some of the rows of its data."""
Value = str | float | int | bool | None


def _never(folder: Path) -> bool:
    return False


def _no_models(name: str) -> LatentModel:
    raise InvalidArgument("models cannot be opened here", got=name)


@dataclass(frozen=True)
class Block:
    """Some items, decoded."""

    items: np.ndarray
    """As their kind keeps them, `(n, *shape)`; of pictures uint8 `(n, C, H, W)`."""
    rows: Sequence[Mapping[str, Value]]
    """One an item: `id`; `split` where the data set brings its own; `content`, a hash that decides the split
    instead of the id; `look`, a hash by which copies are known whose content differs; `label` and any factor by name.
    """
    skipped: Sequence[tuple[str, str]] = ()
    """What could not be read: id and reason."""


@dataclass(frozen=True)
class Drawing:
    """Items about to be decoded by a source."""

    total: int
    size: int
    """Of pictures: height and width; 0 for items of another kind."""
    channels: int
    """Of pictures: 1 or 3; 0 for items of another kind."""
    blocks: Iterator[Block]
    licence: str = "unknown"
    about: str = ""
    kind: str = Pixels.kind
    """By its name in the registry."""
    form: tuple[int, ...] = ()
    """The shape of a stored item, where it is no picture."""
    reading: Reading = USUAL
    """How its files are read."""
    report: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What became of what was given, as JSON values: `notes`, sentences that a person should see, and `tables`, what
    each table was joined to (`spaces/joining.py`). It is looked at when all blocks are drawn: notes may grow till then.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one stored item."""
        return self.form or (self.channels, self.size, self.size)

    @classmethod
    def of(
        cls, kind: str, shape: tuple[int, ...], total: int, blocks: Iterator[Block], licence: str = "unknown",
        about: str = "", reading: Reading = USUAL, report: Mapping[str, Any] | None = None,
    ) -> Drawing:  # fmt: skip
        """Items of any kind.

        Args:
            kind: By its name in the registry.
            shape: Of one stored item.
        """
        channels, size = shape[:2] if kind == Pixels.kind else (0, 0)
        return cls(total, size, channels, blocks, licence, about, kind, shape, reading, report or {})


@dataclass(frozen=True)
class Request:
    """What is asked of a source."""

    argument: str | None
    """What stands after the colon of `NAME:ARGUMENT`, or the path."""
    size: int | None = None
    """Of pictures, height and width wanted, in pixels; None for the source's own."""
    channels: int | None = None
    """Of pictures, 1 or 3; None for the source's own."""
    open_model: Callable[[str], LatentModel] = field(compare=False, default=_no_models)
    fit: Fit | None = None
    """Of pictures that are not square: `crop`, `pad` or `stretch`; None for what is usual."""
    span: tuple[float, float] | None = None
    """The values that are the least and the most, where the files do not say."""
    seconds: float | None = None
    """Of sounds, how long an item is; None for the source's own."""
    is_ours: Callable[[Path], bool] = field(compare=False, default=_never)
    """Whether a folder below that of the data is no data, since this program keeps its own things there."""

    @property
    def asked(self) -> Asked:
        """What is asked of the items."""
        return Asked(self.size, self.channels, self.fit, self.span, self.seconds)


class Source(ABC):
    """Where data come from. One file in `sources/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    test_share: ClassVar[float] = 0.2
    """Share of the items held out for testing, where the data bring no split of their own."""
    has_own_parts: ClassVar[bool] = False
    """Whether a person may move items from one part to another, which makes other data of the same items."""
    in_order: ClassVar[bool] = False
    """Whether items come in an order that says something of them, as files do by their folders' names."""
    heeds: ClassVar[frozenset[str]] = frozenset({"size", "channels"})
    """What of a request makes other items: size, channels, fit, range, seconds."""

    @abstractmethod
    def fingerprint(self, request: Request) -> str:
        """Changes whenever `draw` would give something else; cheap (names, sizes and times, not content).

        Raises:
            DataError: nothing is there.
        """

    @abstractmethod
    def draw(self, request: Request) -> Drawing:
        """Decode everything, block by block."""

    def file_of(self, argument: str | None, id: str) -> tuple[str, int] | None:
        """The file that an item was read from, and which of the items in it; None where it has no file of its own."""
        return None


def part_of(text: str) -> str | None:
    """The part of a data set that a name says, in any case: `valid` and `Validation` are `val`; None for any other.

    A year, a number, or what the part is of may stand beside the word.

    >>> part_of("Training"), part_of("valid"), part_of("cats")
    ('train', 'val', None)
    >>> part_of("train2017"), part_of("test_set"), part_of("Validation images"), part_of("train_cats")
    ('train', 'test', 'val', None)
    """
    words = re.split(r"[\W_]+", unicodedata.normalize("NFC", text).strip().lower())
    bare = [word.rstrip("0123456789").removesuffix("set") or "set" for word in words if word.rstrip("0123456789")]
    said = [word for word in bare if word not in _BESIDE_PARTS]
    return _PARTS.get(said[0]) if len(said) == 1 else None


def parts_of(values: Sequence[Value], who: str) -> list[Value]:
    """What a column says of the parts of a data set, as `train`, `val`, `test` and None.

    Args:
        who: What says so, for an error: "labels.csv: the column split".

    Raises:
        DataError: a word that is none of them, with how many items have it.
    """
    unknown = Counter(str(value) for value in values if not says_nothing(value) and part_of(str(value)) is None)
    if unknown:
        value, count = unknown.most_common(1)[0]
        raise DataError(
            f"{who} says parts of the data, and one is unknown", got=f"{value!r} of {counted(count, 'item', 'items')}",
            allowed=PARTS_SAID, next="Write one of these, or give it another name",
        )  # fmt: skip
    return [None if says_nothing(value) else part_of(str(value)) for value in values]


def group_column(columns: Iterable[str]) -> str | None:
    """The column that says which items belong together, if there is one; the very name before others."""
    found = [name for name in columns if name.lower() == GROUP]
    return None if not found else GROUP if GROUP in found else found[0]


def groups_said(column: Column) -> list[str | None]:
    """What such a column says of each item; None where it says nothing, as of all where they are of one group."""
    found = [None if text is None or says_nothing(text) else text for text in column.texts]
    return [None] * len(found) if None not in found and len(set(found)) == 1 else found


def split_of(content: str, seed: int = 0, test_share: float = 0.2) -> str:
    """`train` or `test`, decided by the item alone: it stays where it is when others come or go."""
    h = hashlib.blake2b(f"{seed}/split/{content}".encode(), digest_size=8).digest()
    return "test" if int.from_bytes(h, "big") < test_share * 2.0**64 else "train"


@dataclass(frozen=True)
class Item:
    """One item of a data set."""

    x: Public
    """float32 `(1, *shape)`; a picture is `(1, C, H, W)` in [0, 1]."""
    id: str
    label: str | None
    factors: dict[str, Value]


@final
class Dataset(Card, Sequence[Item]):
    """Decoded items of one kind, memory-mapped, with one row of labels and factors an item.

    A view on some of the rows of what a source drew: `split("test")` gives another view.
    """

    def __init__(
        self,
        spec: str,
        identity: str,
        items: np.ndarray | Items,
        rows: pa.Table,
        about: Mapping[str, Any],
        select: np.ndarray | None = None,
        part: str = "all",
    ) -> None:
        self.spec, self.identity, self.about, self.part = spec, identity, dict(about), part
        self.notes = tuple(str(note) for note in self.about.get("notes", ()))
        self._items, self._rows = items, rows
        self._select = np.arange(len(items)) if select is None else select

    def __len__(self) -> int:
        return len(self._select)

    def __getitem__(self, i: int) -> Item:  # type: ignore[override]
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        row: dict[str, Value] = {k: v[0] for k, v in self._rows.slice(int(self._select[i]), 1).to_pydict().items()}
        factors = {k: v for k, v in row.items() if k not in RESERVED and k != "label"}
        label = row.get("label")
        return Item(self.tensor([i]), str(row["id"]), None if label is None else str(label), factors)

    def card(self) -> tuple[str, list[tuple[str, str]]]:
        """What it is, at a glance."""
        part = "" if self.part == "all" else f", {self.part}"
        lines = [("items", f"{self.kind.many}, {self.kind.told(self.shape)}")]
        parts = [f"{n:,} {name}" for name in SPLITS if (n := len(self.split(name))) or name != "val"]
        lines += [("splits", ", ".join(parts))]
        lines += [("columns", listed(self.columns))]
        skipped = self.about.get("skipped") or []
        lines += [("skipped", f"{len(skipped):,}")] if skipped else []
        lines += [("licence", str(self.about.get("licence", "unknown"))), ("identity", self.identity)]
        return f"{self.spec}{part}: {len(self):,} {self.kind.one if len(self) == 1 else self.kind.many}", lines

    def strip(self) -> Images | None:
        """The first ones."""
        if not len(self):
            return None
        return self.kind.draw(self.tensor(slice(0, STRIP)))

    @property
    def is_as_named(self) -> bool:
        """Whether its spec alone gives it again: it was split by the usual seed."""
        return "-split-" not in self.identity

    @cached_property
    def kind(self) -> Kind:
        """What its items are."""
        return rows.get("kinds", str(self.about.get("kind", Pixels.kind)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one item as it is kept; `(C, H, W)` of a picture."""
        return tuple(self._items.shape[1:])

    @cached_property
    def representation(self) -> Representation:
        return self.kind.representation(self.shape, Reading.recall(self.about.get("reading", {}), self.spec))

    @property
    def rows(self) -> pa.Table:
        """`id, index, source, split` and the labels and factors, one row an item of this view."""
        return self._rows.take(self._select)

    @cached_property
    def points(self) -> list[str | None]:
        """What each item of this view is as a POINT, `test:17`: its split, and its place among all items of that split
        that the source drew; None where it is of no split."""
        counts = dict.fromkeys(SPLITS, 0)
        every: list[str | None] = []
        for split in self._rows.column("split").to_pylist():
            every.append(f"{split}:{counts[split]}" if split in counts else None)
            if split in counts:
                counts[split] += 1
        return [every[i] for i in self._select.tolist()]

    @cached_property
    def view_identity(self) -> str:
        """The identity of the data; of a view that does not hold the first items of its part, with a mark of its own:
        the same data, but other rows of them."""
        if self.part == "all":
            first = np.arange(len(self))
        else:
            splits = np.asarray(self._rows.column("split").to_pylist(), dtype=object)
            first = np.flatnonzero(splits == self.part)[: len(self)]
        if np.array_equal(first, self._select):
            return self.identity
        mark = hashlib.blake2b(np.ascontiguousarray(self._select, "<i8").tobytes(), digest_size=8).hexdigest()
        return f"{self.identity}{ROWS}{mark}"

    @property
    def columns(self) -> list[str]:
        """Labels and factors."""
        return [c for c in self._rows.column_names if c not in RESERVED]

    def typed(self, name: str, kind: ColumnKind | None = None) -> Column:
        """One label or factor, and what it is: a category, an order, a quantity, a date or text.

        `kind` is what it is in data that these are a part of; None to decide by these alone.
        """
        column = Column.of(name, self._values(name))
        return column if kind is None else column.as_part(kind)

    def column(self, name: str) -> np.ndarray:
        """The values of one label or factor, `(n,)`: float64 where all are numbers or truth values, else objects."""
        values = self._values(name)
        numbers = all(isinstance(v, (int, float)) for v in values)
        return np.array(values, dtype=np.float64 if numbers else object)

    def _values(self, name: str) -> list[Value]:
        if name not in self._rows.column_names:
            raise UnknownName("column", name, self.columns)
        return self._rows.column(name).take(self._select).to_pylist()

    @property
    def ids(self) -> list[str]:
        """What each item is called."""
        return [str(one) for one in self._values("id")]

    def split(self, name: str) -> Dataset:
        """The items of this view that belong to `train`, `val`, `test` or `all`."""
        if name == "all":
            return self
        if name not in SPLITS:
            raise UnknownName("split", name, [*SPLITS, "all"])
        splits = np.asarray(self._rows.column("split").to_pylist(), dtype=object)[self._select]
        where = self._select[splits == name]
        return Dataset(self.spec, self.identity, self._items, self._rows, self.about, where, name)

    def first(self, n: int | None) -> Dataset:
        """The view of the first n items."""
        return self._view(self._select[:n])

    def some(self, n: int | None, *, shuffled: bool = False) -> Dataset:
        """A view of n items that stand for all: the first ones, or where these come in an order, as files by their
        folders do, ones from all over them, always the same.

        Args:
            shuffled: Whether those come in no order, so that parts of the view stand for all too.
        """
        if not self.in_order or not len(self):
            return self.first(n)
        places = numpy_generator(0, "some of the items").permutation(len(self))[:n]
        return self.at(places if shuffled else np.sort(places))

    @property
    def in_order(self) -> bool:
        """Whether items come in an order that says something of them."""
        source = str(self._rows.column("source")[0]) if len(self._rows) else ""
        return source in rows.names("sources") and rows.get("sources", source).in_order

    def at(self, places: np.ndarray) -> Dataset:
        """The view of the items at some places of this one."""
        return self._view(self._select[places])

    def _view(self, select: np.ndarray) -> Dataset:
        return Dataset(self.spec, self.identity, self._items, self._rows, self.about, select, self.part)

    def check_for(self, representation: Representation, owner: str) -> None:
        """Refuse to be given to a model of that representation, where its items are of another kind or form.

        Raises:
            InvalidArgument: with both.
        """
        kind = representation.of
        if self.kind.name != kind.name:
            raise InvalidArgument(
                f"{owner} is a model of {kind.many}, and {self.spec} holds {self.kind.many}",
                next=f"Name data of {kind.many}",
            )
        if self.representation.public_shape != representation.public_shape:
            raise InvalidArgument(
                f"the items of {self.spec} have another form than the {kind.many} of {owner}",
                got=self.shape,
                allowed=representation.public_shape,
                next="Load the data at the model's size and channels" if representation.asked() else None,
            )

    def stored(self, items: Sequence[int] | np.ndarray | slice) -> np.ndarray:
        """Some items of this view as they are kept, `(n, *shape)`; of pictures uint8 `(n, C, H, W)`."""
        return self._items[self._select[items]]

    def tensor(self, items: Sequence[int] | np.ndarray | slice) -> Public:
        """Some items of this view, float32 `(n, *public_shape)`; of pictures `(n, C, H, W)` in [0, 1]."""
        return self.kind.public(self.stored(items))

    def bytes_(self, items: Sequence[int] | np.ndarray | slice) -> np.ndarray:
        """What `stored` was called."""
        warnings.warn("Dataset.bytes_ is called .stored now", DeprecationWarning, stacklevel=2)
        return self.stored(items)

    def images(self, items: Sequence[int] | np.ndarray | slice) -> Public:
        """What `tensor` was called."""
        warnings.warn("Dataset.images is called .tensor now", DeprecationWarning, stacklevel=2)
        return self.tensor(items)
