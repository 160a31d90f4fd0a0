"""Reading pictures: any that people have, to uint8 planes of one size, or one clear reason why not.

A picture is judged by its header before it is decoded, so that a small file which unfolds into gigabytes costs
nothing. Formats that run programs or call out (EPS, PDF, ...) are not read at all.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trasluz.base.errors import DataError, InvalidArgument

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PIXEL_LIMIT = 64_000_000
"""Pixels of the largest picture that is decoded: 8,000 by 8,000. Below the limit at which Pillow starts to warn."""
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
"""What a picture's name ends with, in lower case."""
FOREIGN_SUFFIXES = (".avif", ".heic", ".heif", ".jp2", ".jxl", ".psd", ".raw", ".svg")
"""Pictures too, but of kinds that are not read: worth a word where they are passed over."""
FILE_LIMIT = 512 << 20
"""Bytes of the largest picture file."""
_ORIENTATION = 0x0112
_GREY = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_AS_IT_IS = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
"""What a PNG holds as it is."""
_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
# What Pillow's readers let out on hostile bytes, besides their own errors.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)


def read_picture(source: Path | bytes, *, size: int, channels: int) -> np.ndarray:
    """A picture as uint8 `(C, size, size)`: upright, over white where it is transparent, its central square.

    Args:
        source: A file, or the bytes of one.
        size: Height and width wanted, in pixels.
        channels: 1 for grey, 3 for RGB.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    if channels not in (1, 3) or size < 1:
        raise InvalidArgument(
            "a picture has a size and channels", got=f"{size} pixels, {channels} channels", allowed="1 or 3 channels"
        )
    with _opened(source) as picture:
        # A JPEG is decoded at the smallest of its own scales that leaves twice what is needed.
        picture.draft(None, (2 * size, 2 * size))
        picture.load()
        return _planes(_resized(_eight_bits(_square(_upright(picture))), size), channels)


def read_file(path: Path) -> bytes:
    """The bytes of a picture file, for those who need them for more than decoding.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _reasons():
        _check_file(path)
        if path.stat().st_size > FILE_LIMIT:
            raise DataError(f"a file of {path.stat().st_size:,} bytes, more than {FILE_LIMIT:,}")
        return path.read_bytes()


def picture_form(source: Path | bytes) -> tuple[int, int, bool]:
    """Width, height, and whether a picture has no colour, by its header alone.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _opened(source) as picture:
        return *picture.size, picture.mode in _GREY


def file_of(picture: Picture) -> bytes:
    """A picture in memory as the bytes of a file, without loss: what is read from it is what its own file would give.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _reasons():
        if picture.width * picture.height > PIXEL_LIMIT:
            raise _bomb(f"{picture.width:,} by {picture.height:,}")
        upright = _upright(picture)
        plain = upright if upright.mode in _AS_IT_IS else _eight_bits(upright)
        buffer = io.BytesIO()
        plain.save(buffer, "PNG", compress_level=1, exif=b"")
        return buffer.getvalue()


def has_several(source: Path | bytes) -> bool:
    """Whether a file holds more pictures than the one that is read, its first: an animation, or pages.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _opened(source) as picture:
        return bool(getattr(picture, "is_animated", False))


def fit_pixels(pixels: np.ndarray, *, size: int, channels: int) -> np.ndarray:
    """Pictures `(n, C, H, W)` uint8 to `(n, channels, size, size)`: central square, resized, grey or RGB."""
    from PIL import Image

    n, have, height, width = pixels.shape
    if (height, width) != (size, size):
        out = np.empty((n, have, size, size), np.uint8)
        for i in range(n):
            picture = Image.fromarray(pixels[i, 0] if have == 1 else np.ascontiguousarray(pixels[i].transpose(1, 2, 0)))
            out[i] = _planes(_resized(_square(picture), size), have)
        pixels = out
    if have == channels:
        return pixels
    return np.repeat(pixels, 3, axis=1) if channels == 3 else _luma(pixels)


def draw_svg(svg: str, *, size: int) -> np.ndarray:
    """Draw an SVG of ours: uint8 `(size, size, 4)`, RGB and opacity."""
    import resvg_py
    from PIL import Image

    data = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        return np.asarray(picture.convert("RGBA"))


@contextmanager
def _opened(source: Path | bytes) -> Generator[Picture]:
    """A picture whose header is read and accepted; whatever goes wrong inside becomes a DataError."""
    from PIL import Image

    with _reasons(), warnings.catch_warnings():
        # Pillow's warnings (odd metadata, large pictures) would reach the terminal of a caller who can do nothing.
        warnings.simplefilter("ignore")
        if isinstance(source, Path):
            _check_file(source)
        elif not source:
            raise DataError("an empty file of zero bytes")
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as picture:
            _check_header(picture)
            yield picture


@contextmanager
def _reasons() -> Generator[None]:
    """Pillow's and the system's refusals as ours."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError:
        raise DataError(f"not a picture of a kind that is read ({', '.join(FORMATS)})") from None
    except Image.DecompressionBombError:
        raise _bomb(None) from None
    except PermissionError:
        raise DataError("not allowed to read it") from None
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"a damaged or truncated picture ({reason})") from None


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise DataError("not a file" if path.exists() else "no such file")
    if path.stat().st_size == 0:
        raise DataError("an empty file of zero bytes")


def _check_header(picture: Picture) -> None:
    width, height = picture.size
    if width < 1 or height < 1:
        raise DataError(f"a picture of {width} by {height} pixels")
    if width * height > PIXEL_LIMIT:
        raise _bomb(f"{width:,} by {height:,}")


def _bomb(size: str | None) -> DataError:
    what = f"too many pixels{'' if size is None else f', {size}'}: a decompression bomb?"
    return DataError(what, allowed=f"up to {PIXEL_LIMIT:,} pixels", next="If it is a picture, make it smaller first")


def _upright(picture: Picture) -> Picture:
    """Turned as its EXIF orientation says; damaged EXIF says nothing."""
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    orientation: object = None
    with suppress(*_UNREADABLE):
        orientation = picture.getexif().get(_ORIENTATION)
    if not isinstance(orientation, int) or orientation not in turns:
        return picture
    return picture.transpose(turns[orientation])


def _square(picture: Picture) -> Picture:
    """The central square."""
    width, height = picture.size
    if width == height:
        return picture
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def _eight_bits(picture: Picture) -> Picture:
    """As L, RGB or RGBA, whatever it was."""
    from PIL import Image

    if picture.mode.startswith("I"):
        # 16-bit grey: 65,535 is white. Pillow's own conversion would clip at 255.
        deep = np.clip(np.asarray(picture).astype(np.int64), 0, 65_535)
        return Image.fromarray(((deep + 128) // 257).astype(np.uint8))
    if picture.mode == "F":
        values = np.nan_to_num(np.asarray(picture, dtype=np.float64), nan=0.0, posinf=255.0, neginf=0.0)
        scale = 255.0 if values.max() <= 1 else 1.0
        return Image.fromarray(np.clip(np.rint(values * scale), 0, 255).astype(np.uint8))
    if picture.mode in _ALPHA or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode in ("1", "L"):
        return picture.convert("L")
    return picture.convert("RGB")


def _resized(picture: Picture, size: int) -> Picture:
    from PIL import Image

    if picture.size == (size, size):
        return picture
    return picture.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _planes(picture: Picture, channels: int) -> np.ndarray:
    """`(C, H, W)`, over white where it is transparent."""
    from PIL import Image

    if picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture)
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _luma(pixels: np.ndarray) -> np.ndarray:
    """Grey of RGB `(n, 3, H, W)` by ITU-R 601, with the rounding of Pillow's."""
    red, green, blue = (pixels[:, c].astype(np.uint32) for c in range(3))
    grey = (19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16
    return grey.astype(np.uint8)[:, None]
