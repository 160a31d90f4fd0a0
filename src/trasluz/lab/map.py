"""A picture of a latent space in two dimensions, any place of which decodes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import DataError
from trasluz.base.limits import whole
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.call import record
from trasluz.lab.calls.given import AtlasLike, DataLike, ModelLike
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf.atlases import name_of
from trasluz.lab.shelf.maps import column_of, projection_of
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.where import Place, workspace_of


def map(
    model: ModelLike | Atlas,
    *,
    method: str = "pca",
    settings: Mapping[str, Any] | None = None,
    color: str | None = None,
    sheet: bool = False,
    where: str | None = None,
    thumbnails: bool = True,
    data: DataLike = None,
    atlas: AtlasLike = None,
    space: str | None = None,
    seed: int = 0,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Plane:
    """Draw encoded data on a plane.

    Args:
        model: A model, or an atlas.
        method: How to draw: `pca`; `discriminant`, which looks for the view that separates the colours; or `umap`,
            which lays neighbours near each other (some tens of seconds, once).
        settings: Single settings of the method, such as `{"neighbours": 30}`.
        color: The label or factor to colour by; None for the label, or the first factor where there is no label.
        sheet: Whether the picture is what the places of the plane decode to, instead of the items that lie there.
        where: A condition on the rows, `"hair_colour = 'blond'"`: only these are drawn; the map itself stays.
        thumbnails: Whether to show some of the items, where the atlas has pictures of them.
        data: What to encode; None for what the model was trained on.
        atlas: An atlas by name or open, instead of `data`.
        space: By name; None for the model's default one.
        seed: For the methods that draw at random.
        create: Whether to encode the default atlas where it is not there yet.

    >>> plane = tl.map("pets-vae", color="species")    # doctest: +SKIP
    >>> tl.decode("pets-vae", plane.inverse([0.31, -1.2]))    # doctest: +SKIP
    """
    whole("the seed", seed, low=0, high=2**63 - 1)
    home = workspace_of(workspace)
    if isinstance(model, Atlas):
        rows, source = model, model.manifest.model
    else:
        from trasluz.lab.shelf.atlases import atlas_for

        source = model_of(model, home, device)
        rows = atlas if isinstance(atlas, Atlas) else atlas_for(
            source, data=data, atlas=atlas, space=space, create=create, workspace=home, progress=progress
        )  # fmt: skip
    column = column_of(rows, color)
    projection = projection_of(
        rows, method, settings=settings, column=column, seed=seed, workspace=home, progress=progress
    )
    shown = np.arange(len(rows)) if where is None else np.asarray(rows.where(where))
    if not len(shown):
        raise DataError(f"no row of the atlas {rows.name} meets the condition", got=where)
    asked = {
        "method": method,
        "settings": settings or None,
        "color": color,
        "sheet": sheet,
        "where": where,
        "thumbnails": thumbnails,
        "data": data,
        "seed": seed,
    }
    given = name_of(rows if isinstance(model, Atlas) else atlas)
    named = model if isinstance(model, (str, os.PathLike)) else source
    call = record(map, named, (), home, device, **asked, atlas=given, space=space, create=create)
    return Plane(rows, projection, shown, column, lambda: model_of(source, home, device), call, progress)
