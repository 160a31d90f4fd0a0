"""Text that comes from data, made fit to be shown."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories that act instead of showing: controls, direction marks, surrogates, separators."""


def safe(text: object) -> str:
    """Text as it may be shown: whatever would act on a terminal or a page is written out (`\\x1b`), line breaks too."""
    return "".join(c if unicodedata.category(c) not in _UNSEEN else _written_out(c) for c in str(text))


def _written_out(character: str) -> str:
    code = ord(character)
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(
        character, f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
