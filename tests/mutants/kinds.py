"""Kinds of data that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, DataError
from trasluz.conformance.kinds import KindCase
from trasluz.spaces.kind import Asked, Kind, Reading, Representation, Settled

N = 16


class Tiled(Representation):
    """A row repeated down a square."""

    kind: ClassVar[str] = "row"

    def __init__(self) -> None:
        self.public_shape, self.native_shape = (N,), (1, N, N)

    def to_native(self, public: Tensor) -> Tensor:
        return public[:, None, None, :].repeat(1, 1, N, 1)

    def to_public(self, native: Tensor) -> Tensor:
        return native.mean((1, 2)).clamp(0, 1)

    def dump(self) -> dict[str, Any]:
        return {"kind": self.kind}


class Row(Kind):
    """A toy that keeps to the contract: sixteen numbers in [0, 1]."""

    name: ClassVar[str] = "row"
    title: ClassVar[str] = "Rows of numbers"
    one: ClassVar[str] = "row"
    many: ClassVar[str] = "rows"
    suffixes: ClassVar[tuple[str, ...]] = (".row",)
    writes: ClassVar[tuple[str, ...]] = (".row",)
    dtype: ClassVar[np.dtype[Any]] = np.dtype("<f4")
    made: ClassVar[type[Representation]] = Tiled

    def settle(self, files: Sequence[Path | bytes], asked: Asked) -> Settled:
        self.check(asked)
        return Settled((N,))

    def read(self, data: bytes, shape: tuple[int, ...], reading: Reading | None = None) -> np.ndarray:
        if len(data) % (4 * N) or not data or not data.startswith(b"") or data == b"\0" * 64:
            raise DataError("no rows")
        found = np.frombuffer(data, "<f4").reshape(-1, N)
        if not ((found >= 0) & (found <= 1)).all():
            raise DataError("no rows")
        return found.copy()

    def representation(self, shape: tuple[int, ...], reading: Reading | None = None) -> Representation:
        return self.made()

    def recall(self, values: Mapping[str, Any], where: str) -> Representation:
        if set(values) != {"kind"}:
            raise DamagedFile(f"{where}: unknown")
        return self.made()

    def public(self, stored: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(stored, dtype=np.float32))

    def stored(self, public: Tensor) -> np.ndarray:
        return public.numpy().astype("<f4")

    def draw(self, items: Tensor) -> Tensor:
        return items[:, None, None, :].expand(-1, 1, N, N)

    def file(self, item: Tensor, suffix: str) -> bytes:
        return item.numpy().astype("<f4").tobytes()


def broken(**changes: Any) -> KindCase:
    return KindCase(type("Broken", (Row,), {"__doc__": "Broken.", **changes})())


def seen(**changes: Any) -> KindCase:
    """With another representation."""
    return broken(made=type("Other", (Tiled,), changes))


CALLS: list[int] = []


def changing(self: Row, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    CALLS.append(0)
    return Row.read(self, data, shape) * np.float32(1 - 0.01 * (len(CALLS) % 2))


BROKEN: list[tuple[str, Callable[[], KindCase], str]] = [
    ("names", lambda: broken(many=" "), "many has to say something"),
    ("names", lambda: broken(low=1.0), "the range goes from 1.0 to 1.0"),
    ("names", lambda: broken(drawer="hologram"), "no drawer 'hologram'"),
    ("names", lambda: broken(writes=()), "writes no file"),
    ("suffixes", lambda: broken(suffixes=()), "has no files"),
    ("suffixes", lambda: broken(suffixes=("row",)), "'row' is no suffix"),
    ("suffixes", lambda: broken(suffixes=(".PNG",)), "'.PNG' is no suffix"),
    ("suffixes", lambda: broken(suffixes=(".row", ".png")), ".png is of picture already"),
    ("stored", lambda: broken(stored=lambda s, x: x.numpy().astype("f8")), "stored gives float64"),
    ("stored", lambda: broken(public=lambda s, x: torch.from_numpy(np.array(x)) * 3), "public items reach from"),
    ("stored", lambda: broken(stored=lambda s, x: (x.numpy() * 0.5).astype("<f4")), "not the same when read again"),
    ("stored", lambda: broken(place=lambda s, x, d, m: s.public(x).flip(0)), "place gives other items"),
    ("representation", lambda: broken(representation=lambda s, shape: None), "representation gives NoneType"),
    ("representation", lambda: seen(to_public=lambda s, x: x.mean((1, 2))), "leaves the range"),
    ("representation", lambda: seen(to_public=lambda s, x: x.mean((1, 2)).clamp(0, 1) * 0.9), "not the same after"),
    ("representation", lambda: seen(is_lossy=True), "said to be lossy, and its ceiling is 100"),
    ("representation", lambda: seen(to_native=lambda s, x: Tiled.to_native(s, x.mul_(0.5))), "changes its public"),
    ("recall", lambda: seen(dump=lambda s: {}), "does not say its kind"),
    ("recall", lambda: seen(kind="picture"), "is of the kind 'picture'"),
    ("recall", lambda: broken(recall=lambda s, v, w: s.made()), "must raise DamagedFile"),
    ("drawing", lambda: broken(draw=lambda s, x: x[:, None, None, :].expand(-1, 1, 8, N)), "no squares"),
    ("drawing", lambda: broken(draw=lambda s, x: Row.draw(s, x) * 2), "leaves"),
    ("drawing", lambda: broken(draw=lambda s, x: Row.draw(s, x - x.mean(0) + 0.5).clamp(0, 1)), "otherwise alone"),
    ("drawing", lambda: broken(draw=lambda s, x: Row.draw(s, x) * 0), "drawn the same"),
    ("drawing", lambda: broken(thumbnails=lambda s, x: np.zeros((len(x), 1, N, N), np.uint8)), "something else"),
    ("drawing", lambda: broken(drawer="player"), "duration says no seconds"),
    ("drawing", lambda: broken(duration=lambda s, shape: -1.0), "an item takes -1.0 seconds"),
    ("files", lambda: broken(drawer="player", duration=lambda s, shape: 1.0), "a page plays WAV"),
    ("files", lambda: broken(file=lambda s, x, suffix: b""), "gives nothing for .row"),
    ("files", lambda: broken(file=lambda s, x, suffix: Row.file(s, x, suffix) * 2), "is read as 2"),
    ("files", lambda: broken(file=lambda s, x, suffix: Row.file(s, x * 0.5, suffix)), "read as another one"),
    ("reading", lambda: broken(read=lambda s, d, shape: Row.read(s, d, shape).astype("f8")), "read gives float64"),
    ("reading", lambda: broken(read=changing), "otherwise the second time"),
    ("joined", lambda: broken(joins=(".wav",)), "joins items in .wav, and writes none"),
    ("joined", lambda: broken(joins=(".row",), joined=lambda s, x, suffix: b""), "joined gives nothing for .row"),
    ("reading", lambda: broken(read_noting=lambda s, d, shape: (s.read(d, shape) * 0, {})), "otherwise than read"),
    ("reading", lambda: broken(noted=lambda s, done, n, shape: [0]), "what is noted is no texts"),
    ("reading", lambda: broken(changes=lambda s, d, shape: [1]), "changes are no texts"),
    ("damage", lambda: broken(read=lambda s, d, shape: np.zeros((1, N), "<f4")), "must raise DataError"),
    ("damage", lambda: broken(read=lambda s, d, shape: np.frombuffer(d, "<f8")), "must raise DataError"),
    ("size", lambda: broken(settle=lambda s, files, asked: Settled((N,))), "asked for one channel"),
    ("psnr", lambda: broken(psnr=lambda s, a, b: torch.zeros(len(a))), "identical items are 0 dB"),
    ("psnr", lambda: broken(psnr=lambda s, a, b: Row.psnr(s, a, b) + 5 * (a != b).any()), "a tenth of the range off"),
]
GOOD = broken
