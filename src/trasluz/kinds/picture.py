"""Pictures: grey or RGB, square, a byte a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from trasluz.base.errors import DamagedFile, DataError
from trasluz.base.shapes import Images, Public
from trasluz.io.media import FOREIGN_SUFFIXES, SUFFIXES, has_several, picture_form, read_picture
from trasluz.io.pictures import picture_bytes
from trasluz.spaces.kind import Kind
from trasluz.spaces.representation import Pixels

SIZE = 64
"""Height and width where nobody says."""
LOOK = 50
"""Pictures whose headers decide between grey and colour."""


@final
class Picture(Kind):
    """Native values are public ones: nothing is lost."""

    name: ClassVar[str] = "picture"
    title: ClassVar[str] = "Pictures, grey or RGB"
    one: ClassVar[str] = "picture"
    many: ClassVar[str] = "pictures"
    suffixes: ClassVar[tuple[str, ...]] = SUFFIXES
    foreign: ClassVar[tuple[str, ...]] = FOREIGN_SUFFIXES
    dtype: ClassVar[np.dtype[Any]] = np.dtype(np.uint8)
    seen_whole: ClassVar[bool] = True
    writes: ClassVar[tuple[str, ...]] = (".png", ".jpg", ".jpeg", ".webp")

    def shape_of(self, files: Sequence[Path | bytes], size: int | None, channels: int | None) -> tuple[int, ...]:
        side = SIZE if size is None else size
        return (self._channels(files) if channels is None else channels, side, side)

    @staticmethod
    def _channels(files: Sequence[Path | bytes]) -> int:
        """1 where all of the first pictures that can be read are grey."""
        seen: list[bool] = []
        for file in files:
            if len(seen) == LOOK:
                break
            try:
                seen.append(picture_form(file)[2])
            except DataError:
                continue
        return 1 if seen and all(seen) else 3

    def read(self, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        return read_picture(data, size=shape[1], channels=shape[0])[None]

    def changes(self, data: bytes, shape: tuple[int, ...]) -> list[str]:
        channels, size, _ = shape
        width, height, grey = picture_form(data)
        out: list[str] = []
        if (width, height) != (size, size):
            square = "" if width == height else "its central square is "
            out.append(f"{square}resized to {size} x {size}, from {width} x {height}")
        if grey != (channels == 1):
            out.append("made grey, as the model's are" if channels == 1 else "taken as RGB, as the model's are")
        return out

    def several(self, data: bytes) -> bool:
        return has_several(data)

    def representation(self, shape: tuple[int, ...]) -> Pixels:
        return Pixels(shape[0], shape[1])

    def recall(self, values: Mapping[str, Any], where: str) -> Pixels:
        if set(values) != {"kind", "channels", "size"}:
            raise DamagedFile(f"{where}: unknown representation", got=values, allowed="pixels with channels and size")
        channels, size = values["channels"], values["size"]
        if not isinstance(channels, int) or not isinstance(size, int) or not 1 <= size <= 4096:
            raise DamagedFile(f"{where}: a representation of impossible size", got=values)
        return Pixels(channels, size)

    def public(self, stored: np.ndarray) -> Public:
        return torch.from_numpy(np.ascontiguousarray(stored)).float().div_(255)

    def place(self, stored: np.ndarray, device: torch.device | str, memory_format: torch.memory_format) -> Public:
        x = torch.from_numpy(stored).to(device)
        return x.to(dtype=torch.float32, memory_format=memory_format).div_(255)

    def stored(self, public: Public) -> np.ndarray:
        return public.detach().mul(255).round_().clamp_(0, 255).to(torch.uint8).cpu().numpy()

    def draw(self, items: Public) -> Images:
        return items

    def thumbnails(self, stored: np.ndarray) -> np.ndarray:
        return stored

    def told(self, shape: tuple[int, ...]) -> str:
        return f"{shape[1]}x{shape[2]} pixels"

    def file(self, item: Tensor, suffix: str) -> bytes:
        pixels = self.stored(item)
        return picture_bytes(Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)), suffix)
