"""Names that a verb is given, looked up before anything heavy is loaded: a misspelt one is told at once.

Only what folders and entry points say is asked. A name that passes may still be refused by whoever opens it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.base.reserved import BUNDLED, ZOO, is_bundled
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.declared import Declared, Verb, several
from trasluz.lab.calls.taking import by_commas
from trasluz.spaces import registry

HINT = "A path contains '/' or starts with '.': ./photos"
ROWS = ("families", "finders", "inverters", "projections")
"""Rows whose members are named as they are registered."""


def check_names(verb: Verb, values: Mapping[str, Any], home: Workspace) -> None:
    """Refuse a name that nothing has. Of our own verbs: what another means by one, it knows itself.

    Raises:
        UnknownName: with the names that there are.
    """
    if not verb.function.__module__.startswith("trasluz.lab."):
        return
    for name, declared in verb.parameters.items():
        value = values.get(name)
        for word in several(value) if isinstance(value, (str, list, tuple)) else ():
            if isinstance(word, str):
                _check(declared, word, home)


def _check(declared: Declared, word: str, home: Workspace) -> None:
    kind = declared.kind
    door, _, which = kind.offers.partition(":") if isinstance(kind.offers, str) else ("", "", "")
    if (door, which) == ("row", "sources"):
        parse_data(word)
    elif door == "row" and which in ROWS:
        registry.check(which, word)
    elif (door, which) == ("kept", "models") and not is_path(word) and not word.startswith("hub:"):
        known_model(word, home)
    elif kind.metavar.startswith("POINT"):
        for part in by_commas(word):
            if part.startswith("@"):
                saved_point(part[1:], home)


def is_path(text: str) -> bool:
    """Whether a MODEL or DATA argument is a path: it contains a separator or starts with a dot."""
    return "/" in text or os.sep in text or text.startswith((".", "~"))


def parse_data(spec: str) -> tuple[str, str | None]:
    """A DATA argument as `(source, argument)`.

    >>> parse_data("faces:12000"), parse_data("./photos"), parse_data("/data/x.npz")
    (('faces', '12000'), ('folder', './photos'), ('npz', '/data/x.npz'))
    """
    head, colon, argument = spec.partition(":")
    known = registry.names("sources")
    if head in known:
        if colon and not argument:
            raise InvalidArgument(f"nothing follows the colon in {spec!r}", next=f"Write {head} or {head}:N")
        return head, argument or None
    # `hub:org/name` has a slash too, but behind a name: the name of a source that is not there.
    is_place = spec.startswith((".", "~")) or any(mark in (head if len(head) > 1 else spec) for mark in ("/", os.sep))
    if not is_place:
        raise UnknownName("data source", spec if not colon else head, known, next=HINT)
    return ("npz" if Path(spec).suffix.lower() in (".npz", ".npy") else "folder"), spec


def known_model(name: str, home: Workspace, zoo: Path = ZOO) -> Path:
    """The folder of a model by its name.

    Raises:
        UnknownName: nothing of that name is bundled or in the workspace.
    """
    if is_bundled(name):
        return zoo / name
    try:
        return home.existing("models", name)
    except UnknownName as error:
        known = [*(name for name in BUNDLED if (zoo / name).is_dir()), *home.names("models")]
        raise UnknownName("model", name, known, next=f"Workspace: {home.root}") from error


def saved_point(name: str, home: Workspace) -> Path:
    """The file of a saved point.

    Raises:
        UnknownName: there is none of that name.
    """
    return home.existing("points", name)
