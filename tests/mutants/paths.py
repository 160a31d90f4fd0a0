"""Rules of interpolation that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT
from trasluz.conformance.paths import PathCase
from trasluz.geometry.interpolation import lerp, resample
from trasluz.spaces.methods import PathRule


class Bend(Config):
    """What the toy can be set to."""

    bend: float = setting(0.0, "How far the path bends.", ge=0, le=1)


class Straight(PathRule):
    """A toy that keeps to the contract; what breaks it in one place is below."""

    name: ClassVar[str] = "straight"
    title: ClassVar[str] = "Straight"
    config_type = Bend

    def through(self, points: Tensor, frames: int, space: Any, *, loop=False, config=None, data=None, progress=SILENT):
        points = space.check(points)
        with progress.task("Going", 1) as tick:
            z = resample(points, frames, loop, lerp)
            tick(1)
        return z


def broken(**changes: Any) -> PathCase:
    """The toy with something of its class exchanged."""
    return PathCase(rule=type("Broken", (Straight,), {"__doc__": "Broken.", **changes})())


def after(change: Callable[..., Tensor]) -> PathCase:
    """The toy with something done to its path: `change(z, points, space, loop, data, config)`."""

    def through(self, points, frames, space, *, loop=False, config=None, data=None, progress=SILENT):
        z = Straight.through(self, points, frames, space, loop=loop, progress=progress)
        return change(z, points=points, space=space, loop=loop, data=data, config=config)

    return broken(through=through)


def before(change: Callable[..., Any]) -> PathCase:
    """The toy with something done to what it is given: `change(points, frames)` gives both."""

    def through(self, points, frames, space, *, loop=False, config=None, data=None, progress=SILENT):
        points, frames = change(points, frames)
        return Straight.through(self, points, frames, space, loop=loop, progress=progress)

    return broken(through=through)


def told_too_little(self, points, frames, space, *, loop=False, config=None, data=None, progress=SILENT):
    with progress.task("Going", 7) as tick:
        tick(3)
    return Straight.through(self, points, frames, space, loop=loop)


def even_by_points(self, points, frames, space, *, loop=False, config=None, data=None, progress=SILENT):
    """As many frames for a short leg as for a long one."""
    ends = torch.cat([points, points[:1]]) if loop else points
    steps = [(frames - (not loop)) // (len(ends) - 1)] * (len(ends) - 1)
    steps[-1] += (frames - (not loop)) - sum(steps)
    parts = [lerp(a, b, torch.arange(n) / n) for a, b, n in zip(ends[:-1], ends[1:], steps, strict=True)]
    return torch.cat(parts if loop else [*parts, ends[-1:]])


def anything(self, points, frames, space, *, loop=False, config=None, data=None, progress=SILENT):
    """Refuses nothing."""
    return points.new_zeros(frames, *points.shape[1:])


class Shy(Config):
    """Says nothing of its setting."""

    bend: float = 0.5


def wobble(z: Tensor, **_: Any) -> Tensor:
    return torch.cat([z[:1], z[1:-1] + torch.randn(1), z[-1:]])


def trampled(z: Tensor, points: Tensor, **_: Any) -> Tensor:
    points.mul_(2)
    return z


def own(z: Tensor, points: Tensor, **_: Any) -> Tensor:
    return points if len(z) == len(points) else z


def greedy(z: Tensor, data: Tensor | None, **_: Any) -> Tensor:
    if data is None:
        raise InvalidArgument("no data")
    return z


def drawn(z: Tensor, data: Tensor | None, **_: Any) -> Tensor:
    """Leans towards data, and does not say so."""
    return z if data is None else torch.cat([z[:1], z[1:-1] + data.mean(), z[-1:]])


def halved(z: Tensor, points: Tensor, **_: Any) -> Tensor:
    """Divides by the distance between neighbours, which may be nothing."""
    gap = (points[1:] - points[:-1]).flatten(1).norm(dim=1)
    return z / (gap / gap).mean()


def leaning(z: Tensor, space: Any, **_: Any) -> Tensor:
    if not space.differentiable:
        raise RuntimeError("element 0 of tensors does not require grad")
    return z


def one_way(self, points, frames, space, *, loop=False, config=None, data=None, progress=SILENT):
    return Straight.through(self, points, frames, space)


def homeless(z: Tensor, loop: bool, **_: Any) -> Tensor:
    return torch.cat([z[:-1], z[:1]]) if loop else z


def bent_alone(z: Tensor, config: Any, **_: Any) -> Tensor:
    return torch.cat([z[:1], z[1:-1] + 1, z[-1:]]) if config is None else z


def crooked(z: Tensor, points: Tensor, **_: Any) -> Tensor:
    """Passes near its points, and through none but the first and the last."""
    return torch.cat([z[:1], z[1:-1] + 1e-4, z[-1:]])


def stepping(z: Tensor, points: Tensor, loop: bool, **_: Any) -> Tensor:
    """Stays, and then is there."""
    return torch.cat([points[:1].expand(len(z) - 1, *z.shape[1:]), z[-1:]]) if len(points) == 2 and not loop else z


BROKEN: list[tuple[str, Callable[[], PathCase], str]] = [
    ("names", lambda: broken(title=" "), "title has to say something"),
    ("names", lambda: broken(__doc__=None), "no docstring"),
    ("settings", lambda: broken(config_type=Shy), "bend does not say what it means"),
    ("settings", lambda: broken(config_type=dict), "no Config"),
    ("settings", lambda: after(bent_alone), "otherwise than with the defaults"),
    ("points", lambda: after(lambda z, **_: z[:-1]), "the shape"),
    ("points", lambda: after(lambda z, **_: z.double()), "float64"),
    ("points", lambda: after(lambda z, **_: z / 0), "not finite"),
    ("points", lambda: after(crooked), "no frame that is its point number 1"),
    ("points", lambda: after(lambda z, **_: z.flip(0)), "out of order"),
    ("points", lambda: after(lambda z, **_: torch.cat([z[1:], z[:1]])), "out of order|does not"),
    ("loop", lambda: after(homeless), "shows its first frame twice"),
    ("loop", lambda: broken(through=one_way), "come home"),
    (
        "few-frames",
        lambda: after(lambda z, points, **_: z + 1e-6 if len(z) == len(points) else z),
        "are not the points",
    ),
    ("legs", lambda: broken(through=even_by_points), "after the longer"),
    ("between", lambda: after(stepping), "same frame twice"),
    ("same-points", lambda: after(halved), "not finite"),
    ("same-again", lambda: after(wobble), "global random numbers"),
    ("inputs", lambda: after(trampled), "changes its points"),
    ("inputs", lambda: after(own), "the points themselves"),
    ("refusals", lambda: broken(through=anything), "must raise InvalidArgument"),
    ("data", lambda: after(greedy), "does not look at data"),
    ("data", lambda: after(drawn), "goes another way"),
    ("gradients", lambda: after(leaning), "raised RuntimeError"),
    ("progress", lambda: broken(through=told_too_little), "3 of 7 parts"),
]
GOOD = broken
