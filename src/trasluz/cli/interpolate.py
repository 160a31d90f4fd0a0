"""`trasluz interpolate`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.base.errors import InvalidArgument
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
)

app = typer.Typer()


@verb(
    app,
    "interpolate",
    device=True,
    examples=[
        "trasluz interpolate mine test:3 test:9 --frames 16 --out walk.gif",
        "trasluz interpolate mine test:3 test:9 test:12 --rule spherical --loop --out walk.mp4",
    ],
)
def interpolate(
    call: Call,
    model: ModelArgument,
    points: Annotated[
        list[str], typer.Argument(metavar="POINT POINT...", help=f"Two or more of: {POINT_HELP}", show_default=False)
    ],
    rule: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="How to go from point to point: linear, spherical, ...",
            autocompletion=complete.registered("paths"),
        ),
    ] = "linear",
    frames: Annotated[int, typer.Option(metavar="N", min=2, max=10_000, help="Pictures along the walk.")] = 16,
    loop: Annotated[bool, typer.Option("--loop", metavar="", help="Go back to the first point at the end.")] = False,
    out: OutOption = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
    no_create: NoCreateOption = False,
) -> None:
    """Walk smoothly between points of the latent space. A strip (PNG), GIF or MP4."""
    one_of(("--data", data), ("--atlas", atlas))
    if len(points) < 2:
        raise InvalidArgument("a walk needs two or more points", got=len(points), next="Add one, such as test:9")
    from trasluz.lab.interpolate import interpolate as run
    from trasluz.lab.results import Walk

    check_form(out, Walk.suffixes)
    walk = run(
        model,
        *points,
        rule=rule,
        frames=frames,
        loop=loop,
        space=space,
        data=data,
        atlas=atlas,
        create=not no_create,
        **call.lab,
    )
    call.picture(walk, "walk", model, out)
