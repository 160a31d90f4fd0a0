"""Reading pictures: any that people have, to uint8 planes of one size, or one clear reason why not.

A picture is judged by its header before it is decoded, so that a small file which unfolds into gigabytes costs
nothing. Formats that run programs or call out (EPS, PDF, ...) are not read at all.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from trasluz.base.errors import DataError, InvalidArgument

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PIXEL_LIMIT = 64_000_000
"""Pixels of the largest picture that is decoded: 8,000 by 8,000. Below the limit at which Pillow starts to warn."""
Fit = Literal["crop", "pad", "stretch"]
"""How a picture that is not square becomes one: its central square, the whole of it with its border's colour around it,
or the whole of it made narrower."""
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
"""What a picture's name ends with, in lower case."""
FOREIGN_SUFFIXES = (".avif", ".heic", ".heif", ".jp2", ".jxl", ".psd", ".raw", ".svg")
"""Pictures too, but of kinds that are not read: worth a word where they are passed over."""
FILE_LIMIT = 512 << 20
"""Bytes of the largest picture file."""
LOOK_LIMIT = 4_000_000
"""Pixels up to which a picture is decoded in full to tell whether it is a copy of another."""
DRAFT = 1000
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


def read_picture(
    source: Path | bytes,
    *,
    size: int,
    channels: int,
    fit: Fit = "crop",
    span: tuple[float, float] | None = None,
    of_bytes: bool = False,
) -> np.ndarray:
    """A picture as uint8 `(C, size, size)`: upright, over white where it is transparent, made square.

    Args:
        source: A file, or the bytes of one.
        size: Height and width wanted, in pixels.
        channels: 1 for grey, 3 for RGB.
        fit: How it becomes square.
        span: Of values that are no bytes, those that are black and white; None for what their type says: 0 and 65,535
            of 16 bits, 0 and 1 of floating point.
        of_bytes: Whether bytes have that range too, where they are grey or RGB without transparency.

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
        upright = _upright(picture)
        # Cutting first leaves less to convert; a margin wants the colours that the picture will have.
        kept = upright if fit == "pad" else _square(upright, fit)
        plain = _eight_bits(kept, span, of_bytes)
        whole = _padded(plain) if fit == "pad" else plain
        return _planes(_resized(whole, size), channels)


def content_of(source: Path | bytes) -> bytes:
    """A hash of what is to be seen in a picture, 16 bytes: the same for the same pixels in whatever file.

    Pictures of more than `LOOK_LIMIT` pixels are looked at as they are decoded for their size; there a JPEG and its
    copy in another format differ.

    Raises:
        DataError: it cannot be read.
    """
    with _opened(source) as picture:
        if picture.width * picture.height > LOOK_LIMIT:
            picture.draft(None, (DRAFT, DRAFT))
        picture.load()
        upright = _upright(picture)
        # What is no bytes is compared as it is: how it becomes bytes may be declared.
        plain = (
            upright if upright.mode.startswith(("I", "F")) else _over_white(_eight_bits(upright, None)).convert("RGB")
        )
        h = hashlib.blake2b(f"{plain.mode} {plain.size}".encode(), digest_size=16)
        h.update(plain.tobytes())
        return h.digest()


def deep_range(source: Path | bytes) -> tuple[float, float, bool] | None:
    """The least and the largest value of a picture whose type has no range of its own (floating point, 32 bits), and
    whether it has values that are no numbers; None of any other.

    Raises:
        DataError: it cannot be read.
    """
    with _opened(source) as picture:
        if not _is_deep(picture):
            return None
        picture.load()
        values = np.asarray(picture, dtype=np.float64)
        finite = values[np.isfinite(values)]
        if not finite.size:
            raise DataError("it holds no numbers")
        return float(finite.min()), float(finite.max()), finite.size < values.size


class PictureForm(NamedTuple):
    """What the header of a picture says."""

    width: int
    height: int
    """Both as it is seen, upright."""
    grey: bool
    deep: bool
    """Whether its values have a type without a range of its own."""


class PictureHeader(NamedTuple):
    """A picture's form, and what is worth a word of it."""

    form: PictureForm
    wide: bool
    """Whether its values have 16 bits."""
    clear: bool
    """Whether it may be transparent."""
    several: bool
    """Whether its file holds more pictures than its first."""


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


def picture_form(source: Path | bytes) -> PictureForm:
    """Width, height, and whether a picture has no colour, by its header alone.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    return picture_header(source).form


def picture_header(source: Path | bytes) -> PictureHeader:
    """The form of a picture and what is worth a word of it, by its header alone.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _opened(source) as picture:
        width, height = picture.size
        sideways = _orientation(picture) in (5, 6, 7, 8)
        deep = _is_deep(picture)
        upright = (height, width) if sideways else (width, height)
        return PictureHeader(
            PictureForm(*upright, picture.mode in _GREY, deep), picture.mode.startswith("I") and not deep,
            picture.mode in _ALPHA or "transparency" in picture.info, _has_several(picture),
        )  # fmt: skip


def largest_value(source: Path | bytes) -> float:
    """The largest value of a picture as its file has it; of a palette, of its colours.

    Raises:
        DataError: it cannot be read.
    """
    with _opened(source) as picture:
        picture.load()
        plain = picture if picture.mode.startswith(("I", "F")) else _eight_bits(picture, None)
        return float(np.asarray(plain).max())


def is_picture(head: bytes) -> bool:
    """Whether a file is a picture of a kind that is read, by its first bytes (16 are enough)."""
    return (
        head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[:2] == b"BM" and head[6:10] == b"\0\0\0\0")
        or (head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace())
    )


def file_of(picture: Picture) -> bytes:
    """A picture in memory as the bytes of a file, without loss: what is read from it is what its own file would give.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _reasons():
        if picture.width * picture.height > PIXEL_LIMIT:
            raise _bomb(f"{picture.width:,} by {picture.height:,}")
        upright = _upright(picture)
        plain = upright if upright.mode in _AS_IT_IS else _eight_bits(upright, None)
        buffer = io.BytesIO()
        plain.save(buffer, "PNG", compress_level=1, exif=b"")
        return buffer.getvalue()


def has_several(source: Path | bytes) -> bool:
    """Whether a file holds more pictures than the one that is read, its first: an animation, or pages.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _opened(source) as picture:
        return _has_several(picture)


def _has_several(picture: Picture) -> bool:
    with suppress(*_UNREADABLE):
        return bool(getattr(picture, "is_animated", False))
    return False


def fit_pixels(pixels: np.ndarray, *, size: int, channels: int, fit: Fit = "crop") -> np.ndarray:
    """Pictures `(n, C, H, W)` uint8 to `(n, channels, size, size)`: made square, resized, grey or RGB."""
    from PIL import Image

    n, have, height, width = pixels.shape
    if (height, width) != (size, size):
        out = np.empty((n, have, size, size), np.uint8)
        for i in range(n):
            picture = Image.fromarray(pixels[i, 0] if have == 1 else np.ascontiguousarray(pixels[i].transpose(1, 2, 0)))
            out[i] = _planes(_resized(_square(picture, fit), size), have)
        pixels = out
    if have == channels:
        return pixels
    return np.repeat(pixels, 3, axis=1) if channels == 3 else _luma(pixels)


def over_white(pixels: np.ndarray) -> np.ndarray:
    """Pictures with opacity `(n, 4, H, W)` uint8 over white, `(n, 3, H, W)`."""
    opacity = pixels[:, 3:].astype(np.float32) / 255
    return np.rint(pixels[:, :3] * opacity + 255 * (1 - opacity)).astype(np.uint8)


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
    orientation = _orientation(picture)
    if not isinstance(orientation, int) or orientation not in turns:
        return picture
    return picture.transpose(turns[orientation])


def _orientation(picture: Picture) -> int | None:
    found: object = None
    with suppress(*_UNREADABLE):
        found = picture.getexif().get(_ORIENTATION)
    return found if isinstance(found, int) else None


def _square(picture: Picture, fit: Fit) -> Picture:
    """The central square, or a margin around it; stretching is left to the resizing."""
    width, height = picture.size
    if width == height or fit == "stretch":
        return picture
    if fit == "pad":
        return _padded(picture)
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def _padded(picture: Picture) -> Picture:
    """A picture of bytes in the middle of a square of the median colour of its border."""
    from PIL import Image

    width, height = picture.size
    side = max(width, height)
    if width == height:
        return picture
    values = np.asarray(picture)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    middle = np.median(border, axis=0).astype(int)
    out = Image.new(picture.mode, (side, side), int(middle) if middle.ndim == 0 else tuple(map(int, middle)))
    out.paste(picture, ((side - width) // 2, (side - height) // 2))
    return out


def _is_deep(picture: Picture) -> bool:
    # Pillow brings 16 bits of a PGM to mode I, where 65,535 is white all the same.
    return picture.mode == "F" or (picture.mode == "I" and picture.format not in ("PPM", "PNG"))


def _eight_bits(picture: Picture, span: tuple[float, float] | None, of_bytes: bool = False) -> Picture:
    """As L, RGB or RGBA, whatever it was.

    Raises:
        DataError: its type has no range of its own, none is declared, and its values lie outside [0, 1].
    """
    from PIL import Image

    scaled_bytes = of_bytes and span is not None and picture.mode in ("L", "RGB") and "transparency" not in picture.info
    if picture.mode.startswith("I") or picture.mode == "F" or scaled_bytes:
        values = np.asarray(picture, dtype=np.float64)
        if span is None and _is_deep(picture):
            finite = values[np.isfinite(values)]
            if not finite.size or finite.min() < 0 or finite.max() > 1:
                raise DataError(
                    "a picture whose values have no range by their type",
                    got="no numbers" if not finite.size else f"{finite.min():g} to {finite.max():g}",
                    allowed="0 to 1, or a declared range",
                )
        low, high = span or ((0.0, 1.0) if _is_deep(picture) else (0.0, 65_535.0))
        scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / (high - low)
        return Image.fromarray(np.floor(np.clip(scaled, 0, 1) * 255 + 0.5).astype(np.uint8))
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
    pixels = np.asarray(_over_white(picture).convert("L" if channels == 1 else "RGB"))
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _over_white(picture: Picture) -> Picture:
    from PIL import Image

    if picture.mode != "RGBA":
        return picture
    return Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture)


def _luma(pixels: np.ndarray) -> np.ndarray:
    """Grey of RGB `(n, 3, H, W)` by ITU-R 601, with the rounding of Pillow's."""
    red, green, blue = (pixels[:, c].astype(np.uint32) for c in range(3))
    grey = (19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16
    return grey.astype(np.uint8)[:, None]
