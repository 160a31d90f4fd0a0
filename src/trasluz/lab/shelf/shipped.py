"""The items that came with a bundled model: an atlas, packed small, with a fitted map. It is read where it lies.

A verb takes it where somebody names it (`--atlas faces-vae--bundled--z`), and the studio where nobody names anything
and the workspace has none of its own. What needs more than that encodes as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.manifest import MANIFEST
from trasluz.atlas.packed import PACKED
from trasluz.base.errors import DataError, InvalidArgument, MissingExtra, NameTaken, TrasluzError
from trasluz.base.progress import SILENT, Progress
from trasluz.base.reserved import atlas_folder, bundled_atlas
from trasluz.io.atomic import read_json
from trasluz.io.plain import stamp
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.names import known_atlas
from trasluz.lab.shelf import openers
from trasluz.lab.shelf.atlas_names import atlas_name
from trasluz.lab.shelf.bundled import REINSTALL, ZOO
from trasluz.lab.shelf.maps import usual_recipe
from trasluz.lab.shelf.methods import default_of
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

LAYOUT = "umap"
"""What a map is laid out by where such a layout is there already."""
AT_LEAST, AT_MOST = 10, 20_000
"""Rows that such a layout needs, and up to which it is made while somebody looks at another one."""
READ = 4
"""Atlases that came with models, held in memory: with pictures 13 MB each at most."""


def open_atlas(name: str, home: Workspace) -> Atlas:
    """An atlas of the workspace by its name, or one that came with a model.

    Raises:
        UnknownName: there is none of that name.
    """
    return _came(atlas_folder(name), home) or Atlas.open(known_atlas(name, home))


def _came(folder: Path | None, home: Workspace) -> Atlas | None:
    """One that came with a model, read once while it stays as it is."""
    return None if folder is None else _read(folder, home.root, stamp(folder / PACKED))


@lru_cache(READ)
def _read(folder: Path, home: Path, _as_it_is: tuple[int, ...]) -> Atlas:
    return beside(Atlas.open(folder), Workspace(home))


def beside(atlas: Atlas, home: Workspace) -> Atlas:
    """The same, and what is made of an atlas that came with a model is kept in the workspace's cache."""
    if atlas.packed is not None:
        mark = atlas.packed.about.get("checksum", "")[:12]
        atlas.beside = home.cache / "maps" / f"{atlas.name}-{mark}"
    return atlas


def check_not_shipped(name: str) -> None:
    """Refuse to write to an atlas that came with a model, or to give another its name.

    Raises:
        NameTaken: it is one.
    """
    if atlas_folder(name) is not None:
        raise NameTaken(f"{name} is the atlas that came with a bundled model", next="Choose another name")


def shipped_of(model: LatentModel, space: str | None, home: Workspace, progress: Progress = SILENT) -> Atlas | None:
    """The atlas that came with a model, whole and of the same data; None where there is none, or it does not serve,
    which is said."""
    if model.folder is None or model.folder.parent != ZOO or model.condition:
        return None
    try:
        found = _came(atlas_folder(bundled_atlas(model.name, model.space(space).name)), home)
        if found is None:
            return None
        found.check_model(model)
        found.check_whole()
        _check_data(model, found, home)
    except TrasluzError as error:
        progress.say(
            f"The items that came with {model.name} cannot be used, and are encoded: {error.what}. "
            f"To have them: {REINSTALL}"
        )
        return None
    return found


def _check_data(model: LatentModel, atlas: Atlas, home: Workspace) -> None:
    """Refuse an atlas where the source of its data would give others by now. Where that cannot be asked, since what it
    takes is not installed, it is of the data that it says."""
    from trasluz.lab.shelf.data import fingerprint

    said = "" if atlas.packed is None else atlas.packed.data.get("fingerprint")
    if not said:
        return
    try:
        now = fingerprint(atlas.manifest.data, model.space(atlas.space).representation, home)
    except (DataError, MissingExtra):
        return
    if now != said:
        raise DataError(f"the data {atlas.manifest.data} are others by now")


@final
@dataclass(frozen=True)
class Start:
    """What is shown where nobody says what: an atlas by name, None for the usual one; and how it is laid out."""

    atlas: str | None
    method: str


def start_of(model: LatentModel, space: str | None, home: Workspace, progress: Progress = SILENT) -> Start:
    """What the studio opens of a model where nobody names data, an atlas, a part of the data or a method.

    A layout by UMAP that is kept beside the workspace's own atlas comes first; then the one that came with the model;
    then the default method.
    """
    usual = default_of("projections").name
    own = _own(model, space, home)
    if own is not None and _has(own, LAYOUT):
        return Start(None, LAYOUT)
    shipped = shipped_of(model, space, home, progress)
    if shipped is not None and shipped.packed is not None:
        return Start(shipped.name, shipped.packed.about.get("method") or usual)
    return Start(None, usual)


def _own(model: LatentModel, space: str | None, home: Workspace) -> Atlas | None:
    """The workspace's own atlas of what a model was trained on, where there is one."""
    if model.trained_on is None:
        return None
    name = atlas_name(model, model.trained_on, "test", space, home=home)
    try:
        return Atlas.open(home.entry("atlases", name), model=model)
    except TrasluzError:
        return None


def shows_draws(space: LatentSpace) -> bool:
    """Whether the studio shows a space by own draws where nobody names anything: there is a prior, and no item is
    placed there, or not soon."""
    return space.default_prior is not None and not (space.encodes and space.encodes_soon)


def better_of(atlas: Atlas, method: str) -> str | None:
    """The method by which a map of the same items shows more, and is worth making in the background; None where it is
    this one, or the items are too few, or so many that it takes minutes."""
    return LAYOUT if method != LAYOUT and AT_LEAST <= len(atlas) <= AT_MOST else None


def kept_layout(atlas: Atlas) -> str | None:
    """The method whose layout is there at once, as it was made before; None where there is none."""
    return LAYOUT if _has(atlas, LAYOUT) else None


def _has(atlas: Atlas, method: str) -> bool:
    """Whether a map by a method's own settings is kept beside an atlas."""
    try:
        return atlas.projection(method, usual_recipe(method)) is not None
    except TrasluzError:
        return False


def is_at_hand(name: str, folder: Path, home: Workspace) -> bool:
    """Whether a map of a model in a folder opens at once: its items came with it, or were encoded before. Neither is
    opened to find out."""
    if folder.parent == ZOO:
        return any(one.is_dir() and atlas_folder(one.name) == one for one in folder.glob(f"{name}--bundled--*"))
    try:
        identity = openers.described(folder).identity
    except TrasluzError:
        return False
    return identity is not None and any(_is_of(identity, one, home) for one in home.names("atlases"))


def _is_of(identity: str, atlas: str, home: Workspace) -> bool:
    try:
        about = read_json(home.entry("atlases", atlas) / MANIFEST, "the manifest")
    except TrasluzError:
        return False
    return about.get("model_identity") == identity


def removable(name: str, folder: Path) -> Path:
    """The folder of an atlas that may be removed.

    Raises:
        InvalidArgument: it came with a model.
    """
    if atlas_folder(name) is not None:
        raise InvalidArgument(
            f"the atlas {name} came with a bundled model, and stays", next="It takes no room of yours"
        )
    return folder
