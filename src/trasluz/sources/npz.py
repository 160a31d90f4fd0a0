"""Pictures in a NumPy file: `PATH.npz` or `PATH.npy`.

The pictures are the array `images` or `x`, or the only one with pictures' dimensions: `(n, H, W)`, `(n, H, W, C)` or
`(n, C, H, W)`, uint8 or floating point in [0, 1]. Every other array of n values becomes a column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, final

import numpy as np

from trasluz.base.errors import DataError, InvalidArgument
from trasluz.io.arrays import ArrayHeader, array_headers, read_array, stream_array
from trasluz.io.media import PIXEL_LIMIT, fit_pixels
from trasluz.spaces.data import RESERVED, Block, Drawing, Request, Source, Value

VERSION = "1"
BLOCK = 256
PICTURES = ("images", "x", "data")
LABELS = ("label", "labels", "y")
SIZE_LIMIT = 1024


@final
class Npz(Source):
    """Arrays of pictures, streamed: memory stays flat however many there are."""

    name: ClassVar[str] = "npz"
    title: ClassVar[str] = "Pictures in a NumPy file, with labels in arrays beside them"

    def fingerprint(self, request: Request) -> str:
        state = _file(request.argument).stat()
        return f"{VERSION}/{state.st_size}/{state.st_mtime_ns}"

    def draw(self, request: Request) -> Drawing:
        path = _file(request.argument)
        headers = array_headers(path)
        pictures = _pictures(path, headers)
        last = _channels_last(path, pictures)
        n, channels, height, width = _layout(pictures.shape, last)
        size = min(height, width) if request.size is None else request.size
        if size > SIZE_LIMIT:
            raise DataError(f"{path} holds pictures of {size} pixels", next=f"Ask for at most --size {SIZE_LIMIT}")
        wanted = channels if request.channels is None else request.channels
        return Drawing(
            total=n,
            size=size,
            channels=wanted,
            blocks=_blocks(path, pictures, last, _columns(path, headers, n), size, wanted),
            about=f"The array {pictures.name!r} of a NumPy file." if pictures.name else "A NumPy array.",
        )


def _file(argument: str | None) -> Path:
    if argument is None:
        raise InvalidArgument("a file of arrays has to be named", next="Write its path, for example ./digits.npz")
    path = Path(argument)
    if not path.is_file():
        raise DataError(f"there is no file {path}" if not path.exists() else f"{path} is not a file")
    return path


def _pictures(path: Path, headers: Mapping[str, ArrayHeader]) -> ArrayHeader:
    """The array that holds the pictures."""
    by_lower = {name.lower(): header for name, header in headers.items()}
    named = [by_lower[name] for name in PICTURES if name in by_lower]
    shaped = [header for header in headers.values() if len(header.shape) in (3, 4)]
    found = named[:1] or shaped
    listed = ", ".join(f"{h.name or 'array'} {h.shape} {h.dtype}" for h in headers.values()) or "no arrays"
    if len(found) != 1:
        raise DataError(f"{path} does not say which array holds the pictures", got=listed, allowed="one named images")
    header = found[0]
    if len(header.shape) not in (3, 4) or 0 in header.shape:
        raise DataError(f"{path} holds no pictures", got=listed, allowed="(n, H, W), (n, H, W, C) or (n, C, H, W)")
    if header.dtype != np.uint8 and header.dtype.kind not in "fb":
        raise DataError(f"{path}: pictures of type {header.dtype}", allowed="uint8, or floating point in [0, 1]")
    return header


def _channels_last(path: Path, header: ArrayHeader) -> bool:
    shape = header.shape
    if len(shape) == 3 or shape[3] in (1, 3):
        return True
    if shape[1] in (1, 3):
        return False
    raise DataError(f"{path}: pictures are grey or RGB", got=shape, allowed="1 or 3 channels, first or last")


def _layout(shape: tuple[int, ...], last: bool) -> tuple[int, int, int, int]:
    """`(n, C, H, W)`."""
    n, a, b, *rest = shape
    layout = (n, *(rest or [1]), a, b) if last else (n, a, b, *rest)
    if layout[2] * layout[3] > PIXEL_LIMIT:
        raise DataError(f"pictures of {layout[2]} by {layout[3]} pixels", allowed=f"at most {PIXEL_LIMIT:,} pixels")
    return layout[0], layout[1], layout[2], layout[3]


def _columns(path: Path, headers: Mapping[str, ArrayHeader], n: int) -> dict[str, list[Value]]:
    """Every other array of n values."""
    columns: dict[str, list[Value]] = {}
    for name, header in headers.items():
        if header.shape != (n,):
            continue
        values = read_array(path, header)
        if values.dtype.kind == "S":
            values = np.char.decode(values, "utf-8", "replace")
        column = "label" if name.lower() in LABELS else name
        if column in (*RESERVED, "content"):
            column += "_"
        columns.setdefault(column, values.tolist())
    return columns


def _blocks(
    path: Path, header: ArrayHeader, last: bool, columns: Mapping[str, list[Value]], size: int, channels: int
) -> Iterator[Block]:
    start = 0
    for piece in stream_array(path, header, BLOCK):
        if piece.ndim == 3:
            piece = piece[..., None]
        pixels = np.ascontiguousarray(_bytes(path, piece.transpose(0, 3, 1, 2) if last else piece))
        rows: list[Mapping[str, Value]] = []
        for i, picture in enumerate(pixels):
            content = hashlib.blake2b(picture.data, digest_size=16).hexdigest()
            factors = {name: values[start + i] for name, values in columns.items()}
            rows.append({"id": f"{start + i:06d}", "content": content, **factors})
        yield Block(fit_pixels(pixels, size=size, channels=channels), rows)
        start += len(pixels)


def _bytes(path: Path, values: np.ndarray) -> np.ndarray:
    """Values of any accepted type as uint8."""
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 1):
        raise DataError(
            f"{path}: pictures of floating point lie outside [0, 1]", got=f"{low:g} to {high:g}", next="Rescale them"
        )
    return np.rint(values.astype(np.float32) * 255).astype(np.uint8)
