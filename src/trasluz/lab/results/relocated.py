"""What `relocate` gives: points in another model's space, beside where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.results.base import Decodings, Origin
from trasluz.spaces import registry


@final
class Relocated(Decodings):
    """Latents of the second model, decoded; beside each what the first model shows, and the real item where there is
    one."""

    stem = "relocate"

    def __init__(
        self,
        latents: Tensor,
        items: Tensor,
        *,
        before: Tensor,
        originals: Sequence[Tensor | None],
        names: Sequence[str],
        first: tuple[str, str],
        facts: Mapping[str, Any],
        origin: Origin,
        call: Call,
    ) -> None:
        super().__init__(latents, items, origin, call)
        self.before, self.originals, self.names = before, list(originals), list(names)
        """What the first model decodes the points to, and the real items that they come from."""
        self.map_facts = dict(facts)
        """How the map was fitted, and how well it does."""
        self._first, self._kind_of_first = first

    def image(self) -> Image.Image:
        kind = registry.get("kinds", self._kind_of_first)
        before, after = kind.draw(self.before), self.drawn
        factor = pictures.factor_for(before[0], len(before), 3)
        size = (int(before.shape[-1]) * factor, int(before.shape[-2]) * factor)

        def cells(drawn: Sequence[Tensor | None]) -> list[pictures.Cell]:
            there = [None if one is None else pictures.image_of(one) for one in drawn]
            return [None if one is None else one.resize(size, Image.Resampling.NEAREST) for one in there]

        real = [None if one is None else kind.draw(one[None])[0] for one in self.originals]
        rows, labels = [cells(list(before)), cells(list(after))], [self._first, self.origin.model]
        if any(one is not None for one in real):
            rows, labels = [cells(real), *rows], ["original", *labels]
        captions = {(len(rows) - 1, i): name for i, name in enumerate(self.names)}
        return pictures.table(rows, row_labels=labels, captions=captions)

    def arrays(self) -> Mapping[str, np.ndarray]:
        return {**super().arrays(), "before": self.before.numpy()}

    def facts(self) -> dict[str, Any]:
        return {"from": self._first, "to": self.origin.model, "map": self.map_facts}

    def told(self) -> str:
        method = self.map_facts.get("method", "a map")
        return f"{len(self)} points of {self._first} in {self.origin.space} of {self.origin.model}, by {method}"
