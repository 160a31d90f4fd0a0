"""A command line of toys, with every way that a verb can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from trasluz.base.errors import TrasluzError, UnknownName
from trasluz.base.progress import SILENT
from trasluz.cli import app as face
from trasluz.cli import failures, verbs
from trasluz.lab.calls.answers import Answer, Outlined, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Home, Seed, Watcher
from trasluz.lab.calls.parameters import Text, Whole
from trasluz.lab.calls.verb import verb, verb_of

HOSTILE = "[red]cat[/red]\x1b[2J\x9b31m\u202egod\nnext"
"""A label that would colour, clear, recolour and turn round a screen, and break a line."""

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """The real command line, in this process."""
    return lambda *words: CliRunner().invoke(face.app, list(words))


@pytest.fixture
def toy() -> Run:
    """Toy verbs behind the real handling of options and errors."""
    return lambda *words: CliRunner().invoke(toys, list(words))


TOYS: dict[str, verbs.Command] = {}
toys = typer.Typer(cls=verbs.holding(TOYS, failures.Face))


@toys.callback()
def root() -> None:
    """Toys."""


class Greeted(Answer):
    """Says something on every channel."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.progress.say("a remark")
        print("a library that talks")
        terminal.answer(result, lambda: terminal.records([result]))


@verb(examples=["greet"], answer=Greeted())
def greet(
    call: Call,
    *,
    times: Annotated[int, Whole(help="How often.", low=1)] = 1,
    seed: Seed = 0,
    workspace: Home = None,
    progress: Watcher = SILENT,
) -> dict[str, Any]:
    """Say something on every channel."""
    return {"label": HOSTILE, "times": times, "nan": float("nan"), "seed": seed, "workspace": workspace}


@verb(examples=["fail"], answer=Outlined())
def fail(call: Call, how: Annotated[str, Text(help="In which way.", positional=True)]) -> dict[str, Any]:
    """End badly."""
    raise {
        "user": UnknownName("family", "vaee", ["vae", "gan"]),
        "ours": RuntimeError("two\nlines"),
        "memory": MemoryError(),
        "torch": RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        "interrupt": KeyboardInterrupt(),
        "missing": FileNotFoundError(2, "No such file or directory", "a.png"),
        "refused": PermissionError(13, "Permission denied", "b.png"),
        "full": OSError(28, "No space left on device", "c.png"),
        "hostile": TrasluzError("a bad label", got=HOSTILE),
    }[how]


for function in (greet, fail):
    TOYS[function.__name__] = verbs.Command(function.__name__, verb_of(function))
