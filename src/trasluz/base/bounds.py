"""Every limit that guards against input from outside which is hostile or overlarge: value, unit, what it guards, why.

`limits.py` beside it checks numbers that a person gives to a verb; this file says how much of a stranger's file, text
or table is taken. docs/limits.md is made of it. What the studio's server takes is in `server/limits.py`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, TypeVar, final

from trasluz.base.errors import DataError, InvalidArgument

T = TypeVar("T", int, float)


@final
@dataclass(frozen=True)
class Bound:
    """One limit, as it is told."""

    name: str
    value: int | float
    unit: str
    guards: str
    why: str


BOUNDS: list[Bound] = []
"""All of them, in the order of their rooms."""


def _bound(name: str, value: T, unit: str, guards: str, why: str) -> T:
    BOUNDS.append(Bound(name, value, unit, guards, why))
    return value


# Memory ---------------------------------------------------------------------------------------------------------------

MEMORY_VARIABLE = "TRASLUZ_MEMORY"
MEMORY = _bound(
    "MEMORY", 896 << 20, "bytes",
    "working memory that reading one file of somebody else's may take: a picture, an array in one piece, a table",
    "a picture of 50 megapixels needs less in every format; a WebP of 34 bytes can ask for more. "
    f"`{MEMORY_VARIABLE}` sets another, such as `2GB`",
)  # fmt: skip
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)


def memory() -> int:
    """Bytes of working memory that reading one file may take: `MEMORY`, or what the environment says.

    Raises:
        InvalidArgument: the environment says no size.
    """
    said = os.environ.get(MEMORY_VARIABLE, "").strip()
    if not said:
        return MEMORY
    found = _SIZE.fullmatch(said)
    size = int(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if size < 1 << 20:
        raise InvalidArgument(
            f"the environment's {MEMORY_VARIABLE} is no size of memory", got=said, allowed="1MB or more, such as 2GB"
        )
    return size


def check_memory(needed: int, what: str, *, whole: bool = True) -> None:
    """Refuse what would take more working memory than is allowed, before any of it is taken.

    Args:
        what: What takes it, as the beginning of a sentence: "a picture of 16,383 by 3,900 pixels".
        whole: Whether that is all that it needs; else it is what it has taken so far.

    Raises:
        DataError: with the bytes needed and the bytes allowed.
    """
    allowed = memory()
    if needed > allowed:
        raise DataError(
            f"{what} needs {'' if whole else 'more than '}{needed:,} bytes of memory: too much, or a bomb?",
            allowed=f"{allowed:,} bytes",
            next="If it is sound, allow more in the environment: "
            f"{MEMORY_VARIABLE}={_said(needed if whole else 4 * needed)}",
        )  # fmt: skip


def _said(size: int) -> str:
    gib = -(-size * 10 // (1 << 30)) / 10
    return f"{gib:g}GB" if gib <= 64 else f"{-(-size // (1 << 30))}GB"


# Pictures -------------------------------------------------------------------------------------------------------------

PICTURE_PIXELS = _bound(
    "PICTURE_PIXELS", 64_000_000, "pixels", "a picture, by its header",
    "8,000 by 8,000: larger than what cameras make, below the limit at which Pillow starts to warn",
)  # fmt: skip
PICTURE_FILE = _bound(
    "PICTURE_FILE", 512 << 20, "bytes", "the file of a picture", "64 megapixels without compression, 8 bytes each",
)  # fmt: skip
PICTURE_PIECES = _bound(
    "PICTURE_PIECES", 1_000_000, "numbers", "a tag of a TIFF, such as its list of strips",
    "each strip takes some 300 bytes before the first is decoded; tiles of 16 by 16 make 250,000 of 64 megapixels",
)  # fmt: skip
PICTURE_SCANS = _bound(
    "PICTURE_SCANS", 100, "scans", "a progressive JPEG",
    "each goes over the whole picture for a few bytes of file; encoders write 10 or so",
)  # fmt: skip

# Sounds ---------------------------------------------------------------------------------------------------------------

SOUND_FILE = _bound(
    "SOUND_FILE", 672 << 20, "bytes", "the file of a sound",
    "an hour in stereo at 48 kHz and 16 bits, which is held while it is decoded block by block",
)  # fmt: skip
SOUND_SECONDS = _bound(
    "SOUND_SECONDS", 7200.0, "seconds", "how long a sound lasts",
    "two hours at 16 kHz are kept in 230 megabytes; a few kilobytes of FLAC or Ogg can promise days of silence",
)  # fmt: skip

# Arrays and weights ---------------------------------------------------------------------------------------------------

ARRAY_STREAMED = _bound(
    "ARRAY_STREAMED", 64 << 30, "bytes", "an array that is read piece by piece", "memory stays flat; the disk does not",
)  # fmt: skip
ARRAY_PIECE = _bound(
    "ARRAY_PIECE", 16 << 20, "bytes", "what is read of an array at once", "several copies of it exist while it is read",
)  # fmt: skip
ARRAY_ROW = _bound(
    "ARRAY_ROW", 200, "bytes", "what each picture of an array is counted as, whatever its size, within `MEMORY`",
    "its name and its columns are held; a few bytes of zip can promise thousands of millions",
)  # fmt: skip
ARRAY_MEMBERS = _bound(
    "ARRAY_MEMBERS", 1000, "arrays", "an NPZ file", "the header of each is read before anything is known of it",
)  # fmt: skip
ARRAY_HEADER = _bound(
    "ARRAY_HEADER", 10_000, "characters", "the header of a NumPy array", "numpy's own limit: Python parses it",
)  # fmt: skip
WEIGHTS_HEADER = _bound(
    "WEIGHTS_HEADER", 4 << 20, "bytes", "the header of a safetensors file",
    "names and shapes of some ten thousand tensors",
)  # fmt: skip
WEIGHTS_AXES = _bound("WEIGHTS_AXES", 32, "axes", "a tensor of a safetensors file", "more than any network has")

# Tables and texts -----------------------------------------------------------------------------------------------------

TABLE_FILE = _bound(
    "TABLE_FILE", 256 << 20, "bytes", "the file of a table", "a million rows of 250 characters",
)  # fmt: skip
TABLE_TEXT = _bound(
    "TABLE_TEXT", 10_000, "characters", "the longest text of a column, in tables, arrays and sidecars",
    "what is longer holds a file (base64), a mask, or a whole document",
)  # fmt: skip
TABLE_COLUMNS = _bound(
    "TABLE_COLUMNS", 10_000, "columns", "a table", "each takes its time in every step that follows",
)  # fmt: skip
SIDECAR_FILE = _bound(
    "SIDECAR_FILE", 1 << 20, "bytes", "a file of one item's own, `a.txt` or `a.json`", "a caption takes a thousandth",
)  # fmt: skip
JSON_FILE = _bound(
    "JSON_FILE", 4 << 20, "bytes", "a JSON file where nothing else is said", "settings, notes and cards take kilobytes",
)  # fmt: skip
JSON_LINES = _bound(
    "JSON_LINES", 256 << 20, "bytes", "a file of JSON lines of ours", "events of a training of a million steps",
)  # fmt: skip
JSON_LINE = _bound(
    "JSON_LINE", 1 << 20, "bytes", "a line of such a file", "an event takes some hundred",
)  # fmt: skip
PEOPLE_TEXT = _bound(
    "PEOPLE_TEXT", 1 << 20, "bytes", "a card, and other text for people; of more the beginning is shown",
    "a long card is a hundredth",
)  # fmt: skip
CACHE_NOTE = _bound(
    "CACHE_NOTE", 256 << 20, "bytes", "the note of a cache of items", "it lists what was left out, a line each",
)  # fmt: skip

# What is kept, and what comes with a model ----------------------------------------------------------------------------

ARCHIVE_FILES = _bound(
    "ARCHIVE_FILES", 10_000, "files", "a zip that is added as a model", "a model has some ten, and one of each point",
)  # fmt: skip
ZIP_LIST = _bound(
    "ZIP_LIST", 16 << 20, "bytes", "the list of what is in a zip or an NPZ file",
    "Python reads all of it before anything can be counted; 10,000 entries take a megabyte",
)  # fmt: skip
ARCHIVE_SIZE = _bound("ARCHIVE_SIZE", 64 << 30, "bytes", "what a zip unfolds into", "the disk")
ARCHIVE_LEAST = _bound(
    "ARCHIVE_LEAST", 64 << 20, "bytes", "what any zip may unfold into", "small files compress as well as they like",
)  # fmt: skip
ARCHIVE_SWELLS = _bound(
    "ARCHIVE_SWELLS", 20, "times its own size", "what a zip may unfold into beyond that", "weights hardly compress",
)  # fmt: skip
CODE_FILE = _bound(
    "CODE_FILE", 1 << 20, "bytes", "a file of code that builds a decoder", "it builds a decoder, it is no library",
)  # fmt: skip
MODEL_LIST = _bound(
    "MODEL_LIST", 16 << 20, "bytes", "a model's config, and the kept list of models", "many classes make it long",
)  # fmt: skip
HANDED_FILES = _bound(
    "HANDED_FILES", 10_000, "files", "points, and directions, that come with a model", "each is read",
)  # fmt: skip
DIRECTION_FILE = _bound(
    "DIRECTION_FILE", 64 << 20, "bytes", "a direction as JSON", "two million numbers: larger than any latent space",
)  # fmt: skip
POINT_FILE = _bound("POINT_FILE", 64 << 20, "bytes", "a point as JSON", "two million numbers, as a direction")
SELECTION_FILE = _bound(
    "SELECTION_FILE", 16 << 20, "bytes", "a selection as JSON, or a file of POINTs", "100,000 POINTs take a tenth",
)  # fmt: skip
SELECTION_POINTS = _bound(
    "SELECTION_POINTS", 100_000, "POINTs", "a selection", "more are a condition, which names none",
)  # fmt: skip
REGION_FILE = _bound("REGION_FILE", 1 << 20, "bytes", "a region as JSON, or as text", "2,000 corners take a tenth")
REGION_CORNERS = _bound("REGION_CORNERS", 2000, "corners", "a region of a map", "a hand draws some hundred")
PORTRAIT_FILE = _bound(
    "PORTRAIT_FILE", 32 << 20, "bytes", "the picture of a model", "a sheet of samples takes a tenth",
)  # fmt: skip
THUMBNAILS_FILE = _bound(
    "THUMBNAILS_FILE", 64 << 20, "bytes", "a file of thumbnails", "a sheet of ours takes a twentieth",
)  # fmt: skip
UPLOAD_FILES = _bound(
    "UPLOAD_FILES", 20_000, "files", "a folder that a page hands over, with what is left out of it",
    "each takes its turn on the wire; a larger folder is trained on by its path, on the command line",
)  # fmt: skip
UPLOAD_SIZE = _bound(
    "UPLOAD_SIZE", 8 << 30, "bytes", "all files that a page hands over at once", "the disk of the workspace",
)  # fmt: skip
UPLOAD_FILE = _bound(
    "UPLOAD_FILE", 4 << 30, "bytes", "one of them: a zip, an array", "larger ones are better named by their path",
)  # fmt: skip
UPLOAD_NAME = _bound(
    "UPLOAD_NAME", 1000, "bytes", "the path of such a file below its folder", "file systems take some thousand",
)  # fmt: skip
UPLOAD_PART = _bound(
    "UPLOAD_PART", 255, "bytes", "the name of such a file, or of a folder on the way to it", "what file systems take",
)  # fmt: skip
LOCK_FILE = _bound("LOCK_FILE", 4096, "bytes", "the note of who holds a workspace", "a process and a host")

# Conditions on rows ---------------------------------------------------------------------------------------------------

CONDITION_LENGTH = _bound(
    "CONDITION_LENGTH", 2000, "characters", "a condition", "what a person writes; parsing it stays a matter of moments",
)  # fmt: skip
CONDITION_SECONDS = _bound(
    "CONDITION_SECONDS", 5.0, "seconds", "the answer to a condition", "a page waits for it; plain ones take hundredths",
)  # fmt: skip
CONDITION_MEMORY = _bound(
    "CONDITION_MEMORY", 512 << 20, "bytes", "DuckDB's tables while a condition is answered", "a million rows fit",
)  # fmt: skip
CONDITION_APART = _bound(
    "CONDITION_APART", 1 << 30, "bytes", "memory that the process takes which answers a condition apart",
    "DuckDB does not count the texts that it makes: forty columns of long texts after each other took 15 GB",
)  # fmt: skip
CONDITION_STEP = _bound(
    "CONDITION_STEP", 200_000_000, "steps of a character", "what a condition may take of one vector of 2,048 rows here",
    "DuckDB can be stopped between vectors alone; what may take more is answered in a process that can be ended",
)  # fmt: skip
CONDITION_PROCESSES = _bound(
    "CONDITION_PROCESSES", 2, "processes", "conditions that are answered apart at once", "others are to be answered",
)  # fmt: skip
CONDITION_WAITING = _bound(
    "CONDITION_WAITING", 8, "requests", "conditions of a studio that wait for their turn", "the next is told to wait",
)  # fmt: skip


def of_size(value: Any) -> str:
    """A number of bytes as people read it.

    >>> of_size(64 << 20), of_size(4096), of_size(10_000)
    ('64 MiB', '4 KiB', '10,000')
    """
    for power, name in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if isinstance(value, int) and value >= 1 << power and value % (1 << power) == 0:
            return f"{value >> power:,} {name}"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
