"""POINTs that are at hand: latents and pictures in memory, one or several, and what they are called."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trasluz.base.errors import DataError, InvalidArgument
from trasluz.io.media import file_of
from trasluz.lab.calls import taking
from trasluz.lab.calls.given import Held, Named, Point
from trasluz.lab.shelf.forms import is_file
from trasluz.spaces.kind import Representation
from trasluz.spaces.kinds import item_of


def item_at_hand(held: Held, representation: Representation, model: str) -> tuple[Tensor, list[str]]:
    """An item in memory as a model takes items, `(1, *public_shape)`, and what was done to it besides.

    Raises:
        DataError: a picture that cannot be read, or where none is wanted.
    """
    if isinstance(held.item, Tensor):
        return representation.check(held.item.float().cpu()), []
    kind = representation.of
    if ".png" not in kind.suffixes:
        raise DataError(f"{model} is a model of {kind.many}, and a picture was given")
    try:
        return item_of(representation, file_of(held.item))
    except DataError as error:
        called = held.called or "the picture given"
        raise DataError(f"{called}: {error.what}", got=error.got, allowed=error.allowed) from error


def names_of(points: Sequence[Point]) -> list[str]:
    """What to call points in a picture: their text, the name of a file, the place in a list of tensors."""
    texts = [_called(point, i) for i, point in enumerate(points)]
    return [Path(text).name if is_file(text) else text for text in texts]


def _called(point: Point, i: int) -> str:
    if isinstance(point, Named):
        return point.name or f"#{i}"
    if isinstance(point, Held):
        return point.called or f"#{i}"
    return os.fspath(point) if isinstance(point, (str, os.PathLike)) else f"#{i}"


def called_alone(point: Point) -> str:
    """What to call one point that stands by itself."""
    at_hand = taken(point)
    if isinstance(at_hand, Held):
        return at_hand.called or "the picture given"
    unnamed = isinstance(at_hand, Tensor) or (isinstance(at_hand, Named) and at_hand.name is None)
    return "the latent given" if unnamed else names_of([at_hand])[0]


def made_from(point: Point) -> str:
    """What a saved point was made from."""
    if isinstance(point, Held):
        return point.called or "a picture"
    return "a latent" if isinstance(point, Tensor) else _called(point, 0)


def taken(point: Any) -> str | os.PathLike[str] | Tensor | Named | Held:
    """One POINT, whatever it is given as."""
    return taking.point("the POINT", point)


def several(points: Point | Sequence[Point], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """One POINT or more of them, one by one; a tensor `(n, *shape)` is n of them.

    Args:
        shape: Of one latent.

    Raises:
        InvalidArgument: numbers that are no latents of that shape.
    """
    found = taking.points("the POINT", points)
    if not isinstance(found, Tensor):
        return tuple(found) if isinstance(found, (list, tuple)) else (found,)
    if tuple(found.shape) == shape:
        return (found,)
    if not found.ndim or tuple(found.shape[1:]) != shape:
        raise misfit(found, shape)
    return tuple(found)


def misfit(z: Tensor, shape: tuple[int, ...]) -> InvalidArgument:
    is_picture = z.dtype == torch.uint8
    return InvalidArgument(
        "the latent given does not fit the space",
        got=str(tuple(z.shape)),
        allowed=f"{shape}, or (n, {', '.join(map(str, shape))}) for n of them",
        next="A picture goes in as one: PIL.Image.fromarray(array)" if is_picture else None,
    )
