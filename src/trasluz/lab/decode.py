"""What points of a space look like, beside the real items where they come from real items."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

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
    workspace_of,
)
from trasluz.lab.forms import FORMS, is_file
from trasluz.lab.points import AtlasLike, Resolver, atlas_name
from trasluz.lab.results import Decoded, Origin


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
    call = record(decode, model, given, home, device, space=space, data=data, atlas=atlas_name(atlas), create=create)
    return Decoded(
        z,
        decode_all(resolver.space, z, progress=progress),
        [resolver.original(point) for point in given],
        names_of(given),
        Origin.of(opened, resolver.space),
        call,
    )


def names_of(points: Sequence[Point]) -> list[str]:
    """What to call points in a picture: their text, the name of a file, the place in a list of tensors."""
    texts = [f"#{i}" if isinstance(point, Tensor) else os.fspath(point) for i, point in enumerate(points)]
    return [Path(text).name if is_file(text) else text for text in texts]


def several(points: Point | Sequence[Point], shape: tuple[int, ...]) -> tuple[Point, ...]:
    """One POINT or more of them, one by one; a tensor `(n, *shape)` is n of them."""
    if isinstance(points, Tensor):
        return (points,) if tuple(points.shape) == shape else tuple(points)
    if isinstance(points, (str, os.PathLike)):
        return (points,)
    return tuple(points)
