"""What a model generates, as data: to train on, to measure, to compare with what it learned from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

import numpy as np
import torch

from trasluz.base.errors import InvalidArgument
from trasluz.io.media import fit_pixels
from trasluz.spaces.data import Block, Drawing, Request, Source
from trasluz.spaces.representation import Pixels
from trasluz.spaces.space import LatentSpace

VERSION = "1"
DEFAULT = 10_000
LIMIT = 10_000_000
BLOCK = 64
SEED = 0


@final
class Samples(Source):
    """`samples:MODEL[:N]`: draws from the default prior of the default space; item i is the same whatever N."""

    name: ClassVar[str] = "samples"
    title: ClassVar[str] = "What a model generates: samples:MODEL or samples:MODEL:N"

    def fingerprint(self, request: Request) -> str:
        model, count = parse_samples(request.argument)
        opened = request.open_model(model)
        return f"{VERSION}/{opened.identity}/{opened.space().prior().identity}/{count}"

    def draw(self, request: Request) -> Drawing:
        name, count = parse_samples(request.argument)
        model = request.open_model(name)
        representation = model.representation
        licence, about = "as the model's", f"Draws from the model {name}."
        if representation.kind != Pixels.kind:
            representation.of.check(request.asked)
            blocks = _stored(model.space(), count)
            return Drawing.of(representation.kind, representation.public_shape, count, blocks, licence, about)
        channels, height, _ = model.representation.public_shape
        size = height if request.size is None else request.size
        wanted = channels if request.channels is None else request.channels
        return Drawing(
            total=count,
            size=size,
            channels=wanted,
            blocks=_blocks(model.space(), count, size, wanted),
            licence=licence,
            about=about,
        )


def parse_samples(argument: str | None) -> tuple[str, int]:
    """`MODEL` or `MODEL:N`: the last part is the number, where it is one.

    >>> parse_samples("faces-vae:500"), parse_samples("faces-vae")
    (('faces-vae', 500), ('faces-vae', 10000))
    """
    if not argument:
        raise InvalidArgument("samples of which model?", next="Write samples:MODEL or samples:MODEL:N")
    model, _, count = argument.rpartition(":")
    if not (count.isascii() and count.isdigit()):
        return argument, DEFAULT
    if not model or not 1 <= int(count[:12]) <= LIMIT:
        raise InvalidArgument("samples:MODEL:N takes a model and a number", got=argument, allowed=f"1 to {LIMIT:,}")
    return model, int(count)


def _blocks(space: LatentSpace, count: int, size: int, channels: int) -> Iterator[Block]:
    """Pictures, at a size of one's own."""
    for block in _stored(space, count):
        yield Block(fit_pixels(np.ascontiguousarray(block.items), size=size, channels=channels), block.rows)


def _stored(space: LatentSpace, count: int) -> Iterator[Block]:
    """Items as their kind keeps them."""
    prior = space.prior()
    for start in range(0, count, BLOCK):
        n = min(BLOCK, count - start)
        with torch.inference_mode():
            items = space.decode(prior.sample(n, SEED, start=start).to(space.device))
            stored = space.representation.of.stored(items)
        rows = [{"id": f"sample-{start + i:06d}"} for i in range(n)]
        yield Block(stored, rows)
