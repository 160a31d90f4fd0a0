# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Small pictures of the items, many to a file: Parquet, and in atlases of version 1 contact sheets as WebP."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from PIL import Image, UnidentifiedImageError

from trasluz.atlas.rows import BOUND, read_parquet
from trasluz.base.bounds import THUMBNAILS_FILE
from trasluz.base.errors import DamagedFile
from trasluz.io.parquet import write_parquet
from trasluz.io.plain import read_whole

TILE = 64
"""Pixels of a thumbnail, at most."""
EFFORT = 2
"""Of zstd. Beside WebP without loss, drawn faces take a sixth of the time and four fifths of the room; photographs take
a fifth of the time and a third more room."""
PIXELS = "pixels"


def shrink(pixels: np.ndarray, tile: int) -> np.ndarray:
    """Pictures `(n, C, H, W)` uint8 to thumbnails `(n, C, tile, tile)`, each pixel the mean of those it stands for."""
    if pixels.shape[2:] == (tile, tile):
        return pixels
    x = torch.from_numpy(np.ascontiguousarray(pixels)).float()
    return torch.nn.functional.adaptive_avg_pool2d(x, tile).round_().to(torch.uint8).numpy()


def write_tiles(path: Path, tiles: np.ndarray, bound: str = "") -> None:
    """Write thumbnails `(n, C, t, t)` uint8, without loss and with a checksum on every page; `bound` says whose they
    are."""
    flat = np.ascontiguousarray(tiles).reshape(len(tiles), -1)
    kind = pa.binary(flat.shape[1])
    column = pa.FixedSizeBinaryArray.from_buffers(kind, len(flat), [None, pa.py_buffer(flat)])
    table = pa.table([column], pa.schema([pa.field(PIXELS, kind, nullable=False)], {BOUND: bound.encode()}))
    write_parquet(
        path, table, compression_level=EFFORT, use_dictionary=False, write_statistics=False, write_page_checksum=True
    )


def read_tiles(path: Path, n: int, channels: int, tile: int, bound: str = "") -> np.ndarray:
    """The n thumbnails of a file, `(n, C, t, t)` uint8. Files from before say nothing of whose they are.

    Raises:
        DamagedFile: missing, altered, or of other thumbnails.
    """
    table, kind = read_parquet(path, THUMBNAILS_FILE), pa.binary(channels * tile * tile)
    found = [(name, table.schema.field(name).type) for name in table.column_names]
    if found != [(PIXELS, kind)] or len(table) != n or table.column(0).null_count:
        raise DamagedFile(
            f"{path} does not hold the thumbnails of this atlas",
            got=f"{len(table)} rows",
            allowed=n,
            next="Encode again",
        )
    theirs = (table.schema.metadata or {}).get(BOUND, b"").decode(errors="replace")
    if theirs and bound and theirs != bound:
        raise DamagedFile(f"{path} holds thumbnails of other items", got=theirs, allowed=bound, next="Encode again")
    parts = [np.frombuffer(b"", np.uint8)]
    for chunk in table.column(0).chunks:
        whole = np.frombuffer(chunk.buffers()[1], np.uint8)
        parts.append(whole[chunk.offset * kind.byte_width : (chunk.offset + len(chunk)) * kind.byte_width])
    return np.concatenate(parts).reshape(n, channels, tile, tile)


def read_sheet(path: Path, n: int, channels: int, tile: int, columns: int) -> np.ndarray:
    """The n thumbnails of a contact sheet of version 1, row by row, `(n, C, t, t)` uint8."""
    try:
        data = read_whole(path, limit=THUMBNAILS_FILE)
    except OSError as error:
        raise DamagedFile(f"{path} is damaged: {error}", next="Encode again") from None
    return cut_sheet(data, n, channels, tile, columns, str(path))


def cut_sheet(data: bytes, n: int, channels: int, tile: int, columns: int, what: str) -> np.ndarray:
    """The n thumbnails of a contact sheet as WebP, row by row, `(n, C, t, t)` uint8; `what` holds it, for an error.

    Raises:
        DamagedFile: it is none, or of another size.
    """
    return sheet_of(data, n, channels, tile, columns, what).reshape(-1, channels, tile, tile)[:n]


def sheet_of(data: bytes, n: int, channels: int, tile: int, columns: int, what: str) -> np.ndarray:
    """The same as they lie in the sheet, `(rows, columns, C, t, t)`, without a copy."""
    rows = -(-n // columns)
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
            if image.size != (columns * tile, rows * tile):
                raise DamagedFile(
                    f"{what} is damaged", got=image.size, allowed=(columns * tile, rows * tile), next="Encode again"
                )
            whole = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DamagedFile(f"{what} is damaged: {error}", next="Encode again") from None
    return whole.reshape(rows, tile, columns, tile, channels).transpose(0, 2, 4, 1, 3)


def sheet_bytes(tiles: np.ndarray, columns: int, quality: int) -> bytes:
    """Thumbnails `(n, C, t, t)` uint8, `columns` in a row, as one WebP of some quality: with loss."""
    n, channels, tile, _ = tiles.shape
    rows = -(-n // columns)
    whole = np.zeros((rows * columns, channels, tile, tile), np.uint8)
    whole[:n] = tiles
    pixels = whole.reshape(rows, columns, channels, tile, tile).transpose(0, 3, 1, 4, 2)
    pixels = pixels.reshape(rows * tile, columns * tile, channels)
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels).convert("RGB")
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=6)
    return out.getvalue()
