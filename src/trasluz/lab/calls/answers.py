"""How what a verb gives is shown on a terminal: as a file, as a table, as one JSON document.

A verb names one of these; a verb with something of its own to say has one in its file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.base.progress import Progress
from trasluz.lab.calls.parameters import Parameter, Said, Text


class Terminal(ABC):
    """What an answer speaks to. The command line brings one."""

    json: bool
    """Whether one document is wanted, instead of words."""
    progress: Progress

    @abstractmethod
    def answer(self, document: Mapping[str, Any], human: Callable[[], None]) -> None:
        """The document where one is wanted, else what `human` prints."""

    @abstractmethod
    def line(self, text: object) -> None: ...

    @abstractmethod
    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None: ...

    @abstractmethod
    def records(self, found: Sequence[Mapping[str, object]]) -> None:
        """Dictionaries of the same keys, as a table."""

    @abstractmethod
    def cell(self, value: object) -> str:
        """A value as a person reads it."""

    @abstractmethod
    def outline(self, values: Mapping[str, object]) -> None:
        """Names and values, groups below their name."""

    @final
    def written(self, path: Path | str, remark: str = "", **document: Any) -> None:
        """The result is a file or a folder: its path, and a remark beside it."""
        self.answer({"written": str(path), **document}, lambda: self.line(path))
        if remark:
            self.progress.say(remark)


@dataclass(frozen=True)
class Option:
    """An option of the command line alone."""

    parameter: Parameter
    default: Any = None


class Answer(Said, ABC):
    """How a result is shown."""

    options: Mapping[str, Option] = MappingProxyType({})
    """What only a command line can be told besides the verb's own parameters, such as `--out`."""

    def before(self, values: Mapping[str, Any]) -> None:
        """Refuse what could not be answered, before any work is done for it."""

    def is_usual(self, values: Mapping[str, Any]) -> bool:
        """Whether `before` has nothing to refuse, as far as can be seen without loading anything."""
        return True

    def instead(self, terminal: Terminal, values: Mapping[str, Any]) -> bool:
        """Answer without the verb, and say whether that was done."""
        return False

    @abstractmethod
    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        """Show the result; `values` are all options by name."""


OUT = Text(
    help="File to write; its suffix says the format. Default: a new file in the current folder.",
    short="-o",
    metavar="FILE",
)
FRAMES = Text(
    help="File to write; its suffix says the format. A name that ends in / is a folder for single pictures. "
    "Default: a new file in the current folder.",
    short="-o",
    metavar="FILE",
)


USUAL = ("", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".svg", ".npz", ".safetensors")
"""Forms that nearly every result has, or that are folders."""


def _forms_of_kinds() -> set[str]:
    """What items of some kind of data are written to, one after another."""
    from trasluz.spaces import registry

    return {suffix for name in registry.names("kinds") for suffix in registry.get("kinds", name).joins}


@final
class Drawn(Answer):
    """A result of the lab: saved where `--out` says, with how it was made."""

    of: str | Callable[[Mapping[str, Any]], str] = ""
    """Its class, `module:Name`, from which the forms of its file are read; or which one, from all options."""
    options: Mapping[str, Option] = MappingProxyType({"out": Option(OUT)})

    def is_usual(self, values: Mapping[str, Any]) -> bool:
        return values["out"] is None or Path(values["out"]).suffix.lower() in USUAL

    def before(self, values: Mapping[str, Any]) -> None:
        out = values["out"]
        if out is None:
            return
        module, name = (self.of if isinstance(self.of, str) else self.of(values)).split(":")
        kind = getattr(import_module(module), name)
        suffix = Path(out).suffix.lower()
        if is_folder(out, kind) or suffix in kind.suffixes:
            return
        known = kind.suffixes
        try:
            known = kind.forms_of(values)
        except TrasluzError:  # of the model: what no kind of data writes is refused whatever the model is
            if suffix in _forms_of_kinds():
                raise
        check_form(Path(out), (*known, *(["or / (a folder)"] if kind.folders else [])))

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        out = values["out"]
        if out is None:
            out = fresh(f"{slug(str(values['model']))}-{result.stem}.png")
        elif is_folder(out, type(result)):
            out = f"{str(out).rstrip('/')}/"
        path = result.save(out)
        if not terminal.json:
            # What was asked for is there; what is measured of it may take a while.
            terminal.line(path)
        told = result.told()
        names = result.names_in(path) if str(out).endswith("/") else []
        files = {"files": [str(name) for name in names]} if names else {}
        document = {**result.facts(), **files, "command": result.command(), "code": result.code()}
        terminal.answer({"written": str(path), "holds": told, **document}, lambda: None)
        terminal.progress.say(told)
        if not terminal.json and not files:
            for columns, rows in result.tables():
                terminal.table(columns, rows)


@final
class Listed(Answer):
    """Records of the same keys, or a remark where there are none."""

    called: str = "found"
    empty: str = ""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        def human() -> None:
            if result:
                terminal.records(result)
            elif self.empty:
                terminal.progress.say(self.empty)

        terminal.answer({self.called: result}, human)


@final
class Outlined(Answer):
    """Names and values."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.answer(result, lambda: terminal.outline(result))


@final
class Written(Answer):
    """A file or folder that was written; where `--out` is not given, beside where one stands."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.written(result)


@final
class Done(Answer):
    """What was done to what: "Removed mine"."""

    what: str = "removed"
    to: str = ""
    """The parameter that names it; what the verb gives, where this is empty."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        name = values[self.to] if self.to else result
        terminal.answer({self.what: name}, lambda: terminal.line(f"{self.what.capitalize()} {name}"))


def check_form(out: Path | None, allowed: Sequence[str]) -> None:
    """Refuse a file name of a form that cannot be written."""
    if out is not None and out.suffix.lower() not in allowed:
        raise InvalidArgument(
            "no form to save this in", got=repr(str(out)), allowed=f"a name that ends in {' '.join(allowed)}"
        )


def is_folder(out: Path | str, kind: Any) -> bool:
    """Whether a name is meant as a folder of single pictures: it ends in / or is one already; of a kind of result whose
    pictures have names of their own, also where it has no suffix."""
    ends = str(out).endswith("/") or Path(out).is_dir()
    return bool(kind.folders) and (ends or (kind.named and not Path(out).suffix))


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
