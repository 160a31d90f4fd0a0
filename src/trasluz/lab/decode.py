"""What points of a space look like, beside the real items where they come from real items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Atlas, Create, Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Several
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.decoded import Decoded


@verb(
    examples=[
        "trasluz decode mine test:3 seed:42/1 map:0.31,-1.2 --out grid.png",
        "trasluz decode pets-flow seed:1 --given species=cat",
    ],
    answer=Drawn(of="trasluz.lab.results.decoded:Decoded"),
    variable="decoded",
)
def decode(
    call: Call,
    model: Model,
    points: Annotated[Point | Sequence[Point], Several(help=POINT_HELP, metavar="POINT...", positional=True, least=1)],
    *,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    atlas: Atlas = None,
    create: Create = True,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Decoded:
    """Show what points of the latent space decode to.

    `points` are one or more POINTs as text, picture files, or latents; a tensor `(n, *shape)` is n of them. `data` is
    what `test:` and `train:` count in, and `atlas` whose map `map:` means.

    >>> tl.decode("faces-vae", ["test:3", "seed:42", "me.jpg"]).save("seen.png")    # doctest: +SKIP
    """
    import torch

    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.decoded import Decoded
    from trasluz.lab.shelf.at_hand import names_of, several
    from trasluz.lab.shelf.batches import decode_all
    from trasluz.lab.shelf.forms import FORMS
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver

    session = call.session
    opened = model_of(model, session, given)
    resolver = Resolver(opened, session, space=space, data=data, atlas=atlas)
    given_as = several(points, resolver.space.shape)
    listed = resolver.spread(given_as)
    if not listed:
        raise InvalidArgument("nothing to decode", got="no POINT", allowed=FORMS)
    z = torch.cat([resolver(point) for point in listed])
    return Decoded(
        z,
        decode_all(resolver.space, z, progress=session.progress),
        [resolver.original(point) for point in listed],
        names_of(listed),
        Origin.of(opened, resolver.space),
        call.saying(points=given_as),
    )
