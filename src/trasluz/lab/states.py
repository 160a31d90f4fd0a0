"""The states between noise and item: a diffusion model's latents lie in the middle of its process (Song et al. 2021,
*Score-based generative modeling through SDEs*, section 4.3, for the flow that can be followed both ways)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.lab.calls.answers import Drawn
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.common import POINT_HELP, Data, Device, Given, Home, Model, Space, Watcher
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.parameters import Several, Whole
from trasluz.lab.calls.verb import verb

if TYPE_CHECKING:
    from trasluz.lab.results.states import States
    from trasluz.spaces.model import State

MOST = 1000


@verb(
    examples=[
        "trasluz states faces-flow seed:1 test:3 --out states.png",
        "trasluz states pets-flow seed:1 --given species=dog --frames 12",
    ],
    answer=Drawn(of="trasluz.lab.results.states:States"),
    variable="states",
)
def states(
    call: Call,
    model: Model,
    points: Annotated[Point | Sequence[Point], Several(help=POINT_HELP, metavar="POINT...", positional=True, least=1)],
    *,
    frames: Annotated[
        int,
        Whole(help="Moments to show, from noise to item.", metavar="N", low=2, high=MOST,
              called="the number of frames"),
    ] = 9,
    space: Space = None,
    given: Given = None,
    data: Data = None,
    workspace: Home = None,
    device: Device = "auto",
    progress: Watcher = SILENT,
) -> States:  # fmt: skip
    """Follow points of a diffusion model from noise to item. A real item first goes all the way back.

    The moments are even in time, both ends among them.

    Raises:
        TrasluzError: the model makes its items in one step.

    >>> tl.states("faces-flow", ["seed:1", "test:3"]).save("states.png")    # doctest: +SKIP
    """
    import torch

    from trasluz.lab.results.base import Origin
    from trasluz.lab.results.states import States
    from trasluz.lab.shelf.at_hand import names_of, several
    from trasluz.lab.shelf.batches import decode_all
    from trasluz.lab.shelf.forms import FORMS
    from trasluz.lab.shelf.models import model_of
    from trasluz.lab.shelf.points import Resolver

    session = call.session
    opened = model_of(model, session, given)
    resolver = Resolver(opened, session, space=space, data=data)
    given_as = several(points, resolver.space.shape)
    listed = resolver.spread(given_as)
    if not listed:
        raise InvalidArgument("nothing to follow", got="no POINT", allowed=FORMS)
    originals = [resolver.original(point) for point in listed]
    first = None if space is not None or opened.begins_in is None else opened.space(opened.begins_in)
    ways: list[list[State]] = []
    with torch.no_grad():
        for point, original in zip(listed, originals, strict=True):
            if first is None or original is None or not first.encodes:
                ways.append(opened.states(resolver(point).to(resolver.space.device), resolver.space.name, frames))
            else:
                # Not by way of its latent: that is a mean, and the flow knows draws.
                ways.append(opened.states(first.encode(original[None].to(first.device)), first.name, frames))
    found = [replace(moment[0], z=torch.cat([s.z for s in moment]), expected=torch.cat([s.expected for s in moment]))
             for moment in zip(*ways, strict=True)]  # fmt: skip
    chosen = opened.space(found[0].space)
    # Item by item, moment by moment.
    passed = torch.stack([state.z.cpu() for state in found], 1).flatten(0, 1)
    expected = torch.stack([state.expected.cpu() for state in found], 1).flatten(0, 1)
    return States(
        passed,
        decode_all(chosen, passed, progress=session.progress),
        decode_all(chosen, expected, progress=session.progress),
        [state.t for state in found],
        originals,
        names_of(listed),
        Origin.of(opened, chosen),
        call.saying(points=given_as),
    )
