"""Keep a set of a data set's rows under a name, a selection, to use it as @NAME wherever several POINTs are taken."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import OUT, Answer, Done, Listed, Option, Terminal, Written, check_form
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Atlas, Create, Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import File, Several, Switch, Text
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.selection import Selected
    from trasluz.lab.shelf.regions import RegionLike
else:
    from trasluz.lab.calls.given import RegionLike

Name = Annotated[str, Text(help="Its name, without the @.", metavar="NAME", offers="kept:selections", positional=True)]


@verb(
    examples=[
        "trasluz selections save smilers mine test:17 test:21 test:40",
        "trasluz selections save cats pets-vae --where \"species = 'cat'\"",
        "trasluz selections save corner mine --region region.json",
    ],
    answer=Written(),
    line="selections save",
)
def save_selection(
    call: Call,
    name: Name,
    model: Model,
    points: Annotated[
        Point | Sequence[Point] | None,
        Several(
            help="What it holds: items (test:17), draws of the model (seed:42/3), saved points and other selections "
            "(@name).",
            metavar="POINT...", positional=True,
        ),
    ] = None,
    *,
    file: Annotated[
        str | os.PathLike[str] | None,
        File(help="POINTs from a file, one a line or as a JSON list; or the file of a selection.", metavar="FILE"),
    ] = None,
    where: Annotated[
        str | None,
        Text(
            help="A condition, such as \"label = 'cat' and size > 0.5\". It is kept as it is, and asked whenever the "
            "selection is used.",
            metavar="CONDITION",
        ),
    ] = None,
    region: Annotated[
        RegionLike | None,
        Text(
            help="The items in a part of the map: a JSON file of its corners, or the JSON itself. The items are kept.",
            metavar="FILE",
        ),
    ] = None,
    replace: Annotated[bool, Switch(help="Replace a selection with that name.")] = False,
    data: Data = None,
    atlas: Atlas = None,
    space: Space = None,
    given: Given = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Path:  # fmt: skip
    """Keep a set of items under a name: some by their names, those that meet a condition, or those in a region of the
    map.

    It is bound to the data, and where draws or saved points are in it to the model. `@NAME` stands for all of them
    wherever several POINTs are taken.

    Raises:
        InvalidArgument: nothing to keep, or items that are not there.
        NameTaken: a point has that name; or another selection, and `replace` is not set.

    >>> tl.save_selection("cats", "pets-vae", where="species = 'cat'")    # doctest: +SKIP
    >>> tl.find("pets-vae", these="@cats", those="@dogs")    # doctest: +SKIP
    """
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver
    from trasluz.lab.shelf.selections import bare, check_free, keep_selection
    from trasluz.lab.work.selecting import select

    session = call.session
    check_free(session.home, bare(name), is_one=True, replacing=True)  # a point's name is told at once
    resolver = Resolver(model_of(model, session, given), session, space=space, data=data, atlas=atlas)
    made = select(resolver, points, file=file, where=where, region=region)
    written = keep_selection(name, made, replacing=replace, workspace=session.home)
    session.progress.say(f"@{bare(name)} holds {made.count()}" if where is None else f"@{bare(name)}: {made.count()}")
    return written


@verb(
    examples=["trasluz selections list"],
    answer=Listed(
        called="selections",
        empty="No selections yet. Save one: trasluz selections save NAME MODEL --where \"label = 'cat'\"",
    ),
    line="selections list",
)
def list_selections(call: Call, *, workspace: Home = None) -> list[dict[str, Any]]:
    """List the selections of the workspace."""
    from trasluz.lab.shelf.selections import list_selections

    return list_selections(workspace=call.session.home)


@final
class Shown(Answer):
    """What it holds; its first items as a picture, where `--out` says where."""

    options: Mapping[str, Option] = MappingProxyType({"out": Option(OUT)})

    def before(self, values: Mapping[str, Any]) -> None:
        from trasluz.lab.results.selection import FORMS

        check_form(None if values["out"] is None else Path(values["out"]), FORMS)

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        said = result.about()
        if values["out"] is not None:
            said["written"] = str(result.save(values["out"]))
        terminal.answer(said, lambda: terminal.outline(said))


@verb(
    examples=["trasluz selections show cats --out cats.png"], answer=Shown(), variable="selected",
    line="selections show",
)  # fmt: skip
def show_selection(
    call: Call, name: Name, *, workspace: Home = None, device: Device = "auto", progress: Watcher = SILENT
) -> Selected:
    """Show a selection: how many items it holds, the first of them, whose they are; with --out, the first as a picture.

    Raises:
        UnknownName: there is none of that name.
    """
    from trasluz.lab.results.selection import Selected
    from trasluz.lab.shelf.selections import bare, kept_selection

    return Selected(bare(name), kept_selection(name, workspace=call.session.home), call.session)


@verb(examples=["trasluz selections remove cats"], answer=Done(what="removed", to="name"), line="selections remove")
def remove_selection(call: Call, name: Name, *, workspace: Home = None) -> None:
    """Remove a selection. The data stay."""
    from trasluz.lab.shelf.selections import remove_selection

    remove_selection(name, workspace=call.session.home)
