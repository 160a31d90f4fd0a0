"""An atlas without data: a model's own draws, whose latents are known exactly.

Row i is draw i of seed 0 from the default prior of the space, which is the POINT `seed:0/i`; its thumbnail is what that
decodes to. So a space without an encoder, such as the `z` of a GAN, has a map, regions and neighbours too.
"""

from __future__ import annotations

import hashlib
from typing import final

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from trasluz.atlas.manifest import BLOCK, OWN, Manifest
from trasluz.atlas.thumbnails import shrink
from trasluz.atlas.write import Rows, Step, check_finite, tile_form
from trasluz.spaces.model import LatentModel

SEED = 0


def own_identity(model: LatentModel, space: str) -> str:
    """What stands for the data: the model, the prior that is drawn from, the seed. Not how many: it can grow."""
    chosen = model.space(space)
    text = "\0".join([OWN, model.owner(space), space, chosen.prior().identity, str(SEED)])
    return f"d-own-{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def plan_own(model: LatentModel, n: int, space: str | None = None, *, pictured: bool = True) -> Manifest:
    """What the atlas of a model's own draws will say of itself; with `pictured` false nothing is decoded for it.

    Raises:
        InvalidArgument: the space has no prior to draw from.
    """
    chosen = model.space(space)
    chosen.prior()
    channels, tile = tile_form(chosen)
    return Manifest(
        model=model.name,
        model_identity=model.identity,
        data=OWN,
        data_identity=own_identity(model, chosen.name),
        split=OWN,
        space=chosen.name,
        kind=chosen.kind,
        shape=tuple(chosen.shape),
        count=n,
        channels=channels,
        tile=tile,
        pictured=pictured,
    )


@final
class Drawn(Rows):
    """The first n draws of seed 0."""

    def __init__(self, model: LatentModel, n: int, space: str | None = None) -> None:
        self.model, self.space = model, model.space(space)
        self.title = f"Drawing from {model.name}"
        self.points = self.ids = [f"seed:{SEED}/{i}" for i in range(n)]
        self.table = pa.table(
            {"id": self.ids, "index": pa.array(range(n), pa.int64()), "source": [OWN] * n, "split": [OWN] * n}
        )

    def latents(self, start: int, stop: int, step: Step) -> dict[str, Tensor]:
        prior = self.space.prior()
        parts: list[Tensor] = []
        with torch.inference_mode():
            for first in range(start, stop, BLOCK):
                n = min(BLOCK, stop - first)
                parts.append(prior.sample(n, SEED, start=first).float().cpu())
                step(n)
        out = {"latents": torch.cat(parts)}
        check_finite(out, self.model, self.ids[start:stop])
        return out

    def tiles(self, start: int, stop: int, latents: Tensor, tile: int) -> np.ndarray:
        parts: list[np.ndarray] = []
        with torch.inference_mode():
            for some in latents.split(BLOCK):
                kind, items = self.space.representation.of, self.space.decode(some.to(self.space.device))
                parts.append(shrink(kind.thumbnails(kind.stored(items)), tile))
        return np.concatenate(parts)
