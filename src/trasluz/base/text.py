"""Text that comes from data, made fit to be shown; a time as a person says it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories that act instead of showing: controls, direction marks, surrogates, separators."""


def safe(text: object) -> str:
    """Text as it may be shown: whatever would act on a terminal or a page is written out (`\\x1b`), line breaks too."""
    return "".join(c if unicodedata.category(c) not in _UNSEEN else _written_out(c) for c in str(text))


def duration(seconds: float) -> str:
    """`75` to `1 min 15 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _written_out(character: str) -> str:
    code = ord(character)
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(
        character, f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def counted(n: int, one: str, many: str) -> str:
    """A number with its word: `counted(1, "item is", "items are")` is "1 item is"."""
    return f"{n:,} {one if n == 1 else many}"


def first_texts(values: Iterable[str], n: int = 3) -> str:
    """Some of many texts, for a sentence: `'a.png', 'b.png', 'c.png', ...`."""
    listed = list(values)
    return ", ".join(map(repr, listed[:n])) + (", ..." if len(listed) > n else "")
