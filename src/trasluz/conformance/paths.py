"""What a rule of interpolation keeps to. Give `settings` by name where its defaults take long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, NotDifferentiable
from trasluz.conformance import _case
from trasluz.conformance._case import Case, Told, done_or_refused, left_alone, refused, want
from trasluz.conformance._ground import SHAPES, Coded, Ground, cloud, draws
from trasluz.spaces.methods import PathRule
from trasluz.spaces.space import LatentSpace

ROWS = 40
"""Encoded items that a rule may look at."""


@final
@dataclass(frozen=True)
class PathCase(Case):
    """A rule and its settings."""

    row: ClassVar[str] = "paths"
    rule: PathRule
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.rule.name)

    def go(self, points: Tensor, frames: int, space: LatentSpace | None = None, **more: Any) -> Tensor:
        """A path through points `(k, *shape)`, among data where nothing else is said."""
        shape = tuple(points.shape[1:])
        data = more.pop("data", cloud(ROWS, shape, seed=2))
        config = more.pop("config", self.config())
        return self.rule.through(points, frames, space or Coded(shape), config=config, data=data, **more)

    def config(self) -> Config:
        return self.rule.config_type.make(self.settings)


def cases(rule: PathRule, *, settings: Mapping[str, Any] | None = None) -> list[PathCase]:
    return [PathCase(rule, settings or {})]


def check_names(case: PathCase) -> None:
    """Name, title and docstring say something."""
    _case.said(case.rule)


def check_settings(case: PathCase) -> None:
    """Settings are documented, keep within their limits, and are the defaults where none are given."""
    _case.settings(case.rule.config_type)
    points = draws(2, 3)
    plain, told = (case.go(points, 5, config=config) for config in (None, case.rule.config_type.make({})))
    want(torch.equal(plain, told), "without settings it goes otherwise than with the defaults")


def check_points(case: PathCase) -> None:
    """The first and the last frame are the first and the last point, and all others are frames, in order; for two
    points and more, in spaces of any shape."""
    for shape in SHAPES:
        for k, frames in ((2, 9), (3, 12), (5, 14)):
            points = draws(k, *shape)
            z = case.go(points, frames)
            what = f"a path through {k} points of shape {shape}"
            _case.tensor(z, (frames, *shape), what)
            where = _where(z, points, what)
            want(where[0] == 0, f"{what} does not begin at its first point")
            want(where[-1] == frames - 1, f"{what} does not end at its last point")


def check_loop(case: PathCase) -> None:
    """A loop begins at its first point, passes the others in order, and ends on the frame before it comes round."""
    for shape in ((3,), (2, 4, 4)):
        points = draws(3, *shape)
        z = case.go(points, 13, loop=True)
        what = f"a loop through 3 points of shape {shape}"
        _case.tensor(z, (13, *shape), what)
        where = _where(z, points, what)
        want(where[0] == 0, f"{what} does not begin at its first point")
        want(where[-1] < 12, f"{what} ends at its last point, and does not come home")
        want(not torch.equal(z[-1], z[0]), f"{what} shows its first frame twice")
        homeward = (z[-1] - points[0]).norm() < (points[-1] - points[0]).norm()
        want(bool(homeward), f"{what} is no nearer to its first point at the end than its last point is")


def check_few_frames(case: PathCase) -> None:
    """As many frames as points are the points."""
    for loop in (False, True):
        points = draws(4, 3)
        z = case.go(points, 4, loop=loop)
        want(torch.equal(z, points), "with a frame for each point, the frames are not the points")


def check_legs(case: PathCase) -> None:
    """A longer leg gets more frames: one four times as long as the other."""
    start, way, turn = draws(3, 6)
    middle = start + 4 * way / way.norm()
    points = torch.stack([start, middle, middle + turn / turn.norm()])
    middle_at = _where(case.go(points, 21), points, "a path with legs of unlike length")[1]
    want(10 < middle_at < 20, f"of 21 frames the middle point is number {middle_at}, after the longer of two legs")


def check_between(case: PathCase) -> None:
    """It comes from one point to the next by steps, and does not stand still or leap."""
    points = draws(2, 6)
    z = case.go(points, 11)
    steps = (z[1:] - z[:-1]).norm(dim=1)
    whole = (points[1] - points[0]).norm()
    want(bool((steps > 0).all()), "it shows the same frame twice between two points")
    want(bool(steps.max() < 0.75 * whole), "it leaps from one point to the next")


def check_same_points(case: PathCase) -> None:
    """Points that are the same are allowed: all of them, or two that follow each other."""
    point, other = draws(2, 4)
    for loop in (False, True):
        still = case.go(torch.stack([point] * 3), 7, loop=loop)
        _case.tensor(still, (7, 4), "a path from a point to itself")
        want(bool(((still - point).abs() < 1e-5).all()), "a path from a point to itself leaves it")
        z = case.go(torch.stack([point, point, other]), 8, loop=loop)
        _case.tensor(z, (8, 4), "a path with a point twice")
        ends_well = torch.equal(z[0], point) and (loop or torch.equal(z[-1], other))
        want(ends_well and bool((z == other).all(1).any()), "a path with a point twice leaves out a point")


def check_same_again(case: PathCase) -> None:
    """The same call gives the same bits, and draws from no global random numbers."""
    points = draws(3, 6)
    with left_alone("a path"):
        first = case.go(points, 9)
        again = case.go(points, 9)
    want(torch.equal(first, again), "the same call gives another path the second time")


def check_inputs(case: PathCase) -> None:
    """Points and data stay as they are, and the path is not the points' own memory."""
    points, data = draws(3, 6), cloud(ROWS, (6,), seed=2)
    kept = points.clone()
    with left_alone("a path", points=points, data=data):
        z = case.go(points, 3, data=data)
    z.zero_()
    want(torch.equal(points, kept), "the path is the points themselves: who changes it changes them")
    want(not z.requires_grad, "the path carries gradients")


def check_refusals(case: PathCase) -> None:
    """One point, fewer frames than points, and points of another space are one clear line."""
    space = Coded((3,))
    data = cloud(ROWS, (3,), seed=2)
    with refused("a path of one point"):
        case.go(draws(1, 3), 4)
    with refused("fewer frames than points"):
        case.go(draws(3, 3), 2)
    with refused("points of another shape than the space's"):
        case.go(draws(2, 4), 5, space, data=data)


def check_data(case: PathCase) -> None:
    """Without data, with one row, with a thousand equal rows: a path, or one clear line. A rule that does not look at
    data goes the same way with them as without."""
    points = draws(2, 3)
    for what, data in (("no data", None), ("one row of data", draws(1, 3)), ("equal rows", torch.ones(50, 3))):
        z = done_or_refused(f"a path with {what}", lambda data=data: case.go(points, 6, data=data))
        if z is None:
            want(case.rule.uses_data, f"a path with {what} is refused by a rule that does not look at data")
        else:
            _case.tensor(z, (6, 3), f"a path with {what}")
    if case.rule.looks_at_data(case.config()):
        want(case.rule.uses_data, "it looks at data, and `uses_data` says that it does not")
        with refused("data of another shape than the space's"):
            case.go(points, 6, data=draws(50, 4))
    else:
        same = torch.equal(case.go(points, 6, data=None), case.go(points, 6, data=5 + cloud(ROWS, (3,), seed=2)))
        want(same, "it says that it does not look at data, and goes another way where there are some")


def check_gradients(case: PathCase) -> None:
    """In a space without gradients it goes, or says that it needs them; where it goes, without a gradient's trace."""
    points, space = draws(2, 3), Ground((3,), differentiable=False)
    what = "a path in a space without gradients"
    z = done_or_refused(what, lambda: case.go(points, 6, space), NotDifferentiable, InvalidArgument)
    if z is not None:
        _case.tensor(z, (6, 3), what)


def check_progress(case: PathCase) -> None:
    """What it reports of its progress adds up."""
    told = Told()
    case.go(draws(3, 4), 9, progress=told)
    told.check("a path")


def _where(z: Tensor, points: Tensor, what: str) -> list[int]:
    """The frames that are the points, which have to be there to the last bit and in order."""
    found: list[int] = []
    for i, point in enumerate(points):
        at = (z == point).flatten(1).all(1).nonzero().flatten()
        want(len(at) > 0, f"{what} has no frame that is its point number {i}")
        found.append(int(at[-1] if i == len(points) - 1 else at[0]))
    want(found == sorted(found), f"{what} passes its points out of order")
    return found


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "points": check_points,
    "loop": check_loop,
    "few-frames": check_few_frames,
    "legs": check_legs,
    "between": check_between,
    "same-points": check_same_points,
    "same-again": check_same_again,
    "inputs": check_inputs,
    "refusals": check_refusals,
    "data": check_data,
    "gradients": check_gradients,
    "progress": check_progress,
}
"""Every check by name."""
