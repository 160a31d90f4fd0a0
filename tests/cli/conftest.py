"""A command line of toys, with every way that a verb can end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner, Result

from trasluz.base.errors import TrasluzError, UnknownName
from trasluz.cli import app as face
from trasluz.cli import failures, output
from trasluz.cli.call import Call, verb

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


toys = typer.Typer(cls=failures.Face)


@toys.callback()
def root() -> None:
    """Toys."""


@verb(toys, "greet", examples=["greet"])
def greet(call: Call, times: Annotated[int, typer.Option(min=1, help="How often.")] = 1) -> None:
    """Say something on every channel."""
    call.progress.say("a remark")
    print("a library that talks")
    figures = {"label": HOSTILE, "times": times, "nan": float("nan"), "seed": call.seed, "workspace": call.workspace}
    call.answer(figures, lambda: output.records([figures]))


@verb(toys, "fail", examples=["fail"])
def fail(call: Call, how: str) -> None:
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
