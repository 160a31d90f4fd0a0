"""JSON that somebody wrote: any value, of bounded size; and what our own files say of themselves: version, checksum."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from trasluz.base.bounds import JSON_FILE
from trasluz.base.errors import DamagedFile, DataError, LaterVersion, VersionMismatch
from trasluz.io.cells import check_json
from trasluz.io.plain import read_whole

SEAL = "checksum"
"""The last field of each JSON object that we write: a hash of all others."""
_SEAL = re.compile("b-[0-9a-f]{32}")


def read_value(path: Path, what: str, *, limit: int = JSON_FILE) -> Any:
    """The JSON value in a file of at most `limit` bytes; anything else is a `DamagedFile` that names it."""
    return parse_value(read_whole(path, what, limit=limit), f"{what} at {path}")


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


def seal_of(value: Mapping[str, Any]) -> str:
    """The seal of an object of JSON values: BLAKE2b over its fields in the order of their names."""
    text = json.dumps(json.loads(json.dumps(dict(value))), sort_keys=True, separators=(",", ":"))
    return "b-" + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def sealed(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object with its seal."""
    plain = {key: inner for key, inner in value.items() if key != SEAL}
    return {**plain, SEAL: seal_of(plain)}


def unsealed(value: Mapping[str, Any], what: str) -> dict[str, Any]:
    """An object whose seal is whole, without it. One without a seal is from before there were seals, or not of ours.

    Raises:
        DamagedFile: its content is not what was written.
    """
    plain = {key: inner for key, inner in value.items() if key != SEAL}
    if SEAL in value:
        if value[SEAL] != seal_of(plain):
            raise DamagedFile(
                f"{what} is damaged: its checksum does not match its content",
                next=f"Take it from a copy; where you changed it yourself, remove its {SEAL!r}",
            )
    elif any(isinstance(inner, str) and _SEAL.fullmatch(inner) for inner in plain.values()):
        raise DamagedFile(f"{what} is damaged: the name of its checksum is another")
    return plain


def check_version(found: object, known: int | Collection[int], what: str, next: str = "make it again") -> None:
    """Refuse what another version wrote, by name.

    Args:
        found: The version that it says.
        known: Those that are read.
        next: What helps besides an update of Trasluz.

    Raises:
        VersionMismatch: with both; of a later one, `LaterVersion`.
    """
    read = [known] if isinstance(known, int) else sorted(known)
    if type(found) is int and found in read:
        return
    is_later = type(found) is int and found > read[-1]
    raise version_error(what, is_later, found, ", ".join(map(str, read)), next)


def version_error(what: str, is_later: bool, found: object, allowed: str, next: str) -> VersionMismatch:
    """What to raise of a file of another version."""
    kind, by = (
        (LaterVersion, "was written by a later version of Trasluz, in") if is_later else (VersionMismatch, "uses")
    )
    return kind(
        f"{what} {by} another version of the format", got=found, allowed=allowed, next=f"Update Trasluz, or {next}"
    )
