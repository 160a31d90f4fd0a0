"""Directions: find what changes something in a space, by any method of `finders/`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, final

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import (
    OUT,
    Answer,
    Option,
    Terminal,
    check_form,
)
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Atlas, Create, Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import NO_PAGE, File, Pairs, Several, Switch, Text, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.directions import Directions

MOST = 256
"""Directions that one search gives."""


@final
class Found(Answer):
    """Directions that were found are kept; and drawn, where `--out` says where."""

    options: Mapping[str, Option] = MappingProxyType(
        {
            "name": Option(
                Text(
                    help="Name of the direction, if only one is found. Default: after what it changes.", metavar="NAME"
                )
            ),
            "replace": Option(Switch(help="Replace one with that name."), default=False),
            "out": Option(OUT),
        }
    )

    def before(self, values: Mapping[str, Any]) -> None:
        from trasluz.lab.results.directions import Directions
        from trasluz.lab.shelf.directions import check_free

        name, out = values["name"], values["out"]
        check_form(None if out is None else Path(out), Directions.suffixes)
        several = values["every"] or (not isinstance(values["target"], str) and len(values["target"] or ()) > 1)
        without = not values["target"] and not values["these"] and values["count"] > 1
        if name is not None and (several or without):
            raise InvalidArgument("one name for several directions", got=name, next="Ask for one: --count 1")
        if name is not None and not values["replace"]:
            check_free(name, values["model"], workspace=values["workspace"])

    def give(self, terminal: Terminal, result: Any, values: Mapping[str, Any]) -> None:
        name, out = values["name"], values["out"]
        if out is not None:  # first: the workspace may be held by another writer
            result.save(out)
        kept = result.keep(name=name, replace=name is None or values["replace"], workspace=values["workspace"])
        said = [{**direction.about(), "file": str(path)} for direction, path in zip(result, kept, strict=True)]
        if name is not None:
            said[0]["name"] = name
        kept_as = "" if name is None else f"name={name!r}"
        document = {
            "directions": said,
            "written": str(out) if out else None,
            "command": result.command() + (f" --name {name} --replace" if name is not None else ""),
            "code": f"{result.code()}\nfound.keep({kept_as})",
        }
        terminal.answer(document, lambda: terminal.records([self._line(one) for one in said]))
        if out is not None and not terminal.json:
            terminal.progress.say(str(out))

    @staticmethod
    def _line(said: Mapping[str, Any]) -> dict[str, object]:
        from trasluz.spaces.effects import doubt_of, told_of

        measured, details = said["measured"] or {}, said["details"] or {}
        figures = (details.get(name) for name in ("held_out", "left_out_accuracy", "share", "singular"))
        unmeasured = "; ".join(filter(None, ["not measured", told_of(said["target"], details), doubt_of(details)]))
        return {
            "name": said["name"],
            "method": said["method"],
            "tells": next((figure for figure in figures if figure is not None), None),
            "p": "-" if said["p"] is None else f"{said['p']:.2g}",
            **({} if said["p_corrected"] is None else {"p, corrected": f"{said['p_corrected']:.2g}"}),
            "suggested": measured.get("suggested") or "-",
            "what it does": measured.get("sentence", unmeasured),
        }


@verb(
    examples=[
        "trasluz directions find faces-vae --target hair_colour=blond --out blond.png",
        "trasluz directions find faces-vae --method probe --target mouth=smile --against beard --against eyes",
        "trasluz directions find faces-vae --target mouth=smile --target beard=full",
        "trasluz directions find mine --labels mine.csv --all",
        "trasluz directions find faces-gan --space w --method sefa --count 6",
        "trasluz directions find mine --labels mine.csv --target mood=warm --name warm",
    ],
    answer=Found(),
    variable="found",
    line="directions find",
)
def find(
    call: Call,
    model: Model,
    atlas: Atlas = None,
    *,
    method: Annotated[
        str | None,
        Text(
            help="pca, sefa, ganspace, jacobian, means, probe, regression, examples, towards or shown. Default: "
            "examples if some are given, towards (or regression for a quantity) for a target, pca without one.",
            metavar="NAME", offers="row:finders",
        ),
    ] = None,
    target: Annotated[
        str | Sequence[str] | None,
        Several(
            help="What to change; the column alone for a quantity. One direction each of several, whose tests are "
            "corrected for each other (Holm).",
            metavar="COLUMN=VALUE",
        ),
    ] = None,
    every: Annotated[
        bool,
        Switch(
            help="Search for every value of every column, and every quantity, with tests corrected for each other "
            "(Benjamini-Hochberg).",
            flag="--all", faces=NO_PAGE,
        ),
    ] = False,
    against: Annotated[
        str | Sequence[str] | None,
        Several(
            help="A column to leave alone. Default: all others with towards, otherwise none.",
            metavar="COLUMN",
        ),
    ] = None,
    these: Annotated[
        Point | Sequence[Point] | None,
        Several(
            help="An item that has what is wanted, or @NAME of a selection; five items or more.",
            metavar="POINT", faces=NO_PAGE,
        ),
    ] = None,
    those: Annotated[
        Point | Sequence[Point] | None,
        Several(
            help="An item that does not have it, or @NAME of a selection; five items or more.",
            metavar="POINT", faces=NO_PAGE,
        ),
    ] = None,
    start: Annotated[
        Point | None,
        Text(
            help=f"Where local directions are taken (jacobian). {POINT_HELP}", flag="--from", metavar="POINT",
            faces=NO_PAGE,
        ),
    ] = None,
    labels: Annotated[
        str | os.PathLike[str] | None,
        File(
            help="A table of your own labels (CSV, Parquet, JSON), a column of which names the items: file, id, point.",
            metavar="FILE",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        Whole(
            help="Find them on this many of the model's own samples, with labels read by a reader trained on its data.",
            metavar="N", low=2, high=100_000, faces=NO_PAGE,
        ),
    ] = None,
    count: Annotated[
        int,
        Whole(
            help="How many, for methods that give several.", metavar="N", low=1, high=MOST,
            called="the number of directions",
        ),
    ] = 8,
    settings: Annotated[
        Mapping[str, Any] | None,
        Pairs(help="One setting of the method.", flag="--set", metavar="KEY=VALUE"),
    ] = None,
    measured: Annotated[
        bool,
        Switch(
            help="Whether what each one changes is measured at once.",
            off="--no-measure", without="Do not measure what they change.",
        ),
    ] = True,
    seed: Seed = 0,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Directions:  # fmt: skip
    """Find directions, measure what they change, and keep them in the workspace.

    From Python they are kept by `.keep()`.

    Raises:
        InvalidArgument: a target with one value only, too few items, nothing found.
        NotDifferentiable: the method needs gradients that the space has not.

    >>> arrow = tl.find("faces-vae", target="hair_colour=blond")    # doctest: +SKIP
    """
    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.directions import Directions
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.work.search import Search

    alone = [against] if isinstance(against, str) else against
    targets = [target] if isinstance(target, str) else list(dict.fromkeys(target or ()))
    if every and (targets or these is not None or those is not None):
        raise InvalidArgument("all there is, and something named", next="Leave out --all, or the targets and examples")
    opened = model_of(model, call.session, given)
    chosen = opened.space(space)
    search = Search(
        opened, call.session, chosen.name, atlas=atlas, data=data, samples=samples, labels=labels, seed=seed
    )
    if every or len(targets) > 1:
        if these is not None or those is not None:
            raise InvalidArgument("examples already say what is wanted", got=", ".join(targets), next="Leave it out")
        several = None if every else targets
        found = search.find_each(method, several, alone, settings=settings or {}, measured=measured)
    else:
        found = search.find(
            method, targets[0] if targets else None, alone, these, those, start, count=count,
            settings=settings or {}, measured=measured,
        )  # fmt: skip
    said = call.saying(against=alone, target=targets[0] if len(targets) == 1 else targets or None)
    return Directions(found, search.starts(found), chosen, Origin.of(opened, chosen), said)
