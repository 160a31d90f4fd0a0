"""A folder of somebody's files that arrives piece by piece: judged by its names before a byte of it comes, and at the
end whole in its place, or gone.

It is unfinished (`leftovers.py`) until then, so that what a killed process had received is cleared by the next writer.
"""

from __future__ import annotations

import os
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, final

from trasluz.base.bounds import UPLOAD_FILE, UPLOAD_FILES, UPLOAD_NAME, UPLOAD_PART, UPLOAD_SIZE, of_size
from trasluz.base.errors import InvalidArgument, NameTaken
from trasluz.io import plain
from trasluz.io.atomic import disk_errors, make_folder, new_folder, write_sealed
from trasluz.io.leftovers import claim, give_up

HIDDEN = "hidden: its name begins with a dot"
LITTER = ("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin")
"""What systems put into folders by themselves, in lower case."""
TAKEN = "another file has the same name"
SYSTEMS = "put there by the system"
EXAMPLES = 3
ARRIVED = "arrived.json"
"""Beside the data: what was left out before it came."""


def safe_name(name: str) -> tuple[str, ...] | None:
    """A path below a folder, part by part, as a disk may have it; None for one that leads elsewhere, or is none.

    >>> safe_name("cats/Ñandú 1.png"), safe_name("../../etc/passwd"), safe_name("/etc/passwd"), safe_name("a//b.png")
    (('cats', 'Ñandú 1.png'), None, None, None)
    """
    text = unicodedata.normalize("NFC", name)
    parts = tuple(text.split("/"))
    if len(text.encode("utf-8", "replace")) > UPLOAD_NAME or not text.isprintable():
        return None
    odd = set('\\\0<>:"|?*') if os.name == "nt" else {"\\", "\0"}
    wrong = any(
        part in ("", ".", "..") or len(part.encode("utf-8", "replace")) > UPLOAD_PART or odd & set(part)
        for part in parts
    )
    return None if wrong or (os.name == "nt" and any(part != part.rstrip(" .") for part in parts)) else parts


@final
class Receiving:
    """Files on their way into a folder.

    Args:
        place: The folder in which it is to stand; made where it is not there.
        unwanted: Why a file is not taken, by its name and its first bytes, which are empty before any came; None for
            one that is taken.
    """

    def __init__(self, place: Path, unwanted: Callable[[str, bytes], str | None]) -> None:
        self._unwanted = unwanted
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._have: dict[str, int] = {}
        self._made: set[Path] = set()
        """Folders of it that are there: to look for each one anew takes longer than a small file."""
        self.left_out: list[tuple[str, str]] = []
        """What is not taken, and why."""
        self.touched = time.monotonic()
        """When the last piece came."""
        self.folder = claim(make_folder(place))
        plain.make_one(self.folder)

    @property
    def total(self) -> int:
        """Bytes of all that is to come, or has."""
        return sum(self._sizes.values())

    @property
    def files(self) -> int:
        return len(self._sizes)

    @staticmethod
    def called(name: str) -> str:
        """What a file that is to come is called here."""
        return "/".join(safe_name(name) or ())

    def announce(self, name: str, size: int) -> str | None:
        """Whether a file is to come: None where it is, else why not.

        Raises:
            InvalidArgument: there are too many, or they are too large together.
        """
        with self._lock:
            self.touched = time.monotonic()
            if len(self._sizes) + len(self.left_out) >= UPLOAD_FILES:
                raise _too_much(f"more than {UPLOAD_FILES:,} files", f"{UPLOAD_FILES:,}")
            reason = self._refused(name, size)
            if reason is not None:
                self.left_out.append((name[:UPLOAD_NAME], reason))
                return reason
            if self.total + size > UPLOAD_SIZE:
                raise _too_much(f"more than {of_size(UPLOAD_SIZE)}", of_size(UPLOAD_SIZE))
            self._sizes[self.called(name)] = size
            return None

    def _refused(self, name: str, size: int) -> str | None:
        parts = safe_name(name)
        if parts is None:
            return "no name that a disk can have"
        if any(part.lower() in LITTER for part in parts):
            return SYSTEMS
        if any(part.startswith(".") for part in parts):
            return HIDDEN
        if size < 1:
            return "an empty file"
        if size > UPLOAD_FILE:
            return f"larger than {of_size(UPLOAD_FILE)}"
        if "/".join(parts) in self._sizes:
            return TAKEN
        return self._unwanted(parts[-1], b"")

    def take(self, name: str, offset: int, data: bytes) -> str | None:
        """The next piece of a file that was announced. Why it is not taken after all, where its first bytes say so; the
        rest of it need not come.

        Raises:
            InvalidArgument: it was not announced, or this is not its next piece.
        """
        with self._lock:
            self.touched = time.monotonic()
            size, have = self._sizes.get(name), self._have.get(name, 0)
            if size is None:
                raise InvalidArgument("a file that was not announced", got=name[:200])
            if offset != have or offset + len(data) > size or not data:
                raise InvalidArgument(
                    "not the next piece of the file", got=f"{len(data):,} bytes from {offset:,}",
                    allowed=f"from {have:,}, up to {size:,}",
                )  # fmt: skip
            if offset == 0 and (reason := self._unwanted(name.rsplit("/", 1)[-1], data)) is not None:
                del self._sizes[name]
                self.left_out.append((name, reason))
                return reason
            path = self.folder.joinpath(*name.split("/"))
            try:
                with disk_errors(path, size - offset):
                    if path.parent not in self._made:
                        self._made.add(make_folder(path.parent))
                    with plain.create(path) if offset == 0 else plain.appending(path) as file:
                        file.write(data)
            except (
                FileExistsError,
                NameTaken,
            ):  # a disk that knows no capitals, or a file that is called like a folder
                del self._sizes[name]
                self.left_out.append((name, TAKEN))
                return TAKEN
            self._have[name] = have + len(data)
            return None

    @property
    def missing(self) -> list[str]:
        """Files of which not all has come."""
        return [name for name, size in self._sizes.items() if self._have.get(name, 0) < size]

    def finish(self, target: Path, arrange: Callable[[Path, Path], None]) -> None:
        """Move everything to its place.

        Args:
            target: A new folder.
            arrange: Puts what came, in the first folder, into the second.

        Raises:
            InvalidArgument: not all has come.
            NameTaken: there is something of that name.
        """
        with self._lock:
            if self.missing:
                raise InvalidArgument(
                    f"of {len(self.missing):,} files not all has come, such as {self.missing[0]}",
                    next="Send the rest of them, or drop the folder again",
                )
            with new_folder(target) as folder:
                arrange(self.folder, folder)
                write_sealed(folder / ARRIVED, {"left_out": _summed(self.left_out), "bytes": self.total})
        self.give_up()

    def give_up(self) -> None:
        """Delete what has come."""
        give_up(self.folder)


def _summed(left_out: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Reasons, the most frequent first, with their numbers and some names."""
    counts = Counter(reason for _, reason in left_out)
    named = {reason: [name for name, why in left_out if why == reason][:EXAMPLES] for reason in counts}
    return [{"reason": reason, "count": n, "examples": named[reason]} for reason, n in counts.most_common()]


def _too_much(got: str, allowed: str) -> InvalidArgument:
    return InvalidArgument(
        "the folder is too large to be handed over by the page", got=got, allowed=f"up to {allowed}",
        next="Train on it by its path instead: trasluz train vae --data PATH --name NAME",
    )  # fmt: skip
