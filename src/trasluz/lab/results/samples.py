"""What `sample` gives: new items, how far each lies from the data, and how good, varied and new they are together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from trasluz.geometry.support import UNSUPPORTED
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.judging.sample_quality import Quality
from trasluz.lab.results.base import Decodings, Origin


@final
class Samples(Decodings):
    """Draws from a prior, or from a part of a space."""

    stem = "sample"

    def __init__(
        self,
        latents: Tensor,
        items: Tensor,
        origin: Origin,
        call: Call,
        *,
        source: str = "",
        support: Tensor | None = None,
        quality: Quality | None = None,
    ) -> None:
        super().__init__(latents, items, origin, call)
        self.source = source
        """Where they were drawn from, in words; empty for a prior."""
        self.support = support
        """How unlike the encoded items each is, `(n,)`: up to 1 is within what 95 % of held-out items are. None where
        no atlas was asked, or where too few items are encoded to say."""
        self.quality = quality
        """None where it was not to be measured."""

    @property
    def without_support(self) -> int | None:
        """How many have a support above 1.5, where hardly any held-out item is; None where that is not known."""
        return None if self.support is None else int((self.support > UNSUPPORTED).sum())

    def grid(self, columns: int | None = None) -> Image.Image:
        """All of them, row by row; those without support have a corner turned down."""
        lost = self.without_support
        if self.support is None or not lost:
            return pictures.grid(self.drawn, columns=columns)
        across = min(columns or pictures.columns_for(len(self)), len(self))
        factor = pictures.factor_for(self.drawn[0], across, -(-len(self) // across))
        cells: list[pictures.Cell] = [
            _turned_down(cell) if far else cell
            for item, far in zip(self.drawn, (self.support > UNSUPPORTED).tolist(), strict=True)
            for cell in [pictures.enlarged(pictures.image_of(item), factor)]
        ]
        page = pictures.table([cells[i : i + across] for i in range(0, len(cells), across)])
        return _captioned(page, f"Corner turned down: unlike every encoded item ({lost} of {len(self)})")

    def image(self) -> Image.Image:
        return self.grid()

    def arrays(self) -> Mapping[str, np.ndarray]:
        support = {} if self.support is None else {"support": self.support.numpy()}
        return {**super().arrays(), **support}

    def facts(self) -> dict[str, Any]:
        quality = None if self.quality is None else self.quality.figures()
        return {"without_support": self.without_support, "quality": quality}

    def tables(self) -> Iterable[tuple[Sequence[str], Sequence[Sequence[object]]]]:
        if self.quality is not None:
            head = [
                f"in features of {self.quality.features}",
                "samples",
                "95 % interval",
                "n",
                "real items",
            ]
            yield head, self.quality.table()

    def told(self) -> str:
        lost = self.without_support
        far = "" if lost is None else f"; {lost} of them without support (unlike every encoded item)"
        return f"{len(self)} samples{' ' if self.source else ''}{self.source}{far}"


def _turned_down(cell: Image.Image) -> Image.Image:
    """A picture with its upper right corner folded over."""
    marked = cell.convert("RGB")
    draw, side, right = ImageDraw.Draw(marked), max(6, round(cell.width / 7)), cell.width - 1
    draw.polygon([(right - side, 0), (right, 0), (right, side)], fill=pictures.PAPER)
    draw.polygon([(right - side, 0), (right - side, side), (right, side)], fill=pictures.SOFT)
    return marked


def _captioned(page: Image.Image, text: str) -> Image.Image:
    """A page with a quiet line below."""
    face = pictures.font(max(12, min(18, page.width // 40)))
    margin = 10
    whole = Image.new("RGB", (page.width, page.height + face.height + margin), pictures.PAPER)
    whole.paste(page, (0, 0))
    text = pictures.fitted(text, face, page.width - 2 * margin)
    face.write(ImageDraw.Draw(whole), (margin, page.height), text, pictures.SOFT, "la")
    return whole
