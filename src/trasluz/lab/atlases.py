"""List, inspect, export and remove atlases: data sets encoded in a model's latent space."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from trasluz.lab.calls.answers import Done, Listed, Outlined, Written, fresh, slug
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Home
from trasluz.lab.calls.parameters import File, Text
from trasluz.lab.calls.verb import verb

Name = Annotated[str, Text(help="Its name.", metavar="ATLAS", offers="kept:atlases", positional=True)]


@verb(
    examples=["trasluz atlases list"],
    answer=Listed(called="atlases", empty="No atlases yet. Encode some data: trasluz encode MODEL"),
    line="atlases list",
)
def list_atlases(call: Call, *, workspace: Home = None) -> list[dict[str, Any]]:
    """List the atlases of the workspace."""
    from trasluz.lab.shelf.atlases import list_atlases

    return list_atlases(workspace=call.session.home)


@verb(examples=["trasluz atlases show mine--faces--test--z"], answer=Outlined(), line="atlases show")
def show_atlas(call: Call, atlas: Name, *, workspace: Home = None) -> dict[str, Any]:
    """Show an atlas: its model and data, counts, labels and factors."""
    from trasluz.lab.shelf.atlases import show_atlas

    return show_atlas(atlas, workspace=call.session.home)


@verb(
    examples=["trasluz atlases export mine--faces--test--z --out latents.npz"],
    answer=Written(),
    line="atlases export",
)
def export_atlas(
    call: Call,
    atlas: Name,
    *,
    out: Annotated[
        str | os.PathLike[str] | None,
        File(help="File to write; its suffix says the format. Default: ATLAS.parquet.", short="-o", metavar="FILE"),
    ] = None,
    workspace: Home = None,
) -> Path:
    """Write latents, labels and factors to a file for other programs."""
    from trasluz.lab.shelf.atlases import export_atlas

    return export_atlas(atlas, out or fresh(f"{slug(atlas)}.parquet"), workspace=call.session.home)


@verb(
    examples=["trasluz atlases remove mine--faces--test--z"],
    answer=Done(what="removed", to="atlas"),
    line="atlases remove",
)
def remove_atlas(call: Call, atlas: Name, *, workspace: Home = None) -> None:
    """Remove an atlas from the workspace. The model and the data stay."""
    from trasluz.lab.shelf.atlases import remove_atlas

    remove_atlas(atlas, workspace=call.session.home)
