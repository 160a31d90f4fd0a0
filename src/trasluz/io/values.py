"""JSON that somebody wrote: any value, of bounded size."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from trasluz.base.bounds import JSON_FILE
from trasluz.base.errors import DamagedFile, DataError, NoPermission
from trasluz.io.cells import check_json


def read_value(path: Path, what: str, *, limit: int = JSON_FILE) -> Any:
    """The JSON value in a file of at most `limit` bytes; anything else is a `DamagedFile` that names it."""
    return parse_value(read_some(path, what, limit=limit), f"{what} at {path}")


def read_some(path: Path, what: str, *, limit: int = LIMIT) -> bytes:
    """The bytes of a file of at most `limit`; of anything else a `DamagedFile` that names it."""
    try:
        # Asked before it is opened: opening a pipe would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise DamagedFile(f"{what} at {path} is not a file")
        with open(path, "rb") as handle:
            data = handle.read(limit + 1)
    except FileNotFoundError:
        raise DamagedFile(f"{what} is missing: {path}") from None
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error
    except (OSError, ValueError) as error:  # a name with a zero byte in it is a ValueError
        raise DamagedFile(f"{what} at {path} cannot be read: {error}") from error
    if len(data) > limit:
        raise DamagedFile(f"{what} at {path} is larger than {limit:,} bytes")
    return data


def parse_value(text: str | bytes, what: str) -> Any:
    """The JSON value of a text, or a `DamagedFile` that says what it was to be."""
    try:
        check_json(text, what)
    except DataError as error:
        raise DamagedFile(error.what, allowed=error.allowed, next=error.next) from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise DamagedFile(f"{what} is not JSON") from None
