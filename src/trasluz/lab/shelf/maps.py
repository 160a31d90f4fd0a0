"""Maps of atlases: the one that is kept, or fitted now and kept beside the latents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import NoPermission, NoSpace, UnknownName, WorkspaceLocked
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces import registry
from trasluz.spaces.methods import Projection

INSTANT = ("pca", "discriminant")
"""Methods that are done at once; before any other one the wait is announced."""


def projection_of(
    atlas: Atlas,
    method: str,
    *,
    settings: Mapping[str, Any] | None = None,
    column: str | None = None,
    seed: int = 0,
    workspace: Place = None,
    progress: Progress = SILENT,
) -> Projection:
    """The map of an atlas by a method: the kept one, or fitted now and kept beside the latents.

    `column` names the labels, for the methods that look at them; None for the one that a map is coloured by.
    """
    how = registry.get("projections", method)
    config = how.config_type.make(settings or {})
    column = (column or column_of(atlas, None)) if how.uses_labels else None
    labels = None if column is None else atlas.column(column).tolist()
    recipe = json.dumps([config.dump(), seed, column], sort_keys=True)
    kept = atlas.projection(method, recipe)
    if kept is not None:
        return kept
    doing = f"Laying out {len(atlas):,} items by {how.title}"
    if method not in INSTANT:
        progress.say(f"{doing}; some tens of seconds")
    with progress.task(doing, None):
        fitted = how.fit(atlas.latents, config, seed, labels)
    try:
        with workspace_of(workspace).writing(f"keeping the map of {atlas.name}"):
            atlas.keep_projection(method, fitted, recipe)
    except (WorkspaceLocked, NoPermission, NoSpace) as error:
        progress.say(f"The map is drawn but not kept: {error}")  # it is only sooner there the next time
    return fitted


def column_of(atlas: Atlas, color: str | None) -> str | None:
    names = atlas.columns
    if color is not None:
        allowed = [*names, "split", "source"]
        if color not in allowed:
            raise UnknownName("column", color, allowed)
        return color
    filled = [name for name in names if atlas.rows.column(name).null_count < len(atlas)]
    return "label" if "label" in filled else next(iter(filled), None)
