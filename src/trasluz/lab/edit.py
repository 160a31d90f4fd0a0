"""Edit: an item inverted, moved along directions, decoded, and looked over for what else has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from trasluz.base.limits import STRONGEST
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import FRAMES, Drawn, Option
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Atlas, Create, Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.given import DirectionLike, Point
from trasluz.lab.calls.parameters import Number, Pairs, Several, Strengths, Switch, Text, Two
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.edits import Edits


@verb(
    examples=[
        "trasluz edit faces-vae me.png --set hair_colour=blond --set mouth=smile --out edit.png",
        "trasluz edit faces-gan test:3 --space w --direction pca-1=3",
        "trasluz edit faces-vae test:3 --analogy test:1 test:9",
        "trasluz edit faces-vae ./photos --set mouth=smile --out ./smiling/",
    ],
    answer=Drawn(of="trasluz.lab.results.edits:Edits", options={"out": Option(FRAMES)}),
    variable="edited",
)
def edit(
    call: Call,
    model: Model,
    items: Annotated[
        Point | Sequence[Point],
        Several(
            help="Files (pictures, sounds), POINTs such as test:17, or folders of files.",
            metavar="FILE|POINT|FOLDER...", positional=True, least=1,
        ),
    ],
    *,
    set: Annotated[
        Mapping[str, Any] | None,
        Pairs(
            help="What the item should become. A kept direction is used if there is one; otherwise one is found and "
            "kept.",
            metavar="COLUMN=VALUE", once=True,
        ),
    ] = None,
    directions: Annotated[
        Mapping[Any, float | None] | DirectionLike | Sequence[DirectionLike] | None,
        Strengths(
            help="A kept direction to move along, and how far.",
            flag="--direction", metavar="NAME[=X]", offers="kept:directions",
        ),
    ] = None,
    dims: Annotated[
        Mapping[int, float] | None,
        Strengths(help="A dimension to move, and by how many sigma.", flag="--dim", metavar="I=X", whole=True),
    ] = None,
    analogy: Annotated[
        Sequence[Point] | None, Two(help="Two POINTs: change the item as A changes to B.", metavar="A B")
    ] = None,
    strength: Annotated[
        float | None,
        Number(
            help="How far: in sigma, or, for directions with a target value, 1 is the whole way to it. "
            "Default: 2 sigma, or the whole way.",
            metavar="X", low=-STRONGEST, high=STRONGEST,
        ),
    ] = None,
    method: Annotated[
        str | None,
        Text(
            help="The method that finds directions for --set. Default: towards.",
            metavar="NAME", offers="row:finders",
        ),
    ] = None,
    invert: Annotated[
        str | None,
        Text(
            help="How items are put into the space: encoder or optimise. Default: the encoder where there is one.",
            flag="--inverter", metavar="NAME", offers="row:inverters",
        ),
    ] = None,
    report: Annotated[
        bool,
        Switch(
            help="Whether a reader says what else has changed.",
            off="--no-report", without="Do not look over what else has changed.",
        ),
    ] = True,
    seed: Seed = 0,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Edits:  # fmt: skip
    """Change items along directions, and report what else has changed. A sheet, or with a folder as --out one picture
    per item.

    What else has changed is looked over when it is first asked for (`.differs`, `.reached`, `.told()`).

    All that is asked for is done at once, so that one change does not undo another. `analogy` adds
    `strength (b - a)`.

    Raises:
        InvalidArgument: nothing to do, or directions that undo each other.
        NotInvertible: a picture, and neither encoder nor gradients.

    >>> tl.edit("faces-vae", "me.png", set={"mouth": "smile"}).save("edit.png")  # doctest: +SKIP
    """
    from trasluz.geometry.moves import moved
    from trasluz.lab.judging.reader import reader_for
    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.edits import Change, Edits, Report
    from trasluz.lab.shelf.at_hand import names_of, several
    from trasluz.lab.shelf.batches import decode_all
    from trasluz.lab.shelf.directions import direction_of
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver
    from trasluz.lab.work import editing

    session = call.session
    opened = model_of(model, session, given)
    resolver = Resolver(opened, session, space=space, data=data, atlas=atlas)
    chosen, home = resolver.space, session.home
    given_as = editing.items_of(several(items, chosen.shape))
    listed = editing.items_of(resolver.spread(given_as))
    ways = editing.strengths_of(directions, strength)
    asked = editing.Asked({**(set or {})}, ways, {**(dims or {})}, analogy, strength)
    asked.check()
    z = editing.latents_of(resolver, listed, invert, seed)
    changes = [*editing.wanted_changes(asked, resolver, method, data, atlas, seed)]
    for direction, far in asked.directions:
        kept = direction_of(editing.one_of(direction), opened, chosen.name, workspace=home)
        if kept.warning is not None:
            session.progress.say(kept.warning)
        changes.append(Change(kept, far))
    changes += editing.raw_changes(asked, resolver)
    after = moved(z, [change.direction for change in changes], [change.strength for change in changes])
    base, made = (decode_all(chosen, latents, progress=session.progress) for latents in (z, after))

    def look_over() -> Report:
        reader = reader_for(opened, data, workspace=home, progress=session.progress) if report else None
        return Report(editing.report_of(reader, changes, base, made), editing.reached(reader, changes, made))

    return Edits(
        after,
        made,
        z,
        base,
        [resolver.original(point) for point in listed],
        names_of(listed),
        changes,
        look_over,
        editing.beyond(resolver, after, data, atlas),
        Origin.of(opened, chosen),
        call.saying(items=given_as, directions=editing.strengths_said(directions, resolver)),
    )
