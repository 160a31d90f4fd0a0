"""Real items put into a space: which are meant, and how near a method comes to each."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls import taking
from trasluz.lab.calls.given import Held, Named, Point
from trasluz.lab.drawing.pictures import of_bytes
from trasluz.lab.judging.measures import from_prior
from trasluz.lab.results.inversions import Fit
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.forms import is_file
from trasluz.lab.shelf.points import Resolver
from trasluz.spaces import registry
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace

WITHOUT = "a file of one, or an item of the data such as test:17"


def items_in(items: Point | Sequence[Point], representation: Representation) -> tuple[Point, ...]:
    """One item or more, one by one."""
    found = taking.points("the items", items)
    if isinstance(found, Tensor):
        several = found.ndim == 1 + len(representation.public_shape)
        return tuple(found) if several else (found,)
    return tuple(found) if isinstance(found, (list, tuple)) else (found,)


def item_meant(resolver: Resolver, item: Point) -> Tensor:
    """The real item `(1, *public_shape)` that is meant."""
    kind = resolver.space.representation.of
    if isinstance(item, Tensor):
        return _given(item, resolver)
    if isinstance(item, Held):
        return resolver.at_hand(item)
    at_hand = taking.point("the item", item)
    text = at_hand.said() if isinstance(at_hand, Named) else os.fspath(at_hand)
    if ":" not in text and not text.startswith("@") and not is_file(text):
        raise InvalidArgument(
            f"not a {kind.one}",
            got=repr(text),
            allowed=f"{WITHOUT}; {' '.join(kind.suffixes)}",
            next="A file of another ending is named by its path: ./NAME",
        )
    x = resolver.original(item)
    if x is None:
        raise InvalidArgument(f"not a {kind.one}, but a latent already", got=repr(text), allowed=WITHOUT)
    return x[None]


def _given(item: Tensor, resolver: Resolver) -> Tensor:
    """Numbers as an item `(1, *public_shape)`: what is stored, such as bytes of pixels, or public values.

    Raises:
        InvalidArgument: of another shape, or out of the range of what is public.
    """
    representation = resolver.space.representation
    kind, shape = representation.of, representation.public_shape
    x = item.detach().cpu()
    x = x[None] if x.ndim == len(shape) else x
    stored = x.dtype == torch.uint8 and kind.dtype == np.uint8
    if stored and x.shape[1:] != shape and x.ndim == 4 and x.shape[3] in (1, 3):
        return resolver.at_hand(Held(of_bytes(x[0].movedim(-1, 0).numpy())))  # rows, columns, colours
    if stored:
        return representation.check(kind.public(x.numpy()))
    x = representation.check(x.float())
    low, high = float(x.min()), float(x.max())
    if not (kind.low <= low and high <= kind.high):  # false for NaN too
        bytes_ = low >= 0 and 1 < high <= 255
        raise InvalidArgument(
            f"values out of the range of {kind.many}", got=f"{low:g} to {high:g}",
            allowed=f"{kind.low:g} to {kind.high:g}",
            next="Pass bytes as uint8, or divide them by 255" if bytes_ else None,
        )  # fmt: skip
    return x


def fit_of(space: LatentSpace, x: Tensor, z: Tensor, seconds: float) -> Fit:
    """How near the latents come to the items, and how typical they are."""
    x_hat = decode_all(space, z)
    kind = space.representation.of
    alike, seen, back = registry.get("metrics", "ssim"), kind.draw(x), kind.draw(x_hat)
    ssim = [alike.of(x=seen[i : i + 1], x_hat=back[i : i + 1]).value for i in range(len(x))]
    return Fit(x_hat, kind.psnr(x, x_hat).tolist(), ssim, from_prior(space, z).tolist(), seconds)
