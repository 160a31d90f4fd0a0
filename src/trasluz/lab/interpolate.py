"""A walk from point to point, by a rule of `paths/`."""

from __future__ import annotations

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.lab._common import (
    DataLike,
    ModelLike,
    Place,
    Point,
    decode_all,
    model_of,
    record,
    whole,
    workspace_of,
)
from trasluz.lab.decode import names_of
from trasluz.lab.forms import FORMS
from trasluz.lab.points import AtlasLike, Resolver, atlas_name
from trasluz.lab.results import Origin, Walk
from trasluz.spaces import registry

MOST = 10_000
"""Frames of one walk."""
OTHER_NAMES = {"slerp": "spherical", "lerp": "linear"}
"""What the field also calls these rules."""


def interpolate(
    model: ModelLike,
    *points: Point,
    rule: str = "linear",
    frames: int = 16,
    loop: bool = False,
    space: str | None = None,
    data: DataLike = None,
    atlas: AtlasLike = None,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Walk:
    """Walk through two or more points, in order.

    Args:
        points: POINTs as text, picture files, or latents.
        rule: `linear`, or `spherical` (also `slerp`).
        frames: How many steps the walk has; legs get steps in proportion to their length.
        loop: Whether to come back to the first point, so that a film plays round and round.
        space: By name; None for the model's default one.
        data: What `test:` and `train:` count in; None for what the model was trained on.
        atlas: Whose map `map:` means; None for the default one.
        create: Whether to encode an atlas for `map:` where there is none.

    >>> tl.interpolate("faces-vae", "test:3", "test:9", frames=24).save("walk.gif")    # doctest: +SKIP
    """
    if len(points) < 2:
        raise InvalidArgument("a walk goes through two points or more", got=len(points), allowed=FORMS)
    whole("the number of frames", frames, low=max(2, len(points)), high=MOST)
    way = registry.get("paths", OTHER_NAMES.get(rule, rule))
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    resolver = Resolver(opened, space=space, data=data, atlas=atlas, create=create, workspace=home, progress=progress)
    chosen = resolver.space
    through = torch.cat([resolver(point) for point in points])
    z = way.through(through.to(chosen.device), frames, chosen, loop=loop).detach().float().cpu()
    asked = {"rule": rule, "frames": frames, "loop": loop, "space": space, "data": data, "create": create}
    call = record(interpolate, model, points, home, device, atlas=atlas_name(atlas), **asked)
    stations = _stations(z, through, names_of(points), loop)
    return Walk(z, decode_all(chosen, z, progress=progress), stations, loop, Origin.of(opened, chosen), call)


def _stations(z: Tensor, points: Tensor, names: list[str], loop: bool) -> dict[int, str]:
    """The frame nearest to each point, in order; both ends are exactly the first and (without `loop`) last point."""
    found: dict[int, str] = {}
    frame = -1
    for i, name in enumerate(names):
        left = len(names) - 1 - i
        ahead = z[frame + 1 : len(z) - left] if left or loop else z[-1:]
        nearest = int((ahead - points[i]).flatten(1).norm(dim=1).argmin()) if i else 0
        frame = frame + 1 + nearest if left or loop else len(z) - 1
        found[frame] = name
    return found
