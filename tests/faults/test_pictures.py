"""Pictures that people really have, and some that they should not: converted properly, or refused with the reason."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trasluz.base.errors import DataError
from trasluz.io.media import has_several, read_picture

RED, BLUE = (200, 30, 40), (20, 60, 220)
HALVES = np.zeros((40, 40, 3), np.uint8)
HALVES[:, :20], HALVES[:, 20:] = RED, BLUE


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose header claims a size, whatever its body."""
    chunks = b""
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", body),
        (b"IEND", b""),
    ):
        chunks += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


def rotated(orientation: int) -> bytes:
    """The halves, stored turned, with the EXIF that says how to turn them back."""
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(HALVES).transpose(back[orientation]), "PNG", exif=exif)


def with_alpha() -> bytes:
    """Left half red, right half blue but fully transparent."""
    alpha = np.full((40, 40), 255, np.uint8)
    alpha[:, 20:] = 0
    return encoded(Image.fromarray(np.dstack([HALVES, alpha])))


def transparent_palette() -> bytes:
    picture = Image.fromarray(HALVES).quantize(2)
    return encoded(picture, "PNG", transparency=picture.getpixel((30, 20)))


def animated(kind: str) -> bytes:
    later = Image.new("RGB", (40, 40), (0, 255, 0))
    lossless = {"lossless": True} if kind == "WEBP" else {}
    return encoded(Image.fromarray(HALVES), kind, save_all=True, append_images=[later, later], **lossless)


SHADES = np.linspace(0, 65_535, 40).astype(np.uint16)[None].repeat(40, 0)
LIGHT = np.dstack([np.full((40, 40), 100, np.uint8), np.full((40, 40), 128, np.uint8)])

# What it is, its bytes, and the colour at a quarter and at three quarters of its width; a tolerance.
WELL: dict[str, tuple[bytes, tuple[int, ...], tuple[int, ...], int]] = {
    "CMYK": (encoded(Image.fromarray(HALVES).convert("CMYK"), "JPEG", quality=95), RED, BLUE, 12),
    "CMYK TIFF": (encoded(Image.fromarray(HALVES).convert("CMYK"), "TIFF"), RED, BLUE, 2),
    "palette": (encoded(Image.fromarray(HALVES).quantize(8)), RED, BLUE, 1),
    "palette, transparent": (transparent_palette(), RED, (255, 255, 255), 1),
    "alpha": (with_alpha(), RED, (255, 255, 255), 0),
    "grey and alpha": (encoded(Image.fromarray(LIGHT, "LA")), (177,) * 3, (177,) * 3, 1),
    "16 bits": (encoded(Image.fromarray(SHADES)), (65,) * 3, (196,) * 3, 2),
    "16 bits TIFF": (encoded(Image.fromarray(SHADES), "TIFF"), (65,) * 3, (196,) * 3, 2),
    "float TIFF": (encoded(Image.fromarray((SHADES / 65_535).astype(np.float32)), "TIFF"), (65,) * 3, (196,) * 3, 2),
    "one bit": (encoded(Image.fromarray(HALVES[..., 2] > 100)), (0,) * 3, (255,) * 3, 0),
    "animated GIF": (animated("GIF"), RED, BLUE, 1),
    "animated PNG": (animated("PNG"), RED, BLUE, 0),
    "animated WEBP": (animated("WEBP"), RED, BLUE, 2),
    "YCbCr": (encoded(Image.fromarray(HALVES).convert("YCbCr"), "TIFF"), RED, BLUE, 4),
    "one pixel": (encoded(Image.new("RGB", (1, 1), RED)), RED, RED, 0),
    **{f"turned, EXIF {k}": (rotated(k), RED, BLUE, 0) for k in range(2, 9)},
}
WHOLE = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)))
JPEG = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)), "JPEG")
ILL: dict[str, tuple[bytes, str]] = {
    "zero bytes": (b"", "zero bytes"),
    "text": (b"this is no picture", "not a picture of a kind"),
    "program in PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture of a kind"),
    "truncated PNG": (WHOLE[: len(WHOLE) // 2], "truncated"),
    "truncated JPEG": (JPEG[: len(JPEG) // 2], "truncated"),
    "corrupt": (WHOLE[:60] + bytes(len(WHOLE) - 60), "damaged"),
    "header alone": (WHOLE[:33], "not a picture of a kind|damaged"),
    "bomb": (png(60_000, 60_000), "decompression bomb"),
    "bomb between one and two of Pillow's limits": (png(10_000, 12_000), "decompression bomb"),
    "bomb under Pillow's limit": (png(8_500, 8_500), "decompression bomb"),
    "no pixels": (png(0, 10), "not a picture of a kind|damaged|0 by 10"),
}


@pytest.mark.parametrize("what", WELL)
def test_an_odd_picture_is_converted_properly(what: str) -> None:
    data, left, right, tolerance = WELL[what]
    out = read_picture(data, size=40, channels=3).astype(int)
    assert abs(out[:, 20, 10] - left).max() <= tolerance
    assert abs(out[:, 20, 30] - right).max() <= tolerance
    assert has_several(data) is what.startswith("animated")


@pytest.mark.parametrize("what", ILL)
def test_a_bad_picture_is_refused_with_the_reason(what: str, tmp_path: Path) -> None:
    data, reason = ILL[what]
    with pytest.raises(DataError, match=reason):
        read_picture(data, size=16, channels=3)
    (tmp_path / "picture.png").write_bytes(data)
    with pytest.raises(DataError, match=reason):
        read_picture(tmp_path / "picture.png", size=16, channels=3)


def test_a_bomb_costs_no_memory() -> None:
    body = zlib.compress(bytes(20_000_000), 9)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="decompression bomb"):
            read_picture(png(60_000, 60_000, body), size=64, channels=3)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_picture(tmp_path / "nothing.png", size=16, channels=3)
    with pytest.raises(DataError, match="not a file"):
        read_picture(tmp_path, size=16, channels=3)
