"""Reading pictures: any that people have, to uint8 planes of one size, or one clear reason why not.

A picture is judged by its header before it is decoded, by the memory that decoding takes (`decoding.py`), so that a
small file which unfolds into gigabytes costs nothing. Formats that run programs or call out (EPS, PDF, ...) are not
read at all.
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

from trasluz.base.bounds import PICTURE_FILE, PICTURE_PIXELS
from trasluz.base.errors import DataError, InvalidArgument
from trasluz.io.converting import ALPHA, bands, eight_bits, margin, padded, range_of, resized
from trasluz.io.converting import over_white as _over_white
from trasluz.io.decoding import BAND, check_directory, check_work, is_by_libtiff
from trasluz.io.overheard import Overheard

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Fit = Literal["crop", "pad", "stretch"]
"""How a picture that is not square becomes one: its central square, the whole of it with its border's colour around it,
or the whole of it made narrower."""
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
"""What a picture's name ends with, in lower case."""
FOREIGN_SUFFIXES = (".avif", ".heic", ".heif", ".jp2", ".jxl", ".psd", ".raw", ".svg")
"""Pictures too, but of kinds that are not read: worth a word where they are passed over."""
LOOK_LIMIT = 4_000_000
"""Pixels up to which a picture is decoded in full to tell whether it is a copy of another."""
DRAFT = 1000
_ORIENTATION = 0x0112
_GREY = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_AS_IT_IS = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
"""What a PNG holds as it is."""
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
    with _reasons():
        # A JPEG is decoded at the smallest of its own scales that leaves twice what is needed.
        picture, deep = _decoded(source, draft=2 * size, pad=size if fit == "pad" else 0)
        if fit == "pad":  # a margin wants the colours that the picture will have
            picture = eight_bits(picture, span, deep=deep, of_bytes=of_bytes)
            return _planes(padded(picture, size), channels)
        picture = _square(picture, fit)  # cutting first leaves less to convert
        picture = eight_bits(picture, span, deep=deep, of_bytes=of_bytes)
        return _planes(resized(picture, size), channels)


def content_of(source: Path | bytes) -> bytes:
    """A hash of what is to be seen in a picture, 16 bytes: the same for the same pixels in whatever file.

    Pictures of more than `LOOK_LIMIT` pixels are looked at as they are decoded for their size; there a JPEG and its
    copy in another format differ.

    Raises:
        DataError: it cannot be read.
    """
    with _reasons():
        picture, _ = _decoded(source, draft=DRAFT, beyond=LOOK_LIMIT)
        # What is no bytes is compared as it is: how it becomes bytes may be declared.
        as_it_is = picture.mode.startswith(("I", "F"))
        h = hashlib.blake2b(f"{picture.mode if as_it_is else 'RGB'} {picture.size}".encode(), digest_size=16)
        for _, band in bands(picture):
            plain = band if as_it_is else _over_white(eight_bits(band, None, deep=False)).convert("RGB")
            h.update(plain.tobytes())
        return h.digest()


def deep_range(source: Path | bytes) -> tuple[float, float, bool] | None:
    """The least and the largest value of a picture whose type has no range of its own (floating point, 32 bits), and
    whether it has values that are no numbers; None of any other.

    Raises:
        DataError: it cannot be read.
    """
    with _reasons():
        with _opened(source) as picture:
            if not _is_deep(picture):
                return None
        found = range_of(_decoded(source)[0])
        if found is None:
            raise DataError("it holds no numbers")
        return found


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
        if path.stat().st_size > PICTURE_FILE:
            raise DataError(f"a file of {path.stat().st_size:,} bytes, more than {PICTURE_FILE:,}")
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
        if picture.format == "PNG":  # how it is turned may stand behind its pixels
            check_work(picture, picture.size, len(source) if isinstance(source, bytes) else 0)
        sideways = _orientation(picture) in (5, 6, 7, 8)
        deep = _is_deep(picture)
        upright = (height, width) if sideways else (width, height)
        return PictureHeader(
            PictureForm(*upright, picture.mode in _GREY, deep), picture.mode.startswith("I") and not deep,
            picture.mode in ALPHA or "transparency" in picture.info, _has_several(picture),
        )  # fmt: skip


def largest_value(source: Path | bytes) -> float:
    """The largest value of a picture as its file has it; of a palette, of its colours.

    Raises:
        DataError: it cannot be read.
    """
    with _reasons():
        picture, deep = _decoded(source)
        if not picture.mode.startswith(("I", "F")):
            picture = eight_bits(picture, None, deep=deep)
        found = range_of(picture)
        return 0.0 if found is None else found[1]


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
        if picture.width * picture.height > PICTURE_PIXELS:
            raise _bomb(f"{picture.width:,} by {picture.height:,}")
        upright = _upright(picture)
        plain = upright if upright.mode in _AS_IT_IS else eight_bits(upright, None, deep=_is_deep(upright))
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
            out[i] = _planes(padded(picture, size) if fit == "pad" else resized(_square(picture, fit), size), have)
        pixels = out
    if have == channels:
        return pixels
    return np.repeat(pixels, 3, axis=1) if channels == 3 else _luma(pixels)


def over_white(pixels: np.ndarray) -> np.ndarray:
    """Pictures with opacity `(n, 4, H, W)` uint8 over white, `(n, 3, H, W)`."""
    out = np.empty((len(pixels), 3, *pixels.shape[2:]), np.uint8)
    rows = max(1, BAND // max(1, pixels.shape[3]))
    for i, picture in enumerate(pixels):
        for top in range(0, picture.shape[1], rows):
            band = picture[:, top : top + rows]
            opacity = band[3:].astype(np.float32) / 255
            out[i, :, top : top + rows] = np.rint(band[:3] * opacity + 255 * (1 - opacity))
    return out


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
        check_directory(source)
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as picture:
            _check_header(picture)
            yield picture


def _decoded(
    source: Path | bytes, *, draft: int = 0, beyond: int = 0, pad: int = 0
) -> tuple[Picture, bool]:  # fmt: skip
    """A picture, upright, without its file and its decoder; and whether its values have a type without a range.

    Args:
        draft: Of a JPEG, pixels that its sides may shrink to.
        beyond: Pixels up to which none is shrunk.
        pad: Pixels of the square that it is put into, where it is.

    Raises:
        DataError: decoding it takes more memory than is allowed.
    """
    with _opened(source) as picture:
        whole = picture.size
        if draft and whole[0] * whole[1] > beyond:
            picture.draft(None, (draft, draft))
        _load(picture, whole, source, margin(*picture.size, pad) if pad else 0)
        orientation, deep = _orientation(picture), _is_deep(picture)
        plain = picture._new(picture.im)  # pyright: ignore[reportPrivateUsage]  # the only way without a copy
    del picture
    return _turned(plain, orientation), deep


def _load(picture: Picture, whole: tuple[int, int], source: Path | bytes, more: int = 0) -> None:
    check_work(picture, whole, len(source) if isinstance(source, bytes) else 0, more)
    if not is_by_libtiff(picture):
        picture.load()
        return
    heard = Overheard()
    try:
        with heard:
            picture.load()
    except OSError as error:
        raise OSError(f"{error}: {heard.text}" if heard.text else str(error)) from None


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
    if width * height > PICTURE_PIXELS:
        raise _bomb(f"{width:,} by {height:,}")


def _bomb(size: str | None) -> DataError:
    what = f"too many pixels{'' if size is None else f', {size}'}: a decompression bomb?"
    return DataError(what, allowed=f"up to {PICTURE_PIXELS:,} pixels", next="If it is a picture, make it smaller first")


def _upright(picture: Picture) -> Picture:
    """Turned as its EXIF orientation says; damaged EXIF says nothing."""
    return _turned(picture, _orientation(picture))


def _turned(picture: Picture, orientation: int | None) -> Picture:
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
    if orientation not in turns:
        return picture
    return picture.transpose(turns[orientation])


def _orientation(picture: Picture) -> int | None:
    found: object = None
    with suppress(*_UNREADABLE):
        found = picture.getexif().get(_ORIENTATION)
    return found if isinstance(found, int) else None


def _square(picture: Picture, fit: Fit) -> Picture:
    """The central square; stretching is left to the resizing."""
    width, height = picture.size
    if width == height or fit == "stretch":
        return picture
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def _is_deep(picture: Picture) -> bool:
    # Pillow brings 16 bits of a PGM to mode I, where 65,535 is white all the same.
    return picture.mode == "F" or (picture.mode == "I" and picture.format not in ("PPM", "PNG"))


def _planes(picture: Picture, channels: int) -> np.ndarray:
    """`(C, H, W)`, over white where it is transparent."""
    pixels = np.asarray(_over_white(picture).convert("L" if channels == 1 else "RGB"))
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _luma(pixels: np.ndarray) -> np.ndarray:
    """Grey of RGB `(n, 3, H, W)` by ITU-R 601, with the rounding of Pillow's."""
    red, green, blue = (pixels[:, c].astype(np.uint32) for c in range(3))
    grey = (19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16
    return grey.astype(np.uint8)[:, None]
