"""`trasluz traverse`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete
from trasluz.cli.call import Call, check_form, one_of, verb
from trasluz.cli.options import (
    POINT_HELP,
    AtlasOption,
    DataOption,
    ModelArgument,
    NoCreateOption,
    OutOption,
    SpaceOption,
    whole_numbers,
)

app = typer.Typer()


@verb(
    app,
    "traverse",
    device=True,
    examples=[
        "trasluz traverse mine --out traverse.png",
        "trasluz traverse mine --dims 0,3 --from test:17 --range 2 --columns 11",
        "trasluz traverse faces-vae --direction hair_colour-blond --direction pca-1",
        "trasluz traverse faces-vae --pair hair_colour-blond mouth-smile --columns 5",
    ],
)
def traverse(
    call: Call,
    model: ModelArgument,
    dims: Annotated[
        str | None,
        typer.Option(metavar="I,J,...", help="Which dimensions, counted from 0. Default: the most active ones."),
    ] = None,
    direction: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A kept direction instead of dimensions; may be given several times.",
            autocompletion=complete.kept("directions"),
            show_default=False,
        ),
    ] = None,
    pair: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Two kept directions at once: one across, the other up.", show_default=False),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="POINT", help=f"Where to start. Default: the atlas's first item. {POINT_HELP}"),
    ] = None,
    range_: Annotated[
        float,
        typer.Option(
            "--range",
            metavar="X",
            min=0,
            max=100,
            help="How far to go to each side, in standard deviations of the dimension over the data.",
        ),
    ] = 3.0,
    columns: Annotated[
        int, typer.Option(metavar="N", min=3, max=101, help="Steps from end to end, an odd number.")
    ] = 9,
    out: OutOption = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
    no_create: NoCreateOption = False,
) -> None:
    """Show what each latent dimension changes, the most active ones first; or what directions change."""
    one_of(("--data", data), ("--atlas", atlas))
    chosen = whole_numbers(dims, "--dims")
    from trasluz.lab.results.traversal import Traversal
    from trasluz.lab.traverse import traverse as run

    check_form(out, Traversal.suffixes)
    traversal = run(
        model,
        dims=chosen,
        directions=direction or None,
        pair=list(pair) if pair else None,
        start=start,
        range=range_,
        columns=columns,
        space=space,
        data=data,
        atlas=atlas,
        create=not no_create,
        **call.lab,
    )
    call.picture(traversal, "traverse", model, out)
