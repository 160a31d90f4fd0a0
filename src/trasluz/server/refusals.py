"""From an error to a status and a document `{kind, what, got, allowed, next, sentence, stopped}`; our own fault has its
`number` too. Nothing else of it leaves."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from trasluz.base.errors import (
    CodeNotAllowed,
    IdentityMismatch,
    InvalidArgument,
    NameTaken,
    NoPermission,
    NoSpace,
    Stopped,
    TrasluzError,
    UnknownName,
    UnsafePath,
    WorkspaceLocked,
)
from trasluz.server.logs import fault

RETRY = 1
"""Seconds after which to ask again."""


class Refused(TrasluzError):
    """A request that is not let in."""

    status = 403


class NoToken(Refused):
    """No token of this run, or a wrong one."""

    status = 401


class NotAllowed(Refused):
    """A method that no route has."""

    status = 405


class TooLarge(Refused):
    """A body of more bytes than are taken."""

    status = 413


class TooSlow(Refused):
    """A body that does not arrive."""

    status = 408


class OldPage(Refused):
    """A page of another version than the server."""

    status = 409


class Busy(Refused):
    """A queue is full; nothing is wrong with the request."""

    status = 503


class Taken(Refused):
    """There is one already of what there is one of at a time."""

    status = 409


class NotThere(Refused):
    """No such thing, or none that may be reached from here."""

    status = 404


class Gone(Refused):
    """Something that was there when the page asked for it first."""

    status = 410


class MapChanged(Refused):
    """What a map was opened on is another by now."""

    status = 409


class MapClosed(Refused):
    """A map that is open no longer, since others were opened after it; nothing is lost."""

    status = 404


class Hidden(TrasluzError):
    """Our own fault; what it is stays on the server, written down under its number."""

    exit_code = 1
    number = ""


_STATUS: tuple[tuple[type[TrasluzError], int], ...] = (
    (UnknownName, 404),
    (UnsafePath, 404),
    (NameTaken, 409),
    (IdentityMismatch, 409),
    (WorkspaceLocked, 409),
    (NoPermission, 403),
    (CodeNotAllowed, 403),
    (NoSpace, 507),
    (Hidden, 500),
)


def status_of(error: TrasluzError) -> int:
    """The HTTP status of an error; 400 where nothing more is known: the asker can mend it."""
    if isinstance(error, Refused):
        return error.status
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def as_ours(error: BaseException) -> TrasluzError:
    """An error of anybody's as one of ours. What we did not foresee is written down, and it is said only that it
    happened, and under which number."""
    if isinstance(error, TrasluzError):
        return error
    if isinstance(error, MemoryError) or _memory(error):
        return Busy("not enough memory", next="Ask for fewer items, or begin the studio with another --device")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("no space left on the disk", next="Free some space and ask again")
    number = fault(error)
    hidden = Hidden(
        f"internal error ({type(error).__name__})", next=f"Look for {number} in the terminal that runs the studio"
    )
    hidden.number = number
    return hidden


def _memory(error: BaseException) -> bool:
    return type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error)


def kind_of(error: TrasluzError) -> str:
    """What sort of error it is, for a page that says it in other words: the name of its class, `unknown_name`. One of
    a plugin is named after the nearest class of ours, and our own fault is `internal`."""
    if isinstance(error, Hidden):
        return "internal"
    ours = next(kind for kind in type(error).__mro__ if kind.__module__.partition(".")[0] == "trasluz")
    return "error" if ours is TrasluzError else re.sub(r"(?<!^)(?=[A-Z])", "_", ours.__name__).lower()


def document(error: TrasluzError) -> dict[str, Any]:
    """An error as JSON values."""
    number = {"number": error.number} if isinstance(error, Hidden) else {}
    return {
        "kind": kind_of(error),
        "what": error.what,
        "got": shown(error.got),
        "allowed": shown(error.allowed),
        "next": error.next,
        "sentence": error.sentence(),
        "stopped": isinstance(error, Stopped),
        **number,
    }


def shown(value: object) -> Any:
    """What was given or allowed, as JSON: a list of texts, or a text, neither of them long."""
    if value is None:
        return None
    if isinstance(value, (list, tuple, set, frozenset, Mapping)):
        return [str(v)[:200] for v in list(value)[:100]]
    return str(value)[:500]


def answer(error: TrasluzError) -> Response:
    """An error as a response."""
    status = status_of(error)
    headers = {"Retry-After": str(RETRY)} if status == 503 else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(document(error)), status, headers, "application/json")


def bad_condition(error: InvalidArgument) -> InvalidArgument:
    """A name that the text of a request holds, and not its address: the request is wrong, not the place."""
    return InvalidArgument(error.what, got=error.got, allowed=error.allowed, next=error.next)
