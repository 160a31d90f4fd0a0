"""What `states` gives: points on the way from noise to item."""

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
class States(Decodings):
    """Points on the way from noise to item: what each state decodes to, and what is expected to come of it."""

    stem = "states"

    def __init__(
        self,
        latents: Tensor,
        items: Tensor,
        expected: Tensor,
        times: Sequence[float],
        originals: Sequence[Tensor | None],
        names: Sequence[str],
        origin: Origin,
        call: Call,
    ) -> None:
        super().__init__(latents, items, origin, call)
        self.expected = expected
        """Like `items`, point by point and moment by moment."""
        self.times = list(times)
        """Of the moments: 0 is noise, 1 the item."""
        self.originals = list(originals)
        self.names = list(names)

    def image(self) -> Image.Image:
        n = len(self.times)
        real = any(x is not None for x in self.originals)
        originals, drawn, expected = self.draw(self.originals), self.drawn, self.kind.draw(self.expected)
        factor = pictures.factor_for(drawn[0], n + real, 2 * len(self.names))
        rows: list[list[pictures.Cell]] = []
        labels: list[str] = []
        for i, (name, original) in enumerate(zip(self.names, originals, strict=True)):
            for label, items in ((name, drawn), ("expected", expected)):
                row = [pictures.enlarged(pictures.image_of(x), factor) for x in items[i * n : (i + 1) * n]]
                last = None if original is None else pictures.enlarged(pictures.image_of(original), factor)
                rows.append([*row, *([last if label == name else None] if real else [])])
                labels.append(label)
        columns = ["noise", *(f"t = {t:.2f}" for t in self.times[1:-1]), "item", *(["original"] if real else [])]
        title = f"{self.origin.model}: from noise to item"
        return pictures.table(rows, title=title, row_labels=labels, column_labels=columns)

    def arrays(self) -> Mapping[str, np.ndarray]:
        return {**super().arrays(), "expected": self.expected.numpy(), "times": np.asarray(self.times)}

    def back(self) -> list[float | None]:
        """For each point that is a real item, the error of its way to noise and back, in decibels (PSNR)."""
        n = len(self.times)
        ends = self.items[n - 1 :: n]
        errors = [
            None if x is None else float((self.kind.compared(e[None]) - self.kind.compared(x[None])).square().mean())
            for e, x in zip(ends, self.originals, strict=True)
        ]
        return [None if e is None else -10 * float(np.log10(max(e, 1e-10))) for e in errors]

    def told(self) -> str:
        found = [value for value in self.back() if value is not None]
        real = f"; real items to noise and back: {np.mean(found):.1f} dB" if found else ""
        return f"{len(self.names)} points in {len(self.times)} moments from noise to item{real}"
