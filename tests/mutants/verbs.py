"""Verbs that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from trasluz.base.progress import SILENT
from trasluz.conformance.verbs import VerbCase
from trasluz.lab.calls.answers import Answer, Outlined, Terminal
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Home, Seed, Watcher
from trasluz.lab.calls.declared import Verb
from trasluz.lab.calls.parameters import Text, Whole
from trasluz.lab.calls.verb import verb_named

EXAMPLE = "trasluz greet Ana --times 3"
NAME = Text(help="Who is greeted.", metavar="NAME", positional=True)


def greet(
    call: Call,
    name: Annotated[str, NAME],
    *,
    times: Annotated[int, Whole(help="How often.", low=1, high=9)] = 1,
    seed: Seed = 0,
    workspace: Home = None,
    progress: Watcher = SILENT,
) -> dict[str, Any]:
    """Greet somebody."""
    return {"greeting": ("Hello, " * times + name)}


def wordless(call: Call, *, times: Annotated[int, Whole(help="")] = 1) -> None:
    """Greet nobody."""


def endless(call: Call, name: Annotated[str, NAME]) -> None:
    """no sentence"""


def seeded(call: Call, name: Annotated[str, NAME], *, seed: Seed = 7) -> None:
    """Greet by chance."""


def placed(call: Call, name: Annotated[str, NAME], workspace: Home = None) -> None:
    """Greet at a place."""


def twofold(
    call: Call,
    name: Annotated[str, NAME],
    *,
    times: Annotated[int, Whole(help="How often.", short="-n")] = 1,
    number: Annotated[int, Whole(help="How many.", short="-n")] = 1,
) -> None:
    """Greet many."""


def beyond(call: Call, name: Annotated[str, NAME], *, times: Annotated[int, Whole(help="Times.", low=1)] = 0) -> None:
    """Greet never."""


def odd(call: Call, name: Annotated[str, NAME], *, times: Annotated[Any, Whole(help="Times.")] = "many") -> None:
    """Greet oddly."""


class Lax(Whole):  # type: ignore[misc]
    """Says its limits, and takes everything."""

    def check(self, name: str, value: Any) -> None:
        return None


def lax(call: Call, name: Annotated[str, NAME], *, times: Annotated[int, Lax(help="How often.", low=1)] = 1) -> None:
    """Greet without end."""


class Chatty(Answer):
    """Says something besides."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.stdout.write("Here it is:")  # type: ignore[attr-defined]
        terminal.answer(result, lambda: None)


@dataclass(frozen=True)
class ByList(Answer):
    """Answers with a list."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.stdout.write('["a", "b"]')  # type: ignore[attr-defined]


def case(
    function: Callable[..., Any] = greet,
    examples: tuple[str, ...] = (),
    answer: Answer | None = None,
    runs: str | None = "trasluz greet Ana",
    name: str = "greet",
) -> VerbCase:
    said = examples or (f"trasluz {function.__name__} Ana",)
    return VerbCase(verb=Verb(function, said, answer or Outlined(), "", ""), name=name, runs=runs)


BROKEN: list[tuple[str, Callable[[], VerbCase], str]] = [
    ("registered", lambda: case(name="sample"), "registered as 'sample'"),
    ("words", lambda: case(wordless), "times has no help"),
    ("words", lambda: case(endless), "begins with no sentence"),
    ("common", lambda: case(seeded), "the default of seed is 0"),
    ("common", lambda: case(placed), "by name alone"),
    ("options", lambda: case(twofold), "-n stands for times and for number"),
    ("defaults", lambda: case(beyond), "the default of times is refused"),
    ("defaults", lambda: case(odd), "which a Whole does not take"),
    ("examples", lambda: case(examples=("trasluz greet Ana --tims 3",)), "No such option"),
    ("examples", lambda: case(examples=("trasluz sample Ana",)), "does not begin with"),
    ("limits", lambda: case(lax), "beyond its limits and is taken"),
    ("json", lambda: case(answer=Chatty()), "no JSON document"),
    ("json", lambda: case(answer=ByList()), "answers with list"),
]


def GOOD() -> list[VerbCase]:
    return [case(examples=(EXAMPLE,)), VerbCase(verb=verb_named("data.list"), name="data.list")]
