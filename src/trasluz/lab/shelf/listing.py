"""The list of models, without loading what they are made of.

What comes with the package is read as it lies there. A model of the workspace is looked at once, by its opener; as long
as no file in its folder changes, what was found then is said again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trasluz
from trasluz.base.bounds import MODEL_LIST
from trasluz.base.errors import TrasluzError
from trasluz.base.reserved import BUNDLED, ZOO, is_bundled
from trasluz.io.atomic import read_json, write_sealed
from trasluz.io.plain import has_plain
from trasluz.io.workspace import Workspace
from trasluz.spaces import registry

if TYPE_CHECKING:
    from trasluz.spaces.opener import ModelFacts

FILE = "models.json"

Line = dict[str, Any]


def every_model(home: Workspace, line_of: Callable[[str, str, Path], Line], zoo: Path = ZOO) -> list[Line]:
    """A line of each model, `line_of(name, where, folder)`: the bundled ones, then those of the workspace."""
    out: list[Line] = []
    places = [("bundled", name, zoo / name) for name in BUNDLED if (zoo / name).is_dir()]
    places += [("workspace", name, home.entry("models", name)) for name in home.names("models")]
    for where, name, folder in places:
        line = line_of(name, where, folder)
        if where == "workspace" and is_bundled(name) and line["family"] is not None:
            line["state"] = f"hidden by the bundled model of that name; open it by its path, {folder}"
        out.append(line)
    link = "a link, and none is followed in a workspace; put the folder itself there, or name it by its path"
    nothing = {"family": None, "data": None, "items": None}
    out += [{"name": name, "where": "workspace", **nothing, "state": link} for name in home.links("models")]
    return out


def listed(home: Workspace) -> list[Line]:
    """Name, family, data, form and state of every model; what cannot be read says why."""
    ours = all(registry.is_ours("openers", name) for name in registry.names("openers"))
    known = _remembered(home) if ours else {}
    found: dict[str, Any] = {}

    def line(name: str, where: str, folder: Path) -> Line:
        packed = _packed(name, folder) if ours and where == "bundled" else None
        if packed is not None:
            return packed
        stamp, kept = _stamp(folder), known.get(name)
        if where == "workspace" and isinstance(kept, dict) and kept.get("stamp") == stamp:
            found[name] = kept
            return dict(kept["line"])
        looked = line_of(name, where, folder)
        if where == "workspace" and looked["state"] == "ready":
            found[name] = {"stamp": stamp, "line": dict(looked)}
        return looked

    lines = every_model(home, line)
    if ours and found != known and home.root.is_dir():
        _remember(home, found)
    return lines


def _packed(name: str, folder: Path) -> Line | None:
    """A bundled model that lies there as it was packed; None for one to be looked at more closely."""
    try:
        about = read_json(folder / "config.json", "the model's config", limit=MODEL_LIST)
        line = {"family": about["family"], "data": about["trained_on"], "items": about["representation"]}
    except (TrasluzError, KeyError):
        return None
    whole = has_plain(folder, "model.safetensors") and line["family"] in registry.names("families")
    return {"name": name, "where": "bundled", **line, "state": "ready"} if whole else None


def _stamp(folder: Path) -> list[list[Any]]:
    """What changes when a file of the folder does."""
    try:
        files = [(path.name, path.lstat()) for path in sorted(folder.iterdir())]
    except OSError:
        return []
    return [[name, status.st_size, status.st_mtime_ns, status.st_ino] for name, status in files]


def _remembered(home: Workspace) -> Mapping[str, Any]:
    try:
        kept = read_json(home.cache / FILE, "the list of models", limit=MODEL_LIST)
    except TrasluzError:
        return {}
    models = kept.get("models")
    return models if kept.get("version") == trasluz.__version__ and isinstance(models, dict) else {}


def _remember(home: Workspace, found: Mapping[str, Any]) -> None:
    try:
        with home.writing("listing the models", "cache", FILE):
            write_sealed(home.cache / FILE, {"version": trasluz.__version__, "models": dict(found)})
    except TrasluzError:  # it only takes longer the next time
        return


def line_of(name: str, where: str, folder: Path) -> dict[str, Any]:
    """One model of a list, as its opener describes it."""
    from trasluz.lab.shelf import openers

    try:
        facts = openers.described(folder)
    except TrasluzError as error:
        facts = None
        state = str(error)
    else:
        state = facts.state
    said = _shown(facts)
    return {"name": name, "where": where, **said, "state": state}


def _shown(facts: ModelFacts | None) -> dict[str, Any]:
    if facts is None:
        return {"family": None, "data": None, "items": None}
    items = None if facts.representation is None else dict(facts.representation)
    return {"family": facts.family, "data": facts.data, "items": items}
