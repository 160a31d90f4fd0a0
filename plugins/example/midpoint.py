"""`trasluz midpoint`: what lies between two points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Atlas, Create, Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Number, Text
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.decoded import Decoded

END = Text(help=POINT_HELP, metavar="POINT", positional=True)


@verb(
    examples=["trasluz midpoint mine test:1 test:2 --share 0.25 --out between.png"],
    answer=Drawn(of="trasluz.lab.results.decoded:Decoded"),
    variable="between",
)
def midpoint(
    call: Call,
    model: Model,
    first: Annotated[Point, END],
    second: Annotated[Point, END],
    *,
    share: Annotated[
        float, Number(help="How far along: 0 is the first, 1 the second.", metavar="X", low=0, high=1)
    ] = 0.5,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Decoded:
    """Show what lies between two points."""
    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.decoded import Decoded
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver

    opened = model_of(model, call.session, given)
    resolver = Resolver(opened, call.session, space=space, data=data, atlas=atlas)
    z = resolver(first).lerp(resolver(second), share)
    items = resolver.space.decode(z.to(resolver.space.device)).cpu()
    return Decoded(z, items, [None], [f"{share:.0%}"], Origin.of(opened, resolver.space), call)
