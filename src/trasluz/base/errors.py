"""One tree of errors. Each says what was wrong, what was given, what is allowed and what to do next."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast


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
        return _one_line(_stop(text) + (f" {_stop(self.next)}" if self.next else ""))

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors travel from worker processes; an exception's own way of travelling loses named arguments.
        shown = {k: v if v is None else _show(v) for k, v in self.__dict__.items()}
        return _again, (type(self), self.args, shown)


def _again(kind: type[TrasluzError], args: tuple[Any, ...], values: dict[str, Any]) -> TrasluzError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(values)
    return error


def _stop(text: str) -> str:
    """A full stop, except behind a command, where it would be copied along."""
    if "trasluz " in text.rsplit(". ", 1)[-1].rsplit(": ", 1)[-1]:
        return text
    return text if text.rstrip().endswith((".", "?", "!")) else f"{text}."


def _one_line(text: str) -> str:
    """Names of files and fields come from anywhere: nothing in them may break the line or reach the terminal."""
    text = " ".join(text.split())
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _show(value: object) -> str:
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        shown = [str(v) for v in cast(Iterable[object], value)]
        more = f" and {len(shown) - 30} more" if len(shown) > 30 else ""
        return ", ".join(shown[:30]) + more
    text = str(cast(object, value))
    return text if len(text) <= 200 else text[:197] + "..."


class InvalidArgument(TrasluzError):
    """A value that cannot be used, given by the caller."""


class UnknownName(InvalidArgument):
    """A name that nothing answers to; suggests the nearest one that does."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, next: str | None = None) -> None:
        names = sorted(known)
        close = nearest(name, names)
        if close is not None:
            next = f"Did you mean {close}?" + (f" {next}" if next else "")
        super().__init__(f"unknown {kind}", got=repr(name), allowed=names or "none exist yet", next=next)


def nearest(name: str, known: Sequence[str]) -> str | None:
    """Of what is known, what was most likely meant: the same but for capitals and accents, else the nearest; None
    where nothing is near."""
    folded = {_folded(one): one for one in reversed(known)}
    same = folded.get(_folded(name))
    close = difflib.get_close_matches(name, known, n=1)
    alike = [] if close else difflib.get_close_matches(_folded(name), folded, n=1)
    return same or (close[0] if close else folded[alike[0]] if alike else None)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


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


class LaterVersion(VersionMismatch):
    """A file that a later version of Trasluz wrote: whole, and not ours to replace."""


class IdentityMismatch(TrasluzError):
    """Two things that do not belong together: an atlas of another model, a prior of another space."""


class WorkspaceLocked(TrasluzError):
    """Another process is writing to the workspace."""


class NoSpace(TrasluzError):
    """The disk is full, or a quota is reached."""


class NoPermission(TrasluzError):
    """The operating system refused access."""


class CodeNotAllowed(TrasluzError):
    """A model that runs a file of somebody's code when it is opened, which nobody has allowed."""


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
