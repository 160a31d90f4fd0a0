"""Keep points of a latent space under a name, to use them as @NAME."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Done, Listed, Written
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Atlas, Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Switch, Text
from trasluz.lab.calls.verb import verb

Name = Annotated[str, Text(help="Its name, without the @.", metavar="NAME", offers="kept:points", positional=True)]


@verb(examples=["trasluz points save smile mine test:17"], answer=Written(), line="points save")
def save_point(
    call: Call,
    name: Name,
    model: Model,
    point: Annotated[Point, Text(help=POINT_HELP, metavar="POINT", positional=True)],
    *,
    replace: Annotated[bool, Switch(help="Replace a point with that name.")] = False,
    data: Data = None,
    atlas: Atlas = None,
    space: Space = None,
    given: Given = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Path:
    """Keep a point under a name. A set of items is a selection (`trasluz selections save`)."""
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import save_point

    session = call.session
    opened = model_of(model, session, given)
    return save_point(
        name, opened, point, space=space, data=data, atlas=atlas, replace=replace,
        workspace=session.home, progress=session.progress,
    )  # fmt: skip


@verb(
    examples=["trasluz points list"],
    answer=Listed(called="points", empty="No saved points yet. Save one: trasluz points save NAME MODEL test:17"),
    line="points list",
)
def list_points(call: Call, *, workspace: Home = None) -> list[dict[str, Any]]:
    """List the saved points of the workspace."""
    from trasluz.lab.shelf.points import list_points

    return list_points(workspace=call.session.home)


@verb(examples=["trasluz points remove smile"], answer=Done(what="removed", to="name"), line="points remove")
def remove_point(call: Call, name: Name, *, workspace: Home = None) -> None:
    """Remove a saved point."""
    from trasluz.lab.shelf.points import remove_point

    remove_point(name, workspace=call.session.home)
