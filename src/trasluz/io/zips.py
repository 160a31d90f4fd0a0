"""The end of a zip file, read before Python reads the list of what is in it: the list may be longer than any memory."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from trasluz.base.bounds import ZIP_LIST
from trasluz.base.errors import DamagedFile

_END, _END_64, _AT_64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_COMMENT = 1 << 16


def check_list(path: Path) -> None:
    """Refuse a zip whose list of entries is larger than any that is taken: for each of its bytes some ten are needed.

    Raises:
        DamagedFile: with the bytes that it says.
    """
    with open(path, "rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        start = max(0, size - _COMMENT - 22)
        handle.seek(start)
        tail = handle.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            return
        listed = struct.unpack("<L", tail[at + 12 : at + 16])[0]
        before = tail[max(0, at - 20) : at]
        if before[:4] == _AT_64 and len(before) == 20:
            handle.seek(min(struct.unpack("<Q", before[8:16])[0], size))
            large = handle.read(56)
            if large[:4] == _END_64 and len(large) == 56:
                listed = struct.unpack("<Q", large[40:48])[0]
    if listed > ZIP_LIST:
        raise DamagedFile(f"{path.name} lists its files in {listed:,} bytes: a bomb?", allowed=f"up to {ZIP_LIST:,}")
