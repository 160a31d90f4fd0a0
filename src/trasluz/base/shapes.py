"""Names for the shapes that cross module borders, checked under test by jaxtyping and beartype.

`n` items, `C` channels, `H` and `W` pixels. A latent has any shape of its own, hence `*latent`.
"""

from __future__ import annotations

from jaxtyping import Float, UInt8
from torch import Tensor

Images = Float[Tensor, "n C H W"]
"""Pictures, float32 in [0, 1]."""
Native = Float[Tensor, "n ..."]
"""What a model computes with (pixels, log-mel), float32, not clamped."""
Public = Float[Tensor, "n ..."]
"""What a person sees or hears: images `(n, C, H, W)` in [0, 1], audio `(n, samples)` in [-1, 1]."""
Latents = Float[Tensor, "n ..."]
"""Points of a latent space, `(n, *space.shape)`."""
Vectors = Float[Tensor, "n d"]
"""Points of a space with one axis, or flattened ones."""
Plane = Float[Tensor, "n 2"]
"""Places on a map."""
Scores = Float[Tensor, " n"]
"""One number an item."""
PixelBytes = UInt8[Tensor, "n C H W"]
"""Cached pixels."""
