"""Traversals as a result: one start, moved a step at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, final

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.io.pictures import PICTURES, write_gif, write_mp4
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.results.base import Decodings, Origin

FPS = 6
"""Strengths a second of a film."""


@final
class Traversal(Decodings):
    stem = "traverse"
    """What single dimensions or directions change: one row of items each, the start in the middle; or, of a pair, one
    along the rows and the other down the columns."""

    suffixes: ClassVar[tuple[str, ...]] = (*PICTURES, ".gif", ".mp4", ".safetensors", ".npz")

    def __init__(
        self,
        latents: Tensor,
        items: Tensor,
        dims: Sequence[int],
        offsets: Tensor,
        sigma: Tensor,
        activity: Tensor,
        start: str,
        origin: Origin,
        call: Call,
        *,
        labels: Sequence[str] | None = None,
        heads: Sequence[str] | None = None,
        what: str = "what each dimension changes",
        pair: bool = False,
    ) -> None:
        super().__init__(latents, items, origin, call)
        self.dims = list(dims)
        """Indices into the flattened latent, in the order of the rows."""
        self.offsets = offsets
        """Of the columns, in units of each dimension's sigma."""
        self.sigma = sigma
        """Standard deviation of each of `dims` over the data, or over the prior."""
        self.activity = activity
        """What `dims` were sorted by; see `traverse`."""
        self.start = start
        self.labels = list(labels) if labels is not None else [
            f"z{dim}  σ={s:.2f}" for dim, s in zip(self.dims, sigma.tolist(), strict=True)
        ]  # fmt: skip
        """Of the rows."""
        self.heads = [sigmas(offset) for offset in offsets.tolist()] if heads is None else list(heads)
        """Of the columns."""
        self.what = what
        self.pair = pair
        """Whether rows and columns are steps of two directions."""

    def image(self) -> Image.Image:
        columns = len(self.offsets)
        return pictures.sheet(
            self.drawn.split(columns),
            row_labels=self.labels,
            column_labels=self.heads,
            framed=columns // 2,
            title=f"{self.origin.model}: {self.what}, from {self.start}",
        )

    def frames(self) -> list[Image.Image]:
        """One picture a column: every row at one strength, there and back again, so that a film has no seam."""
        columns = len(self.offsets)
        rows = self.drawn.unflatten(0, (-1, columns))
        across = pictures.columns_for(len(rows))
        factor = pictures.factor_for(self.drawn[0], across, -(-len(rows) // across))
        made: list[Image.Image] = []
        for k, head in enumerate(self.heads):
            cells = [pictures.enlarged(pictures.image_of(item), factor) for item in rows[:, k]]
            captions = {divmod(i, across): label for i, label in enumerate(self.labels)}
            grid: list[list[pictures.Cell]] = [list(cells[i : i + across]) for i in range(0, len(cells), across)]
            made.append(pictures.table(grid, title=head, captions=captions))
        width, height = max(f.width for f in made), max(f.height for f in made)
        alike = [f if f.size == (width, height) else _on_paper(f, width, height) for f in made]
        return [*alike, *alike[-2:0:-1]]

    def write_form(self, file: Path) -> None:
        """Write the rows moving through their strengths and back, as `.gif` or `.mp4`."""
        write = write_gif if file.suffix.lower() == ".gif" else write_mp4
        write(file, self.frames(), FPS)

    def arrays(self) -> Mapping[str, np.ndarray]:
        mine = {"offsets": self.offsets, "sigma": self.sigma, "activity": self.activity}
        arrays = {name: tensor.numpy() for name, tensor in mine.items()}
        return {**super().arrays(), **arrays, "dims": np.asarray(self.dims)}

    def told(self) -> str:
        which = f"dimensions {', '.join(str(d) for d in self.dims)}" if self.dims else ", ".join(self.labels)
        if self.pair:
            which = self.what
        return f"{which} in {len(self.offsets)} steps from {self.start}"


def _on_paper(picture: Image.Image, width: int, height: int) -> Image.Image:
    page = Image.new("RGB", (width, height), pictures.PAPER)
    page.paste(picture, (0, 0))
    return page


def sigmas(offset: float) -> str:
    """A strength in sigma as the head of a column."""
    if abs(offset) < 1e-9:
        return "start"
    return f"{offset:+.2f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}") + "σ"
