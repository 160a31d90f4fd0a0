"""Invert: one's own pictures in a model's latent space, with the error of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import Data, Device, Given, Home, Model, Seed, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Pairs, Several, Text
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.inversions import Inversions


@verb(
    examples=[
        "trasluz invert faces-gan me.jpg test:3 --method optimise --out sheet.png",
        "trasluz invert faces-flow me.jpg --space noise --out latents.safetensors",
    ],
    answer=Drawn(of="trasluz.lab.results.inversions:Inversions"),
    variable="inverted",
)
def invert(
    call: Call,
    model: Model,
    items: Annotated[
        Point | Sequence[Point],
        Several(
            help="Files (pictures, sounds), or items of the data (test:17). Another size, colours or length is fitted "
            "to the model's.",
            metavar="FILE...", positional=True, least=1,
        ),
    ],
    *,
    method: Annotated[
        str | None,
        Text(
            help="encoder, or optimise, which starts from it. Default: the encoder if the space has one.",
            metavar="NAME", offers="row:inverters",
        ),
    ] = None,
    settings: Annotated[
        Mapping[str, Any] | None,
        Pairs(help="One setting of the method, such as steps=500.", flag="--set", metavar="KEY=VALUE"),
    ] = None,
    seed: Seed = 0,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> Inversions:  # fmt: skip
    """Find the latents of your own pictures, and say how close they come.

    `items` may be a tensor `(n, C, H, W)` in [0, 1], which is n pictures. A picture of another size or in other colours
    than the model's is fitted to it, and that is said.

    Raises:
        NotInvertible: the encoder was asked for, and there is none.
        NotDifferentiable: optimisation was asked for, and the space has no gradients.

    >>> tl.invert("faces-gan", ["me.jpg", "test:3"], method="optimise").save("me.png")    # doctest: +SKIP
    """
    import time

    import torch

    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.inversions import Inversions
    from trasluz.lab.shelf.at_hand import names_of
    from trasluz.lab.shelf.methods import inverter_for
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver
    from trasluz.lab.work.inverting import WITHOUT, fit_of, item_meant, items_in
    from trasluz.spaces import registry

    session = call.session
    opened = model_of(model, session, given)
    chosen = opened.space(space)
    how = registry.get("inverters", method) if method else inverter_for(chosen)
    config = how.config_type.make(settings or {})
    resolver = Resolver(opened, session, space=space, data=data)
    given_as = items_in(items, chosen.representation)
    listed = resolver.spread(given_as)
    x = torch.cat([item_meant(resolver, item) for item in listed]) if listed else torch.empty(0)
    if not len(x):
        raise InvalidArgument("nothing to invert", got=f"no {chosen.representation.of.one}", allowed=WITHOUT)
    fits = {}
    usual = inverter_for(chosen) if chosen.encodes else how
    for way in [usual, how] if usual.quick and usual.name != how.name else [how]:
        begun = time.perf_counter()
        z = way.invert(chosen, x, config if way is how else way.config_type(), seed, session.progress)
        fits[way.name] = (z, fit_of(chosen, x, z, time.perf_counter() - begun))
    found = {name: fit for name, (_, fit) in fits.items()}
    said = call.saying(items=given_as)
    return Inversions(fits[how.name][0], x, found, names_of(listed), Origin.of(opened, chosen), said)
