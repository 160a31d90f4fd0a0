"""A picture of a latent space in two dimensions, any place of which decodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Atlas, Create, Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.parameters import Pairs, Switch, Text
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.plane import Plane


@verb(
    examples=[
        "trasluz map mine --color species --out map.png",
        "trasluz map mine --sheet --out sheet.png",
        "trasluz map mine --method umap --set neighbours=30 --out groups.png",
    ],
    answer=Drawn(of="trasluz.lab.results.plane:Plane"),
    variable="plane",
)
def map(
    call: Call,
    model: Model,
    *,
    method: Annotated[
        str,
        Text(
            help="How the space is laid on the plane: pca; discriminant, which looks for the view that separates the "
            "colours; or umap, which lays neighbours near each other (some tens of seconds, once).",
            metavar="NAME", offers="row:projections",
        ),
    ] = "pca",
    settings: Annotated[
        Mapping[str, Any] | None,
        Pairs(
            help="One setting of the method, such as vertical=3 (pca) or neighbours=30 (umap).",
            flag="--set", metavar="KEY=VALUE",
        ),
    ] = None,
    color: Annotated[
        str | None,
        Text(
            help="Colour the points by this label or factor. Default: the one of few values that lie together most.",
            metavar="COLUMN",
        ),
    ] = None,
    sheet: Annotated[
        bool, Switch(help="Draw what the places of the plane decode to, instead of the points.")
    ] = False,
    where: Annotated[
        str | None,
        Text(
            help="Only rows that meet a condition, such as \"species = 'cat'\"; the map itself stays.",
            metavar="CONDITION",
        ),
    ] = None,
    thumbnails: Annotated[
        bool,
        Switch(
            help="Whether to show some of the items, where the atlas has pictures of them.",
            off="--no-thumbnails", without="Draw the points alone, without small pictures.",
        ),
    ] = True,
    data: Data = None,
    atlas: Atlas = None,
    space: Space = None,
    given: Given = None,
    seed: Seed = 0,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Plane:  # fmt: skip
    """Draw the latent space as a picture of two dimensions, any place of which decodes. PNG or SVG.

    `model` may be an open atlas.

    >>> plane = tl.map("pets-vae", color="species")    # doctest: +SKIP
    >>> tl.decode("pets-vae", plane.inverse([0.31, -1.2]))    # doctest: +SKIP
    """
    import numpy as np

    from trasluz.atlas.atlas import Atlas
    from trasluz.atlas.query import NoSuchValue
    from trasluz.base.errors import DataError
    from trasluz.lab.results.plane import Plane
    from trasluz.lab.shelf.atlases import atlas_for
    from trasluz.lab.shelf.maps import columns_of, default_column, named_column, projection_of
    from trasluz.lab.shelf.models import model_of
    from trasluz.spaces import registry

    session, home = call.session, call.session.home
    if isinstance(model, Atlas):
        if data is not None or atlas is not None or space is not None or given:
            raise InvalidArgument(
                "the map is of the atlas given", got="data, atlas, space or a condition besides", next="Leave them out"
            )
        rows, source = model, model.manifest.model
        call = call.of(source).saying(atlas=rows)
    else:
        source = model_of(model, session, given)
        rows = atlas if isinstance(atlas, Atlas) else atlas_for(
            source, data=data, atlas=atlas, space=space, create=create, workspace=home, progress=session.progress
        )  # fmt: skip
    asked = None if color is None else named_column(rows, color)
    projection = projection_of(
        rows, method, settings=settings, column=asked, seed=seed, workspace=home, progress=session.progress
    )
    looked_at_labels = registry.get("projections", method).uses_labels
    places = None if looked_at_labels else projection.xy.cpu().numpy()
    column = asked or default_column(columns_of(rows), places)
    if looked_at_labels or not sheet:  # a sheet of any other map shows no colours
        call = call.saying(color=column)
    try:
        shown = np.arange(len(rows)) if where is None else np.asarray(rows.where(where))
    except NoSuchValue as error:
        raise DataError(error.what, got=where, allowed=error.allowed, next=error.next) from None
    if not len(shown):
        raise DataError(f"no row of the atlas {rows.name} meets the condition", got=where)
    return Plane(rows, projection, shown, column, lambda: model_of(source, session), call, session.progress)
