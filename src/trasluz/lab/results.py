"""What the verbs give: results that show themselves, save themselves, and say how they were made."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, final

import numpy as np
from PIL import Image
from torch import Tensor

from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.io.pictures import PICTURES, png_bytes, write_npz, write_picture
from trasluz.io.weights import write_tensors
from trasluz.lab import pictures
from trasluz.lab._common import Call
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

FPS = 12
"""Frames per second of a walk as a film."""
HOLD = 0.6
"""Seconds that a film which does not loop rests on its first and its last frame."""


@final
@dataclass(frozen=True)
class Origin:
    """The space that latents belong to."""

    model: str
    model_identity: str
    space: str
    shape: tuple[int, ...]

    @classmethod
    def of(cls, model: LatentModel, space: LatentSpace) -> Origin:
        return cls(model.name, model.owner(space.name), space.name, space.shape)


class Result(ABC):
    """Latents, a picture of them, and the call that gave them."""

    suffixes: ClassVar[tuple[str, ...]] = (*PICTURES, ".safetensors", ".npz")
    """What `save` can write, by suffix."""
    folders: ClassVar[bool] = False
    """Whether a name that ends in / is a folder of single pictures."""

    def __init__(self, latents: Tensor, origin: Origin, call: Call) -> None:
        self.latents = latents
        """`(n, *shape)`, float32, on the CPU."""
        self.origin, self.call = origin, call

    @abstractmethod
    def image(self) -> Image.Image:
        """The picture to look at."""

    def arrays(self) -> Mapping[str, np.ndarray]:
        """What `.npz` holds, by name."""
        return {"latents": self.latents.numpy()}

    def film(self, path: Path) -> None:
        """Write a film or a drawing, for the results that have one."""
        raise TrasluzError(f"this result has no {path.suffix} form")

    def files(self, folder: Path) -> None:
        """Write single pictures into a folder, for the results that have `folders`."""
        raise TrasluzError("this result has no single pictures")

    @final
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the result in the form that the suffix names; missing folders are made.

        Pictures `.png .jpg .webp`; the latents as `.safetensors` (every row is a POINT, `file.safetensors#3`);
        items and latents as `.npz`; some results have more (see `suffixes`), and some are written as single
        pictures into a folder whose name ends in / (see `folders`).
        """
        target = Path(path).expanduser()
        suffix = target.suffix.lower()
        if self.folders and os.fspath(path).endswith(("/", os.sep)):
            self.files(target)
            self.call.out = os.fspath(path)
            return target
        if suffix not in self.suffixes:
            allowed = f"a name that ends in {' '.join(self.suffixes)}{' or / (a folder)' if self.folders else ''}"
            raise InvalidArgument("no form to save this in", got=repr(str(path)), allowed=allowed)
        if target.is_dir():
            raise InvalidArgument(f"{target} is a folder", next="Name a file in it")
        if suffix in PICTURES:
            write_picture(target, self.image())
        elif suffix == ".safetensors":
            mine = self.origin
            metadata = {"model": mine.model, "model_identity": mine.model_identity, "space": mine.space}
            write_tensors(target, {"latents": self.latents}, "latents", metadata)
        elif suffix == ".npz":
            write_npz(target, self.arrays())
        else:
            self.film(target)
        self.call.out = Path(path)
        return target

    def _repr_png_(self) -> bytes:
        return png_bytes(self.image())

    def command(self) -> str:
        """The command line that gives the same."""
        return self.call.command()

    def code(self) -> str:
        """The Python that gives the same."""
        return self.call.code()

    def __len__(self) -> int:
        return len(self.latents)

    def __repr__(self) -> str:
        shape = " x ".join(str(side) for side in self.origin.shape)
        return f"{type(self).__name__}({self.told()}, space {self.origin.space!r} ({shape}) of {self.origin.model!r})"

    @abstractmethod
    def told(self) -> str:
        """A few words on what is in it."""


class Decodings(Result):
    """A result that has decoded items."""

    def __init__(self, latents: Tensor, items: Tensor, origin: Origin, call: Call) -> None:
        super().__init__(latents, origin, call)
        self.items = items
        """`(n, C, H, W)` in [0, 1], float32, on the CPU."""

    def arrays(self) -> Mapping[str, np.ndarray]:
        return {"latents": self.latents.numpy(), "items": self.items.numpy()}


@final
class Decoded(Decodings):
    """Points, decoded; beside those that are real items, the items."""

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
        """For every point the real item `(C, H, W)` it came from, or None."""
        self.names = list(names)

    def image(self) -> Image.Image:
        return pictures.pairs(self.originals, self.items, self.names)

    def arrays(self) -> Mapping[str, np.ndarray]:
        empty = np.full(tuple(self.items.shape[1:]), np.nan, dtype=np.float32)
        originals = np.stack([empty if x is None else x.numpy() for x in self.originals])
        return {**super().arrays(), "originals": originals}

    def told(self) -> str:
        return f"{len(self)} points: {', '.join(self.names[:6])}{', ...' if len(self) > 6 else ''}"


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
        factor = pictures.factor_for(self.items[0], len(self), 1 + len(self.fits))
        rows: list[list[pictures.Cell]] = []
        labels, captions = ["original"], dict[tuple[int, int], str]()
        for row, items in enumerate((self.originals, *(fit.items for fit in self.fits.values()))):
            rows.append([pictures.enlarged(pictures.image_of(item), factor) for item in items])
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

    def told(self) -> str:
        parts = [f"{name} {np.mean(fit.psnr):.1f} dB in {fit.seconds:.2g} s" for name, fit in self.fits.items()]
        far = f"{np.mean(self.fit.from_prior):.2f} from the prior's middle (1 is typical)"
        return f"{len(self)} inverted: {', '.join(parts)}; {far}"


@final
class States(Decodings):
    """Points on the way from noise to item: what each state decodes to, and what is expected to come of it."""

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
        factor = pictures.factor_for(self.items[0], n + real, 2 * len(self.names))
        rows: list[list[pictures.Cell]] = []
        labels: list[str] = []
        for i, (name, original) in enumerate(zip(self.names, self.originals, strict=True)):
            for label, items in ((name, self.items), ("expected", self.expected)):
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
            None if x is None else float((e - x).square().mean()) for e, x in zip(ends, self.originals, strict=True)
        ]
        return [None if e is None else -10 * float(np.log10(max(e, 1e-10))) for e in errors]

    def told(self) -> str:
        found = [value for value in self.back() if value is not None]
        real = f"; real items to noise and back: {np.mean(found):.1f} dB" if found else ""
        return f"{len(self.names)} points in {len(self.times)} moments from noise to item{real}"
