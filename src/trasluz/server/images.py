"""Pictures and arrays as they travel: WebP without loss, and little-endian arrays behind a header of 16 bytes.

| bytes | what |
|---|---|
| 0-3 | `TLZ1` |
| 4-7 | uint32: the kind, 1 points, 2 codes, 3 bits, 4 latents |
| 8-11 | uint32: n, rows |
| 12-15 | uint32: a second number: for points whether codes follow, for bits how many are set, for latents their width |

Points: n x 2 float32 (x, y), then, where codes follow, n uint16. So a point is 8 or 10 bytes. Codes: n uint16: of a
category the place in its list of values, of a quantity `round(65534 (v - low) / (high - low))`, and 65535 for no value.
Bits: ceil(n / 8) bytes, row i is bit i % 8 of byte i // 8, the lowest first. Latents: n x width float32.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
import struct
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from trasluz.base.errors import InvalidArgument
from trasluz.io.pictures import picture_bytes
from trasluz.lab.drawing import pictures

MAGIC = b"TLZ1"
POINTS, CODES, BITS, LATENTS = 1, 2, 3, 4
MISSING = 65535
"""The code of no value."""
STEPS = 65534
"""The code of the highest value of a quantity."""
QUALITY = 80
"""Of the WebP of many small pictures."""
WEBP = "image/webp"
SIDE = 16_383
"""Pixels that a WebP can be high or wide."""
BINARY = "application/octet-stream"


def webp(item: Tensor) -> bytes:
    """One decoded picture `(C, H, W)`. The quickest way that loses nothing: its bytes do not go far."""
    return _written(pictures.image_of(item))


def webps(items: Tensor) -> list[bytes]:
    """Decoded pictures `(n, C, H, W)`, each as `webp` makes it."""
    return [_written(pictures.of_bytes(pixels)) for pixels in pictures.bytes_of(items)]


def _written(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, quality=0, method=0)
    return buffer.getvalue()


def as_text(data: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(data).decode()


def sheet(tiles: Sequence[Image.Image]) -> tuple[bytes, int]:
    """Pictures of one size side by side in rows without gaps, as WebP; and how many there are in a row."""
    across = pictures.columns_for(len(tiles))
    width, height = tiles[0].size
    page = Image.new("RGB", (across * width, -(-len(tiles) // across) * height))
    for i, tile in enumerate(tiles):
        page.paste(tile, ((i % across) * width, (i // across) * height))
    return picture_bytes(page, ".webp"), across


def mosaic(tiles: np.ndarray, across: int) -> bytes:
    """Pictures `(n, C, h, w)` uint8 side by side without gaps, row by row, as a WebP that is quickly made and loses a
    little: what many small pictures that are seen together weigh is what a page waits for."""
    n, channels, height, width = tiles.shape
    rows = tiles.reshape(n // across, across, channels, height, width).transpose(2, 0, 3, 1, 4)
    page = pictures.of_bytes(rows.reshape(channels, n // across * height, across * width)).convert("RGB")
    buffer = io.BytesIO()
    page.save(buffer, "WEBP", quality=QUALITY, method=0)
    return buffer.getvalue()


def tiles(items: Tensor, tile: int) -> np.ndarray:
    """Items `(n, C, H, W)` in [0, 1] as uint8 pictures of so many pixels; a smaller one's pixels are means of areas."""
    return pictures.bytes_of(items if tile == items.shape[-1] else F.interpolate(items, (tile, tile), mode="area"))


def header(kind: int, n: int, second: int = 0) -> bytes:
    """The first 16 bytes of an array."""
    return MAGIC + struct.pack("<III", kind, n, second)


def points(xy: np.ndarray, codes: np.ndarray | None) -> bytes:
    """Places of a map, perhaps with the codes of a column."""
    body = np.ascontiguousarray(xy, "<f4").tobytes()
    tail = b"" if codes is None else codes.astype("<u2").tobytes()
    return header(POINTS, len(xy), int(codes is not None)) + body + tail


def bits(rows: np.ndarray, n: int) -> bytes:
    """Which of n rows are meant."""
    flags = np.zeros(n, np.uint8)
    flags[rows] = 1
    return header(BITS, n, len(rows)) + np.packbits(flags, bitorder="little").tobytes()


def read_bits(text: str, n: int) -> np.ndarray:
    """Which of n rows are meant, `(n,)` bool, from their bits as base64.

    Raises:
        InvalidArgument: not base64, or of another number of rows.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidArgument("the rows are not base64", allowed=f"{-(-n // 8)} bytes as base64") from None
    if len(data) != -(-n // 8):
        raise InvalidArgument("bits of another number of rows", got=f"{len(data)} bytes", allowed=f"{-(-n // 8)} bytes")
    return np.unpackbits(np.frombuffer(data, np.uint8), count=n, bitorder="little").astype(bool)


def latents(z: Tensor) -> bytes:
    """Latents `(n, *shape)`, flattened."""
    flat = z.detach().float().cpu().flatten(1).numpy()
    return header(LATENTS, *flat.shape) + np.ascontiguousarray(flat, "<f4").tobytes()


def latent_text(z: Tensor) -> str:
    """One latent as base64 of its float32 numbers."""
    return as_text(np.ascontiguousarray(z.detach().float().cpu().numpy(), "<f4").tobytes())


def read_latent(text: str, shape: tuple[int, ...], most: float) -> Tensor:
    """A latent `(1, *shape)` from what `latent_text` gave.

    Args:
        most: How large its numbers may be.

    Raises:
        InvalidArgument: not base64, of another size, not finite, or too large.
    """
    wanted = math.prod(shape)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidArgument("the latent is not base64", allowed=f"{wanted} float32 numbers as base64") from None
    if len(data) != 4 * wanted:
        raise InvalidArgument("a latent of another size", got=f"{len(data)} bytes", allowed=f"{4 * wanted} bytes")
    values = np.frombuffer(data, "<f4").astype(np.float32)
    if not np.isfinite(values).all():
        raise InvalidArgument("the latent holds numbers that are not finite")
    if np.abs(values).max() > most:
        far = float(np.abs(values).max())
        raise InvalidArgument("the latent holds numbers that are too large", got=f"{far:g}", allowed=f"up to {most:g}")
    return torch.from_numpy(values).reshape(1, *shape)
