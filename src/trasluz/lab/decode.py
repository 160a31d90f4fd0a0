"""What points of a space look like, beside the real items where they come from real items."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.call import record
from trasluz.lab.calls.given import AtlasLike, DataLike, ModelLike, Point
from trasluz.lab.results.base import Origin
from trasluz.lab.results.decoded import Decoded
from trasluz.lab.shelf.atlases import name_of
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.forms import FORMS
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.points import Resolver, names_of, several
from trasluz.lab.shelf.where import Place, workspace_of


def decode(
    model: ModelLike,
    points: Point | Sequence[Point],
    *,
    space: str | None = None,
    data: DataLike = None,
    atlas: AtlasLike = None,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Decoded:
    """Decode points.

    Args:
        points: One or more POINTs as text, picture files, or latents; a tensor `(n, *shape)` is n of them.
        space: By name; None for the model's default one.
        data: What `test:` and `train:` count in; None for what the model was trained on.
        atlas: Whose map `map:` means; None for the default one.
        create: Whether to encode an atlas for `map:` where there is none.

    >>> tl.decode("faces-vae", ["test:3", "seed:42", "me.jpg"]).save("seen.png")    # doctest: +SKIP
    """
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    resolver = Resolver(opened, space=space, data=data, atlas=atlas, create=create, workspace=home, progress=progress)
    given = several(points, resolver.space.shape)
    if not given:
        raise InvalidArgument("nothing to decode", got="no POINT", allowed=FORMS)
    z = torch.cat([resolver(point) for point in given])
    call = record(decode, model, given, home, device, space=space, data=data, atlas=name_of(atlas), create=create)
    return Decoded(
        z,
        decode_all(resolver.space, z, progress=progress),
        [resolver.original(point) for point in given],
        names_of(given),
        Origin.of(opened, resolver.space),
        call,
    )
