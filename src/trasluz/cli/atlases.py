"""`trasluz atlases`: list, show, export, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trasluz.cli import complete, output
from trasluz.cli.call import Call, fresh, group, slug, verb

app = group("List, inspect, export and remove atlases: data sets encoded in a model's latent space.")

AtlasArgument = Annotated[
    str,
    typer.Argument(metavar="ATLAS", help="Its name.", autocompletion=complete.kept("atlases"), show_default=False),
]


@verb(app, "list", examples=["trasluz atlases list"])
def list_(call: Call) -> None:
    """List the atlases of the workspace."""
    from trasluz.lab.shelf.atlases import list_atlases

    found = list_atlases(workspace=call.workspace)

    def human() -> None:
        if found:
            output.records(found)
        else:
            call.progress.say("No atlases yet. Encode some data: trasluz encode MODEL")

    call.answer({"atlases": found}, human)


@verb(app, "show", examples=["trasluz atlases show mine--faces--test--z"])
def show(call: Call, atlas: AtlasArgument) -> None:
    """Show an atlas: its model and data, counts, labels and factors."""
    from trasluz.lab.shelf.atlases import show_atlas

    about = show_atlas(atlas, workspace=call.workspace)
    call.answer(about, lambda: output.outline(about))


@verb(app, "export", examples=["trasluz atlases export mine--faces--test--z --out latents.npz"])
def export(
    call: Call,
    atlas: AtlasArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="File to write; its suffix says the format. Default: ATLAS.parquet."
        ),
    ] = None,
) -> None:
    """Write latents, labels and factors to a file for other programs."""
    from trasluz.lab.shelf.atlases import export_atlas

    call.written(export_atlas(atlas, out or fresh(f"{slug(atlas)}.parquet"), workspace=call.workspace))


@verb(app, "remove", examples=["trasluz atlases remove mine--faces--test--z"])
def remove(call: Call, atlas: AtlasArgument) -> None:
    """Remove an atlas from the workspace. The model and the data stay."""
    from trasluz.lab.shelf.atlases import remove_atlas

    remove_atlas(atlas, workspace=call.workspace)
    call.answer({"removed": atlas}, lambda: output.line(f"Removed {atlas}"))
