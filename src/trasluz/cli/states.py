"""`trasluz states`."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli.call import Call, check_form, verb
from trasluz.cli.options import (
    POINT_HELP,
    DataOption,
    GivenOption,
    ModelArgument,
    OutOption,
    SpaceOption,
)

app = typer.Typer()


@verb(
    app,
    "states",
    device=True,
    examples=[
        "trasluz states faces-flow seed:1 test:3 --out states.png",
        "trasluz states pets-flow seed:1 --given species=dog --frames 12",
    ],
)
def states(
    call: Call,
    model: ModelArgument,
    points: Annotated[list[str], typer.Argument(metavar="POINT...", help=POINT_HELP, show_default=False)],
    frames: Annotated[int, typer.Option(metavar="N", min=2, max=1000, help="Moments to show, from noise to item.")] = 9,
    given: GivenOption = None,
    out: OutOption = None,
    data: DataOption = None,
    space: SpaceOption = None,
) -> None:
    """Follow points of a diffusion model from noise to item. A real item first goes all the way back."""
    from trasluz.base.config import parse_settings
    from trasluz.lab.results.states import States
    from trasluz.lab.states import states as run

    check_form(out, States.suffixes)
    found = run(model, points, frames=frames, space=space, given=parse_settings(given or []), data=data, **call.lab)
    call.picture(found, "states", model, out)
