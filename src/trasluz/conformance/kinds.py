"""What a kind of data keeps to. Its files are written by itself, where it reads what it writes; else they are given:

>>> test_mine = suite("kinds", "mine", files=write_files)                            # doctest: +SKIP
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, final, get_args

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import DamagedFile, DataError
from trasluz.conformance import _case
from trasluz.conformance._case import Case, ConformanceError, left_alone, refused, tensor, want
from trasluz.spaces import registry
from trasluz.spaces.kind import Asked, Drawer, Kind, NoSize, Representation

ITEMS = 5
EXACT = 1e-5
"""By how much an item may differ after a way there and back that loses nothing."""
COARSE = 0.01
"""The same, as a share of the range, for what is stored, or written to a file, in fewer digits."""


@final
@dataclass(frozen=True)
class KindCase(Case):
    """A kind, and files of it."""

    row: ClassVar[str] = "kinds"
    kind: Kind
    files: Callable[[Path], Sequence[Path]] | None = None

    @property
    def who(self) -> str:
        return str(self.kind.name)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Of one item."""
        files = [] if self.files is None else list(self.files(self.place))
        shape: object = self.kind.settle(files, Asked()).shape
        if not isinstance(shape, tuple) or not all(isinstance(side, int) and side > 0 for side in shape):
            raise ConformanceError(f"settle gives {shape!r}, no shape")
        return shape

    @cached_property
    def items(self) -> Tensor:
        """Some items, smooth and within the range, as they are stored and read again."""
        draw = torch.rand((ITEMS, *self.shape), generator=rng.generator(0, "conformance of kinds"))
        x = self.kind.low + draw * (self.kind.high - self.kind.low)
        return self.kind.public(self.kind.stored(x))

    @property
    def span(self) -> float:
        return self.kind.high - self.kind.low


def cases(kind: Kind, *, files: Callable[[Path], Sequence[Path]] | None = None) -> list[KindCase]:
    """`files` writes some into an empty folder."""
    return [KindCase(kind, files)]


def check_names(case: KindCase) -> None:
    """Name, title, docstring and what a person calls an item say something; the range is one, the drawer is there."""
    kind = case.kind
    _case.said(kind, ("name", "title", "one", "many"))
    want(kind.low < kind.high, f"the range goes from {kind.low} to {kind.high}")
    want(kind.drawer in get_args(Drawer), f"a page has no drawer {kind.drawer!r}, but {', '.join(get_args(Drawer))}")
    want(len(kind.writes) > 0, "it writes no file")


def check_suffixes(case: KindCase) -> None:
    """Its files end in what no other kind's do: small letters behind a dot."""
    kind = case.kind
    want(len(kind.suffixes) > 0, "it has no files")
    for suffix in (*kind.suffixes, *kind.foreign, *kind.writes):
        want(suffix.startswith(".") and suffix == suffix.lower() and len(suffix) > 1, f"{suffix!r} is no suffix")
    for name in registry.names("kinds"):
        other = registry.get("kinds", name)
        shared = sorted(set(kind.suffixes) & set(other.suffixes)) if name != kind.name else []
        want(not shared, f"{' '.join(shared)} is of {name} already")


def check_stored(case: KindCase) -> None:
    """What is stored has the type and shape it says; public items are float32 within the range, and come back."""
    kind, x = case.kind, case.items
    tensor(x, (ITEMS, *case.shape), "public")
    low, high = float(x.min()), float(x.max())
    want(kind.low - EXACT <= low and high <= kind.high + EXACT, f"public items reach from {low:g} to {high:g}")
    stored = kind.stored(x)
    want(
        stored.dtype == kind.dtype and stored.shape == (ITEMS, *case.shape),
        f"stored gives {stored.dtype} {stored.shape}",
    )
    back = kind.public(stored)
    want(float((back - x).abs().max()) <= EXACT * case.span, "an item that was stored is not the same when read again")
    placed = kind.place(stored, "cpu", torch.contiguous_format)
    want(torch.equal(placed, back), "place gives other items than public")


def check_representation(case: KindCase) -> None:
    """Native items are float32 of one or three square channels; back again they are what they were, unless the way is
    said to be lossy; then doing it twice loses no more than once, and the ceiling is a number of decibels."""
    kind, x, representation = case.kind, case.items, _representation(case)
    native = representation.native_shape
    square = len(native) == 3 and native[0] in (1, 3) and native[1] == native[2]
    want(square, f"networks take (1 or 3, S, S), and native items are {native}")
    want(representation.public_shape == case.shape, f"public items are {representation.public_shape}, not {case.shape}")
    with left_alone("to_native", public=x):
        seen = representation.to_native(x)
    tensor(seen, (ITEMS, *native), "to_native")
    with left_alone("to_public", native=seen):
        back = representation.to_public(seen)
    tensor(back, (ITEMS, *case.shape), "to_public")
    far = representation.to_public(seen * 50 - 25)
    inside = kind.low - EXACT <= float(far.min()) and float(far.max()) <= kind.high + EXACT
    want(inside, "to_public leaves the range where a network does")
    ceiling = kind.ceiling(x, representation)
    if representation.is_lossy:
        want(ceiling is not None and 0 < ceiling < 100, f"the way is said to be lossy, and its ceiling is {ceiling}")
    else:
        want(float((back - x).abs().max()) <= EXACT * case.span, "an item is not the same after native, which is lossy")


def check_recall(case: KindCase) -> None:
    """A representation is written as JSON with the kind's name, and read again the same; anything else is refused."""
    kind, representation = case.kind, _representation(case)
    dumped = json.loads(json.dumps(representation.dump()))
    want(isinstance(dumped.get("kind"), str), "dump does not say its kind")
    want(representation.kind == kind.name, f"its representation is of the kind {representation.kind!r}")
    again = kind.recall(dumped, "the suite's copy")
    same = again.dump() == representation.dump() and again.native_shape == representation.native_shape
    want(same, "a representation is another one when read again")
    with refused("a representation with something in it that it has not", DamagedFile):
        kind.recall({**dumped, "no_such": 1}, "the suite's copy")


def check_drawing(case: KindCase) -> None:
    """Items are drawn as square pictures in [0, 1], grey or colour, each the same alone and among others, and two
    different ones differently; thumbnails of what is stored show the same; what a page plays takes some seconds."""
    kind, x = case.kind, case.items
    with left_alone("draw", items=x):
        drawn = kind.draw(x)
    want(drawn.ndim == 4 and drawn.shape[2] == drawn.shape[3], f"draw gives the shape {tuple(drawn.shape)}, no squares")
    tensor(drawn, (ITEMS, int(drawn.shape[1]), int(drawn.shape[2]), int(drawn.shape[2])), "draw")
    want(drawn.shape[1] in (1, 3), f"draw gives {drawn.shape[1]} channels")
    want(float(drawn.min()) >= 0 and float(drawn.max()) <= 1, "draw leaves [0, 1]")
    alone = kind.draw(x[1:2])[0]
    want(float((alone - drawn[1]).abs().max()) <= EXACT, "an item is drawn otherwise alone than among others")
    want(not torch.allclose(drawn[0], drawn[1]), "two different items are drawn the same")
    small = kind.thumbnails(kind.stored(x))
    want(small.dtype == np.uint8 and small.shape == tuple(drawn.shape), f"thumbnails are {small.dtype} {small.shape}")
    off = float((torch.from_numpy(small.astype(np.float32)) / 255 - drawn).abs().max())
    want(off <= 1 / 255 + EXACT, "thumbnails show something else than draw")
    if kind.drawer == "line":
        want(len(case.shape) == 1, f"a line has one axis, and items have {len(case.shape)}")
    duration = kind.duration(case.shape)
    want(duration is None or 0 < duration < math.inf, f"an item takes {duration} seconds")
    want(kind.drawer != "player" or duration is not None, "a page plays its items, and duration says no seconds")


def check_files(case: KindCase) -> None:
    """An item is written to each form that it names; where it reads that form, the item comes back. What a page plays
    is written as WAV first."""
    kind, x = case.kind, case.items
    if kind.drawer == "player":
        media = kind.media_type(kind.writes[0])
        want(media == "audio/wav", f"a page plays WAV, and the first form is {kind.writes[0]}, {media}")
    for suffix in kind.writes:
        data = kind.file(x[0], suffix)
        want(isinstance(data, bytes) and len(data) > 0, f"file gives nothing for {suffix}")
        if suffix in kind.suffixes:
            found = kind.read(data, case.shape)
            want(len(found) == 1, f"one item written to {suffix} is read as {len(found)}")
    first = kind.writes[0]
    if first in kind.suffixes:
        back = kind.public(kind.read(kind.file(x[0], first), case.shape))[0]
        want(
            float((back - x[0]).abs().max()) <= COARSE * case.span, f"an item written to {first} is read as another one"
        )


def check_joined(case: KindCase) -> None:
    """Several items, and the steps of a path, are written to each form that it says it joins, which it writes of one
    item too; where it reads that form, items come of it."""
    kind, x = case.kind, case.items
    for suffix in kind.joins:
        want(suffix in kind.writes, f"it joins items in {suffix}, and writes none of them to it")
        for how, data in {"joined": kind.joined(x, suffix), "morph": kind.morph(x, suffix, loop=True)}.items():
            want(isinstance(data, bytes) and len(data) > 0, f"{how} gives nothing for {suffix}")
            if suffix in kind.suffixes:
                want(len(kind.read(data, case.shape)) > 0, f"what {how} writes to {suffix} is read as nothing")


def check_reading(case: KindCase) -> None:
    """Files of its own are read as it says: `(k, *shape)`, the same twice; what is noted of them is texts."""
    for data in _data(case):
        first, again = (case.kind.read(data, case.shape) for _ in range(2))
        form = f"{first.dtype} {first.shape}"
        want(first.dtype == case.kind.dtype and first.shape[1:] == case.shape and len(first) > 0, f"read gives {form}")
        want(np.array_equal(first, again), "a file is read otherwise the second time")
        noting, done = case.kind.read_noting(data, case.shape)
        want(np.array_equal(first, noting), "read_noting reads a file otherwise than read")
        told = case.kind.noted(done, 1, case.shape)
        want(all(isinstance(line, str) and line for line in told), "what is noted is no texts")
        want(
            all(isinstance(line, str) and line for line in case.kind.changes(data, case.shape)), "changes are no texts"
        )


def check_damage(case: KindCase) -> None:
    """What is none of its files is one clear line: nothing, zeros, noise, text, half a file."""
    noise = rng.numpy_generator(0, "noise as a file").integers(0, 256, 4000, dtype=np.uint8).tobytes()
    halves = [data[: len(data) // 2 - 1] for data in _data(case)[:1]]
    for data in (b"", b"\0" * 64, noise, "ñandú".encode(), *halves):
        with refused(f"{data[:12]!r}... as a file", DataError):
            case.kind.read(data, case.shape)


def check_size(case: KindCase) -> None:
    """A size that is asked for is taken, or refused in one line: of an item whose shape has none it would be a lie."""
    try:
        shape = case.kind.settle([], Asked(32, 1)).shape
    except NoSize as error:
        _case.one_line(error, "a size")
        return
    want(shape == (1, 32, 32), f"asked for one channel of 32 pixels it gives {shape}")
    _case.tensor(case.kind.representation(shape).to_native(torch.zeros(1, *shape)), (1, 1, 32, 32), "to_native")


def check_psnr(case: KindCase) -> None:
    """Identical items have the most decibels there are, and different ones fewer. Where likeness is a matter of the
    values, decibels count from the whole range: a tenth of it off is twenty."""
    kind, x = case.kind, case.items
    same, other = kind.psnr(x, x), kind.psnr(x[:1], x[1:2])
    want(bool((same == 100).all()), f"identical items are {float(same[0]):g} dB apart")
    want(0 < float(other) < 100, f"different items are {float(other):g} dB apart")
    want(len(kind.compared(x)) == ITEMS, "compared gives another number of items")
    if type(kind).compared is Kind.compared:
        x = torch.full((2, *case.shape), (kind.low + kind.high) / 2)
        off = kind.psnr(x, x + 0.1 * case.span)
        want(bool(((off - 20).abs() < EXACT * 10).all()), f"a tenth of the range off is {float(off[0]):g} dB")


def _representation(case: KindCase) -> Representation:
    made: object = case.kind.representation(case.shape)
    if not isinstance(made, Representation):
        raise ConformanceError(f"representation gives {type(made).__name__}")
    return made


def _data(case: KindCase) -> list[bytes]:
    """Files of the kind."""
    if case.files is not None:
        return [path.read_bytes() for path in case.files(case.place)]
    readable = [suffix for suffix in case.kind.writes if suffix in case.kind.suffixes]
    if not readable:
        raise ConformanceError("it reads nothing that it writes", next="Give the suite files=, which writes some")
    return [case.kind.file(case.items[0], readable[0])]


CHECKS: dict[str, Callable[[Any], None]] = {
    "names": check_names,
    "suffixes": check_suffixes,
    "stored": check_stored,
    "representation": check_representation,
    "recall": check_recall,
    "drawing": check_drawing,
    "files": check_files,
    "joined": check_joined,
    "reading": check_reading,
    "damage": check_damage,
    "size": check_size,
    "psnr": check_psnr,
}
"""Every check by name."""
