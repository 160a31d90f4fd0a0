"""Invert: one's own pictures in a model's latent space, with the error of each."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import whole
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.call import record
from trasluz.lab.calls.given import DataLike, ModelLike, Point
from trasluz.lab.judging.measures import from_prior
from trasluz.lab.results.base import Origin
from trasluz.lab.results.inversions import Fit, Inversions
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.forms import PICTURE_FILES
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.points import Resolver, default_method, names_of
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces import registry
from trasluz.spaces.space import LatentSpace

WITHOUT = "a picture file, or an item of the data such as test:17"


def invert(
    model: ModelLike,
    items: Point | Sequence[Point],
    *,
    method: str | None = None,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    space: str | None = None,
    data: DataLike = None,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Inversions:
    """Find latents that decode to given pictures.

    Args:
        items: Picture files, or items of the data as `test:17`; a tensor `(n, C, H, W)` in [0, 1] is n pictures.
            A picture of another size or in other colours than the model's is fitted to it, and that is said.
        method: `encoder` or `optimise`; by default the encoder where the space has one. Optimisation starts from it.
        settings: Single settings of the method, such as `{"steps": 500}`.
        seed: Of the noise of the optimisation.
        space: By name; None for the model's default one.
        data: What `test:` and `train:` count in; None for what the model was trained on.

    Raises:
        NotInvertible: the encoder was asked for, and there is none.
        NotDifferentiable: optimisation was asked for, and the space has no gradients.

    >>> tl.invert("faces-gan", ["me.jpg", "test:3"], method="optimise").save("me.png")    # doctest: +SKIP
    """
    whole("the seed", seed, low=0, high=2**63 - 1)
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    chosen = opened.space(space)
    how = registry.get("inverters", method or default_method(chosen))
    config = how.config_type.make(settings or {})
    resolver = Resolver(opened, space=space, data=data, atlas=None, workspace=home, progress=progress)
    given = _several(items)
    x = torch.cat([_picture(resolver, item) for item in given]) if given else torch.empty(0)
    if not len(x):
        raise InvalidArgument("nothing to invert", got="no picture", allowed=WITHOUT)
    fits: dict[str, tuple[Tensor, Fit]] = {}
    for name in dict.fromkeys(["encoder"] * chosen.encodes + [how.name]):
        way = how if name == how.name else registry.get("inverters", name)
        begun = time.perf_counter()
        z = way.invert(chosen, x, config if way is how else way.config_type(), seed, progress)
        fits[name] = (z, _fit(chosen, x, z, time.perf_counter() - begun))
    asked = {"method": method, "settings": settings, "seed": seed, "space": space, "data": data}
    call = record(invert, model, given, home, device, **asked)
    z = fits[how.name][0]
    found = {name: fit for name, (_, fit) in fits.items()}
    return Inversions(z, x, found, names_of(given), Origin.of(opened, chosen), call)


def _several(items: Point | Sequence[Point]) -> tuple[Point, ...]:
    if isinstance(items, Tensor):
        return tuple(items) if items.ndim == 4 else (items,)
    return (items,) if isinstance(items, (str, os.PathLike)) else tuple(items)


def _picture(resolver: Resolver, item: Point) -> Tensor:
    """The real picture `(1, C, H, W)` that is meant."""
    if isinstance(item, Tensor):
        x = item.detach().float().cpu()
        return resolver.space.representation.check(x[None] if x.ndim == 3 else x)
    text = os.fspath(item)
    if ":" not in text and not text.startswith("@") and not text.lower().endswith(PICTURE_FILES):
        raise InvalidArgument("not a picture", got=repr(text), allowed=f"{WITHOUT}; {' '.join(PICTURE_FILES)}")
    x = resolver.original(item)
    if x is None:
        raise InvalidArgument("not a picture, but a latent already", got=repr(text), allowed=WITHOUT)
    return x[None]


def _fit(space: LatentSpace, x: Tensor, z: Tensor, seconds: float) -> Fit:
    """How near the latents come to the items, and how typical they are."""
    x_hat = decode_all(space, z)
    figures = {
        name: [registry.get("metrics", name).measure(x[i : i + 1], x_hat[i : i + 1]).value for i in range(len(x))]
        for name in ("psnr", "ssim")
    }
    return Fit(x_hat, figures["psnr"], figures["ssim"], from_prior(space, z).tolist(), seconds)
