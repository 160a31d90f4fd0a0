"""`trasluz map`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete
from trasluz.cli.call import Call, check_form, one_of, verb
from trasluz.cli.options import AtlasOption, DataOption, ModelArgument, NoCreateOption, OutOption, SpaceOption

app = typer.Typer()


@verb(
    app,
    "map",
    seed=True,
    device=True,
    examples=[
        "trasluz map mine --color species --out map.png",
        "trasluz map mine --sheet --out sheet.png",
        "trasluz map mine --method umap --set neighbours=30 --out groups.png",
    ],
)
def map_(
    call: Call,
    model: ModelArgument,
    method: Annotated[
        str,
        typer.Option(
            help="How the space is laid on the plane.",
            metavar="NAME",
            autocompletion=complete.registered("projections"),
        ),
    ] = "pca",
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="One setting of the method, such as vertical=3 (pca) or neighbours=30 (umap).",
            show_default=False,
        ),
    ] = None,
    color: Annotated[
        str | None,
        typer.Option(help="Colour the points by this label or factor. Default: the label.", metavar="COLUMN"),
    ] = None,
    sheet: Annotated[
        bool,
        typer.Option("--sheet", metavar="", help="Draw what the places of the plane decode to, instead of the points."),
    ] = False,
    where: Annotated[
        str | None,
        typer.Option(help="Only rows that meet a condition, such as \"species = 'cat'\".", metavar="CONDITION"),
    ] = None,
    no_thumbnails: Annotated[
        bool, typer.Option("--no-thumbnails", metavar="", help="Draw the points alone, without small pictures.")
    ] = False,
    out: OutOption = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
    no_create: NoCreateOption = False,
) -> None:
    """Draw the latent space as a picture of two dimensions, any place of which decodes. PNG or SVG."""
    one_of(("--data", data), ("--atlas", atlas))
    from trasluz.base.config import parse_settings
    from trasluz.lab.map import map as run
    from trasluz.lab.results.plane import Plane

    check_form(out, Plane.suffixes)
    plane = run(
        model,
        method=method,
        settings=parse_settings(set_ or []),
        color=color,
        sheet=sheet,
        where=where,
        thumbnails=not no_thumbnails,
        data=data,
        atlas=atlas,
        space=space,
        seed=call.seed,
        create=not no_create,
        **call.lab,
    )
    call.picture(plane, "sheet" if sheet else "map", model, out, atlas=plane.atlas.name, round_trip=plane.round_trip)
