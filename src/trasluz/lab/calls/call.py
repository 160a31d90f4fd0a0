"""How a result was asked for, from which it says the command line and the Python that give it again."""

from __future__ import annotations

import inspect
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import ModelLike, Point
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel

_NAMELESS = ("", "unnamed", "wrapped")
"""What models are called that nobody gave a name."""
_FLAGS = {
    "n": "-n", "settings": "--set", "start": "--from", "create": "--no-create",
    "thumbnails": "--no-thumbnails", "measured": "--no-measure", "directions": "--direction",
    "report": "--no-report", "invert": "--inverter",
}  # fmt: skip
_VARIABLES = {
    "decode": "decoded",
    "sample": "samples",
    "interpolate": "walk",
    "traverse": "traversal",
    "map": "plane",
    "invert": "inverted",
    "states": "states",
    "find": "found",
    "edit": "edited",
}
_WORDS = {"find": "directions find"}
"""Verbs whose name on the command line is another than in Python."""
_REPEATED = ("against", "these", "those", "directions")
"""Arguments whose values each have a flag of their own."""


@dataclass
class Call:
    """How a result was asked for, from which it gives its command line and its Python.

    A latent given as a tensor has no name that a command line could say; both texts then refuse, and say how to
    give it one (save it as a point or as a file, and pass that).
    """

    verb: str
    model: str
    points: tuple[Point, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Only those that differ from the verb's defaults."""
    workspace: str | None = None
    """None for the default one."""
    device: str = "auto"
    out: Path | str | None = None
    """Where the result was last saved; as text, a folder of single pictures."""

    def command(self) -> str:
        """One line for a POSIX shell."""
        words = [
            "trasluz",
            *_WORDS.get(self.verb, self.verb).split(),
            _named(self.model),
            *(_text(point) for point in self.points),
        ]
        for name, value in self.arguments.items():
            flag = _FLAGS.get(name, "--" + name.replace("_", "-"))
            if name in ("analogy", "pair"):
                words += [flag, *map(_text, value)]
            elif isinstance(value, Mapping):
                flag = "--dim" if name == "dims" else flag
                pairs = [str(key) if part is None else f"{key}={_text(part)}" for key, part in value.items()]
                words += [word for pair in pairs for word in (flag, pair)]
            elif name in _REPEATED and isinstance(value, (list, tuple)):
                words += [word for part in value for word in (flag, _text(part))]
            else:
                words += [flag] if isinstance(value, bool) else [flag, _text(value)]
        words += ["--workspace", self.workspace] if self.workspace else []
        words += ["--device", self.device] if self.device != "auto" else []
        words += ["--out", str(self.out or f"{_VARIABLES[self.verb]}.png")]
        return " ".join(shlex.quote(word) for word in words)

    def code(self) -> str:
        """The same as Python."""
        where = [f"workspace={self.workspace!r}"] if self.workspace else []
        device = [f"device={self.device!r}"] if self.device != "auto" else []
        points = [repr(_text(point)) for point in self.points]
        if self.verb in ("decode", "invert", "states", "edit"):
            points = [f"[{', '.join(points)}]"]
        given = [f"{name}={_python(value)}" for name, value in self.arguments.items()]
        variable = _VARIABLES[self.verb]
        lines = [
            "import trasluz as tl",
            "",
            f"model = tl.open({', '.join([repr(_named(self.model)), *where, *device])})",
            f"{variable} = tl.{self.verb}({', '.join(['model', *points, *given, *where])})",
        ]
        return "\n".join([*lines, *([f"{variable}.save({str(self.out)!r})"] if self.out else [])])


@cache
def _parameters(verb: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(verb).parameters


def record(
    verb: Callable[..., Any],
    model: ModelLike,
    points: tuple[Point, ...],
    workspace: Workspace,
    device: str,
    **arguments: Any,
) -> Call:
    """What was asked of `verb`; arguments that are as by default are left out."""
    parameters = _parameters(verb)
    # Tensors do not compare to one truth value; they never are a default.
    given = {
        name: value
        for name, value in arguments.items()
        if isinstance(value, Tensor) or value != parameters[name].default
    }
    name = (model.name if model.is_kept else "") if isinstance(model, LatentModel) else str(model)
    elsewhere = workspace.root != Workspace().root
    return Call(verb.__name__, name, points, given, str(workspace.root) if elsewhere else None, device)


def _named(model: str) -> str:
    if model in _NAMELESS:
        raise TrasluzError(
            "a model that is only in memory cannot be named on a command line",
            next="Save it, model.save(NAME, build=FILE) for a wrapped one, and open it by that name",
        )
    return model


def _text(value: Any) -> str:
    if isinstance(value, Tensor):
        raise TrasluzError(
            "a latent given as a tensor cannot be named on a command line",
            next="Save it (trasluz points save, or .save('latents.safetensors')) and pass @name or file#row",
        )
    if isinstance(value, Dataset):
        return value.spec
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def _python(value: Any) -> str:
    if isinstance(value, (Tensor, Dataset, os.PathLike)):
        return repr(_text(value))
    if isinstance(value, Mapping):
        return repr(dict(value))
    return repr(list(value) if isinstance(value, tuple) else value)
