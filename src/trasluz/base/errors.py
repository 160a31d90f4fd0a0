"""One tree of errors. Each says what was wrong, what was given, what is allowed and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import cast


class TrasluzError(Exception):
    """Base of every error that Trasluz raises on purpose.

    Args:
        what: What was wrong, as a clause without a full stop: "unknown family".
        got: What was given, if that helps.
        allowed: What would have been accepted.
        next: What to do now, as a sentence without a full stop.
    """

    exit_code = 2
    """What the command line exits with: 2 where the user can mend it, 1 where we must."""

    def __init__(self, what: str, *, got: object = None, allowed: object = None, next: str | None = None) -> None:
        self.what = what
        self.got = got
        self.allowed = allowed
        self.next = next
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The whole error in one line."""
        text = self.what
        if self.got is not None:
            text += f": got {_show(self.got)}"
        if self.allowed is not None:
            text += f"; allowed: {_show(self.allowed)}"
        text += "."
        if self.next:
            text += f" {self.next}."
        return " ".join(text.split())


def _show(value: object) -> str:
    if isinstance(value, str):
        return value if len(value) <= 200 else value[:197] + "..."
    if isinstance(value, dict):
        return str(cast(object, value))
    if isinstance(value, Iterable):
        shown = [str(v) for v in cast(Iterable[object], value)]
        more = f" and {len(shown) - 30} more" if len(shown) > 30 else ""
        return ", ".join(shown[:30]) + more
    return str(value)


class InvalidArgument(TrasluzError):
    """A value that cannot be used, given by the caller."""


class UnknownName(InvalidArgument):
    """A name that nothing answers to; suggests the nearest one that does."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, next: str | None = None) -> None:
        names = sorted(known)
        close = difflib.get_close_matches(name, names, n=1)
        if close:
            hint = f"Did you mean {close[0]}?"
            next = hint.rstrip(".") if next is None else f"{hint} {next}"
        super().__init__(f"unknown {kind}", got=repr(name), allowed=names or "none exist yet", next=next)

    def sentence(self) -> str:
        return super().sentence().replace("?.", "?")


class NameTaken(InvalidArgument):
    """A name that something already has."""


class UnsafePath(InvalidArgument):
    """A name or path that would leave the place it belongs to."""


class DataError(TrasluzError):
    """Data that cannot be used: empty, unreadable, too small, of the wrong kind."""


class DamagedFile(TrasluzError):
    """A file that is truncated, altered, of wrong sizes, or no file of that kind at all."""


class VersionMismatch(TrasluzError):
    """A file of another version of the format."""


class IdentityMismatch(TrasluzError):
    """Two things that do not belong together: an atlas of another model, a prior of another space."""


class WorkspaceLocked(TrasluzError):
    """Another process is writing to the workspace."""


class NoSpace(TrasluzError):
    """The disk is full, or a quota is reached."""


class NoPermission(TrasluzError):
    """The operating system refused access."""


class MissingExtra(TrasluzError):
    """An optional dependency is not installed."""


class NotInvertible(TrasluzError):
    """A space without an encoder was asked to encode."""


class NotDifferentiable(TrasluzError):
    """A method needs gradients that this space does not have."""


class Diverged(TrasluzError):
    """Training produced a NaN or an infinity; stopped before the weights were touched."""


class Stopped(TrasluzError):
    """The user interrupted; what had been done is kept."""

    exit_code = 130
