"""How a result was asked for, from which it says the command line and the Python that give it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from trasluz.base.errors import TrasluzError
from trasluz.lab.calls.answers import Terminal
from trasluz.lab.calls.declared import Verb
from trasluz.lab.calls.given import ModelRef, Nameless
from trasluz.lab.calls.session import Session
from trasluz.lab.calls.texts import python

SESSION = ("workspace", "device", "progress", "create")
"""Parameters that the session is made of."""


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
        said = self._conditioned(self._sayable())
        for declared in self.verb.positional:
            words += [self._named()] if declared.is_model else declared.words(self.values[declared.name])
        for declared in self.verb.options:
            if declared.name in said and "line" in declared.kind.faces:
                words += declared.words(said[declared.name])
        words += ["--workspace", self.session.elsewhere] if self.session.elsewhere else []
        words += ["--device", self.session.device] if self.session.device != "auto" else []
        out = self.out or (f"{self.verb.variable or 'result'}.png" if self.verb.draws else None)
        words += [] if out is None else ["--out", str(out)]
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
            if value is None:  # nobody gave it, and it may be left out
                continue
            each = declared.spoken(value) if declared.is_several else python(value)
            positional.append(each)
        given = [f"{name}={self.verb.parameters[name].kind.code(value)}" for name, value in self._sayable().items()]
        variable = self.verb.variable or "result"
        lines.append(f"{variable} = tl.{self.verb.python}({', '.join([*positional, *given, *where])})")
        return "\n".join([*lines, *([f"{variable}.save({str(self.out)!r})"] if self.out else [])])

    def _sayable(self) -> dict[str, Any]:
        """The options, less what another workspace would have to be named for."""
        from trasluz.atlas.atlas import Atlas

        said, here = self.arguments, (self.session.home.root / "atlases").absolute()
        for name, value in said.items():
            if isinstance(value, Atlas) and value.folder.absolute().parent != here:
                said[name] = Nameless(f"the atlas {value.name} lies in another workspace: work in that one")
        return said

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
            raise TrasluzError(
                f"trasluz {' '.join(self.verb.words)} takes no condition, and the model was opened with one"
            )
        return {"given": dict(condition), **said}


def call_of(verb: Verb, *args: Any, **kwargs: Any) -> Call:
    """A call that is not carried out: how a verb would give something.

    Raises:
        TypeError: an argument that it has not, or one that is missing.
    """
    found = verb.signature.bind(*args, **kwargs)
    found.apply_defaults()
    return recorded(verb, found.arguments)


def recorded(verb: Verb, given: Mapping[str, Any], terminal: Terminal | None = None) -> Call:
    """The record of a call, from its values by parameter, defaults among them."""
    values = dict(given)
    told = {name: values[name] for name in SESSION if name in values}
    session = replace(Session.of(**told), terminal=terminal)
    model = ModelRef.of(values["model"], session.home) if values.get("model") is not None else None
    return Call(verb, values, session, model)
