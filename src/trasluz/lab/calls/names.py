"""Names that a verb is given, looked up before anything heavy is loaded: a misspelt one is told at once.

Only what folders and entry points say is asked. A name that passes may still be refused by whoever opens it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trasluz.base.errors import InvalidArgument, TrasluzError, UnknownName
from trasluz.base.reserved import BUNDLED, ZOO, atlas_folder, is_bundled
from trasluz.io.atomic import read_json
from trasluz.io.names import check_name
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.declared import Declared, Verb, several
from trasluz.lab.calls.taking import by_commas
from trasluz.spaces import registry

HINT = "A path contains '/' or starts with '.': ./photos"
ROWS = ("families", "finders", "inverters", "metrics", "projections", "relocations", "similarities")
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
        for word in (
            several(value) if isinstance(value, (str, list, tuple)) else value if isinstance(value, dict) else ()
        ):
            if isinstance(word, str):
                _check(declared, word, home)
    prior = values.get("prior")
    if isinstance(prior, str):
        _check_prior(prior, values.get("model"), home)


def _check(declared: Declared, word: str, home: Workspace) -> None:
    kind = declared.kind
    door, _, which = kind.offers.partition(":") if isinstance(kind.offers, str) else ("", "", "")
    if (door, which) == ("row", "sources"):
        parse_data(word)
    elif door == "row" and which in ROWS:
        registry.check(which, word)
    elif (door, which) == ("kept", "models") and not is_path(word) and not word.startswith("hub:"):
        known_model(word, home)
    elif (door, which) == ("kept", "atlases"):
        known_atlas(word, home)
    elif (door, which) == ("kept", "directions"):
        known_direction(word, home)
    elif kind.metavar.startswith("POINT"):
        for part in by_commas(word):
            if part.startswith("@"):
                saved_point(part[1:], home)


def _check_prior(word: str, model: Any, home: Workspace) -> None:
    """Refuse a prior that no model of ours has. What a plugin's family has is known once it is open."""
    if word in registry.names("priors") or not isinstance(model, str) or is_path(model) or model.startswith("hub:"):
        return
    try:
        family = read_json(known_model(model, home) / "config.json", "the settings of the model").get("family")
    except TrasluzError:
        return
    if isinstance(family, str) and family in registry.names("families") and registry.is_ours("families", family):
        registry.check("priors", word)


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


def known_atlas(name: str, home: Workspace) -> Path:
    """The folder of an atlas by name, a half-made one too; of one that came with a model, where it lies.

    Raises:
        UnknownName: there is none of that name.
    """
    folder = home.entry("atlases", name)
    came = atlas_folder(name)
    if came is not None:
        return came
    if not folder.is_dir() and name not in home.unfinished("atlases"):
        raise UnknownName("atlas", name, home.names("atlases"), next=f"Workspace: {home.root}")
    return folder


def known_direction(name: str, home: Workspace) -> None:
    """Refuse a direction that no model has, by its short or its full name.

    Raises:
        UnknownName: none of any model is called so.
    """
    full = home.names("directions")
    short = set(map(short_direction, full))
    if not {name, check_name(name, "direction")} & {*full, *short}:
        raise UnknownName(
            "direction", name, sorted(short), next="Find one: trasluz directions find MODEL --target COLUMN=VALUE"
        )


def short_direction(full: str) -> str:
    """A direction's name without the model and the space that its file's name begins with."""
    return full.split("--", 2)[-1]
