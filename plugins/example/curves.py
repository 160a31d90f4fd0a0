"""Curves: windows of 64 values in [-1, 1], read from files of numbers.

A kind of data that is no picture. Networks see a curve as a grey picture of 32 x 32, every row of which is the curve
with two neighbouring values averaged; what is lost by that is the most that any model of curves can be blamed for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, DataError
from trasluz.base.shapes import Images, Native, Public
from trasluz.spaces.kind import Asked, Drawer, Kind, Reading, Settled
from trasluz.spaces.representation import Representation

WINDOW, SIDE, DRAWN = 64, 32, 64
INK = 0.13


@final
class Halved(Representation):
    """Pairs of values averaged, from [-1, 1] to [0, 1], and repeated down a square."""

    kind: ClassVar[str] = "curve"
    is_lossy: ClassVar[bool] = True

    def __init__(self) -> None:
        self.public_shape, self.native_shape = (WINDOW,), (1, SIDE, SIDE)

    def to_native(self, public: Public) -> Native:
        halves = public.unflatten(1, (SIDE, 2)).mean(2).add(1).div(2)
        return halves[:, None, None, :].expand(-1, 1, SIDE, SIDE).contiguous()

    def to_public(self, native: Native) -> Public:
        halves = native.mean((1, 2)).mul(2).sub(1).clamp(-1, 1)
        whole = torch.nn.functional.interpolate(halves[:, None], WINDOW, mode="linear", align_corners=False)
        return whole[:, 0]

    def dump(self) -> dict[str, Any]:
        return {"kind": self.kind}


@final
class Curve(Kind):
    """Files of numbers, one after the other, cut into windows of 64; a page shows them as lines."""

    name: ClassVar[str] = "curve"
    title: ClassVar[str] = "Curves of 64 values"
    one: ClassVar[str] = "curve"
    many: ClassVar[str] = "curves"
    suffixes: ClassVar[tuple[str, ...]] = (".curve",)
    writes: ClassVar[tuple[str, ...]] = (".curve",)
    dtype: ClassVar[np.dtype[Any]] = np.dtype("<f4")
    low: ClassVar[float] = -1.0
    drawer: ClassVar[Drawer] = "line"

    def settle(self, files: Sequence[Path | bytes], asked: Asked) -> Settled:
        self.check(asked)
        return Settled((WINDOW,))

    def read(self, data: bytes, shape: tuple[int, ...], reading: Reading | None = None) -> np.ndarray:
        try:
            values = np.array(data.decode("ascii").split(), dtype="<f4")
        except (UnicodeDecodeError, ValueError):
            raise DataError("it holds something else than numbers") from None
        if not values.size or values.size % WINDOW:
            raise DataError(f"{values.size} numbers", allowed=f"a multiple of {WINDOW}")
        if not (np.abs(values) <= 1).all():
            raise DataError("not all of its numbers lie in [-1, 1]")
        return values.reshape(-1, WINDOW)

    def representation(self, shape: tuple[int, ...], reading: Reading | None = None) -> Halved:
        return Halved()

    def recall(self, values: Mapping[str, Any], where: str) -> Halved:
        if set(values) != {"kind"}:
            raise DamagedFile(f"{where}: unknown representation", got=values, allowed="one without settings")
        return Halved()

    def public(self, stored: np.ndarray) -> Public:
        return torch.from_numpy(np.array(stored, dtype=np.float32))

    def stored(self, public: Public) -> np.ndarray:
        return public.detach().cpu().numpy().astype("<f4")

    def draw(self, items: Public) -> Images:
        height = (1 - items) / 2 * (DRAWN - 5) + 2
        before, after = torch.cat([height[:, :1], height[:, :-1]], 1), torch.cat([height[:, 1:], height[:, -1:]], 1)
        ways = torch.stack([height, (height + before) / 2, (height + after) / 2])
        top, bottom = ways.amin(0)[:, None], ways.amax(0)[:, None]
        row = torch.arange(DRAWN, device=items.device)[:, None]
        off = torch.maximum(top - row, row - bottom).clamp(0, 1)
        return (INK + (1 - INK) * off)[:, None]

    def file(self, item: Tensor, suffix: str) -> bytes:
        return " ".join(f"{value:.6g}" for value in item.tolist()).encode() + b"\n"
