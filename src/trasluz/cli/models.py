"""`trasluz models`: list, show, add, remove, export, allow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trasluz.cli import output
from trasluz.cli.call import Call, fresh, group, slug, verb
from trasluz.cli.options import ModelArgument

app = group("List, inspect, bring in, send out and remove models.")


@verb(app, "list", examples=["trasluz models list", "trasluz models list --json"])
def list_(call: Call) -> None:
    """List the models of the workspace and the bundled ones."""
    from trasluz.lab.shelf.models import list_models
    from trasluz.spaces import registry

    found = list_models(workspace=call.workspace)
    for trouble in registry.troubles("openers"):
        call.progress.say(trouble)

    def human() -> None:
        if found:
            output.records(found)
        if not any(model["where"] == "workspace" for model in found):
            call.progress.say("None of your own yet. Train one: trasluz train vae --data faces --name mine")

    call.answer({"models": found}, human)


@verb(app, "show", examples=["trasluz models show mine"])
def show(call: Call, model: ModelArgument) -> None:
    """Show a model's card, settings and figures."""
    from trasluz.lab.shelf.models import show_model

    about = show_model(model, workspace=call.workspace)
    call.answer(about, lambda: output.outline(about))


@verb(app, "add", examples=["trasluz models add ./from-a-friend --name friend"])
def add(
    call: Call,
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", help="A model's folder, such as trasluz models export writes.", show_default=False
        ),
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it here. Default: the folder's name.")
    ] = None,
) -> None:
    """Bring a model into the workspace, checked on the way in."""
    from trasluz.lab.shelf.models import add_model

    added = add_model(folder, name=name, workspace=call.workspace)
    call.answer({"added": added}, lambda: output.line(f"Added {added}"))


@verb(app, "remove", examples=["trasluz models remove mine"])
def remove(call: Call, model: ModelArgument) -> None:
    """Remove a model from the workspace, its checkpoints included. Its atlases stay."""
    from trasluz.lab.shelf.models import remove_model

    remove_model(model, workspace=call.workspace)
    call.answer({"removed": model}, lambda: output.line(f"Removed {model}"))


@verb(app, "export", examples=["trasluz models export mine --out ./for-a-friend --half"])
def export(
    call: Call,
    model: ModelArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="PATH", help="Folder to make. Default: MODEL in the current folder."),
    ] = None,
    half: Annotated[
        bool,
        typer.Option("--half", metavar="", help="Weights in half precision: half as large, and hardly different."),
    ] = False,
) -> None:
    """Write a model to send to somebody: weights, settings and card, without checkpoints."""
    from trasluz.lab.shelf.models import export_model

    call.written(export_model(model, out or fresh(slug(model)), half=half, workspace=call.workspace))


@verb(app, "allow", examples=["trasluz models allow mine"])
def allow(call: Call, model: ModelArgument) -> None:
    """Allow the Python file that a wrapped model is built by to be run, in this workspace and as it is now. Read it
    first: it runs with your rights."""
    from trasluz.lab.shelf.models import allow_model

    said = allow_model(model, workspace=call.workspace)
    call.answer(said, lambda: output.line(f"Allowed: {said['file']} ({said['hash']})"))
