"""Find directions that change something, and use them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import (
    OUT,
    Answer,
    Done,
    Drawn,
    Listed,
    Option,
    Terminal,
    Written,
    check_form,
)
from trasluz.lab.calls.call import Call, call_of
from trasluz.lab.calls.common import Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Number, Several, Text
from trasluz.lab.calls.verb import carry_out, verb, verb_named

if TYPE_CHECKING:
    from trasluz.lab.results.edits import Edits
    from trasluz.spaces.direction import Direction


Name = Annotated[
    str,
    Text(
        help="Its name, as trasluz directions list gives it.",
        metavar="NAME", offers="kept:directions", positional=True,
    ),
]  # fmt: skip
OfModel = Annotated[
    str | None,
    Text(
        help="Whose, where several models have one of that name.",
        flag="--model", metavar="MODEL", offers="kept:models",
    ),
]  # fmt: skip


@verb(
    examples=["trasluz directions list", "trasluz directions list --model faces-vae"],
    answer=Listed(
        called="directions", empty="No directions yet. Find one: trasluz directions find MODEL --target COLUMN=VALUE"
    ),
    line="directions list",
)
def list_directions(call: Call, model: OfModel = None, *, workspace: Home = None) -> list[dict[str, Any]]:
    """List the kept directions of the workspace."""
    from trasluz.lab.shelf.directions import list_directions

    return list_directions(model, workspace=call.session.home)


@final
class Shown(Answer):
    """What a kept direction was measured to change; drawn, where `--out` says where."""

    options: Mapping[str, Option] = MappingProxyType({"out": Option(OUT)})

    def before(self, values: Mapping[str, Any]) -> None:
        from trasluz.lab.results.directions import Directions

        check_form(None if values["out"] is None else Path(values["out"]), Directions.suffixes)

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        said = result.about()
        if values["out"] is not None:
            from trasluz.lab.work.search import drawn

            told = {name: values[name] for name in ("seed", "workspace", "device")}
            how = {"method": result.method, "target": result.target, "space": result.space}
            model = values["model"] or result.model
            call = call_of(verb_named("directions.find"), model, **how, **told, progress=terminal.progress)
            drawn(result, call).save(values["out"])
            said["written"] = str(values["out"])
        terminal.answer(said, lambda: terminal.outline(said))


@verb(examples=["trasluz directions show hair_colour-blond --out blond.png"], answer=Shown(), line="directions show")
def show_direction(
    call: Call,
    name: Name,
    *,
    model: OfModel = None,
    seed: Seed = 0,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Direction:
    """Show what a kept direction was measured to change; with --out, draw it."""
    from trasluz.lab.shelf.directions import show_direction

    return show_direction(name, model=model, workspace=call.session.home)


@verb(examples=["trasluz directions name pca-3 glasses --model mine"], answer=Written(), line="directions name")
def rename_direction(
    call: Call,
    name: Name,
    new: Annotated[str, Text(help="What to call it from now on.", metavar="NEW", positional=True)],
    *,
    model: OfModel = None,
    workspace: Home = None,
) -> Path:
    """Give a kept direction another name."""
    from trasluz.lab.shelf.directions import rename_direction

    return rename_direction(name, new, model=model, workspace=call.session.home)


@verb(
    examples=["trasluz directions apply hair_colour-blond faces-vae test:3 --strength 1"],
    answer=Drawn(of="trasluz.lab.results.edits:Edits"),
    line="directions apply",
)
def apply_direction(
    call: Call,
    name: Name,
    model: Model,
    points: Annotated[
        Point | Sequence[Point],
        Several(help="What to move: POINTs or picture files.", metavar="POINT...", positional=True, least=1),
    ],
    *,
    strength: Annotated[
        float | None, Number(help="How far, in its unit. Default: its usual strength.", metavar="X")
    ] = None,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Edits:
    """Move points along a kept direction. A sheet, or the moved latents (.safetensors)."""
    told = {"workspace": workspace, "device": device, "progress": progress}
    moved = {"directions": {name: strength}, "report": False, "space": space, "given": given, "data": data}
    return carry_out(verb_named("edit"), (model, points), {**moved, **told}, call.session.terminal)


@verb(
    examples=["trasluz directions remove hair_colour-blond"],
    answer=Done(what="removed", to="name"),
    line="directions remove",
)
def remove_direction(call: Call, name: Name, *, model: OfModel = None, workspace: Home = None) -> None:
    """Remove a kept direction."""
    from trasluz.lab.shelf.directions import remove_direction

    remove_direction(name, model=model, workspace=call.session.home)
