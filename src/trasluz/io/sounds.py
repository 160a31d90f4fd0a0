# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Reading sounds: any that people have, to one channel at one rate, or one clear reason why not.

A sound is judged by its header before it is decoded, and decoded block by block, so that an hour takes no more memory
than what is kept of it. Decoding is libsndfile's (WAV, AIFF, FLAC, Ogg, MP3), changing the rate soxr's.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from trasluz.base.bounds import SOUND_FILE, SOUND_SECONDS
from trasluz.base.errors import DataError, MissingExtra
from trasluz.io.overheard import Overheard

if TYPE_CHECKING:
    from soundfile import SoundFile

SUFFIXES = (".aif", ".aiff", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav")
"""What a sound's name ends with, in lower case."""
FOREIGN_SUFFIXES = (".aac", ".ac3", ".amr", ".ape", ".m4a", ".mid", ".midi", ".mka", ".wma", ".wv")
"""Sounds too, but of kinds that are not read: worth a word where they are passed over."""
WRITES = (".wav", ".flac", ".ogg")
FORMATS = {"WAV", "WAVEX", "RF64", "AIFF", "FLAC", "OGG", "MP3"}
TOLD = "WAV, AIFF, FLAC, Ogg, MP3"
SLOWEST, FASTEST = 2000, 768_000
"""Samples a second that are taken for a sound's."""
BLOCK = 1 << 18
"""Numbers that are decoded at once."""
FULL = 0.999
"""Of full scale: what a clipped sample reaches."""
LOST = 0.25
"""Amplitude, as a share of the channels' own, below which their mean says that they cancel each other."""
OURS = "trasluz"
"""What a file of ours says it was made with: it holds an item as it is."""
SPARE = {"MP3": 3 * 1152}
"""Samples by which the header of a format may be wrong: MP3 counts in frames, some of which are no sound."""
_UNKNOWN = 1 << 62
"""Frames that a header says which says nothing of them."""
_PREFIX = re.compile(r"^Error opening <[^>]*>: |Error : |File does not exist or is not a regular file.*")
"""What libsndfile says besides, which is of no use here."""


@final
@dataclass(frozen=True)
class SoundHeader:
    """What a sound says of itself."""

    rate: int
    """Samples a second of a channel."""
    channels: int
    frames: int | None
    """Samples of a channel; None where the header does not say."""
    is_ours: bool
    """Whether this program wrote it."""

    @property
    def seconds(self) -> float:
        return (self.frames or 0) / self.rate


@final
class Seen:
    """What the channels of a sound are like, before they are mixed and brought to another rate."""

    def __init__(self) -> None:
        self.is_clipped = False
        """Whether three samples after each other are at full scale."""
        self._alone = self._mixed = 0.0
        self._channels = 1

    def look(self, block: np.ndarray) -> None:
        """Take in a block `(n, channels)`."""
        height = np.abs(block)
        full = (height >= FULL) & (height <= 1)
        self.is_clipped |= bool((full[2:] & full[1:-1] & full[:-2]).any())
        self._channels = block.shape[1]
        if self._channels > 1:
            self._alone += float(np.square(block, dtype=np.float64).mean(1).sum())
            self._mixed += float(np.square(block.mean(1, dtype=np.float64)).sum())

    @property
    def cancels(self) -> bool:
        """Whether the channels cancel each other where they are mixed: one of them is turned over."""
        return self._mixed < LOST**2 * self._alone / self._channels


def soundfile() -> Any:
    """The library that decodes.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import soundfile
        import soxr  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except (ImportError, OSError):  # the second: libsndfile itself is missing
        raise MissingExtra(
            "sounds need packages that are not installed: soundfile, soxr",
            next="Install them: pip install 'trasluz[voices]'",
        ) from None
    return soundfile


def is_sound(head: bytes) -> bool:
    """Whether bytes begin a sound of a kind that is read, by the first 12 of them."""
    return (
        (head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE")
        or (head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"))
        or head.startswith((b"fLaC", b"OggS", b"ID3"))
        or _is_mp3(head)
    )


def _is_mp3(head: bytes) -> bool:
    """Whether bytes begin a frame of MPEG layer III: the word that all frames begin with, a bit rate and a rate."""
    return len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15) and (
        head[2] >> 2 & 3
    ) != 3  # fmt: skip


def read_sound_file(path: Path) -> bytes:
    """The bytes of a sound.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _reasons():
        if not path.is_file():
            raise DataError("not a file" if path.exists() else "no such file")
        if (size := path.stat().st_size) > SOUND_FILE:
            raise DataError(f"a file of {size:,} bytes, more than {SOUND_FILE:,}", next="Cut it into several")
        return path.read_bytes()


def sound_header(source: Path | bytes) -> SoundHeader:
    """What a sound says of itself, by its header alone.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    with _opened(source) as sound:
        return _header(sound)


def blocks_of(data: bytes, rate: int, *, first: bool = False, seen: Seen | None = None) -> Iterator[np.ndarray]:
    """A sound at another rate, all channels mixed to one: float32 `(n,)`, block by block, as loud as it is.

    Args:
        first: Take the first channel alone.
        seen: Told what the channels are like.

    Raises:
        DataError: with the reason why it cannot be read.
    """
    import soxr

    with _opened(data) as sound:
        header = _header(sound)
        limit = int(SOUND_SECONDS * header.rate)
        change = None if header.rate == rate else soxr.ResampleStream(header.rate, rate, 1, "float32", quality="HQ")
        done = 0
        while len(block := _read(sound)):
            done += len(block)
            if done > limit:
                raise _too_long(None)
            if bad := int((~np.isfinite(block)).sum()):
                raise DataError(f"{bad:,} of its samples or more are no numbers (NaN or infinite)")
            if seen is not None:
                seen.look(block)
            mixed = block[:, 0] if first or header.channels == 1 else block.mean(1, dtype=np.float32)
            yield np.ascontiguousarray(mixed) if change is None else change.resample_chunk(mixed)
        if change is not None:
            yield change.resample_chunk(np.zeros(0, np.float32), last=True)
        if header.frames is not None and done < header.frames - SPARE.get(sound.format, 0):
            raise DataError(f"damaged or cut short: {done:,} of its {header.frames:,} samples can be read")


def sound_bytes(samples: np.ndarray, rate: int, suffix: str, *, is_item: bool = True) -> bytes:
    """Samples `(n,)` int16 as a file: WAV or FLAC of 16 bits, or Ogg Vorbis, which loses something.

    Args:
        is_item: Whether it says so, to be read again as it is.
    """
    library = soundfile()
    out = io.BytesIO()
    form, coding = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}[suffix]
    with library.SoundFile(out, "w", rate, 1, coding, format=form) as sound:
        if is_item:
            sound.comment = OURS
        for start in range(0, len(samples), 1 << 14):  # libvorbis takes no more at once
            sound.write(samples[start : start + (1 << 14)])
    return out.getvalue()


def _read(sound: SoundFile) -> np.ndarray:
    """The next block, `(n, channels)`; libmpg123 writes to the terminal what it finds wrong."""
    with Overheard() if sound.format == "MP3" else nullcontext():
        return sound.read(max(1024, BLOCK // sound.channels), dtype="float32", always_2d=True)


def _header(sound: SoundFile) -> SoundHeader:
    frames = None if sound.frames >= _UNKNOWN else int(sound.frames)
    header = SoundHeader(int(sound.samplerate), int(sound.channels), frames, sound.comment == OURS)
    if not SLOWEST <= header.rate <= FASTEST:
        raise DataError(f"a sound of {header.rate:,} samples a second", allowed=f"{SLOWEST:,} to {FASTEST:,}")
    if frames == 0:
        raise DataError("a sound without a sample")
    if header.seconds > SOUND_SECONDS:
        raise _too_long(header.seconds)
    return header


def _too_long(seconds: float | None) -> DataError:
    lasts = "a sound" if seconds is None else f"a sound of {seconds / 60:,.0f} minutes"
    return DataError(f"{lasts}, longer than {SOUND_SECONDS / 60:,.0f} minutes", next="Cut it into several")


@contextmanager
def _opened(source: Path | bytes) -> Generator[SoundFile]:
    library = soundfile()
    with _reasons():
        if isinstance(source, Path):
            if not source.is_file():
                raise DataError("not a file" if source.exists() else "no such file")
            with open(source, "rb") as handle:
                head, end = handle.read(12), handle.seek(0, 2)
        else:
            head, end = source[:12], len(source)
        if not end:
            raise DataError("an empty file of zero bytes")
        if not is_sound(head):
            raise DataError(f"not a sound of a kind that is read ({TOLD})")
        if isinstance(source, bytes):
            _check_whole(source)
        heard = Overheard()
        with heard:
            sound = library.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        with sound:
            if sound.format not in FORMATS:
                raise DataError(f"not a sound of a kind that is read ({TOLD})")
            yield sound


@contextmanager
def _reasons() -> Generator[None]:
    """libsndfile's and the system's refusals as ours."""
    try:
        yield
    except PermissionError:
        raise DataError("not allowed to read it") from None
    except (RuntimeError, OSError, ValueError, TypeError, MemoryError) as error:
        reason = " ".join(_PREFIX.sub("", str(error)).split())[:200].rstrip(".") or type(error).__name__
        raise DataError(f"a damaged or truncated sound ({reason})") from None


def _check_whole(data: bytes) -> None:
    """Refuse a WAV or AIFF that ends before the samples do which it promises. One that promises none, or as many as can
    be, was written to a pipe and holds what there is.

    Raises:
        DataError: with the bytes promised and the bytes there.
    """
    big = data[:4] == b"FORM"
    if not big and data[:4] != b"RIFF":
        if data[:4] == b"OggS" and not _ends(data):
            raise DataError("cut short: the last page of its stream is missing")
        return
    place = 12
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack_from(">I" if big else "<I", data, place + 4)[0]
        have = len(data) - place - 8
        if name in (b"data", b"SSND"):
            if have < size < 0x7FFF_0000:
                raise DataError(f"cut short: it promises {size:,} bytes of samples and holds {have:,}")
            return
        place += 8 + size + size % 2
    raise DataError("cut short: it holds no samples")


def _ends(data: bytes) -> bool:
    """Whether the last page of an Ogg stream says that it is the last."""
    last = data.rfind(b"OggS")
    return len(data) > last + 5 and bool(data[last + 5] & 4)
