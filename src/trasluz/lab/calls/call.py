"""How a result was asked for, from which it says the command line and the Python that give it again."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from trasluz.base.errors import TrasluzError
from trasluz.lab.calls.given import ModelRef
from trasluz.lab.calls.session import Session
from trasluz.lab.calls.texts import python

if TYPE_CHECKING:
    from trasluz.lab.calls.verb import Verb


@final
@dataclass(frozen=True)
class Call:
    """One call of a verb: every value that it was given, and the session it runs in.

    What has no name that a command line could say (a latent given as a tensor, a model in memory) is legal in it; both
    texts then refuse, and say how to give it one.
    """

    verb: Verb
    values: Mapping[str, Any]
    """By parameter, defaults among them."""
    session: Session
    model: ModelRef | None = None
    """How the model is called, where the verb has one."""
    out: Path | str | None = None
    """Where the result was saved; as text, a folder of single pictures."""

    def saying(self, **values: Any) -> Call:
        """The same, with some values as they should be said again: a region's corners as text, say."""
        return replace(self, values={**self.values, **values})

    def of(self, model: str) -> Call:
        """The same, with the model called otherwise."""
        condition = {} if self.model is None else self.model.condition
        return replace(self, model=ModelRef(model, condition))

    @property
    def arguments(self) -> dict[str, Any]:
        """The options that differ from their defaults, by name."""
        return {
            name: value
            for name, value in self.values.items()
            if self.verb.parameters[name].is_own and not self.verb.parameters[name].is_default(value)
        }

    def command(self) -> str:
        """One line for a POSIX shell.

        Raises:
            TrasluzError: something in it has no name.
        """
        words = ["trasluz", *self.verb.words]
        said = self._conditioned(self.arguments)
        for declared in self.verb.positional:
            words += [self._named()] if declared.is_model else declared.words(self.values[declared.name])
        for declared in self.verb.options:
            if declared.name in said and "line" in declared.kind.faces:
                words += declared.words(said[declared.name])
        words += ["--workspace", self.session.elsewhere] if self.session.elsewhere else []
        words += ["--device", self.session.device] if self.session.device != "auto" else []
        words += ["--out", str(self.out or f"{self.verb.variable}.png")] if self.verb.variable else []
        return " ".join(shlex.quote(word) for word in words)

    def code(self) -> str:
        """The same as Python.

        Raises:
            TrasluzError: something in it has no name.
        """
        home, device = self.session.elsewhere, self.session.device
        where = [f"workspace={home!r}"] if home else []
        opening = [*where, *([f"device={device!r}"] if device != "auto" else [])]
        lines, positional = ["import trasluz as tl", ""], list[str]()
        for declared in self.verb.positional:
            if declared.is_model:
                view = self._view()
                lines.append(f"model = tl.open({', '.join([repr(self._named()), *opening])}){view}")
                positional.append("model")
                continue
            value = self.values[declared.name]
            each = declared.spoken(value) if declared.is_several else python(value)
            positional.append(each)
        given = [f"{name}={self.verb.parameters[name].kind.code(value)}" for name, value in self.arguments.items()]
        variable = self.verb.variable or "result"
        lines.append(f"{variable} = tl.{self.verb.python}({', '.join([*positional, *given, *where])})")
        return "\n".join([*lines, *([f"{variable}.save({str(self.out)!r})"] if self.out else [])])

    def _named(self) -> str:
        return (self.model or ModelRef("unnamed")).said()

    def _view(self) -> str:
        """`.given(...)`, where the model was given under a condition."""
        condition = {} if self.model is None else self.model.condition
        return f".given({', '.join(f'{key}={python(value)}' for key, value in condition.items())})" if condition else ""

    def _conditioned(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What is said, with the condition that the model was given under."""
        condition = {} if self.model is None else self.model.condition
        if not condition:
            return dict(said)
        if "given" not in self.verb.parameters:
            raise TrasluzError(f"trasluz {' '.join(self.verb.words)} takes no condition, and the model is under one")
        return {**said, "given": {**condition, **(said.get("given") or {})}}


def call_of(verb: Verb, *args: Any, **kwargs: Any) -> Call:
    """A call that is not carried out: how a verb would give something."""
    return verb.bind(args, kwargs)


def bound(signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Values by parameter, defaults among them."""
    found = signature.bind(*args, **kwargs)
    found.apply_defaults()
    return dict(found.arguments)
