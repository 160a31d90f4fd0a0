"""A picture of a latent space in two dimensions, any place of which decodes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import MODEL, Atlas, Create, Data, Device, Given, Home, Seed, Space, Watcher
from trasluz.lab.calls.given import Colouring, ModelOrAtlas
from trasluz.lab.calls.parameters import File, Pairs, Switch, Text
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.plane import Plane
    from trasluz.spaces.data import Dataset


UNSAYABLE = (
    "colours given as values have no name on a command line: write them to a table with a column id, "
    "and pass --labels FILE --color COLUMN"
)


@verb(
    examples=[
        "trasluz map mine --color species --out map.png",
        "trasluz map mine --labels mine.csv --color mood --out moods.png",
        "trasluz map mine --color measure:stretch --out stretch.png",
        "trasluz map mine --sheet --out sheet.png",
        "trasluz map mine --method umap --set neighbours=30 --out groups.png",
    ],
    answer=Drawn(of="trasluz.lab.results.plane:Plane"),
    variable="plane",
)
def map(
    call: Call,
    model: Annotated[ModelOrAtlas, MODEL],
    *,
    method: Annotated[
        str,
        Text(
            help="How the space is laid on the plane: pca; discriminant, which looks for the view that best separates "
            "the colours; or umap, which puts neighbours near each other (some seconds, once).",
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
        Colouring | None,
        Text(
            help="Colour the points by this label or factor, or by a measure, such as measure:stretch or measure:torn; "
            "in Python also by values of your own, one a row of the atlas. Default: the one of few values that lie "
            "together most.",
            metavar="COLUMN",
        ),
    ] = None,
    labels: Annotated[
        str | os.PathLike[str] | None,
        File(
            help="A table of your own labels to colour by (CSV, Parquet, JSON), a column of which names the items: "
            "file, id or point.",
            metavar="FILE",
        ),
    ] = None,
    sheet: Annotated[
        bool, Switch(help="Draw what the places of the plane decode to, instead of the points.")
    ] = False,
    where: Annotated[
        str | None,
        Text(
            help="Show only rows that meet a condition, such as \"species = 'cat'\"; the map itself stays.",
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
    """Draw the latent space as a two-dimensional map, any place of which can be decoded. PNG or SVG.

    `model` may be an open atlas. `color` may be a list, an array, a tensor or a series with a value for each row of the
    atlas, or a dictionary by the items' ids; a series of pandas goes by its index.

    >>> plane = tl.map("pets-vae", color="species")    # doctest: +SKIP
    >>> tl.decode("pets-vae", plane.inverse([0.31, -1.2]))    # doctest: +SKIP
    """
    import numpy as np

    from trasluz.atlas.atlas import Atlas
    from trasluz.lab.calls.given import Nameless
    from trasluz.lab.judging.evidence import labels_of
    from trasluz.lab.judging.measures import check_measure, is_measure, measured
    from trasluz.lab.results.plane import Plane
    from trasluz.lab.shelf.atlases import atlas_for
    from trasluz.lab.shelf.colouring import own_column
    from trasluz.lab.shelf.maps import check_colours, columns_of, default_column, meeting, named_column, projection_of
    from trasluz.lab.shelf.models import model_of
    from trasluz.spaces import registry
    from trasluz.spaces.column import Column

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

        def look(items: Dataset) -> None:
            if isinstance(color, str) and labels is None and not is_measure(color, items.columns):
                named_column(items, color)
            if where is not None:
                meeting(items.rows, where, f"the data {items.spec}")

        rows = atlas if isinstance(atlas, Atlas) else atlas_for(
            source, data=data, atlas=atlas, space=space, create=create, workspace=home, progress=session.progress,
            look=look,
        )  # fmt: skip
    own = {} if labels is None else labels_of(rows, labels, session.progress)
    rows = rows.with_columns(own)
    asked: str | Column | None = None
    by_measure = color if isinstance(color, str) and is_measure(color, [*own, *rows.columns]) else None
    looked_at_labels = registry.get("projections", method).uses_labels
    if by_measure is not None:
        check_measure(by_measure, model_of(source, session).space(rows.space))
        if looked_at_labels:
            raise InvalidArgument(
                f"the map {method} is made from labels, and a measure is none", got=color,
                next="Name a column of categories, or use --method pca",
            )  # fmt: skip
    elif isinstance(color, str):
        asked = check_colours(own[color]) if color in own else named_column(rows, color, others=list(own))
    elif color is not None:
        asked = own_column(color, rows, session.progress)
        call = call.saying(color=Nameless(UNSAYABLE))
    projection = projection_of(
        rows, method, settings=settings, column=asked, seed=seed, workspace=home, progress=session.progress
    )
    if by_measure is not None:
        asked = measured(by_measure, model_of(source, session), rows, projection, session.progress)
    places = None if looked_at_labels else projection.xy.cpu().numpy()
    if asked is None:  # a table that was brought is meant to be seen
        name = default_column(list(own.values()), places) or default_column(columns_of(rows), places)
        asked = own.get(name, name) if name is not None else None
    column = by_measure if by_measure is not None else asked.name if isinstance(asked, Column) else asked
    if (looked_at_labels or not sheet) and (color is None or isinstance(color, str)):
        call = call.saying(color=column)  # a sheet of any other map shows no colours
    shown = np.arange(len(rows)) if where is None else meeting(rows.rows, where, f"the atlas {rows.name}")
    whole = asked if isinstance(asked, Column) else None
    return Plane(rows, projection, shown, column, lambda: model_of(source, session), call, session.progress, whole)
