"""The contract of a kind of data: what an item is, from the file it stands in to what a page shows of it.

Four forms of one item:

- **stored**: what the cache holds, `(n, *shape)` of `dtype`, as small as can be without losing what matters;
- **public**: what a person means by it, float32 of the same shape, within `low` and `high`;
- **native**: what a network computes with, float32 `(n, C, S, S)`, about [0, 1]: the `Representation` leads from public
  to native and back, and may lose something on the way;
- **drawn**: square pictures, float32 `(n, C, S, S)` in [0, 1], for everything that is looked at.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, cast, final, get_args

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, DataError, InvalidArgument
from trasluz.base.shapes import Images, Native, Public, Scores
from trasluz.io.media import Fit, read_file
from trasluz.spaces import rows

Drawer = Literal["picture", "line", "player"]
"""What a page shows an item with: a picture, a line through its values, or a picture beside a player of its file."""
FITS: tuple[Fit, ...] = get_args(Fit)


WAYS = frozenset({"fit", "span", "of_bytes"})
"""What a `Reading` may say."""


@final
@dataclass(frozen=True)
class Reading:
    """How files are read that can be read in several ways. It is kept with the data and with what was trained on them,
    so that one's own file is read the same way later."""

    fit: Fit = "crop"
    """Cut to the central square, put whole into a square of its border's colour, or made narrower."""
    span: tuple[float, float] | None = None
    """The values that are the least and the most, where the type of a file does not say."""
    of_bytes: bool = False
    """Whether that is so of files of 8 bits a value too, whose type says 0 to 255: where all files are such ones."""

    def dump(self) -> dict[str, Any]:
        """What is not usual, as JSON values."""
        out: dict[str, Any] = {} if self.fit == "crop" else {"fit": self.fit}
        out = out if self.span is None else {**out, "span": list(self.span)}
        return {**out, "of_bytes": True} if self.of_bytes else out

    @classmethod
    def recall(cls, values: Mapping[str, Any], where: str) -> Reading:
        """What `dump` gave.

        Raises:
            DamagedFile: it did not give that.
        """
        fit = values.get("fit", "crop")
        span: Any = values.get("span")
        numbers = isinstance(span, list) and len(cast("list[Any]", span)) == 2
        of_bytes: Any = values.get("of_bytes", False)
        known = set(values) <= WAYS and isinstance(of_bytes, bool)
        if fit not in FITS or not known or not (span is None or numbers):
            raise DamagedFile(f"{where}: an unknown way of reading", got=dict(values), allowed=f"fit of {FITS}, span")
        ends = None if span is None else cast("list[float]", span)
        return cls(fit, None if ends is None else (float(ends[0]), float(ends[1])), of_bytes)


USUAL = Reading()


@final
@dataclass(frozen=True)
class Asked:
    """What is asked of items; None for their own."""

    size: int | None = None
    """Of pictures, height and width in pixels."""
    channels: int | None = None
    """Of pictures, 1 or 3."""
    fit: Fit | None = None
    span: tuple[float, float] | None = None
    seconds: float | None = None
    """Of sounds, how long an item is."""

    @property
    def reading(self) -> Reading:
        return Reading(self.fit or "crop", self.span)

    def named(self) -> dict[str, Any]:
        """What is asked, by what a person calls it."""
        found = {"size": self.size, "channels": self.channels, "fit": self.fit, "range": self.span}
        found |= {"seconds": self.seconds}
        return {name: value for name, value in found.items() if value is not None}


@final
@dataclass(frozen=True)
class Settled:
    """What was decided for the files of a data set, all of them together."""

    shape: tuple[int, ...]
    """Of a stored item."""
    reading: Reading = USUAL
    notes: tuple[str, ...] = ()
    """What a person should know of it, a sentence each: what is cut, made smaller, guessed."""


CAP = 100.0
"""Decibels given to identical items, whose ratio is infinite."""


class Representation(ABC):
    """A pair of maps between what a person sees or hears (public) and what a model computes with (native)."""

    kind: ClassVar[str]
    """The kind of data, by its name in the registry."""
    public_shape: tuple[int, ...]
    """Of one item: `(C, H, W)` of a picture."""
    native_shape: tuple[int, ...]
    """`(C, S, S)`: what networks compute with."""
    is_lossy: ClassVar[bool] = False
    """Whether the way to native and back loses something; then no model can come nearer to an item than that."""

    @property
    def is_ink(self) -> bool:
        """Whether a native value says how likely ink is, from 0 to 1, as in grey pictures of clothes or digits; what
        is measured on a scale, as the decibels of a band, has no such chance."""
        return False

    @abstractmethod
    def to_public(self, native: Native) -> Public:
        """`(n, *native_shape)` to `(n, *public_shape)`, clamped to the public range."""

    @abstractmethod
    def to_native(self, public: Public) -> Native:
        """`(n, *public_shape)` to `(n, *native_shape)`."""

    def compared(self, native: Native) -> Tensor:
        """What likeness is a matter of, by the kind's `compared`, where that can be had without the way to public
        values or with less work."""
        return self.of.compared(self.to_public(native))

    @abstractmethod
    def dump(self) -> dict[str, Any]:
        """As JSON values, for `config.json`; `kind` is the kind's name."""

    @property
    def reading(self) -> Reading:
        """How files become its items."""
        return USUAL

    def asked(self) -> dict[str, Any]:
        """What `load` is asked for, so that items come in this form: of pictures size, channels, fit and range,
        of sounds seconds."""
        return {}

    @property
    @final
    def of(self) -> Kind:
        """The kind of data."""
        return rows.get("kinds", self.kind)

    def check(self, public: Public) -> Public:
        """Refuse items of another shape."""
        if tuple(public.shape[1:]) != self.public_shape:
            raise InvalidArgument(
                f"items of another shape than this model's {self.of.many}",
                got=tuple(public.shape[1:]),
                allowed=self.public_shape,
            )
        return public


class NoSize(InvalidArgument):
    """A size, or another thing, was asked of items that have none."""


class Kind(ABC):
    """A kind of data. One file in `kinds/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    one: ClassVar[str]
    """What a person calls an item: "picture"."""
    many: ClassVar[str]
    """What a person calls several."""
    suffixes: ClassVar[tuple[str, ...]]
    """What the names of its files end with, in lower case. No two kinds share one."""
    foreign: ClassVar[tuple[str, ...]] = ()
    """Files of its kind that are not read: worth a word where they are passed over."""
    dtype: ClassVar[np.dtype[Any]]
    """Of what is stored."""
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    """The range of public values."""
    drawer: ClassVar[Drawer] = "picture"
    seen_whole: ClassVar[bool] = False
    """Whether a thumbnail of full size is the item itself."""
    writes: ClassVar[tuple[str, ...]] = (".png",)
    """Files that one item can be written to, by suffix; the first one where nobody says, and for a page to play."""
    media_types: ClassVar[Mapping[str, str]] = {
        ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"
    }  # fmt: skip
    """What the web calls files of those suffixes."""
    joins: ClassVar[tuple[str, ...]] = ()
    """Files of those that several items can be written to, one after another; and a path, as one that changes."""
    options: ClassVar[frozenset[str]] = frozenset()
    """What may be asked of its items: size, channels, fit, range, seconds."""

    # Files to stored items --------------------------------------------------------------------------------------------

    def is_mine(self, head: bytes) -> bool:
        """Whether a file whose name says nothing is one of its own, by its first 32 bytes."""
        return False

    @abstractmethod
    def settle(self, files: Sequence[Path | bytes], asked: Asked) -> Settled:
        """The shape of stored items and how files are read, decided for all files together: what a data set is must
        not hang on one of them. Begin with `self.check(asked)`.

        Raises:
            DataError: none of them can be read, or they do not say what has to be known.
            InvalidArgument: something is asked for that the kind has not.
        """

    @final
    def check(self, asked: Asked) -> None:
        """Refuse what the kind has not.

        Raises:
            NoSize: it is asked for.
        """
        for name, value in asked.named().items():
            if name not in self.options:
                raise NoSize(f"{self.many} have no {name}", got=value, next="Leave it out")

    def load(self, path: Path) -> bytes:
        """The bytes of one of its files.

        Raises:
            DataError: with the reason why it cannot be read.
        """
        return read_file(path)

    @abstractmethod
    def read(self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL) -> np.ndarray:
        """The items of one file, stored `(k, *shape)`: one, or several windows.

        Raises:
            DataError: with the reason why it cannot be read.
        """

    def read_noting(
        self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL
    ) -> tuple[np.ndarray, Mapping[str, int]]:
        """What `read` gives, and what was done to the file besides, by name: it is counted over all files, and `noted`
        says it."""
        return self.read(data, shape, reading), {}

    def noted(self, done: Mapping[str, int], files: int, shape: tuple[int, ...]) -> list[str]:
        """What a person should know of what was done to files that were read, with counts, a sentence each.

        Args:
            done: What `read_noting` gave, added up.
            files: How many were read.
        """
        return []

    def content_of(self, data: bytes, items: np.ndarray) -> bytes:
        """A hash of what a file holds, the same for copies in other formats; `items` are what was read of it."""
        return hashlib.blake2b(np.ascontiguousarray(items).tobytes(), digest_size=16).digest()

    def several(self, data: bytes) -> bool:
        """Whether a file holds more than what is read of it, such as the frames of an animation."""
        return False

    def changes(self, data: bytes, shape: tuple[int, ...], reading: Reading = USUAL) -> list[str]:
        """What reading it does to a file besides: "resized to 64 x 64, from 90 x 80"."""
        return []

    # Stored, public, native -------------------------------------------------------------------------------------------

    @abstractmethod
    def representation(self, shape: tuple[int, ...], reading: Reading = USUAL) -> Representation:
        """From public to native and back, for items of a stored shape; it keeps how files were read."""

    @abstractmethod
    def recall(self, values: Mapping[str, Any], where: str) -> Representation:
        """The representation from what its `dump` gave.

        Raises:
            DamagedFile: not one of its own.
        """

    @abstractmethod
    def public(self, stored: np.ndarray) -> Public:
        """Stored to public, `(n, *shape)`."""

    def place(self, stored: np.ndarray, device: torch.device | str, memory_format: torch.memory_format) -> Public:
        """`public` on a device, for training: where that can be done with less copying than from the processor's
        memory. `memory_format` is of pictures."""
        return self.public(stored).to(device)

    @abstractmethod
    def stored(self, public: Public) -> np.ndarray:
        """The way back of `public`."""

    # What is looked at, and written -----------------------------------------------------------------------------------

    @abstractmethod
    def draw(self, items: Public) -> Images:
        """Public items as pictures `(n, C, S, S)` in [0, 1], C 1 or 3."""

    def thumbnails(self, stored: np.ndarray) -> np.ndarray:
        """Stored items as pictures `(n, C, S, S)` uint8, to be made smaller."""
        return self.draw(self.public(stored)).mul(255).round_().clamp_(0, 255).to(torch.uint8).numpy()

    @abstractmethod
    def file(self, item: Tensor, suffix: str) -> bytes:
        """One public item `(*public_shape)` as a file of one of the suffixes that it `writes`."""

    def joined(self, items: Public, suffix: str) -> bytes:
        """Several public items, one after another, as a file of one of the suffixes that it `joins`."""
        raise InvalidArgument(f"{self.many} are written one by one", got=suffix)

    def morph(self, items: Public, suffix: str, *, loop: bool = False) -> bytes:
        """The steps of a path as one item that changes from the first to the last, as such a file: not one step after
        another, but everything between them as well.

        Args:
            loop: Whether it goes on from the last step to the first.
        """
        return self.joined(items, suffix)

    def told(self, shape: tuple[int, ...]) -> str:
        """A stored shape in words: "64x64 pixels"."""
        return f"{'x'.join(map(str, shape))} values"

    def duration(self, shape: tuple[int, ...]) -> float | None:
        """Seconds that an item of a stored shape takes to be played; None where it takes none."""
        return None

    @final
    def media_type(self, suffix: str) -> str:
        """What the web calls a file of a suffix that it `writes`."""
        return self.media_types.get(suffix, "application/octet-stream")

    # Likeness ---------------------------------------------------------------------------------------------------------

    def compared(self, items: Public) -> Tensor:
        """What likeness is a matter of, `(n, ...)` in [0, 1]: their values, as shares of the range."""
        return (items - self.low) / (self.high - self.low)

    @final
    def psnr(self, a: Public, b: Public) -> Scores:
        """How near items are to each other, `(n,)` in double precision: decibels of peak signal to noise of what is
        `compared`, whose peak is 1; 100 where they are identical."""
        error = (self.compared(a.double()).double() - self.compared(b.double()).double()).square().flatten(1).mean(1)
        return (-10 * torch.log10(error)).clamp_max(CAP)

    def ceiling(self, items: Public, representation: Representation) -> float | None:
        """The mean PSNR that items have after the way to native and back, in decibels: no model comes nearer.
        None where nothing is lost."""
        if not representation.is_lossy:
            return None
        return float(self.psnr(items, representation.to_public(representation.to_native(items))).mean())


def check_windows(kind: Kind, found: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What `read` gave, where it is what it promised.

    Raises:
        DataError: of another type or shape, or nothing.
    """
    if found.dtype != kind.dtype or found.shape[1:] != shape or not len(found):
        raise DataError(
            f"the kind {kind.name} reads {kind.many} of another form than it says", got=f"{found.dtype} {found.shape}",
            allowed=f"{kind.dtype} (k, {', '.join(map(str, shape))})",
        )  # fmt: skip
    return found
