"""Text that comes from data, made fit to be shown; a time as a person says it."""

from __future__ import annotations

import unicodedata

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
