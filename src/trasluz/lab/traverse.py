"""What each latent dimension changes, one moved at a time, the most active ones first; or what directions change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Atlas, Create, Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.given import DirectionLike, Point
from trasluz.lab.calls.parameters import Number, Numbers, Several, Text, Two, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.traversal import Traversal


@verb(
    examples=[
        "trasluz traverse mine --out traverse.png",
        "trasluz traverse mine --dims 0,3 --from test:17 --range 2 --columns 11",
        "trasluz traverse faces-vae --direction hair_colour-blond --direction pca-1",
        "trasluz traverse faces-vae --pair hair_colour-blond mouth-smile --columns 5",
    ],
    answer=Drawn(of="trasluz.lab.results.traversal:Traversal"),
    variable="traversal",
)
def traverse(
    call: Call,
    model: Model,
    *,
    dims: Annotated[
        Sequence[int] | None,
        Numbers(
            help="Which dimensions, counted from 0, in the order to show. Default: the ten most active ones.",
            metavar="I,J,...",
        ),
    ] = None,
    directions: Annotated[
        DirectionLike | Sequence[DirectionLike] | None,
        Several(
            help="A kept direction instead of dimensions; may be given several times. Of one with an aim, a range of 2 "
            "is the whole way to it.",
            flag="--direction", metavar="NAME", offers="kept:directions",
        ),
    ] = None,
    pair: Annotated[
        Sequence[DirectionLike] | None,
        Two(help="Two kept directions at once: one across, the other up.", metavar="A B"),
    ] = None,
    start: Annotated[
        Point | None,
        Text(
            help=f"Where to start. Default: the atlas's first item, since real items decode more sharply than a mean; "
            f"seed:0 where there is no atlas. {POINT_HELP}",
            flag="--from", metavar="POINT",
        ),
    ] = None,
    range: Annotated[
        float,
        Number(
            help="How far to go to each side, in standard deviations of the dimension over the data (or the prior).",
            metavar="X", low=0.01, high=100,
        ),
    ] = 3.0,
    columns: Annotated[
        int,
        Whole(
            help="Steps from end to end, an odd number: the start is in the middle.", metavar="N", low=3, high=101,
            called="the number of columns",
        ),
    ] = 9,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Traversal:  # fmt: skip
    """Show what each latent dimension changes, the most active ones first; or what directions change.

    One dimension or direction moves at a time from a start; a pair of directions moves at once, one along the rows, the
    other down the columns.

    >>> tl.traverse("faces-vae", dims=[0, 3], start="test:17").save("traverse.png")    # doctest: +SKIP
    """
    import torch

    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.traversal import Traversal
    from trasluz.lab.shelf.batches import decode_all
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver
    from trasluz.lab.work.traversing import along, checked, names_said, ranked, start_of

    if columns % 2 == 0:
        raise InvalidArgument("columns are an odd number, so that the start is in the middle", got=columns)
    session = call.session
    opened = model_of(model, session, given)
    resolver = Resolver(opened, session, space=space, data=data, atlas=atlas)
    chosen = resolver.space
    offsets = torch.linspace(-range, range, columns)
    if directions is not None or pair is not None:
        if sum(one is not None for one in (dims, directions, pair)) > 1:
            raise InvalidArgument("dimensions, directions and a pair exclude each other", next="Ask for one of them")
        said = call.saying(directions=names_said(directions, resolver), pair=names_said(pair, resolver))
        return along(resolver, directions, pair, start, offsets, said)
    wanted = checked(dims, chosen.shape)
    rows, sigma, activity = ranked(resolver, wanted, range)
    z, name = start_of(resolver, start)
    latents = z.flatten().repeat(len(rows), columns, 1)
    for row, dim in enumerate(rows):
        latents[row, :, dim] += offsets * sigma[dim]
    flat = latents.reshape(-1, *chosen.shape)
    return Traversal(
        flat,
        decode_all(chosen, flat, progress=session.progress),
        rows,
        offsets,
        sigma[rows],
        activity[rows],
        name,
        Origin.of(opened, chosen),
        call,
    )
