"""What a verb keeps to. With `runs`, one of its command lines that can be done in an empty folder, its JSON answer is
looked at too; `prepare` puts into that folder what the line needs.

>>> test_mine = suite("verbs", "midpoint", runs="trasluz midpoint waves seed:1 seed:2", prepare=write_waves)
... # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import shlex
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final

from typer.core import TyperArgument, TyperOption

from trasluz.base.errors import InvalidArgument
from trasluz.cli.verbs import COMMON, Command
from trasluz.conformance._case import Case, ConformanceError, want
from trasluz.lab.calls.declared import Verb
from trasluz.lab.calls.parameters import Number, Switch, Whole
from trasluz.lab.calls.verb import check, verb_named, verb_of
from trasluz.spaces import registry

WORKSPACE = "TRASLUZ_WORKSPACE"


@final
@dataclass(frozen=True)
class VerbCase(Case):
    """A verb, and one of its command lines that can be done."""

    row: ClassVar[str] = "verbs"
    verb: Verb
    name: str
    """As it is registered, `models.list`."""
    runs: str | None = None
    prepare: Callable[[Path], object] | None = None

    @property
    def who(self) -> str:
        return self.name

    def without(self) -> frozenset[str]:
        registered = self.name in registry.names("verbs")
        return frozenset((*(() if self.runs else ("json",)), *(() if registered else ("registered",))))

    def command(self) -> Command:
        return Command(self.verb.words[-1], self.verb)

    def read(self, line: str) -> Any:
        """A command line as its own parser takes it."""
        words = shlex.split(line)
        start = ["trasluz", *self.verb.words]
        want(words[: len(start)] == start, f"the example {line!r} does not begin with {' '.join(start)!r}")
        return self.command().make_context(self.verb.words[-1], words[len(start) :])


def cases(verb: Any, *, runs: str | None = None, prepare: Callable[[Path], object] | None = None) -> list[VerbCase]:
    """Of a verb by its name in the registry, or of the function itself."""
    declared = verb_named(verb) if isinstance(verb, str) else verb_of(verb)
    return [VerbCase(declared, verb if isinstance(verb, str) else ".".join(declared.words), runs, prepare)]


def check_registered(case: VerbCase) -> None:
    """It answers to the name that it is registered by, and the command line can hold it."""
    check(case.name)
    words = ".".join(case.verb.words)
    want(words == case.name, f"it calls itself {words!r} and is registered as {case.name!r}")


def check_words(case: VerbCase) -> None:
    """It says in a sentence what it does, and so does each of its parameters."""
    want(case.verb.summary.endswith("."), f"its docstring begins with no sentence: {case.verb.summary!r}")
    for name, declared in case.verb.parameters.items():
        help_ = declared.kind.help.strip()
        want(bool(help_), f"the parameter {name} has no help")
        want(help_.endswith((".", "?", ")")), f"the help of {name} is no sentence: {help_!r}")


def check_common(case: VerbCase) -> None:
    """What all verbs have is there by its usual name, kind and default, and stands behind the star."""
    usual: dict[str, object] = {"workspace": None, "seed": 0, "device": "auto", "create": True}
    for name, parameter in case.verb.signature.parameters.items():
        if name in (*usual, "progress"):
            want(parameter.kind is inspect.Parameter.KEYWORD_ONLY, f"{name} is to be given by name alone")
        if name in usual:
            want(parameter.default == usual[name], f"the default of {name} is {usual[name]!r}, as in all verbs")
    flags = {flag for one in case.command().params for flag in one.opts}
    missing = {f"--{name}" for name in COMMON} - flags
    want(not missing, f"the command line lacks {', '.join(sorted(missing))}")


def check_options(case: VerbCase) -> None:
    """On the command line everything has its help, and no two options the same flag."""
    seen: dict[str, str] = {}
    for one in case.command().params:
        want(isinstance(one, (TyperArgument, TyperOption)), f"{one.name} is no option and no argument")
        want(bool(getattr(one, "help", "")), f"{one.name} has no help on the command line")
        for flag in (*one.opts, *one.secondary_opts) if isinstance(one, TyperOption) else ():
            want(flag not in seen, f"{flag} stands for {seen.get(flag)} and for {one.name}")
            seen[flag] = str(one.name)


def check_defaults(case: VerbCase) -> None:
    """Every default is within the limits that are declared of it, and of a kind that its parameter takes."""
    for name, declared in case.verb.parameters.items():
        if declared.is_required or declared.default is None:
            continue
        kinds: dict[type, type | tuple[type, ...]] = {Whole: int, Number: (int, float), Switch: bool}
        wanted = kinds.get(type(declared.kind))
        fits = wanted is None or isinstance(declared.default, wanted)
        want(
            fits, f"the default of {name} is {declared.default!r}, which a {type(declared.kind).__name__} does not take"
        )
        try:
            declared.kind.check(name, declared.default)
        except InvalidArgument as error:
            raise ConformanceError(f"the default of {name} is refused: {error.what}") from error


def check_examples(case: VerbCase) -> None:
    """Its examples are read by its own parser, and stand in its help."""
    want(bool(case.verb.examples), "it has no example")
    for line in case.verb.examples:
        case.read(line)
        want(line.replace("[", "\\[") in (case.command().epilog or ""), f"the example {line!r} is not in its help")


def check_limits(case: VerbCase) -> None:
    """Numbers beyond their limits are refused by the function as by the command line, in one line."""
    for name, declared in case.verb.parameters.items():
        kind = declared.kind
        if not isinstance(kind, (Whole, Number)):
            continue
        for beyond in ([kind.low - 1] if kind.low is not None else []) + ([kind.high + 1] if kind.high else []):
            try:
                kind.check(name, beyond)
            except InvalidArgument as error:
                want("\n" not in str(error), f"{name} = {beyond:g} is refused in more lines than one")
                continue
            raise ConformanceError(f"{name} = {beyond:g} is beyond its limits and is taken")


def check_json(case: VerbCase) -> None:
    """With `--json` its line gives one JSON object on standard output, and nothing else."""
    if case.prepare is not None:
        case.prepare(case.place)
    words = [*shlex.split(case.runs or "")[1 + len(case.verb.words) :], "--json"]
    with contextlib.ExitStack() as stack:
        out, remarks = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
        with _at(case.place), contextlib.redirect_stdout(out), contextlib.redirect_stderr(remarks):
            case.command().main(words, standalone_mode=False)
        out.seek(0)
        text = out.read()
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConformanceError(f"with --json it answers {text[:60]!r}, which is no JSON document") from error
    want(isinstance(document, dict), f"with --json it answers with {type(document).__name__}, no object")


@contextlib.contextmanager
def _at(place: Path) -> Generator[None]:
    """In that folder, with its own workspace there."""
    before = os.environ.get(WORKSPACE)
    os.environ[WORKSPACE] = str(place / "workspace")
    try:
        with contextlib.chdir(place):
            yield
    finally:
        os.environ.pop(WORKSPACE)
        if before is not None:
            os.environ[WORKSPACE] = before


CHECKS = {
    "registered": check_registered,
    "words": check_words,
    "common": check_common,
    "options": check_options,
    "defaults": check_defaults,
    "examples": check_examples,
    "limits": check_limits,
    "json": check_json,
}
"""Every check by name."""
