"""From verbs to the command line: their options, the way they are read, the way they answer.

Nothing of a verb is said here: its declaration (`lab/calls/verb.py`) has the parameters, the help, the examples.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Annotated, Any, final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.base.progress import Progress
from trasluz.cli import complete, options, output
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.answers import Terminal
from trasluz.lab.calls.declared import Declared, Verb
from trasluz.lab.calls.names import check_names
from trasluz.lab.calls.parameters import Number, Parameter, Switch, Whole
from trasluz.lab.calls.verb import carry_out, verb_named

COMMON: dict[str, tuple[Any, Any]] = {
    "workspace": (options.WorkspaceOption, None),
    "private": (options.PrivateOption, False),
    "seed": (options.SeedOption, 0),
    "device": (options.DeviceOption, "auto"),
    "json": (options.JsonOption, False),
    "quiet": (options.QuietOption, False),
    "debug": (options.DebugOption, False),
}
"""Options that every verb takes; `seed` and `device` are shown where they make a difference."""


class Group(TyperGroup):
    """Verbs under one name; alone it shows its help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])


@final
@dataclass
class Screen(Terminal):
    """The terminal of one call."""

    json: bool
    quiet: bool
    stdout: IO[str]

    @cached_property
    def progress(self) -> Progress:  # type: ignore[override]
        from trasluz.cli.progress import progress_for

        return progress_for(quiet=self.quiet)

    def answer(self, document: Mapping[str, Any], human: Callable[[], None]) -> None:
        if self.json:
            output.document(document, self.stdout)
            self.stdout.flush()
        else:
            human()

    def line(self, text: object) -> None:
        output.line(text)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        output.table(columns, rows)

    def records(self, found: Sequence[Mapping[str, object]]) -> None:
        output.records(found)

    def cell(self, value: object) -> str:
        return output.cell(value)

    def outline(self, values: Mapping[str, object]) -> None:
        output.outline(values)


def holding(commands: Mapping[str, Any], base: type[Group] = Group) -> type[Group]:
    """A group of these commands."""

    class Holding(base):  # type: ignore[valid-type, misc]
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = commands

    return Holding


class Command(TyperCommand):
    """A verb of the command line. What it takes is declared when somebody asks for it."""

    def __init__(self, name: str, verb: Verb) -> None:
        super().__init__(name, help=verb.summary, epilog=_epilog(verb.examples), rich_markup_mode="rich")
        self._verb = verb
        del self.params, self.callback

    def __getattr__(self, name: str) -> Any:
        if name not in ("params", "callback"):
            raise AttributeError(name)
        command = CommandInfo(self.name, callback=_function(str(self.name), self._verb))
        made = get_command_from_info(command, pretty_exceptions_short=False, rich_markup_mode="rich")
        self.params, self.callback = made.params, made.callback
        return getattr(self, name)


@final
class Commands(Mapping[str, Any]):
    """The verbs of a group by their names, in order; a file of verbs is loaded when one of its own is looked at."""

    def __init__(self, names: Iterable[str]) -> None:
        self._below: dict[str, list[str]] = {}
        for name in names:
            self._below.setdefault(name.partition(".")[0], []).append(name)
        self._made: dict[str, TyperCommand | TyperGroup] = {}

    def __getitem__(self, word: str) -> TyperCommand | TyperGroup:
        if word not in self._made:
            self._made[word] = self._make(word, self._below[word])
        return self._made[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._below)

    def __len__(self) -> int:
        return len(self._below)

    def _make(self, word: str, names: list[str]) -> TyperCommand | TyperGroup:
        if names == [word]:
            return Command(word, verb_named(word))
        group = Group(name=word, help=verb_named(names[0]).group, rich_markup_mode="rich")
        for name in names:
            group.add_command(Command(name.partition(".")[2], verb_named(name)))
        return group


def _function(name: str, verb: Verb) -> Callable[..., None]:
    """A verb as a function of what stands on the line."""
    own = [_parameter(declared) for declared in verb.parameters.values() if _stands(declared)]
    own += [_option(key, option.parameter, option.default) for key, option in verb.answer.options.items()]
    shown = {key: verb.has(key) for key in ("seed", "device")}
    common = [
        _keyword(key, annotation if shown.get(key, True) else _hidden(annotation), default)
        for key, (annotation, default) in COMMON.items()
    ]

    def run(**values: Any) -> None:
        screen = Screen(values["json"], values["quiet"], sys.stdout)
        with ExitStack() as stack:
            if screen.json:
                # Whatever a library prints stays out of the document.
                stack.enter_context(redirect_stdout(sys.stderr))
            _carry_out(verb, values, screen)

    run.__name__, run.__module__ = name, __name__
    run.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in [*own, *common]}
    return run


def _carry_out(verb: Verb, values: Mapping[str, Any], screen: Screen) -> None:
    """Read what stands on the line, refuse what cannot be, call the verb, show what it gives."""
    for name, declared in verb.parameters.items():
        other = declared.kind.excludes
        if other and values[name] is not None and values[other] is not None:
            pair = f"{verb.parameters[other].kind.flag_of(other)} and {declared.kind.flag_of(name)}"
            raise InvalidArgument(f"{pair} exclude each other", next="Leave one of them out")
    if values["private"]:
        Workspace(values["workspace"], private=True)
    if verb.answer.instead(screen, values):
        return
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    read: dict[str, Any] = {}
    for name, declared in verb.parameters.items():
        if name == "progress":
            kwargs[name] = screen.progress
        elif name in COMMON:
            kwargs[name] = values[name]
        elif "line" in declared.kind.faces:
            value = read[name] = declared.kind.read(values[name], declared.kind.flag_of(name))
            if declared.spread:
                declared.kind.check(name, value or ())
                args += value or ()
            elif declared.kind.positional:
                args.append(value)
            else:
                kwargs[name] = value
    try:
        check_names(verb, read, Workspace(values["workspace"]))
    except UnknownName:
        if not verb.answer.is_usual(values):
            verb.answer.before(values)  # of two mistakes this one is told
        raise
    verb.answer.before(values)
    verb.answer.give(screen, carry_out(verb, tuple(args), kwargs, screen), values)


def _stands(declared: Declared) -> bool:
    return declared.name not in (*COMMON, "progress") and "line" in declared.kind.faces


def _parameter(declared: Declared) -> inspect.Parameter:
    default = ... if declared.is_required or (declared.is_several and not declared.default) else declared.default
    kind = declared.kind
    if isinstance(kind, Switch):
        default = False if kind.off else bool(declared.default)
    elif kind.word in (list[str], tuple[str, str]) and default is not ...:
        default = None
    if not kind.positional:
        return _option(declared.name, kind, default)
    if declared.is_several and kind.least == 0:  # type: ignore[attr-defined]
        default = None
    said = typer.Argument(
        metavar=kind.metavar or None, help=kind.help, autocompletion=_offers(kind), show_default=False
    )
    word = kind.word if default is ... else kind.word | None
    return _keyword(declared.name, Annotated[word, said], inspect.Parameter.empty if default is ... else default)


def _option(name: str, kind: Parameter, default: Any) -> inspect.Parameter:
    off, without = (kind.off, kind.without) if isinstance(kind, Switch) else ("", "")
    flags = [off or kind.flag_of(name), *([kind.short] if kind.short else [])]
    limits: dict[str, Any] = {}
    if isinstance(kind, (Whole, Number)):
        limits = {"min": kind.low, "max": kind.high}
    said = typer.Option(
        *flags,
        metavar=kind.metavar if kind.word is not bool else "",
        help=without or kind.help,
        autocompletion=_offers(kind),
        rich_help_panel=kind.panel or None,
        show_default=default not in (None, False),
        **limits,
    )
    word = kind.word | None if default is None else kind.word
    return _keyword(name, Annotated[word, said], default)


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _offers(kind: Parameter) -> Callable[[str], list[str]] | None:
    if not kind.offers and ("POINT" in kind.metavar or kind.metavar == "FILE..."):
        return complete.saved
    if not isinstance(kind.offers, str):
        return complete.words(*kind.offers) if kind.offers else None
    door, _, which = kind.offers.partition(":")
    return complete.registered(which) if door == "row" else complete.kept(which)


def _hidden(annotation: Any) -> Any:
    from copy import copy
    from typing import get_args

    kind, info = get_args(annotation)
    info = copy(info)
    info.hidden = True
    return Annotated[kind, info]


def _epilog(examples: Sequence[str]) -> str:
    lines = [f"  {example}".replace("[", "\\[") for example in examples]
    return "\n".join([f"[bold]Example{'s' if len(examples) > 1 else ''}[/bold]", *lines])
