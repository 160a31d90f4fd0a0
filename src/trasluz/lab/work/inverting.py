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
from trasluz.lab.shelf.points import Resolver
from trasluz.spaces import registry
from trasluz.spaces.kinds import is_item
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace

WITHOUT = "a file of one, or an item of the data such as test:17"


def items_in(items: Point | Sequence[Point], representation: Representation) -> tuple[Point, ...]:
    """One item or more, one by one."""
    if isinstance(items, Tensor):
        return tuple(items) if items.ndim == 1 + len(representation.public_shape) else (items,)
    return (items,) if isinstance(items, (str, os.PathLike, Named)) else tuple(items)


def item_meant(resolver: Resolver, item: Point) -> Tensor:
    """The real item `(1, *public_shape)` that is meant."""
    if isinstance(item, Tensor):
        x = item.detach().float().cpu()
        representation = resolver.space.representation
        return representation.check(x[None] if x.ndim == len(representation.public_shape) else x)
    kind = resolver.space.representation.of
    text = item.said() if isinstance(item, Named) else os.fspath(item)
    if ":" not in text and not text.startswith("@") and not is_item(text):
        raise InvalidArgument(f"not a {kind.one}", got=repr(text), allowed=f"{WITHOUT}; {' '.join(kind.suffixes)}")
    x = resolver.original(item)
    if x is None:
        raise InvalidArgument(f"not a {kind.one}, but a latent already", got=repr(text), allowed=WITHOUT)
    return x[None]


def fit_of(space: LatentSpace, x: Tensor, z: Tensor, seconds: float) -> Fit:
    """How near the latents come to the items, and how typical they are."""
    x_hat = decode_all(space, z)
    kind = space.representation.of
    alike, seen, back = registry.get("metrics", "ssim"), kind.draw(x), kind.draw(x_hat)
    ssim = [alike.of(x=seen[i : i + 1], x_hat=back[i : i + 1]).value for i in range(len(x))]
    return Fit(x_hat, kind.psnr(x, x_hat).tolist(), ssim, from_prior(space, z).tolist(), seconds)
