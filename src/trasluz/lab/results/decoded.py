"""What `decode` gives: points as items, beside the real ones that they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.results.base import Decodings, Origin


@final
class Decoded(Decodings):
    """Points, decoded; beside those that are real items, the items."""

    stem = "decode"

    def __init__(
        self,
        latents: Tensor,
        items: Tensor,
        originals: Sequence[Tensor | None],
        names: Sequence[str],
        origin: Origin,
        call: Call,
    ) -> None:
        super().__init__(latents, items, origin, call)
        self.originals = list(originals)
        """For every point the real item `(*public_shape)` it came from, or None."""
        self.names = list(names)

    def image(self) -> Image.Image:
        return pictures.pairs(self.draw(self.originals), self.drawn, self.names)

    def arrays(self) -> Mapping[str, np.ndarray]:
        empty = np.full(tuple(self.items.shape[1:]), np.nan, dtype=np.float32)
        originals = np.stack([empty if x is None else x.numpy() for x in self.originals])
        return {**super().arrays(), "originals": originals}

    def told(self) -> str:
        return f"{len(self)} points: {', '.join(self.names[:6])}{', ...' if len(self) > 6 else ''}"
