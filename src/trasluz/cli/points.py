"""`trasluz points`: save, list, remove."""

from __future__ import annotations

from typing import Annotated

import typer

from trasluz.cli import complete, output
from trasluz.cli.call import Call, group, one_of, verb
from trasluz.cli.options import POINT_HELP, AtlasOption, DataOption, ModelArgument, SpaceOption

app = group("Keep points of a latent space under a name, to use them as @NAME.")

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Its name, without the @.",
        autocompletion=complete.kept("points"),
        show_default=False,
    ),
]


@verb(app, "save", device=True, examples=["trasluz points save smile mine test:17"])
def save(
    call: Call,
    name: NameArgument,
    model: ModelArgument,
    point: Annotated[str, typer.Argument(metavar="POINT", help=POINT_HELP, show_default=False)],
    replace: Annotated[
        bool, typer.Option("--replace", metavar="", help="Take the place of a point of that name.")
    ] = False,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
) -> None:
    """Keep a point under a name."""
    one_of(("--data", data), ("--atlas", atlas))
    from trasluz.lab.shelf.points import save_point

    call.written(save_point(name, model, point, space=space, data=data, atlas=atlas, replace=replace, **call.lab))


@verb(app, "list", examples=["trasluz points list"])
def list_(call: Call) -> None:
    """List the saved points of the workspace."""
    from trasluz.lab.shelf.points import list_points

    found = list_points(workspace=call.workspace)

    def human() -> None:
        if found:
            output.records(found)
        else:
            call.progress.say("No saved points yet. Save one: trasluz points save NAME MODEL test:17")

    call.answer({"points": found}, human)


@verb(app, "remove", examples=["trasluz points remove smile"])
def remove(call: Call, name: NameArgument) -> None:
    """Remove a saved point."""
    from trasluz.lab.shelf.points import remove_point

    remove_point(name, workspace=call.workspace)
    call.answer({"removed": name}, lambda: output.line(f"Removed {name}"))
