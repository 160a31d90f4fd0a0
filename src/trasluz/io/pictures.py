# pyright: reportUnknownMemberType=false
"""Writing what people look at: pictures, films and drawings, and arrays for other programs. All atomic.

The same input gives the same bytes: no dates, no thread races, no random palettes.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from trasluz.base.errors import InvalidArgument
from trasluz.io.atomic import write_bytes

if TYPE_CHECKING:
    from av.container import OutputContainer

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
FILMS = (".gif", ".mp4")
SIDE = {".png": 1 << 16, ".jpg": 65_500, ".jpeg": 65_500, ".webp": 16_383, ".gif": 65_535, ".mp4": 4_096}
"""Pixels that a format can be high or wide."""
FILM_SIDE = 256
"""Films of smaller pictures are enlarged to at least this, since players blur what they enlarge."""
BLOCK = 16
"""Sides that are a multiple of this suit the encoder."""


def png_bytes(image: Image.Image) -> bytes:
    """A picture as PNG."""
    return picture_bytes(image, ".png")


def is_whole_png(data: bytes) -> bool:
    """Whether a PNG is what was written: each chunk's CRC-32 is right, and nothing follows (PNG, section 5)."""
    place = 8
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return False
    while place + 12 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(data) or zlib.crc32(data[place + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return False
        if kind == b"IEND":
            return end == len(data)
        place = end
    return False


def strip_png(pictures: np.ndarray, *, side: int = 96, gap: int = 4) -> bytes:
    """Pictures `(n, C, S, S)` in [0, 1] from left to right on white, as PNG; small ones are enlarged by whole factors.

    Args:
        side: Pixels that a picture is enlarged to at most, where it is smaller.
    """
    pixels = np.clip(np.rint(np.nan_to_num(pictures) * 255), 0, 255).astype(np.uint8)
    pixels = np.repeat(pixels, 3, axis=1) if pixels.shape[1] == 1 else pixels
    factor = max(1, side // max(pixels.shape[2:]))
    large = pixels.repeat(factor, axis=2).repeat(factor, axis=3)
    n, _, height, width = large.shape
    page = np.full((height, n * (width + gap) - gap, 3), 255, np.uint8)
    for i in range(n):
        left = i * (width + gap)
        page[:, left : left + width] = large[i].transpose(1, 2, 0)
    return png_bytes(Image.fromarray(page))


def picture_bytes(image: Image.Image, suffix: str) -> bytes:
    """A picture in the format of a suffix: PNG and WebP without loss, JPEG at quality 92."""
    if suffix not in PICTURES:
        raise InvalidArgument("not a picture format that can be written", got=repr(suffix), allowed=PICTURES)
    _check_side(image.size, suffix)
    buffer = io.BytesIO()
    if suffix == ".png":
        image.save(buffer, "PNG")
    elif suffix == ".webp":
        image.save(buffer, "WEBP", lossless=True, quality=80, method=4)
    else:
        _opaque(image).save(buffer, "JPEG", quality=92, subsampling=0)
    return buffer.getvalue()


def write_picture(path: Path, image: Image.Image) -> None:
    """Write a picture in the format that the suffix names."""
    write_bytes(path, picture_bytes(image, path.suffix.lower()))


def gif_bytes(frames: Sequence[Image.Image], fps: float | int, *, hold: float | int = 0.0) -> bytes:
    """An endless GIF; `hold` seconds more on the first and on the last frame.

    All frames share one palette, chosen over all of them, so that still areas do not flicker; what the palette lacks
    is dithered (Floyd and Steinberg 1976). Grey films keep their 256 greys.
    """
    _check_film(frames, fps, ".gif")
    step = max(20, round(100 / fps) * 10)
    rest = round(hold * 100) * 10
    durations = [step] * len(frames)
    durations[0] += rest
    durations[-1] += rest if len(frames) > 1 else 0
    buffer = io.BytesIO()
    first, *others = _palettised(frames)
    first.save(
        buffer, "GIF", save_all=True, append_images=others, duration=durations, loop=0, disposal=1, optimize=False
    )
    return buffer.getvalue()


def write_gif(path: Path, frames: Sequence[Image.Image], fps: float | int, *, hold: float | int = 0.0) -> None:
    """Write an endless GIF; see `gif_bytes`."""
    write_bytes(path, gif_bytes(frames, fps, hold=hold))


def mp4_bytes(frames: Sequence[Image.Image], fps: float | int, sound: bytes | None = None) -> bytes:
    """An MP4 that plays everywhere: H.264 in yuv420p where the encoder is there, else MPEG-4 part 2; even sides.

    Args:
        sound: What is heard with it, as a WAV file; it begins with the first frame.
    """
    import av

    _check_film(frames, fps, ".mp4")
    width, height = (side + side % 2 for side in _at_least(_opaque(frames[0]), FILM_SIDE).size)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        h264 = "libx264" in av.codecs_available
        # One thread: the cut into slices, and with it the bytes, would follow the machine's cores. And where a side
        # is no whole number of 16-pixel blocks, x264's assembly reads past it, and gives other bytes now and then.
        options = {"crf": "16", "preset": "medium", "threads": "1"} if h264 else {"q:v": "2", "threads": "1"}
        if h264 and (width % BLOCK or height % BLOCK):
            options["x264-params"] = "asm=0"
        stream = container.add_stream(
            "libx264" if h264 else "mpeg4", rate=Fraction(fps).limit_denominator(1001), options=options
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        heard = None if sound is None else _heard(container, sound)
        for _, again in groupby(frames, id):
            alike = list(again)
            image = _at_least(_opaque(alike[0]), FILM_SIDE)
            # An odd side is made even by repeating its last line, which nobody sees; a black line shows.
            odd = ((0, height - image.height), (0, width - image.width), (0, 0))
            pixels = np.pad(np.asarray(image), odd, mode="edge")
            for _ in alike:  # frames that are shown for longer come several times
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
        for packet in heard or ():
            container.mux(packet)
    return buffer.getvalue()


def _heard(container: OutputContainer, sound: bytes) -> Iterator[Any]:
    """What is heard with a film, in AAC: the stream is there at once, its packets when they are asked for."""
    import av

    with av.open(io.BytesIO(sound), "r") as source:
        given = list(source.decode(audio=0))
        rate = source.streams.audio[0].rate
    stream = container.add_stream("aac", rate=rate, layout="mono")

    def packets() -> Iterator[Any]:
        resample = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for frame in (*given, None):
            for one in resample.resample(frame):
                yield stream.encode(one)
        yield stream.encode(None)

    return packets()


def write_mp4(path: Path, frames: Sequence[Image.Image], fps: float | int, sound: bytes | None = None) -> None:
    """Write an MP4; see `mp4_bytes`."""
    write_bytes(path, mp4_bytes(frames, fps, sound))


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write numpy arrays by name, compressed, for other programs."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(arrays))
    write_bytes(path, buffer.getvalue())


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def _at_least(image: Image.Image, side: int) -> Image.Image:
    least = -(-side // min(image.size))
    if least <= 1:
        return image
    suiting = (k for k in range(least, 2 * least) if k * image.width % BLOCK == k * image.height % BLOCK == 0)
    factor = next(suiting, least)
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _palettised(frames: Sequence[Image.Image]) -> list[Image.Image]:
    if all(frame.mode == "L" for frame in frames):
        return list(frames)
    opaque = [_opaque(frame) for frame in frames]
    # The palette is learned on at most 64 frames, small: colours are what counts here, not detail.
    chosen = [opaque[i] for i in sorted({round(k * (len(opaque) - 1) / 63) for k in range(64)})]
    small = [
        frame.resize((min(frame.width, 128), min(frame.height, 128)), Image.Resampling.NEAREST) for frame in chosen
    ]
    width, height = small[0].size
    all_of_them = Image.new("RGB", (width * len(small), height))
    for i, frame in enumerate(small):
        all_of_them.paste(frame, (i * width, 0))
    palette = all_of_them.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1)
    return [frame.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for frame in opaque]


def _check_film(frames: Sequence[Image.Image], fps: float | int, suffix: str) -> None:
    if not frames:
        raise InvalidArgument("a film needs frames", got="none", allowed="at least 1")
    if not 0.1 <= fps <= 50:
        raise InvalidArgument("frames per second out of range", got=f"{fps:g}", allowed="0.1 to 50")
    if len({frame.size for frame in frames}) > 1:
        raise InvalidArgument("the frames of a film differ in size", got=sorted({frame.size for frame in frames}))
    _check_side(frames[0].size, suffix)


def _check_side(size: tuple[int, int], suffix: str) -> None:
    if max(size) > SIDE[suffix]:
        raise InvalidArgument(
            f"a picture too large for {suffix}",
            got=f"{size[0]:,} x {size[1]:,} pixels",
            allowed=f"sides of up to {SIDE[suffix]:,}",
            next="Ask for fewer items, or choose another format",
        )
