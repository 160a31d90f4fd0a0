"""`trasluz decode`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli.call import Call, check_form, one_of, verb
from trasluz.cli.options import (
    POINT_HELP,
    AtlasOption,
    DataOption,
    ModelArgument,
    NoCreateOption,
    OutOption,
    SpaceOption,
)

app = typer.Typer()


@verb(
    app,
    "decode",
    device=True,
    examples=[
        "trasluz decode mine test:3 seed:42/1 map:0.31,-1.2 --out grid.png",
    ],
)
def decode(
    call: Call,
    model: ModelArgument,
    points: Annotated[list[str], typer.Argument(metavar="POINT...", help=POINT_HELP, show_default=False)],
    out: OutOption = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
    no_create: NoCreateOption = False,
) -> None:
    """Show what points of the latent space decode to."""
    one_of(("--data", data), ("--atlas", atlas))
    from trasluz.lab.decode import decode as run
    from trasluz.lab.results.decoded import Decoded

    check_form(out, Decoded.suffixes)
    decoded = run(model, points, space=space, data=data, atlas=atlas, create=not no_create, **call.lab)
    call.picture(decoded, "decode", model, out)
