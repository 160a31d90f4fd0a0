"""A verb, said once: the function whose signature names for every parameter its type, default, limits and help.

    @verb(examples=["trasluz greet mine --times 3"], answer=Outlined())
    def greet(call: Call, model: Model, times: Annotated[int, Whole(help="How often.", low=1)] = 1) -> dict[str, int]:
        \"\"\"Say hello to a model.\"\"\"

What a caller sees is the function without `call`, which holds everything it was given and its session. An entry point
in the group `trasluz.verbs` (`greet = "my_package:greet"`; `models.greet` stands below `trasluz models`) makes it one
of the command line too. A file of verbs loads nothing heavy: what works is imported inside the function.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from trasluz.base.errors import TrasluzError
from trasluz.lab.calls.answers import Answer, Terminal
from trasluz.lab.calls.call import SESSION, Call, recorded
from trasluz.lab.calls.declared import Verb
from trasluz.lab.calls.names import check_names
from trasluz.lab.calls.parameters import Parameter, Threaded, Whole
from trasluz.lab.calls.watching import watched
from trasluz.spaces import registry

P = ParamSpec("P")
R = TypeVar("R")
_MARK = "__trasluz_verb__"
_WORD = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


def verb(
    *, examples: Sequence[str], answer: Answer, variable: str = "", line: str = ""
) -> Callable[[Callable[Concatenate[Call, P], R]], Callable[P, R]]:
    """Make a function a verb. It gets the `Call` first; who calls it does not give one.

    Args:
        examples: Command lines, for its help; the documents' tests parse them.
        answer: How its result is shown on a terminal.
        variable: What `.code()` calls its result, and the file that `.command()` writes where none was named; empty for
            a verb whose result is none of the lab's.
        line: Its words on the command line, where they are others than its name.
    """

    def declare(function: Callable[Concatenate[Call, P], R]) -> Callable[P, R]:
        declared = Verb(function, examples, answer, variable, line)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(R, carry_out(declared, args, kwargs))

        setattr(run, _MARK, declared)
        run.__wrapped__ = declared  # type: ignore[attr-defined]
        return run

    return declare


def told(function: Callable[P, R]) -> Callable[P, R]:
    """A verb that says in its docstring what its parameters mean. Not done where it is declared: a command line that
    lists all verbs would wait for it."""
    function.__doc__ = verb_of(function).doc
    return function


def verb_of(function: Callable[..., Any]) -> Verb:
    """What a function was declared as.

    Raises:
        TrasluzError: it is not a verb.
    """
    found = getattr(function, _MARK, None)
    if not isinstance(found, Verb):
        raise TrasluzError(
            f"{getattr(function, '__qualname__', function)!s} is not a verb", next="Declare it with @verb"
        )
    return found


def verb_named(name: str) -> Verb:
    """A verb by its name in the registry: `edit`, `directions.find`."""
    return verb_of(registry.load("verbs", name))


def every_verb() -> tuple[list[str], list[str]]:
    """The names of all verbs that work, and a line for each that a plugin brought and that is no use. Loads plugins
    alone: ours are sound, by a test."""
    found: list[str] = []
    troubles = registry.troubles("verbs")
    for name in registry.names("verbs"):
        try:
            if not registry.is_ours("verbs", name):
                check(name)
            found.append(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may do anything
            told = error.sentence() if isinstance(error, TrasluzError) else f"{type(error).__name__}: {error}."
            troubles.append(f"The plugin {name} is left out: {told}")
    return found, troubles


def check(name: str) -> None:
    """Refuse a verb that the command line could not hold.

    Raises:
        TrasluzError: what is the matter with it.
    """
    one = verb_named(name)
    words = name.split(".")
    heads = {other.partition(".")[0] for other in registry.names("verbs") if "." in other}
    clash = words[0] in registry.names("verbs") if len(words) > 1 else name in heads
    is_ours = registry.is_ours("verbs", name)
    if len(words) > 2 or not all(_WORD.fullmatch(word) for word in words) or (clash and not is_ours):
        raise TrasluzError(
            "not the name of a verb", got=repr(name),
            allowed="small letters, digits and dashes, or GROUP.VERB; a verb is not a group",
            next="Register it otherwise",
        )  # fmt: skip
    if one.words != words:
        raise TrasluzError(
            f"the verb calls itself {' '.join(one.words)!r} but is registered as {name!r}",
            next=f"Say so: @verb(..., line={' '.join(words)!r})",
        )
    if not one.summary or not one.examples:
        raise TrasluzError("it has no docstring, or no example")
    for parameter in one.parameters.values():
        common = Whole if parameter.name == "seed" else Threaded if parameter.name in SESSION[:3] else Parameter
        if not isinstance(parameter.kind, common):
            raise TrasluzError(f"its parameter {parameter.name} is not the one that all verbs have", next="Rename it")


def carry_out(verb: Verb, args: tuple[Any, ...], kwargs: Mapping[str, Any], terminal: Terminal | None = None) -> Any:
    """Take what is given, check it against its limits, and do it.

    Raises:
        TypeError: an argument that the verb has not, or one that is missing.
        InvalidArgument: a value that it cannot take.
    """
    found = verb.signature.bind(*args, **kwargs)
    found.apply_defaults()
    if isinstance(found.arguments.get("progress", ""), bool | None):
        found.arguments["progress"] = watched(found.arguments["progress"])
    for name, declared in verb.parameters.items():
        found.arguments[name] = declared.take(found.arguments[name])
    call = recorded(verb, found.arguments, terminal)
    check_names(verb, call.values, call.session.home)
    return verb.function(call, *found.args, **found.kwargs)
