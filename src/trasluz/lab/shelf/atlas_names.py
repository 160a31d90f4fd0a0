"""What atlases are called that nobody named."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from trasluz.atlas.manifest import OWN
from trasluz.base.reserved import ZOO
from trasluz.io.names import shortened, words_of
from trasluz.io.workspace import Workspace
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel


def atlas_name(
    model: LatentModel,
    spec: str,
    split: str,
    space: str | None = None,
    *,
    home: Workspace | None = None,
    data: Dataset | None = None,
) -> str:
    """MODEL--DATA--SPLIT--SPACE, as a name of the workspace.

    `faces:12000` is `faces-12000`; a path is its last part without suffix, and a mark by which two of one name are
    told apart. So is a model that is opened by its path, and data that are split by another seed, or a part of some.
    """
    told = [_told_apart(part, data) if _is_path(part) else part for part in spec.split(":")]
    if data is not None and data.view_identity != data.identity:
        told.append(_mark(data.view_identity))
    if data is not None and not data.is_as_named:
        told.append(data.identity.rpartition("-split-")[2])
    return _joined(_called(model, space, home), "-".join(told), split, model.space(space).name)


def own_name(
    model: LatentModel, space: str | None = None, *, home: Workspace | None = None, first: int | None = None
) -> str:
    """MODEL--own--SPACE: what the atlas of a model's own draws is called; MODEL--own-500--SPACE that of the `first` of
    them, without pictures."""
    own = OWN if first is None else f"{OWN}-{first}"
    return _joined(_called(model, space, home), own, model.space(space).name)


def _joined(*words: str) -> str:
    words = (*words[:-1], words[-1].replace("+", "-plus"))
    return shortened("--".join(words_of(word).strip("-.") or "x" for word in words))


def name_before(model: LatentModel, spec: str, split: str, space: str) -> str:
    """What the atlas of some data was called while names did not tell folders of one name apart."""
    parts = [Path(part).stem or "data" if _is_path(part) else part for part in spec.split(":")]
    words = [_called(model, space, None), "-".join(parts), split, space.replace("+", "-plus")]
    name = "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", word).strip("-.") or "x" for word in words)
    return name if len(name) <= 120 else f"{name[:100]}-{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"


def _is_path(part: str) -> bool:
    return "/" in part or os.sep in part or part.startswith((".", "~"))


def _told_apart(path: str, data: Dataset | None) -> str:
    """The last part of a path, and a mark of the whole of it; of open data, as it was when they were opened."""
    opened = None if data is None else data.about.get("argument")
    whole_path = opened if isinstance(opened, str) and _is_path(opened) else str(Path(path).expanduser())
    return f"{Path(path).stem or 'data'}-{_mark(os.path.realpath(whole_path))}"


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()


def _called(model: LatentModel, space: str | None, home: Workspace | None) -> str:
    """A model's name; with a mark where it is opened by its path, and with its condition where latents of the space
    mean something else under it."""
    name, folder = model.name, model.folder
    if home is not None and folder is not None and folder.parent not in (ZOO, (home.root / "models").absolute()):
        name = f"{name}-{_mark(os.path.realpath(folder))}"
    if not model.condition or model.owner(model.space(space).name) != model.identity:
        return name
    return "-".join([name, *(f"{key}-{value}" for key, value in sorted(model.condition.items()))])
