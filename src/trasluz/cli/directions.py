"""`trasluz directions`: find, list, show, name, apply, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trasluz.base.errors import InvalidArgument
from trasluz.cli import complete, output
from trasluz.cli.call import Call, check_form, group, one_of, verb
from trasluz.cli.options import AtlasOption, DataOption, ModelArgument, NoCreateOption, OutOption, SpaceOption

app = group("Find directions that change something, and use them again.")

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Its name, as trasluz directions list gives it.",
        autocompletion=complete.kept("directions"),
        show_default=False,
    ),
]
OfModel = Annotated[
    str | None,
    typer.Option("--model", metavar="MODEL", help="Whose, where several models have one of that name.",
                 autocompletion=complete.kept("models"), show_default=False),
]  # fmt: skip


@verb(
    app,
    "find",
    seed=True,
    device=True,
    examples=[
        "trasluz directions find faces-vae --target hair_colour=blond --out blond.png",
        "trasluz directions find faces-vae --method probe --target mouth=smile --against beard --against eyes",
        "trasluz directions find faces-gan --space w --method sefa --count 6",
        "trasluz directions find mine --labels mine.csv --target mood=warm --name warm",
    ],
)
def find(
    call: Call,
    model: ModelArgument,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="pca, sefa, jacobian, means, probe, regression, examples or towards. Default: towards for a target, "
            "pca without one.",
            autocompletion=complete.registered("finders"),
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="COLUMN=VALUE", help="What to change; the column alone for a quantity."),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A column to leave alone. Default: all others with towards, else none.",
                     show_default=False),
    ] = None,
    these: Annotated[
        list[str] | None,
        typer.Option(metavar="POINT", help="An item that has what is wanted; five or more.", show_default=False),
    ] = None,
    those: Annotated[
        list[str] | None, typer.Option(metavar="POINT", help="An item that has it not.", show_default=False)
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="POINT", help="Where local directions are taken (jacobian).")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A CSV or Parquet table of your own labels, with a column id or index.",
                     show_default=False),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, max=100_000, help="Find them on so many of the model's own samples, read by a "
                     "reader trained on its data."),
    ] = None,
    count: Annotated[
        int, typer.Option(metavar="N", min=1, max=256, help="How many, for methods that give several.")
    ] = 8,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting of the method.", show_default=False),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call a single one. Default: after what it changes.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", metavar="", help="Take the place of one that was given that name.")
    ] = False,
    no_measure: Annotated[
        bool, typer.Option("--no-measure", metavar="", help="Do not measure what they change.")
    ] = False,
    out: OutOption = None,
    data: DataOption = None,
    atlas: AtlasOption = None,
    space: SpaceOption = None,
    no_create: NoCreateOption = False,
) -> None:  # fmt: skip
    """Find directions, measure what they change, and keep them in the workspace."""
    one_of(("--data", data), ("--atlas", atlas))
    from trasluz.base.config import parse_settings
    from trasluz.lab.directions import find as run
    from trasluz.lab.results.directions import Directions
    from trasluz.lab.shelf.directions import check_free

    check_form(out, Directions.suffixes)
    if name is not None and target is None and not these and count > 1:
        raise InvalidArgument("one name for several directions", got=name, next="Ask for one: --count 1")
    if name is not None and not replace:
        check_free(name, model, workspace=call.workspace)
    found = run(
        model,
        atlas,
        method=method,
        target=target,
        against=against or None,
        these=these or None,
        those=those or None,
        start=start,
        labels=labels,
        samples=samples,
        count=count,
        settings=parse_settings(set_ or []) or None,
        measured=not no_measure,
        seed=call.seed,
        space=space,
        data=data,
        create=not no_create,
        **call.lab,
    )
    if out is not None:  # first: the workspace may be held by another writer
        found.save(out)
    kept = found.keep(name=name, replace=name is None or replace, workspace=call.workspace)
    about = [_about(direction, path) for direction, path in zip(found, kept, strict=True)]
    if name is not None:
        about[0]["name"] = name
    document = {
        "directions": about,
        "written": str(out) if out else None,
        "command": found.command() + (f" --name {name} --replace" if name is not None else ""),
        "code": found.code(),
    }
    call.answer(document, lambda: output.records([_line(a) for a in about]))
    if out is not None and not call.json:
        call.progress.say(str(out))


@verb(app, "list", examples=["trasluz directions list", "trasluz directions list --model faces-vae"])
def list_(call: Call, model: OfModel = None) -> None:
    """List the kept directions of the workspace."""
    from trasluz.lab.shelf.directions import list_directions

    found = list_directions(model, workspace=call.workspace)

    def human() -> None:
        if found:
            output.records(found)
        else:
            call.progress.say("No directions yet. Find one: trasluz directions find MODEL --target COLUMN=VALUE")

    call.answer({"directions": found}, human)


@verb(app, "show", device=True, examples=["trasluz directions show hair_colour-blond --out blond.png"])
def show(call: Call, name: NameArgument, model: OfModel = None, out: OutOption = None) -> None:
    """Show what a kept direction was measured to change; with --out, draw it."""
    from trasluz.lab.results.directions import Directions
    from trasluz.lab.shelf.directions import show_direction

    check_form(out, Directions.suffixes)
    direction = show_direction(name, model=model, workspace=call.workspace)
    about = {k: v for k, v in direction.dump().items() if k not in ("vector", "aim", "version")}
    if out is not None:
        from trasluz.lab.directions import drawn

        drawn(direction, model or direction.model, seed=call.seed, **call.lab).save(out)
        about["written"] = str(out)
    call.answer(about, lambda: output.outline(about))


@verb(app, "name", examples=["trasluz directions name pca-3 glasses --model mine"])
def name_(
    call: Call,
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="What to call it from now on.", show_default=False)],
    model: OfModel = None,
) -> None:
    """Give a kept direction another name."""
    from trasluz.lab.shelf.directions import rename_direction

    call.written(rename_direction(name, new, model=model, workspace=call.workspace))


@verb(app, "apply", device=True, examples=["trasluz directions apply hair_colour-blond faces-vae test:3 --strength 1"])
def apply(
    call: Call,
    name: NameArgument,
    model: ModelArgument,
    points: Annotated[
        list[str], typer.Argument(metavar="POINT...", help="What to move: POINTs or picture files.", show_default=False)
    ],
    strength: Annotated[
        float | None, typer.Option(metavar="X", help="How far, in its unit. Default: its usual strength.")
    ] = None,
    space: SpaceOption = None,
    out: OutOption = None,
    data: DataOption = None,
) -> None:
    """Move points along a kept direction. A sheet, or the moved latents (.safetensors)."""
    from trasluz.lab.edit import edit as run
    from trasluz.lab.results.edits import Edits

    check_form(out, Edits.suffixes)
    if not points:
        raise InvalidArgument("nothing to move", got="no POINT")
    edited = run(model, points, directions={name: strength}, report=False, space=space, data=data, **call.lab)
    call.picture(edited, "edit", model, out, **edited.document())


@verb(app, "remove", examples=["trasluz directions remove hair_colour-blond"])
def remove(call: Call, name: NameArgument, model: OfModel = None) -> None:
    """Remove a kept direction."""
    from trasluz.lab.shelf.directions import remove_direction

    remove_direction(name, model=model, workspace=call.workspace)
    call.answer({"removed": name}, lambda: output.line(f"Removed {name}"))


def _about(direction: object, path: Path) -> dict[str, object]:
    from trasluz.spaces.direction import Direction

    if not isinstance(direction, Direction):
        raise InvalidArgument("not a direction", got=type(direction).__name__)
    kept = {k: v for k, v in direction.dump().items() if k not in ("vector", "aim", "version")}
    return {**kept, "file": str(path)}


def _line(about: dict[str, object]) -> dict[str, object]:
    measured, details = about["measured"], about["details"]
    m = measured if isinstance(measured, dict) else {}
    d = details if isinstance(details, dict) else {}
    told = d.get("held_out", d.get("left_out_accuracy", d.get("share", d.get("singular"))))
    return {
        "name": about["name"],
        "method": about["method"],
        "tells": told,
        "suggested": m.get("suggested") or "-",
        "what it does": m.get("sentence", "not measured"),
    }
