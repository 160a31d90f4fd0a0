"""What `invert` gives: real items in a latent space, with the error of each method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.results.base import Decodings, Origin
from trasluz.spaces.figures import interval_of_mean


@dataclass(frozen=True)
class Fit:
    """How near one method came to the items that it inverted."""

    items: Tensor
    """`(n, C, H, W)`: what the latents decode to."""
    psnr: list[float]
    ssim: list[float]
    from_prior: list[float]
    """Distance of each latent from the middle of the prior; 1 is as far as draws of it lie."""
    seconds: float


@final
class Inversions(Decodings):
    """Real items in a latent space: the items, and what each method made of them, with its error."""

    stem = "invert"

    def __init__(
        self,
        latents: Tensor,
        originals: Tensor,
        fits: Mapping[str, Fit],
        names: Sequence[str],
        origin: Origin,
        call: Call,
    ) -> None:
        self.fits = dict(fits)
        """By method, the one asked for last; before it the encoder, where the space has one."""
        super().__init__(latents, self.fit.items, origin, call)
        self.originals = originals
        """`(n, C, H, W)`: the items that were inverted."""
        self.names = list(names)

    @property
    def fit(self) -> Fit:
        """Of the method asked for."""
        return list(self.fits.values())[-1]

    def image(self) -> Image.Image:
        factor = pictures.factor_for(self.drawn[0], len(self), 1 + len(self.fits))
        rows: list[list[pictures.Cell]] = []
        labels, captions = ["original"], dict[tuple[int, int], str]()
        for row, items in enumerate((self.originals, *(fit.items for fit in self.fits.values()))):
            rows.append([pictures.enlarged(pictures.image_of(item), factor) for item in self.kind.draw(items)])
            if row == 0:
                captions |= {(0, i): name for i, name in enumerate(self.names)}
        for row, (name, fit) in enumerate(self.fits.items(), 1):
            labels.append(name)
            captions |= {(row, i): f"{value:.1f} dB" for i, value in enumerate(fit.psnr)}
        return pictures.table(rows, row_labels=labels, captions=captions)

    def arrays(self) -> Mapping[str, np.ndarray]:
        figures = {"psnr": self.fit.psnr, "ssim": self.fit.ssim, "from_prior": self.fit.from_prior}
        return {
            **super().arrays(),
            "originals": self.originals.numpy(),
            **{name: np.asarray(values) for name, values in figures.items()},
        }

    def facts(self) -> dict[str, Any]:
        figures = {
            name: {"psnr": fit.psnr, "ssim": fit.ssim, "from_prior": fit.from_prior, "seconds": fit.seconds}
            for name, fit in self.fits.items()
        }
        return {"names": self.names, "figures": figures}

    def tables(self) -> Iterable[tuple[Sequence[str], Sequence[Sequence[object]]]]:
        fit = self.fit
        rows = [list(row) for row in zip(self.names, fit.psnr, fit.ssim, fit.from_prior, strict=True)]
        yield ["Item", "PSNR, dB", "SSIM", "From the prior (1 is typical)"], rows

    def told(self) -> str:
        parts = [f"{name} {_mean(fit.psnr)} in {fit.seconds:.2g} s" for name, fit in self.fits.items()]
        far = f"{np.mean(self.fit.from_prior):.2f} from the prior's middle (1 is typical)"
        return f"{len(self)} inverted: {', '.join(parts)}; {far}"


def _mean(decibels: Sequence[float]) -> str:
    """The mean over items, and where there are three or more the 95 % interval of other ones."""
    ends = interval_of_mean(decibels, least=0.0)
    return f"{np.mean(decibels):.1f} dB" + ("" if ends is None else f" ({ends[0]:.1f} to {ends[1]:.1f})")
