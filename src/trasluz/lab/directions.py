"""Find directions that change something, and use them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, cast, final

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
from trasluz.lab.calls.common import (
    Atlas,
    Create,
    Data,
    Device,
    FirstSpace,
    Given,
    Home,
    Model,
    SecondSpace,
    Seed,
    Space,
    Watcher,
)
from trasluz.lab.calls.given import DirectionLike, ModelLike, Point, VectorLike, Ways
from trasluz.lab.calls.parameters import Number, Several, Switch, Text, Whole
from trasluz.lab.calls.verb import carry_out, verb, verb_named

if TYPE_CHECKING:
    from torch import Tensor

    from trasluz.lab.results.edits import Edits
    from trasluz.lab.results.transferred import Transferred
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
        help="Which model's, if several models have one with that name.",
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


@final
class Kept(Answer):
    """What the direction is called, and what a step along it is."""

    options: Mapping[str, Option] = MappingProxyType({})

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        said = result.about()
        terminal.answer({"direction": said}, lambda: terminal.records([self._line(said)]))
        terminal.progress.say(f"Next: trasluz traverse {values['model']} --direction {result.name}")

    @staticmethod
    def _line(said: Mapping[str, Any]) -> dict[str, object]:
        does = (said["measured"] or {}).get("sentence", "not measured")
        return {"name": said["name"], "space": said["space"], "sigma": said["sigma"], "what it does": does}


@verb(
    examples=[
        "trasluz directions add mine ./age.npy --name age",
        "trasluz directions add faces-gan ./smile.safetensors#2 --space w --name smile --measure",
    ],
    answer=Kept(),
    variable="arrow",
    line="directions add",
)
def direction(
    call: Call,
    model: Model,
    vector: Annotated[
        VectorLike,
        Text(
            help="The vector: a file .npy, .npz or .safetensors#ROW with as many numbers as a latent has.",
            metavar="FILE", positional=True,
        ),
    ],
    *,
    name: Annotated[
        str | None,
        Text(help="Name to keep it under. Default: own on the command line; in Python it is not kept.", metavar="NAME"),
    ] = None,
    replace: Annotated[bool, Switch(help="Replace a direction with that name.")] = False,
    measure: Annotated[
        bool, Switch(help="Measure what it changes right away, as trasluz directions find does.")
    ] = False,
    seed: Seed = 0,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Direction:  # fmt: skip
    """Make a direction from a vector of your own, to traverse, edit and see in the studio.

    `vector` may be an array, a tensor or a list with as many numbers as a latent has, in its shape or flat: `coef_` of
    a linear model of scikit-learn that was fitted on `atlas.latents`. It is taken at length 1, and its unit is the
    standard deviation of the encoded items along it. With a `name` it is kept in the workspace; the same one may be
    kept again.

    Raises:
        InvalidArgument: numbers that are no vector of the space, or all zero, or not finite.
        NameTaken: another direction has that name, and `replace` is not set.

    >>> arrow = tl.direction("mine", classifier.coef_, name="age")    # doctest: +SKIP
    >>> tl.traverse("mine", directions=arrow)    # doctest: +SKIP
    """
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.work.own_direction import kept_as, made

    opened = model_of(model, call.session, given)
    from_line = call.session.terminal is not None
    found = made(
        opened, cast("Tensor | str", vector), "own" if name is None else name, call.session,
        space=space, data=data, atlas=atlas, seed=seed, measured=measure,
    )  # fmt: skip
    return kept_as(found, call.session, replace=replace) if from_line or name is not None else found


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
        Several(help="What to move: POINTs, or files of items.", metavar="POINT...", positional=True, least=1),
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


@final
class CarriedOver(Answer):
    """Whether a direction carries over; it is kept, whatever came out."""

    options: Mapping[str, Option] = MappingProxyType(
        {"replace": Option(Switch(help="Replace a direction with that name."), default=False)}
    )

    def before(self, values: Mapping[str, Any]) -> None:
        from trasluz.lab.shelf.directions import check_free

        if values["name_there"] is not None and not values["replace"]:
            check_free(values["name_there"], values["to"], workspace=values["workspace"])

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        result.keep(workspace=values["workspace"])
        document = {**result.facts_of(), "command": result.command(), "code": result.code()}
        terminal.answer(document, lambda: terminal.line(result.sentence()))
        terminal.progress.say(f"Next: trasluz traverse {values['to']} --direction {result.direction.name}")


@verb(
    examples=["trasluz directions transfer hair_colour-blond --from faces-vae --to faces-gan"],
    answer=CarriedOver(),
    variable="carried",
    line="directions transfer",
)
def transfer_direction(
    call: Call,
    name: Annotated[
        DirectionLike,
        Text(help="A direction of the first model.", metavar="NAME", positional=True, offers="kept:directions"),
    ],
    *,
    source: Annotated[
        ModelLike, Text(help="The model that it is of.", flag="--from", metavar="MODEL", offers="kept:models")
    ],
    to: Annotated[ModelLike, Text(help="The model to carry it to.", metavar="MODEL", offers="kept:models")],
    n: Annotated[
        int,
        Whole(
            help="Items to fit the map on, a fifth of which choose its penalty.", short="-n", metavar="N", low=10,
            high=20_000, called="the number of items",
        ),
    ] = 1200,
    space: FirstSpace = None,
    to_space: SecondSpace = None,
    name_there: Annotated[
        str | None,
        Text(help="What to call it there. Default: its name, and where it is from.", flag="--name", metavar="NAME"),
    ] = None,
    seed: Seed = 0,
    data: Data = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Transferred:  # fmt: skip
    """Carry a direction from one model to another by a linear map, and measure whether it does there what it did here.

    The map is fitted on items that both models encode. What becomes of the direction is measured as any direction of
    the second model is, beside that model's own direction to the same target, and beside ones carried by maps of
    shuffled pairs. It carries over if it reaches its target at less loss than by all of those, clearly more often than
    along a random direction, and eight tenths as often as the native one, keeps eight tenths of what that one keeps,
    and does so in its own model, too.

    Raises:
        UnknownName: the first model has no such direction.
        NotInvertible: no item is known to both models.
        InvalidArgument: the map takes it to nothing.

    >>> tl.transfer_direction("hair_colour-blond", source="faces-vae", to="faces-gan")    # doctest: +SKIP
    """
    from dataclasses import replace as with_

    from trasluz.lab.shelf.directions import direction_of
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.work.transferring import transferred

    session = call.session
    first, second = model_of(source, session), model_of(to, session)
    meant = name.one if isinstance(name, Ways) else name
    found = direction_of(meant, first, first.space(space).name, workspace=session.home)
    carried = transferred(found, first, second, session, to_space=to_space, data=data, n=n, name=name_there, seed=seed)
    return with_(carried, call=call.saying(name=found.name))


@verb(
    examples=["trasluz directions remove hair_colour-blond"],
    answer=Done(what="removed", to="name"),
    line="directions remove",
)
def remove_direction(call: Call, name: Name, *, model: OfModel = None, workspace: Home = None) -> None:
    """Remove a kept direction."""
    from trasluz.lab.shelf.directions import remove_direction

    remove_direction(name, model=model, workspace=call.session.home)
