"""How far latents are from the encoded items of an atlas.

Where a space has a posterior, an item is not a point but a cloud: dimensions that the model hardly uses have means near
0 and posteriors as wide as the prior. So distances are taken to one draw of each item's posterior, which is where draws
of a prior and what is decoded in training lie; to the means alone every such draw would seem far from all of them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base import rng
from trasluz.base.shapes import Scores, Vectors
from trasluz.geometry.local_density import UNSUPPORTED, Support


def known_rows(atlas: Atlas, most: int | None = None) -> Vectors:
    """The encoded items as rows `(n, d)`, the first `most` of them: a draw of each one's posterior, always the
    same; the latents themselves where there is no posterior."""
    z = atlas.latents[:most].float().flatten(1)
    if atlas.log_var is None:
        return z
    sigma = (0.5 * atlas.log_var[:most].float().flatten(1)).exp()
    return z + sigma * torch.randn(z.shape, generator=rng.generator(0, "posterior draws of the items"))


def support_of(z: Tensor, atlas: Atlas, most: int | None = None) -> Scores:
    """Support of latents `(n, *shape)`, `(n,)`: distance to the nearest encoded item over the distance within which
    95 % of the items have a neighbour."""
    return Support(known_rows(atlas, most))(z.float().flatten(1))


def unsupported(z: Tensor, atlas: Atlas) -> int:
    """How many of latents `(n, *shape)` lie far from every encoded item."""
    return int((support_of(z, atlas) > UNSUPPORTED).sum())
