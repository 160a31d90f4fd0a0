"""What decoding a picture takes, told from its header: bytes of working memory, pieces, scans.

Pixels alone do not tell it: a WebP takes 16 bytes for each, a palette of colours one; a progressive JPEG keeps all its
coefficients; a TIFF of 64 by 64 pixels may be one tile of a gigabyte. Measured with Pillow 13
(tests/faults/test_memory.py).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from trasluz.base.bounds import PICTURE_PIECES, PICTURE_SCANS, check_memory
from trasluz.base.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

BAND = 1 << 20
"""Pixels that are worked on at once where a step would need several copies of a picture."""
_AROUND = 32 << 20
"""Bytes for what is the same for every picture: a band of it, texts of its header."""
_ONE = ("1", "L", "P")
_PLAIN = ("L", "RGB", "RGBA")
"""Modes that are worked on as they are."""
_WEBP = 16
"""Bytes a pixel: two canvases, the decoder's own picture, and Pillow's."""
_TEXT_TYPES = (1, 2, 6, 7)
"""Types of TIFF's tags whose values stay bytes."""
_JPEG_IN_TIFF, _WEBP_IN_TIFF = (6, 7, 33007), (34927, 50001)
_TILE_WIDTH, _TILE_LENGTH, _ROWS, _SAMPLES, _BITS, _COMPRESSION = 322, 323, 278, 277, 258, 259


def check_work(picture: Picture, whole: tuple[int, int], held: int, padded: int = 0) -> None:
    """Refuse a picture whose decoding takes more memory than is allowed.

    Args:
        picture: Open, with the size that it will be decoded at.
        whole: Width and height that it is stored at, in pixels.
        held: Bytes of its file that are in memory already.
        padded: Bytes that a margin around it takes besides.

    Raises:
        DataError: with the bytes needed and the bytes allowed; or a JPEG of too many scans.
    """
    width, height = whole
    check_memory(work_of(picture, whole) + held + padded, f"a picture of {width:,} by {height:,} pixels")
    if picture.info.get("progressive"):
        _check_scans(picture)


def work_of(picture: Picture, whole: tuple[int, int]) -> int:
    """Bytes that decoding a picture takes, and making it bytes of grey or colours, at most."""
    area = picture.width * picture.height
    kept = area * stored(picture.mode)
    is_plain = picture.mode in _PLAIN and "transparency" not in picture.info
    # Turned or cut it is there twice; and once more than that nowhere.
    worked = kept + max(kept, 0 if is_plain else area * 4)
    return max(kept + _decoder(picture, whole, area), worked) + _AROUND


def is_by_libtiff(picture: Picture) -> bool:
    """Whether it is decoded by libtiff."""
    return _codec(picture) == "libtiff"


def _codec(picture: Any) -> str:
    tiles = getattr(picture, "tile", None)
    return str(tiles[0].codec_name) if tiles else ""


def stored(mode: str) -> int:
    """Bytes that Pillow keeps for a pixel."""
    return 1 if mode in _ONE else 2 if mode.startswith("I;16") else 4


def _decoder(picture: Picture, whole: tuple[int, int], area: int) -> int:
    """What the decoder takes besides the picture that it fills."""
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.TiffImagePlugin import TiffImageFile

    codec = _codec(picture)
    if isinstance(picture, JpegImageFile):
        return _coefficients(whole, [one[1:3] for one in picture.layer])
    if isinstance(picture, TiffImageFile):
        return _piece(picture.tag_v2, whole) if codec == "libtiff" else 0
    if picture.format == "WEBP":
        return area * (_WEBP - 4)
    if codec in ("ppm", "ppm_plain"):  # read by Python into an array, and copied
        return area * 2 * (4 if picture.mode in ("I", "F") else len(picture.getbands()))
    return area * 2 if codec == "bmp_rle" else 0


def _coefficients(whole: tuple[int, int], sampling: list[tuple[int, int]]) -> int:
    """Two bytes for each coefficient of a JPEG, which is kept until its last scan: as if every JPEG were such."""
    across, down = max((h for h, _ in sampling), default=1) or 1, max((v for _, v in sampling), default=1) or 1
    blocks = 0
    for h, v in sampling:
        blocks += -(-whole[0] * h // (8 * across) + 8) * -(-whole[1] * v // (8 * down) + 8)
    return blocks * 128


def _piece(tags: Mapping[int, Any], whole: tuple[int, int]) -> int:
    """Bytes of the strip or tile that libtiff decodes at once: what the tags say, whatever the picture's size."""
    width, height = _whole(tags.get(_TILE_WIDTH)), _whole(tags.get(_TILE_LENGTH))
    if not (width and height):
        width, height = whole[0], min(whole[1], _whole(tags.get(_ROWS)) or whole[1])
    bits = tags.get(_BITS) or 8
    widest = max((_whole(one) for one in _listed(bits)), default=8)
    area, compression = width * height, _whole(tags.get(_COMPRESSION))
    inside = 8 if compression in _JPEG_IN_TIFF else _WEBP if compression in _WEBP_IN_TIFF else 0
    return max(area * (_whole(tags.get(_SAMPLES)) or 1) * widest // 8, area * 4 if inside else 0) + area * inside


def _listed(value: Any) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)


def _whole(value: Any) -> int:
    """A number of a tag, whatever stands there."""
    first = next(iter(_listed(value)), None)
    return max(0, int(first)) if isinstance(first, int | float) and first == first and abs(first) < 1 << 40 else 0


def _check_scans(picture: Any) -> None:
    """Refuse a JPEG that goes over its picture again and again."""
    place, scans, last = picture.fp.tell(), 0, b""
    picture.fp.seek(0)
    while part := picture.fp.read(1 << 20):
        scans += (last + part).count(b"\xff\xda")
        last = part[-1:]
    picture.fp.seek(place)
    if scans > PICTURE_SCANS:
        raise DataError(f"a JPEG of {scans:,} scans: a bomb?", allowed=f"up to {PICTURE_SCANS}")


def check_directory(source: Path | bytes) -> None:
    """Refuse a TIFF whose first directory lists more than can be read: each number takes 40 bytes, each strip 300.

    Raises:
        DataError: with how many there are.
    """
    if isinstance(source, bytes):
        _check_tags(io.BytesIO(source))
        return
    with open(source, "rb") as handle:
        _check_tags(handle)


def _check_tags(handle: io.BufferedIOBase) -> None:
    start = handle.read(16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None or len(start) < 8:
        return
    version = struct.unpack(f"{order}H", start[2:4])[0]
    if version not in (42, 43) or (version == 43 and len(start) < 16):
        return
    large = version == 43
    handle.seek(struct.unpack(f"{order}{'Q' if large else 'I'}", start[8:16] if large else start[4:8])[0])
    head = handle.read(8 if large else 2)
    if len(head) < (8 if large else 2):
        return
    size = 20 if large else 12
    count = min(struct.unpack(f"{order}{'Q' if large else 'H'}", head)[0], 1 << 16)
    entries = handle.read(count * size)
    for i in range(0, len(entries) - size + 1, size):
        _, kind, many = struct.unpack(f"{order}HH{'Q' if large else 'I'}", entries[i : i + (12 if large else 8)])
        if many > PICTURE_PIECES and kind not in _TEXT_TYPES:
            raise DataError(f"a TIFF whose header lists {many:,} numbers: a bomb?", allowed=f"up to {PICTURE_PIECES:,}")
