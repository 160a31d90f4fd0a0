"""From an exception to one clear line, an exit code and, with --json, a document."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import typer
from typer.core import TyperOption

from trasluz.base.errors import InvalidArgument, NoPermission, NoSpace, Stopped, TrasluzError
from trasluz.cli import interrupts
from trasluz.cli.output import console, document, safe
from trasluz.cli.verbs import Group

COMMON = ("--workspace", "--private", "--seed", "--device", "--json", "--quiet", "--debug")


class Usage(InvalidArgument):
    """A command line that cannot be read."""

    def sentence(self) -> str:
        # Typer's suggestions are questions.
        return super().sentence().replace("?.", "?")


class OutOfMemory(TrasluzError):
    """The machine or its accelerator has too little memory for what was asked."""


class Internal(TrasluzError):
    """Our own fault."""

    exit_code = 1

    def sentence(self) -> str:
        return f"{' '.join(self.what.split())}. Run again with --debug and report it."


class Face(Group):
    """The root of the command line, where every error ends as one line."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        try:
            code = super().main(
                args, prog_name, complete_var, standalone_mode=False, windows_expand_args=windows_expand_args, **extra
            )
            # Typer turns Ctrl-C into this number.
            if code == Stopped.exit_code:
                raise Stopped("interrupted")
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort of the program
            # What cannot be said on standard output either has been said on the other one.
            code = translate(error).exit_code
            with suppress(TrasluzError, SystemExit):
                report(error, json="--json" in given, debug="--debug" in given)
                sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)


def report(error: BaseException, *, json: bool, debug: bool) -> int:
    """Say what went wrong; returns the exit code."""
    ours = translate(error)
    if debug:
        traceback.print_exception(error)
    text = ours.sentence()
    if isinstance(ours, Stopped):
        console(error=True).print(safe(text[:1].upper() + text[1:]), style="bold yellow", soft_wrap=True)
    else:
        console(error=True).print(f"Error: {safe(text)}", style="bold red", soft_wrap=True)
    if json:
        kind = type(error).__name__ if isinstance(error, TrasluzError) else type(ours).__name__
        allowed = ours.allowed if isinstance(ours.allowed, (str, type(None))) else list(_each(ours.allowed))
        document(
            {
                "error": {
                    "kind": kind,
                    "message": text,
                    "what": ours.what,
                    "got": None if ours.got is None else str(ours.got),
                    "allowed": allowed,
                    "next": ours.next,
                    "exit_code": ours.exit_code,
                }
            }
        )
    return ours.exit_code


def _each(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, (list, tuple, set, frozenset, dict)) else [str(value)]


def translate(error: BaseException) -> TrasluzError:
    """Any exception as one of ours."""
    if isinstance(error, TrasluzError):
        return error
    if interrupts.was_told() and not isinstance(error, KeyboardInterrupt):
        return Stopped("interrupted")
    if isinstance(error, typer.TyperException):
        return usage(error)
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return Stopped("interrupted")
    if isinstance(error, MemoryError) or _memory(error):
        return OutOfMemory("not enough memory", next="Ask for fewer items, smaller pictures or another --device")
    if isinstance(error, OSError):
        return _refused(error)
    return Internal(f"Internal error: {type(error).__name__}: {error}")


def usage(error: typer.TyperException) -> Usage:
    """A word of the command line that is unknown, missing, of the wrong kind or out of range."""
    if isinstance(error, typer.BadParameter) and isinstance(error.param, TyperOption):
        given = _given(error)
        if given is not None:
            return Usage(f"wrong value for {error.param.opts[0]}", got=given, allowed=_range(error.param))
    text = " ".join(error.format_message().split())
    what, _, rest = text.partition(". ")
    word = what.removeprefix("No such option: ").split(" ")[0]
    if what.startswith("No such option: ") and word in COMMON:
        rest = f"Write it after the verb: trasluz VERB ... {word}"
    return Usage(what[:1].lower() + what[1:].rstrip("."), next=rest.rstrip(".") or None)


def _given(error: typer.BadParameter) -> str | None:
    """The word that could not be read, where Typer's reader tells."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return None
    return str(error.__cause__.errors()[0]["input"])


def _range(option: TyperOption) -> str:
    """`a whole number, 1 to 10,000`."""
    kind = {int: "a whole number", float: "a number"}.get(option.type_descriptor.annotation, "another value")
    if option.min is None:
        return kind
    low = f"{option.min:,.10g}"
    return f"{kind}, {low} to {option.max:,.10g}" if option.max is not None else f"{kind}, {low} or more"


def _memory(error: BaseException) -> bool:
    # Torch has a class of its own for an accelerator and a plain RuntimeError for the machine.
    return type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error)


def _refused(error: OSError) -> TrasluzError:
    name = error.filename or "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace(f"no space left to write {name}", next="Free some space and run the same command again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NoPermission(f"the operating system refused {name}: {error.strerror}")
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP):
        return InvalidArgument(f"{name}: {error.strerror}")
    return Internal(f"Internal error: {type(error).__name__}: {error}")
