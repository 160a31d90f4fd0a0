"""What `interpolate` gives: a path, or the paths of several rules side by side, and how good each is."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import between
from trasluz.io.atomic import make_folder, write_bytes
from trasluz.io.pictures import PICTURES, write_gif, write_mp4, write_picture
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.judging.path_quality import PathQuality
from trasluz.lab.results.base import FPS, HOLD, Decodings, Origin
from trasluz.spaces.figures import said

SLOWEST, FASTEST = 0.1, 50.0
"""Frames per second of a film."""
ACROSS = 16
"""Frames of a path that are shown where paths are compared."""


HEADINGS = ("Rule", "Change, cross-fade = 1", "Pace, even = 1", "Turning, °", "Seconds", "Like the data", "PPL")


@final
@dataclass(frozen=True)
class PathFigures:
    """What a path is like in itself: known without looking at data."""

    length: float
    """In latents."""
    decoded_length: float
    """The sum of the Euclidean distances from frame to frame of what is compared: of pixels, or bands of sound, in
    [0, 1]."""
    detour: float | None
    """Length over the straight line from point to point, in latents."""
    decoded_detour: float | None
    """The same of what is compared; 1 is a cross-fade, which changes least."""
    pace: float
    """The largest step of the pictures over the mean one; 1 is even."""
    turning: float
    """Mean angle between one change of the picture and the next, in degrees; 0 keeps on in one direction."""

    def figures(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@final
class LatentPath(Decodings):
    """From point to point, frame by frame, by a rule."""

    stem = "path"

    suffixes: ClassVar[tuple[str, ...]] = (*PICTURES, ".gif", ".mp4", ".safetensors", ".npz")
    folders: ClassVar[bool] = True

    def __init__(
        self,
        latents: Tensor,
        items: Tensor,
        stations: Mapping[int, str],
        loop: bool,
        origin: Origin,
        call: Call,
        *,
        rule: str = "linear",
        seconds: float = 0.0,
        quality: PathQuality | None = None,
        fps: float = FPS,
    ) -> None:
        super().__init__(latents, items, origin, call)
        self.stations = dict(stations)
        """The frames that are (nearest to) the points it goes through, with the points' names."""
        self.loop, self.rule = loop, rule
        self.seconds = seconds
        """What finding the path took."""
        self.quality = quality
        """Against real items; None where it was not to be measured."""
        self.fps = fps
        """Frames per second of a film."""

    def at(self, fps: float) -> LatentPath:
        """The same path, to be saved as a film of another speed.

        Raises:
            InvalidArgument: not 0.1 to 50 frames a second.
        """
        fps = between("frames per second", fps, low=SLOWEST, high=FASTEST)
        call = self.call.saying(fps=fps)
        return LatentPath(
            self.latents, self.items, self.stations, self.loop, self.origin, call,
            rule=self.rule, seconds=self.seconds, quality=self.quality, fps=fps,
        )  # fmt: skip

    @cached_property
    def figures(self) -> PathFigures:
        """Lengths and smoothness, from the frames themselves."""
        z, x = self._round(self.latents), self._round(self.kind.compared(self.items))
        steps_z, steps_x = (y[1:] - y[:-1] for y in (z, x))
        lengths = steps_x.norm(dim=1)
        length, decoded = float(steps_z.norm(dim=1).sum()), float(lengths.sum())
        return PathFigures(
            length=length,
            decoded_length=decoded,
            detour=_over(length, self._straight(z)),
            decoded_detour=_over(decoded, self._straight(x)),
            pace=float(lengths.max()) * len(lengths) / decoded if decoded > 0 else 1.0,
            turning=_turning(steps_x),
        )

    def _round(self, y: Tensor) -> Tensor:
        """Frames as rows in double precision; those of a loop with the first one again at the end."""
        rows = y.flatten(1).double()
        return torch.cat([rows, rows[:1]]) if self.loop else rows

    def _straight(self, rows: Tensor) -> float:
        """From point to point as the crow flies."""
        ends = rows[[*self.stations, *([len(rows) - 1] if self.loop else [])]]
        return float((ends[1:] - ends[:-1]).norm(dim=1).sum())

    def image(self) -> Image.Image:
        """The strip of all frames."""
        return pictures.strip(self.drawn, captions=self.stations)

    def frames(self) -> list[Image.Image]:
        """One picture a frame, as large as it was decoded."""
        return [pictures.image_of(item) for item in self.drawn]

    def write_form(self, file: Path) -> None:
        """Write the path as `.gif` or `.mp4`; unless it loops, the film rests a little at both ends. Of items that are
        played an MP4 is heard, as long as `.wav` is, each frame for as long as its item."""
        frames = self.frames()
        if file.suffix.lower() == ".gif":
            factor = max(1, round(2 * pictures.TILE / max(frames[0].size)))
            large = [pictures.enlarged(frame, factor) for frame in frames]
            write_gif(file, large, self.fps, hold=0.0 if self.loop else HOLD)
            return
        seconds = self.kind.duration(self.kind.stored(self.items[:1]).shape[1:])
        if seconds is not None:
            each = max(1, round(seconds * FPS))
            still = [frame for frame in frames for _ in range(each)]
            write_mp4(file, still, each / seconds, self.kind.morph(self.items, ".wav", loop=self.loop))
            return
        rest = 0 if self.loop else round(HOLD * self.fps)
        write_mp4(file, [*frames[:1] * rest, *frames, *frames[-1:] * rest], self.fps)

    def own_form(self, suffix: str) -> bytes:
        return self.kind.morph(self.items, suffix, loop=self.loop)

    def files(self, folder: Path) -> None:
        """Write `frame-0000.png` and so on, as large as they were decoded; of a kind whose items are joined, such as
        sounds, the items themselves, `frame-0000.wav`."""
        if folder.is_dir() and any(folder.iterdir()):
            raise InvalidArgument(f"the folder {folder} is not empty", next="Name a new one for the frames")
        make_folder(folder)
        width = max(4, len(str(len(self) - 1)))
        if self.kind.joins:
            suffix = self.kind.joins[0]
            for i, item in enumerate(self.items):
                write_bytes(folder / f"frame-{i:0{width}d}{suffix}", self.kind.file(item, suffix))
            return
        for i, frame in enumerate(self.frames()):
            write_picture(folder / f"frame-{i:0{width}d}.png", frame)

    def document(self) -> dict[str, Any]:
        """All figures, as JSON values."""
        measured = None if self.quality is None else self.quality.figures()
        return {"rule": self.rule, **self.figures.figures(), "quality": measured}

    def facts(self) -> dict[str, Any]:
        return {"quality": self.document()}

    def figures_told(self) -> str:
        """The figures in a few words."""
        f, parts = self.figures, list[str]()
        if f.decoded_detour is not None:
            parts.append(f"change ×{f.decoded_detour:.2f}")
        parts.append(f"pace {f.pace:.2f}")
        if self.quality is not None:
            q = self.quality
            ends = q.precision_interval
            sure = "" if ends is None else f" ({ends[0]:.0%} to {ends[1]:.0%})"
            parts += [f"like the data {q.precision:.0%} of {q.frames}{sure}"] if q.precision is not None else []
            ends = q.ppl_interval
            parts.append(f"PPL {q.ppl:.3g}{'' if ends is None else f' ({said(ends[0])} to {said(ends[1])})'}")
        return ", ".join(parts)

    def told(self) -> str:
        through = ", ".join(self.stations.values())
        return f"{len(self)} frames through {through}{', round and round' * self.loop}; {self.figures_told()}"


@final
class LatentPaths(Decodings):
    """The same path by several rules, to see which suits the space."""

    stem = "path"

    def __init__(self, paths: Sequence[LatentPath], origin: Origin, call: Call) -> None:
        self.paths = {path.rule: path for path in paths}
        """By rule."""
        super().__init__(
            torch.cat([path.latents for path in paths]), torch.cat([path.items for path in paths]), origin, call
        )

    @property
    def walks(self) -> dict[str, LatentPath]:
        """What `paths` was called."""
        warnings.warn("LatentPaths.walks is called .paths now", DeprecationWarning, stacklevel=2)
        return self.paths

    def __getitem__(self, rule: str) -> LatentPath:
        return self.paths[rule]

    def image(self) -> Image.Image:
        """A strip for each rule, with its figures."""
        frames = len(next(iter(self.paths.values())))
        shown = [round(float(i)) for i in np.linspace(0, frames - 1, min(frames, ACROSS))]
        factor = pictures.factor_for(self.drawn[0], len(shown), len(self.paths))
        rows: list[list[pictures.Cell]] = []
        captions: dict[tuple[int, int], str] = {}
        for r, path in enumerate(self.paths.values()):
            rows.append([pictures.enlarged(pictures.image_of(path.drawn[i]), factor) for i in shown])
            captions |= {(r, shown.index(i)): name for i, name in path.stations.items() if i in shown}
        labels = [f"{path.rule}: {path.figures_told()}" for path in self.paths.values()]
        return pictures.table(rows, row_labels=labels, captions=captions)

    def arrays(self) -> Mapping[str, np.ndarray]:
        paths = self.paths.items()
        parts = {f"{rule}_{name}": array for rule, path in paths for name, array in path.arrays().items()}
        return {**super().arrays(), **parts}

    def document(self) -> list[dict[str, Any]]:
        """All figures of every path, as JSON values."""
        return [path.document() for path in self.paths.values()]

    def facts(self) -> dict[str, Any]:
        return {"quality": self.document()}

    def tables(self) -> Iterable[tuple[Sequence[str], Sequence[Sequence[object]]]]:
        yield HEADINGS, [_row(path) for path in self.paths.values()]

    def told(self) -> str:
        return "; ".join(f"{rule}: {path.figures_told()}" for rule, path in self.paths.items())


def _row(path: LatentPath) -> list[object]:
    """The figures of one path."""
    figures, quality = path.figures, path.quality
    measured = (None, None) if quality is None else (quality.precision, quality.ppl)
    return [path.rule, figures.decoded_detour, figures.pace, figures.turning, path.seconds, *measured]


def _over(length: float, straight: float) -> float | None:
    return length / straight if straight > 0 else None


def _turning(steps: Tensor) -> float:
    """Mean angle between successive steps `(n, d)`, in degrees; steps that stand still have none."""
    a, b = steps[:-1], steps[1:]
    norms = a.norm(dim=1) * b.norm(dim=1)
    moving = norms > 0
    if not bool(moving.any()):
        return 0.0
    cosine = (a * b).sum(1)[moving] / norms[moving]
    return math.degrees(float(cosine.clamp(-1, 1).acos().mean()))
