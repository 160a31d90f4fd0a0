"""What is declared of a verb: its parameters, its help, its names."""

from __future__ import annotations

import builtins
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final, get_args, get_type_hints

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.lab.calls.answers import Answer, Drawn
from trasluz.lab.calls.given import Of
from trasluz.lab.calls.parameters import Parameter, Several, Threaded
from trasluz.lab.calls.texts import text

RESERVED = ("json", "quiet", "debug")
"""Options of every verb on the command line, which no parameter can be called after."""


@final
@dataclass(frozen=True)
class Declared:
    """One parameter of one verb."""

    name: str
    kind: Parameter
    default: Any
    is_several: bool
    """Whether it takes what is left of a line: `POINT...`."""
    spread: bool
    """Whether Python takes them one after the other, and not as a list."""
    of: str = ""
    """What its type stands for, where it is more than a word: `point`, `model`, ..."""

    @property
    def is_model(self) -> bool:
        return self.name == "model" and self.kind.positional

    @property
    def is_own(self) -> bool:
        """Whether it is an option: no model, no points, and none of those that the session holds, but for `create`."""
        return not self.kind.positional and not isinstance(self.kind, Threaded)

    @property
    def is_required(self) -> bool:
        return self.default is inspect.Parameter.empty

    def is_default(self, value: Any) -> bool:
        """Whether a value is what stands where nobody says anything."""
        if self.is_required or type(value).__module__.partition(".")[0] in ("torch", "numpy"):
            return False  # arrays do not compare to one truth value; they never are a default
        return value == self.default or (not value and not self.default and not isinstance(value, (bool, int, float)))

    def take(self, value: Any) -> Any:
        """From what is given in Python to what the verb takes, within its limits.

        Raises:
            InvalidArgument: what is given, and what could be.
        """
        if value is None and not isinstance(self.kind, Threaded):
            if self.default is None:
                return None
            raise InvalidArgument(f"{self.kind.called or self.name} is needed", got="None", next=self._told())
        if self.spread:
            taken = tuple(part for one in value or () for part in several(self.kind.take(self.name, one, self.of)))
        else:
            taken = self.kind.take(self.name, value, self.of)
        self.kind.check(self.name, taken)
        return taken

    def _told(self) -> str:
        return "Give a value" if self.is_required else f"Leave it out for {self.default!r}"

    def words(self, value: Any) -> list[str]:
        """As a command line says it."""
        if self.is_several:
            return [_plain(text(part)) for part in several(value)]
        return self.kind.words(self.name, value)

    def spoken(self, value: Any) -> str:
        """Those of a rest of a line, as Python says them."""
        parts = ", ".join(repr(text(part)) for part in several(value))
        return parts if self.spread else f"[{parts}]"


@final
class Verb:
    """What is declared of a verb."""

    def __init__(
        self,
        function: Callable[..., Any],
        examples: Sequence[str],
        answer: Answer,
        variable: str,
        line: str,
    ) -> None:
        self.function, self.examples, self.answer, self.variable = function, tuple(examples), answer, variable
        self.__wrapped__ = function  # for who looks for the function itself, as doctest does
        self.draws = isinstance(answer, Drawn)
        """Whether the command line always writes its result to a file."""
        self.python = function.__name__.strip("_")
        """What it is called in Python."""
        self.words = (line or self.python).split()
        """What it is called on the command line."""

    @cached_property
    def signature(self) -> inspect.Signature:
        """What a caller sees: without `call`."""
        whole = inspect.signature(self.function)
        told = [p.replace(annotation=self._type(p)) for p in list(whole.parameters.values())[1:]]
        return whole.replace(parameters=told)

    @property
    def __signature__(self) -> inspect.Signature:
        """What `inspect` finds where it follows a verb's function to what it wraps; made when it is asked for."""
        return self.signature

    def _type(self, parameter: inspect.Parameter) -> str:
        """The type of a parameter as text, without what is declared of it besides."""
        if isinstance(parameter.annotation, str) and parameter.annotation.startswith("Annotated["):
            return _first(parameter.annotation.removeprefix("Annotated["))
        alias = self._hints.get(parameter.name, Any)
        named = [part for part in getattr(alias, "__metadata__", ()) if isinstance(part, str)]
        bare = getattr(alias, "__origin__", alias)
        text_ = named[0] if named else str(getattr(bare, "__name__", bare))
        return text_.replace("collections.abc.", "").replace("typing.", "")

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return _hints(self.function)

    @cached_property
    def parameters(self) -> Mapping[str, Declared]:
        """By name, in order."""
        found = {p.name: self._declared(p) for p in self.signature.parameters.values()}
        taken = [name for name in found if name in RESERVED or name in self.answer.options]
        if taken:
            raise TrasluzError(
                f"the verb {self.function.__name__} has a parameter of a name that an option has already",
                got=", ".join(taken), next="Call it something else, and give it the flag that you want",
            )  # fmt: skip
        return found

    @property
    def positional(self) -> list[Declared]:
        return [p for p in self.parameters.values() if p.kind.positional]

    @property
    def options(self) -> list[Declared]:
        """All that are no positional ones and not the session's, in order."""
        return [p for p in self.parameters.values() if p.is_own]

    @cached_property
    def summary(self) -> str:
        """The first paragraph of what it says of itself."""
        return " ".join((inspect.getdoc(self.function) or "").split("\n\n")[0].split())

    @property
    def group(self) -> str:
        """What is said of the verbs of its file together."""
        return " ".join((sys.modules[self.function.__module__].__doc__ or "").split("\n\n")[0].split())

    @cached_property
    def doc(self) -> str:
        """What it says of itself, with what each parameter means."""
        told = inspect.getdoc(self.function) or ""
        head, _, rest = told.partition("\n\n")
        lines = [f"    {one.name}: {one.kind.help}" for one in self.parameters.values() if "python" in one.kind.faces]
        return "\n".join([head, "", "Args:", *lines, *(["", rest] if rest else [])])

    def has(self, name: str) -> bool:
        return name in self.parameters

    def _declared(self, parameter: inspect.Parameter) -> Declared:
        kind = _kind_of(self.function, parameter.name, self._hints.get(parameter.name))
        spread = parameter.kind is inspect.Parameter.VAR_POSITIONAL
        several_ = spread or (isinstance(kind, Several) and kind.positional)
        of = _stands_for(self._hints.get(parameter.name))
        return Declared(parameter.name, kind, () if spread else parameter.default, several_, spread, of)


def _plain(word: str) -> str:
    """A file whose name begins with a dash is no option."""
    return f"./{word}" if word.startswith("-") else word


def several(points: Any) -> tuple[Any, ...]:
    """One POINT or more, one by one; none of None."""
    if points is None:
        return ()
    return tuple(points) if isinstance(points, (list, tuple)) else (points,)


def _first(parts: str) -> str:
    """The first of parts between commas; brackets hold their own."""
    depth = 0
    for at, letter in enumerate(parts):
        if letter == "," and not depth:
            return parts[:at]
        depth += (letter in "([") - (letter in ")]")
    return parts


def _stands_for(hint: Any) -> str:
    """What a type stands for, by the first mark in it."""
    marks = [part.what for part in getattr(hint, "__metadata__", ()) if isinstance(part, Of)]
    if marks:
        return marks[0]
    return next((found for part in get_args(hint) if (found := _stands_for(part))), "")


class _Names(dict[str, Any]):
    """What a signature may name: what its file knows, and anything for the types that only a reader knows."""

    def __missing__(self, name: str) -> Any:
        return Any


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    known = vars(sys.modules[function.__module__])
    return get_type_hints(function, dict(known), _Names({**vars(builtins), **known}), include_extras=True)


def _kind_of(function: Callable[..., Any], name: str, said: Any) -> Parameter:
    kinds = [part for part in getattr(said, "__metadata__", ()) if isinstance(part, Parameter)]
    if len(kinds) != 1:
        raise TrasluzError(
            f"the parameter {name} of the verb {function.__name__} does not say what kind it is",
            got=str(said),
            allowed="Annotated[type, Text(help=...)], and so on",
        )
    return kinds[0]
