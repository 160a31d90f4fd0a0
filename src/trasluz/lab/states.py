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
    from torch import Tensor

    from trasluz.lab.results.states import States
    from trasluz.spaces.space import LatentSpace

MOST = 1000
ALIKE = 1e-3
"""By how much latents of one item may differ, between one batch and another."""


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
    begun: dict[str, list[tuple[int, Tensor]]] = {}
    with torch.no_grad():
        for i, (point, original) in enumerate(zip(listed, originals, strict=True)):
            begins, z = resolver.space, resolver(point)
            if first is not None and original is not None and _is_code(begins, original, z):
                # Not by way of its latent: that is a mean, and the flow knows draws.
                begins, z = first, first.encode(original[None].to(first.device))
            begun.setdefault(begins.name, []).append((i, z.to(begins.device)))
        ways = [opened.states(torch.cat([z for _, z in some]), src, frames) for src, some in begun.items()]
    order = torch.tensor([i for some in begun.values() for i, _ in some]).argsort()
    found = [
        replace(
            moment[0], z=torch.cat([state.z for state in moment])[order],
            expected=torch.cat([state.expected for state in moment])[order],
        )
        for moment in zip(*ways, strict=True)
    ]  # fmt: skip
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


def _is_code(space: LatentSpace, x: Tensor, z: Tensor) -> bool:
    """Whether a latent is what an item encodes to: not so of one whose data are gone, or that was moved."""
    from trasluz.lab.shelf.batches import encode_all

    return space.encodes and bool((encode_all(space, x[None]).to(z) - z).abs().max() <= ALIKE)
