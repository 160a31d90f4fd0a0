"""Real items put into a space: which are meant, and how near a method comes to each."""

from __future__ import annotations

import os
from collections.abc import Sequence

from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls.given import Named, Point
from trasluz.lab.judging.measures import from_prior
from trasluz.lab.results.inversions import Fit
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.forms import PICTURE_FILES
from trasluz.lab.shelf.points import Resolver
from trasluz.spaces import registry
from trasluz.spaces.space import LatentSpace

WITHOUT = "a picture file, or an item of the data such as test:17"


def pictures_in(items: Point | Sequence[Point]) -> tuple[Point, ...]:
    """One picture or more, one by one."""
    if isinstance(items, Tensor):
        return tuple(items) if items.ndim == 4 else (items,)
    return (items,) if isinstance(items, (str, os.PathLike, Named)) else tuple(items)


def picture_of(resolver: Resolver, item: Point) -> Tensor:
    """The real picture `(1, C, H, W)` that is meant."""
    if isinstance(item, Tensor):
        x = item.detach().float().cpu()
        return resolver.space.representation.check(x[None] if x.ndim == 3 else x)
    text = item.said() if isinstance(item, Named) else os.fspath(item)
    if ":" not in text and not text.startswith("@") and not text.lower().endswith(PICTURE_FILES):
        raise InvalidArgument("not a picture", got=repr(text), allowed=f"{WITHOUT}; {' '.join(PICTURE_FILES)}")
    x = resolver.original(item)
    if x is None:
        raise InvalidArgument("not a picture, but a latent already", got=repr(text), allowed=WITHOUT)
    return x[None]


def fit_of(space: LatentSpace, x: Tensor, z: Tensor, seconds: float) -> Fit:
    """How near the latents come to the items, and how typical they are."""
    x_hat = decode_all(space, z)
    figures = {
        name: [registry.get("metrics", name).of(x=x[i : i + 1], x_hat=x_hat[i : i + 1]).value for i in range(len(x))]
        for name in ("psnr", "ssim")
    }
    return Fit(x_hat, figures["psnr"], figures["ssim"], from_prior(space, z).tolist(), seconds)
