"""How a function becomes a verb: the options common to all, the examples in its help, the way it answers."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperGroup

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.cli import options, output

Function = TypeVar("Function", bound=Callable[..., None])

_COMMON: dict[str, tuple[Any, Any]] = {
    "workspace": (options.WorkspaceOption, None),
    "seed": (options.SeedOption, 0),
    "device": (options.DeviceOption, "auto"),
    "json": (options.JsonOption, False),
    "quiet": (options.QuietOption, False),
    "debug": (options.DebugOption, False),
}


@dataclass(frozen=True)
class Call:
    """One call of a verb: the common options, and how to answer."""

    workspace: str | None
    seed: int
    device: str
    json: bool
    quiet: bool
    debug: bool
    stdout: IO[str]

    @cached_property
    def progress(self) -> Progress:
        from trasluz.cli.progress import progress_for

        return progress_for(quiet=self.quiet)

    @property
    def lab(self) -> dict[str, Any]:
        """What every verb of the lab takes."""
        return {"workspace": self.workspace, "device": self.device, "progress": self.progress}

    @property
    def desk(self) -> dict[str, Any]:
        """What a verb of the lab takes that runs no model."""
        return {"workspace": self.workspace, "progress": self.progress}

    def answer(self, document: Mapping[str, Any], human: Callable[[], None]) -> None:
        """The result: a document with --json, else what `human` prints."""
        if self.json:
            output.document(document, self.stdout)
        else:
            human()

    def written(self, path: Path, remark: str = "", **document: Any) -> None:
        """The result is a file or folder: its path on standard output, a remark beside it."""
        self.answer({"written": str(path), **document}, lambda: output.line(path))
        if remark:
            self.progress.say(remark)

    def picture(self, result: Any, verb: str, model: str, out: Path | str | None, **document: Any) -> None:
        """Save a result of the lab and say where, what is in it, and how it was made."""
        path = result.save(out if out is not None else fresh(f"{slug(model)}-{verb}.png"))
        told = result.told()
        self.written(Path(path), told, holds=told, **document, command=result.command(), code=result.code())


def verb(
    app: typer.Typer, name: str, *, examples: Sequence[str], seed: bool = False, device: bool = False
) -> Callable[[Function], Function]:
    """Make a function a verb of `app`, with the common options and its examples in the help.

    All verbs take all common options; `seed` and `device` are shown in the help of those that they make a
    difference to.
    """
    shown = {"seed": seed, "device": device}

    def register(function: Function) -> Function:
        hints = get_type_hints(function, include_extras=True)
        own = [
            p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for p in inspect.signature(function).parameters.values()
            if p.name != "call"
        ]
        common = [
            inspect.Parameter(
                key,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=annotation if shown.get(key, True) else _hidden(annotation),
            )
            for key, (annotation, default) in _COMMON.items()
        ]

        def run(**values: Any) -> None:
            call = Call(**{key: values.pop(key) for key in _COMMON}, stdout=sys.stdout)
            with ExitStack() as stack:
                if call.json:
                    # Whatever a library prints stays out of the document.
                    stack.enter_context(redirect_stdout(sys.stderr))
                function(call, **values)

        run.__name__, run.__doc__, run.__module__ = function.__name__, function.__doc__, function.__module__
        run.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in [*own, *common]}
        app.command(name, epilog=_epilog(examples))(run)
        return function

    return register


class Group(TyperGroup):
    """Verbs under one name; alone it shows its help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])


def group(help: str) -> typer.Typer:
    """A verb with verbs of its own."""
    return typer.Typer(help=help, rich_markup_mode="rich", cls=Group)


def slug(model: str) -> str:
    """The last part of a model's name or path, fit for a file name."""
    last = Path(model.rstrip("/")).name or "model"
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in last)


def fresh(name: str) -> Path:
    """A file of the current folder that is not there yet: what nobody named is not written over."""
    wanted = Path(name)
    path, k = wanted, 2
    while path.exists():
        path = wanted.with_name(f"{wanted.stem}-{k}{wanted.suffix}")
        k += 1
    return path


def one_of(first: tuple[str, object], second: tuple[str, object]) -> None:
    """Refuse two options that exclude each other."""
    if first[1] is not None and second[1] is not None:
        raise InvalidArgument(f"{first[0]} and {second[0]} exclude each other", next="Leave one of them out")


def check_form(out: Path | None, allowed: Sequence[str]) -> None:
    """Refuse a file name of a form that cannot be written, before any work is done for it."""
    if out is not None and out.suffix.lower() not in allowed:
        raise InvalidArgument(
            "no form to save this in", got=repr(str(out)), allowed=f"a name that ends in {' '.join(allowed)}"
        )


def _hidden(annotation: Any) -> Any:
    from copy import copy
    from typing import Annotated, get_args

    kind, info = get_args(annotation)
    info = copy(info)
    info.hidden = True
    return Annotated[kind, info]


def _epilog(examples: Sequence[str]) -> str:
    lines = [f"  {example}".replace("[", "\\[") for example in examples]
    return "\n".join([f"[bold]Example{'s' if len(examples) > 1 else ''}[/bold]", *lines])
