"""Curves through points: centripetal Catmull–Rom splines, and frames at even paces along any curve.

Spline: Catmull & Rom 1974, *A class of local interpolating splines*, by the recursion of Barry & Goldman 1988 (*A
recursive evaluation algorithm for a class of Catmull–Rom splines*); knots at the square roots of the distances
(centripetal), with which the curve makes no cusps and no loops of its own (Yuksel, Schaefer & Keyser 2011,
*Parameterization and applications of Catmull–Rom curves*).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.geometry.interpolation import Along, Points, check_path, steps_of

FINE = 32
"""Samples of a leg of a spline, from which its frames are taken; more, where there are more frames."""
CENTRIPETAL = 0.5
"""Exponent of the distances between knots."""


@dataclass(frozen=True)
class Leg:
    """A way from one point to the next, finely sampled."""

    z: Along
    """Latents `(m, *shape)`, m two or more; the first and last are the points themselves."""
    ruler: Float[Tensor, " m"]
    """How far along each of them lies, from 0 and never falling: in whatever unit the path is to be even."""

    @property
    def length(self) -> float:
        return float(self.ruler[-1])


def leg(z: Along) -> Leg:
    """A leg that is measured in the latents' own distance."""
    return Leg(z, ruler(z))


def ruler(z: Along) -> Float[Tensor, " m"]:
    """Distances along a polyline `(m, ...)`, in double precision: 0 at its first point, its length at the last."""
    steps = (z[1:] - z[:-1]).flatten(1).cpu().double().norm(dim=1)
    return torch.cat([steps.new_zeros(1), steps.cumsum(0)])


def even(legs: Sequence[Leg], frames: int, loop: bool) -> Along:
    """A path of `frames` latents along legs, each of which begins where the one before ended.

    Legs get frames in proportion to their length, and the frames of a leg are equally far apart by its ruler. Points
    are frames, to the last bit. A loop, whose last leg leads home, ends on the frame before it comes round.
    """
    parts = []
    for part, steps in zip(legs, steps_of([part.length for part in legs], frames, loop), strict=True):
        parts.append(torch.cat([part.z[:1], at(part, torch.arange(1, steps) / steps)]))
    return torch.cat(parts) if loop else torch.cat([*parts, legs[-1].z[-1:]])


def at(part: Leg, t: Float[Tensor, " k"]) -> Float[Tensor, "k ..."]:
    """Latents at shares t of a leg's length, between its samples in straight lines."""
    place = t.to(part.ruler) * part.length
    if part.length == 0:  # a point and itself
        return part.z[:1].expand(len(t), *part.z.shape[1:])
    i = torch.searchsorted(part.ruler, place, right=True).clamp(1, len(part.ruler) - 1)
    before, after = part.ruler[i - 1], part.ruler[i]
    w = ((place - before) / (after - before).clamp_min(torch.finfo(place.dtype).tiny)).clamp(0, 1)
    w = w.to(part.z).reshape(-1, *([1] * (part.z.ndim - 1)))
    return (1 - w) * part.z[i - 1] + w * part.z[i]


def catmull_rom(points: Points, *, loop: bool = False, samples: int = FINE) -> list[Along]:
    """The spline through points `(k, *shape)`, leg by leg: `(samples + 1, *shape)` each, from point to point.

    Without `loop` it leaves its first and meets its last point as if the neighbour beyond were their mirror image, so
    that two points are joined by a line. With it one more leg leads home, and the curve is as smooth there as anywhere.
    """
    check_path(points, len(points))
    p = points.cpu().double()
    before, after = (p[-1:], p[:2]) if loop else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    rows = torch.cat([before, p, after])
    ends = torch.cat([points, points[:1]]) if loop else points
    t = torch.linspace(0, 1, samples + 1, dtype=torch.float64)
    curves = []
    for i in range(len(ends) - 1):
        inner = _barry_goldman(rows[i : i + 4], t[1:-1]).to(points)
        curves.append(torch.cat([ends[i : i + 1], inner, ends[i + 1 : i + 2]]))
    return curves


def _barry_goldman(p: Tensor, t: Tensor) -> Tensor:
    """From `p[1]` to `p[2]` of four points, at shares t of the knots between them."""
    gaps = (p[1:] - p[:-1]).flatten(1).norm(dim=1) ** CENTRIPETAL
    if gaps[1] == 0:
        return p[1].expand(len(t), *p.shape[1:])
    # A neighbour that is the point itself says nothing of the direction: it is as if it lay as far as the other one.
    k0, k2 = -torch.where(gaps[0] > 0, gaps[0], gaps[1]), gaps[1]
    k3 = k2 + torch.where(gaps[2] > 0, gaps[2], gaps[1])
    s = (t * k2).reshape(-1, *([1] * (p.ndim - 1)))
    knots, rows = (k0, torch.zeros_like(k2), k2, k3), list(p)
    for level in (1, 2):
        rows = [_between(s, knots[i], knots[i + level], rows[i], rows[i + 1]) for i in range(len(rows) - 1)]
    return _between(s, knots[1], knots[2], rows[0], rows[1])


def _between(s: Tensor, low: Tensor, high: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return ((high - s) * a + (s - low) * b) / (high - low)
