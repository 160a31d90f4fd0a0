"""The states between noise and item: a diffusion model's latents lie in the middle of its process (Song et al. 2021,
*Score-based generative modeling through SDEs*, section 4.3, for the flow that can be followed both ways)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import whole
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.call import record
from trasluz.lab.calls.given import DataLike, ModelLike, Point
from trasluz.lab.results.base import Origin
from trasluz.lab.results.states import States
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.forms import FORMS
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.points import Resolver, names_of, several
from trasluz.lab.shelf.where import Place, workspace_of

MOST = 1000


def states(
    model: ModelLike,
    points: Point | Sequence[Point],
    *,
    frames: int = 9,
    space: str | None = None,
    given: Mapping[str, Any] | None = None,
    data: DataLike = None,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> States:
    """Follow points from noise to item. A real item goes the whole way back to noise first, and comes forward again.

    Args:
        points: One or more POINTs.
        frames: Moments that are shown, evenly in time, both ends among them.
        space: In which the points are named; None for the model's default one.
        given: A condition, for models that take one.
        data: What `test:` and `train:` count in; None for what the model was trained on.

    Raises:
        TrasluzError: the model makes its items in one step.

    >>> tl.states("faces-flow", ["seed:1", "test:3"]).save("states.png")    # doctest: +SKIP
    """
    whole("the number of frames", frames, low=2, high=MOST)
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    opened = opened.given(**given) if given else opened
    resolver = Resolver(opened, space=space, data=data, atlas=None, workspace=home, progress=progress)
    listed = several(points, resolver.space.shape)
    if not listed:
        raise InvalidArgument("nothing to follow", got="no POINT", allowed=FORMS)
    z = torch.cat([resolver(point) for point in listed]).to(resolver.space.device)
    with torch.no_grad():
        found = opened.states(z, resolver.space.name, frames)
    chosen = opened.space(found[0].space)
    # Item by item, moment by moment.
    passed = torch.stack([state.z.cpu() for state in found], 1).flatten(0, 1)
    expected = torch.stack([state.expected.cpu() for state in found], 1).flatten(0, 1)
    asked = {"frames": frames, "space": space, "given": dict(given) if given else None, "data": data}
    call = record(states, model, listed, home, device, **asked)
    return States(
        passed,
        decode_all(chosen, passed, progress=progress),
        decode_all(chosen, expected, progress=progress),
        [state.t for state in found],
        [resolver.original(point) for point in listed],
        names_of(listed),
        Origin.of(opened, chosen),
        call,
    )
