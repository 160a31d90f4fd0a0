"""The kinds of parameter that a verb can have: what each takes, how it is written on a command line and in Python.

A verb's signature names one of these for every parameter, `Annotated[int, Whole("How many.", low=1)]`. From it come the
option and its help, the check of what is given, the field of a request, and the words of `.command()` and `.code()`.
Nothing here loads anything heavy.
"""

from __future__ import annotations

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from inspect import get_annotations
from pathlib import Path
from typing import Any, dataclass_transform, final

from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import between, whole
from trasluz.lab.calls import taking, values
from trasluz.lab.calls.given import as_path
from trasluz.lab.calls.texts import python, text

Settings = dict[str, float | int | bool | str]
"""Single settings as they travel."""


NO_PAGE = frozenset({"python", "line"})
"""Where a page has no say: files, and what it would name by rows of a map."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Said:
    """Fields that are given by name. A dataclass would write code for each of twenty classes, and every command waits
    for them."""

    def __init__(self, **said: Any) -> None:
        line = type(self).__mro__
        names = {name for one in line for name in get_annotations(one)}
        odd = sorted(set(said) - names)
        lacking = sorted(names - set(said) - {name for one in line for name in vars(one)})
        if odd or lacking:
            told = f"does not take {', '.join(odd)}" if odd else f"needs {', '.join(lacking)}"
            raise TypeError(f"{type(self).__name__} {told}")
        vars(self).update(said)


class Parameter(Said, ABC):
    """What is said of one parameter besides its type and its default."""

    help: str
    """A sentence for the command line and the reference; units and what None means among it."""
    flag: str = ""
    """`--name` where it is not the parameter's own; a positional one has none."""
    short: str = ""
    """A second flag, such as `-n`."""
    metavar: str = ""
    called: str = ""
    """What an error calls it, where its name alone would not do: "the number of samples"."""
    panel: str = ""
    """The part of the help that it stands in, where not among the verb's own."""
    offers: str | Sequence[str] = ()
    """What a shell completes: words, `row:priors` (a row of the registry) or `kept:models` (of the workspace)."""
    positional: bool = False
    excludes: str = ""
    """Another parameter that cannot be given on the same line."""
    faces: frozenset[str] = frozenset({"python", "line", "wire"})
    """Where it can be given: in Python, on the command line, in a request of a page."""

    @property
    @abstractmethod
    def word(self) -> Any:
        """The type of what stands on a command line: `str`, `int`, `list[str]`, `bool`, ..."""

    @property
    def travels(self) -> Any:
        """The type of what a request holds."""
        return self.word

    def read(self, given: Any, flag: str = "") -> Any:
        """From what stands on a command line to what the verb takes."""
        return given

    def take(self, name: str, value: Any, of: str = "") -> Any:
        """From what is given in Python to what the verb takes; None is never asked about.

        Args:
            of: What the type in the signature stands for, where it is more than a word (`given.Of`).

        Raises:
            InvalidArgument: it is nothing that the verb could take.
        """
        return value

    def check(self, name: str, value: Any) -> None:
        """One clear error where a value is out of its limits."""

    def words(self, name: str, value: Any) -> list[str]:
        """As a command line says it."""
        return [text(value)] if self.positional else [self.flag_of(name), text(value)]

    def code(self, value: Any) -> str:
        """As Python says it."""
        return python(value)

    @final
    def flag_of(self, name: str) -> str:
        return self.flag or "--" + name.strip("_").replace("_", "-")


@final
class Text(Parameter):
    """A word: the name of a method, a column, a condition, one POINT."""

    is_place: bool = False
    """Whether a path that is given is told from a name by its separator, or by a dot before it."""

    @property
    def word(self) -> Any:
        return str

    def take(self, name: str, value: Any, of: str = "") -> Any:
        return taking.THINGS.get(of, values.word)(self.called or name, value)

    def words(self, name: str, value: Any) -> list[str]:
        return super().words(name, self._placed(value))

    def code(self, value: Any) -> str:
        return super().code(self._placed(value))

    def _placed(self, value: Any) -> Any:
        return as_path(value) if self.is_place and isinstance(value, os.PathLike) else value


@final
class File(Parameter):
    """A path. A page never names one."""

    faces: frozenset[str] = NO_PAGE

    @property
    def word(self) -> Any:
        return Path

    def take(self, name: str, value: Any, of: str = "") -> Any:
        return values.file(self.called or name, value)


@final
class Whole(Parameter):
    """A whole number within limits."""

    low: int = 0
    high: int | None = None

    @property
    def word(self) -> Any:
        return int

    def take(self, name: str, value: Any, of: str = "") -> Any:
        high = "" if self.high in (None, 2**63 - 1) else f" to {self.high:,}"
        return values.whole(self.called or name, value, f"a whole number, {self.low:,}{high or ' or more'}")

    def check(self, name: str, value: Any) -> None:
        if value is not None:
            whole(self.called or name, value, low=self.low, high=2**63 - 1 if self.high is None else self.high)


@final
class Number(Parameter):
    """A number within limits."""

    low: float | None = None
    high: float | None = None

    @property
    def word(self) -> Any:
        return float

    def take(self, name: str, value: Any, of: str = "") -> Any:
        ends = [f"{word} {end:g}" for word, end in (("from", self.low), ("to", self.high)) if end is not None]
        return values.number(self.called or name, value, " ".join(["a number", *ends]))

    def check(self, name: str, value: Any) -> None:
        if value is not None:
            low, high = (-math.inf if self.low is None else self.low), (math.inf if self.high is None else self.high)
            between(self.called or name, value, low=low, high=high)


@final
class Switch(Parameter):
    """Yes or no. Where yes is the default, the flag says no."""

    off: str = ""
    """The flag that says no, such as `--no-create`; then there is none that says yes."""
    without: str = ""
    """What that flag does."""

    @property
    def word(self) -> Any:
        return bool

    def take(self, name: str, value: Any, of: str = "") -> Any:
        return values.truth(name, value)

    def read(self, given: Any, flag: str = "") -> Any:
        return not given if self.off else given

    def words(self, name: str, value: Any) -> list[str]:
        return [self.off or self.flag_of(name)]


@final
class Several(Parameter):
    """Words, each with a flag of its own, or one after the other where it is positional."""

    least: int = 0
    """How many at least, of a positional one."""
    few: tuple[str, str] = ("", "")
    """What is said where there is one alone and that is too few, and what to do then."""

    @property
    def word(self) -> Any:
        return list[str]

    def take(self, name: str, value: Any, of: str = "") -> Any:
        if of == "point":
            return taking.points(self.called or name, value)
        return taking.words(self.called or name, value, of)

    def read(self, given: Any, flag: str = "") -> Any:
        return given if self.positional else given or None

    def check(self, name: str, value: Any) -> None:
        if not self.few[0]:
            return
        # An array may hold several points, and so may @name, a selection.
        if len(value) == 1 and isinstance(value[0], str) and not value[0].startswith("@"):
            raise InvalidArgument(self.few[0], got=len(value), next=self.few[1])

    def words(self, name: str, value: Any) -> list[str]:
        each = [value] if isinstance(value, (str, os.PathLike)) else value
        return [word for part in each for word in ([] if self.positional else [self.flag_of(name)]) + [text(part)]]


@final
class Two(Parameter):
    """Two words behind one flag: `--pair A B`."""

    @property
    def word(self) -> Any:
        return tuple[str, str]

    def take(self, name: str, value: Any, of: str = "") -> Any:
        called = self.called or name
        if isinstance(value, (str, os.PathLike)):
            raise values.refused(called, "list of two", value, "two of them, such as ['a', 'b']")
        found = taking.points(called, value) if of == "point" else taking.words(called, value, of)
        return list(found) if of == "point" and not isinstance(found, list) else found

    def read(self, given: Any, flag: str = "") -> Any:
        return list(given) if given else None

    def words(self, name: str, value: Any) -> list[str]:
        return [self.flag_of(name), *map(text, value)]


@final
class Numbers(Parameter):
    """Whole numbers with commas between: `--dims 0,3`."""

    @property
    def word(self) -> Any:
        return str

    @property
    def travels(self) -> Any:
        return list[int]

    def take(self, name: str, value: Any, of: str = "") -> Any:
        if isinstance(value, str):
            return self.read(value, name)
        allowed = "whole numbers, such as [0, 3]"
        given = [value] if isinstance(value, (int, float)) else values.listed(name, value, allowed)
        return [values.whole(name, part, allowed) for part in given]

    def read(self, given: Any, flag: str = "") -> Any:
        if given is None:
            return None
        parts = [part.strip() for part in given.split(",")]
        if not all(part.isdecimal() for part in parts):
            raise InvalidArgument(
                f"wrong value for {flag}",
                got=repr(given),
                allowed="whole numbers from 0, with commas between: 0,3",
            )
        return [int(part) for part in parts]


@final
class Ends(Parameter):
    """The two ends of a range with a comma between: `--range 0,4095`."""

    @property
    def word(self) -> Any:
        return str

    @property
    def travels(self) -> Any:
        return list[float]

    def read(self, given: Any, flag: str = "") -> Any:
        if given is None:
            return None
        parts = [part.strip() for part in given.split(",")]
        if len(parts) != 2:
            raise InvalidArgument(f"wrong value for {flag}", got=repr(given), allowed="two numbers: 0,4095")
        low, high = (_number(part, flag) for part in parts)
        return (low, high)

    def words(self, name: str, value: Any) -> list[str]:
        # A number below zero would be an option if it stood by itself.
        return [f"{self.flag_of(name)}={','.join(f'{end:g}' for end in value)}"]


@final
class Pairs(Parameter):
    """`KEY=VALUE`, and again for more: settings, a condition, values to become."""

    once: bool = False
    """Whether a key that stands twice is an error; else the last one counts."""

    @property
    def word(self) -> Any:
        return list[str]

    @property
    def travels(self) -> Any:
        return Settings

    def take(self, name: str, value: Any, of: str = "") -> Any:
        return taking.pairs(self.called or name, value)

    def read(self, given: Any, flag: str = "") -> Any:
        from trasluz.base.config import parse_settings

        return parse_settings(_once(given or [], flag) if self.once else given or []) or None

    def words(self, name: str, value: Any) -> list[str]:
        return [word for key, part in value.items() for word in (self.flag_of(name), f"{key}={text(part)}")]


@final
class Strengths(Parameter):
    """`NAME=X` or `NAME`, and again for more: how far to go along each. `whole` where the names are numbers."""

    whole: bool = False

    @property
    def word(self) -> Any:
        return list[str]

    def take(self, name: str, value: Any, of: str = "") -> Any:
        usual = 2.0 if self.whole else None
        return taking.strengths(self.called or name, value, whole_names=self.whole, of=of, usual=usual)

    def read(self, given: Any, flag: str = "") -> Any:
        if not given:
            return None
        out = dict[Any, float | None]()
        for word in _once(given, flag):
            name, equals, number = word.partition("=")
            if self.whole and not name.isdecimal():
                raise InvalidArgument(f"wrong value for {flag}", got=repr(word), allowed="I=X, such as 3=2.5")
            strength = _number(number or "2" * self.whole, f"{flag} {word}") if equals or self.whole else None
            out[int(name) if self.whole else name] = strength
        return out

    def words(self, name: str, value: Any) -> list[str]:
        pairs = value.items() if isinstance(value, Mapping) else [(part, None) for part in value]
        said = [text(key) if part is None else f"{text(key)}={text(part)}" for key, part in pairs]
        return [word for pair in said for word in (self.flag_of(name), pair)]


@final
class Threaded(Parameter):
    """What runs through every verb, and is told once to all of them: workspace, device, progress."""

    help: str = ""

    @property
    def word(self) -> Any:
        return str

    def take(self, name: str, value: Any, of: str = "") -> Any:
        given = {"device": taking.device, "workspace": taking.workspace, "progress": taking.watcher}
        return given[name](value) if name in given else value


def _once(words: Sequence[str], flag: str) -> list[str]:
    """Refuse two wishes for one thing."""
    names = [word.partition("=")[0].strip() for word in words]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidArgument(f"{twice} is asked for twice", got=f"{flag} {twice}=...", next="Leave one of them out")
    return list(words)


def _number(given: str, where: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise InvalidArgument(f"wrong number in {where}", got=repr(given), allowed="a number, such as 2.5") from None
