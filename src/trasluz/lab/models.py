"""List, inspect, bring in, send out and remove models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Answer, Done, Outlined, Terminal, Written, fresh, slug
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Home, ModelName, Watcher
from trasluz.lab.calls.parameters import File, Switch, Text
from trasluz.lab.calls.verb import verb
from trasluz.spaces import registry


@final
class Models(Answer):
    """The bundled ones and those of the workspace."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        for trouble in registry.troubles("openers"):
            terminal.progress.say(trouble)

        def human() -> None:
            if result:
                terminal.records(result)
            if not any(model["where"] == "workspace" for model in result):
                terminal.progress.say("None of your own yet. Train one: trasluz train vae --data faces --name mine")

        terminal.answer({"models": result}, human)


@verb(examples=["trasluz models list", "trasluz models list --json"], answer=Models(), line="models list")
def list_models(call: Call, *, workspace: Home = None) -> list[dict[str, Any]]:
    """List the models of the workspace and the bundled ones."""
    from trasluz.lab.shelf.listing import listed

    return listed(call.session.home)


@verb(examples=["trasluz models show mine"], answer=Outlined(), line="models show")
def show_model(call: Call, model: ModelName, *, workspace: Home = None) -> dict[str, Any]:
    """Show a model's card, settings and figures."""
    from trasluz.lab.shelf.models import show_model

    return show_model(str(model), workspace=call.session.home)


UNFINISHED = Switch(help="Even if its training is not finished.")


@verb(
    examples=["trasluz models add from-a-friend.zip", "trasluz models add ./from-a-friend --name friend"],
    answer=Done(what="added"),
    line="models add",
)
def add_model(
    call: Call,
    folder: Annotated[
        str | os.PathLike[str],
        File(
            help="A model's folder or zip, such as trasluz models export writes.", metavar="PATH", positional=True
        ),
    ],
    *,
    name: Annotated[
        str | None, Text(help="What to call it here. Default: the name of the folder or zip.", metavar="NAME")
    ] = None,
    unfinished: Annotated[bool, UNFINISHED] = False,
    workspace: Home = None,
    progress: Watcher = SILENT,
) -> str:  # fmt: skip
    """Add a model to the workspace, checked on the way in, with the points and directions that came with it."""
    from trasluz.lab.shelf.handover import add_model

    session = call.session
    return add_model(folder, name=name, unfinished=unfinished, workspace=session.home, progress=session.progress)


@verb(examples=["trasluz models remove mine"], answer=Done(what="removed", to="model"), line="models remove")
def remove_model(call: Call, model: ModelName, *, workspace: Home = None) -> None:
    """Remove a model from the workspace, its checkpoints included. Its atlases stay."""
    from trasluz.lab.shelf.models import remove_model

    remove_model(str(model), workspace=call.session.home)


@verb(
    examples=["trasluz models export mine --out mine.zip", "trasluz models export mine --out ./for-a-friend --half"],
    answer=Written(),
    line="models export",
)
def export_model(
    call: Call,
    model: ModelName,
    *,
    out: Annotated[
        str | os.PathLike[str] | None,
        File(
            help="Folder to make, or a zip if it ends in .zip. Default: MODEL in the current folder.",
            short="-o", metavar="PATH",
        ),
    ] = None,
    half: Annotated[
        bool,
        Switch(
            help="Weights in half precision: half the size, and hardly different. Points and directions are then left "
            "out."
        ),
    ] = False,
    unfinished: Annotated[bool, UNFINISHED] = False,
    workspace: Home = None,
    progress: Watcher = SILENT,
) -> Path:  # fmt: skip
    """Write a model to send to somebody: weights, settings and card, and its kept points and directions; no
    checkpoints and no atlases."""
    from trasluz.lab.shelf.handover import export_model

    session = call.session
    return export_model(
        str(model), out or fresh(slug(str(model))), half=half, unfinished=unfinished, workspace=session.home,
        progress=session.progress,
    )  # fmt: skip


@final
class Allowed(Answer):
    """Which file may be run from now on."""

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        terminal.answer(result, lambda: terminal.line(f"Allowed: {result['file']} ({result['hash']})"))


@verb(examples=["trasluz models allow mine"], answer=Allowed(), line="models allow")
def allow_model(call: Call, model: ModelName, *, workspace: Home = None) -> dict[str, Any]:
    """Allow the Python file that builds a wrapped model to be run, in this workspace and as it is now. Read it first:
    it runs with your rights."""
    from trasluz.lab.shelf.models import allow_model

    return allow_model(str(model), workspace=call.session.home)
