"""Encode: every item of a data set placed in a model's latent space, as an atlas."""

from __future__ import annotations

import os

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.write import plan, write_atlas
from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import whole
from trasluz.base.progress import SILENT, Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.shelf.atlases import (
    DEFAULT_ITEMS,
    atlas_name,
    check_taken,
    draws_own,
    load_for,
    own_atlas,
    standing,
)
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel

MOST = 1_000_000
"""Own draws, at most."""


def encode(
    model: str | os.PathLike[str] | LatentModel,
    data: str | os.PathLike[str] | Dataset | None = None,
    *,
    split: str | None = None,
    limit: int | None = None,
    space: str | None = None,
    name: str | None = None,
    own: int | None = None,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Atlas:
    """Encode a data set into an atlas of the workspace.

    An atlas that is there already, of the same model and data and at least as long, is given back as it is; a
    shorter one grows; one of another model or other data is made again. What was stopped goes on.

    Args:
        model: A name, a path or an open model, with an encoder.
        data: A DATA argument or an open data set; by default what the model was trained on.
        split: `train`, `test` or `all`; by default the test split, and an open data set as it is.
        limit: The first so many items; by default all.
        space: The space; by default the model's own choice.
        name: What to call the atlas; by default MODEL--DATA--SPLIT--SPACE, or MODEL--own--SPACE.
        own: Instead of data, so many draws of the model's own, with the latents that they were drawn by. It is what a
            space without an encoder gets where no data are named: 5,000 of them.
        workspace: Where atlases are kept.
        device: Where the model runs.

    Raises:
        NotInvertible: data are named, and the space has no encoder.
        Stopped: interrupted; the same call goes on.
    """
    home = workspace_of(workspace)
    if limit is not None and limit < 1:
        raise InvalidArgument("limit is a number of items", got=limit, allowed="1 or more")
    opened = model_of(model, home, device)
    if own is not None or (data is None and split is None and draws_own(opened.space(space))):
        return _own(opened, own, data, split, limit, space, name, home, progress)
    loaded = load_for(opened, data, split, home, progress, space).first(limit)
    chosen = atlas_name(opened, loaded.spec, loaded.part, space) if name is None else name
    folder = home.entry("atlases", chosen)
    wanted = plan(opened, loaded, space)
    if name is not None:
        check_taken(folder, wanted)
    there = standing(folder, wanted, progress)
    if there is not None:
        progress.say(f"The atlas {chosen} is there already, with {len(there):,} items")
        return there
    with home.writing(f"encoding the atlas {chosen}"):
        return write_atlas(folder, opened, loaded, space=space, progress=progress)


def _own(
    model: LatentModel,
    own: int | None,
    data: object,
    split: str | None,
    limit: int | None,
    space: str | None,
    name: str | None,
    home: Workspace,
    progress: Progress,
) -> Atlas:
    """An atlas of the model's own draws."""
    if own is not None and (data is not None or split is not None or limit is not None):
        raise InvalidArgument(
            "own draws stand instead of data", got=f"own={own}", next="Leave data, split and limit out"
        )
    n = whole("the number of own draws", own if own is not None else limit or DEFAULT_ITEMS, low=2, high=MOST)
    return own_atlas(model, n, space, name=name, home=home, progress=progress)
