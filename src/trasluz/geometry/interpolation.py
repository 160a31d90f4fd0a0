"""Rules of interpolation between two latents, and their sampling along many points.

Linear: `(1 - t) a + t b`. Spherical (Shoemake 1985, *Animating rotation with quaternion curves*; for latents
White 2016, *Sampling generative networks*): the direction runs along the great circle from `a` to `b`, and the norm
changes linearly, so that the middle of two typical draws of a normal prior is as typical as they are.

By distribution functions: every coordinate goes through the distribution function of a normal distribution, runs
straight there, and comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.errors import InvalidArgument

Times = Float[Tensor, " frames"]
"""Places along a leg: 0 at its first point, 1 at its last."""
Along = Float[Tensor, "frames ..."]
"""Latents along a leg, `(frames, *shape)`."""
Points = Float[Tensor, "k ..."]
"""Latents to pass through, `(k, *shape)`."""
Segment = Callable[[Tensor, Tensor, Tensor], Tensor]
"""`segment(a, b, t)`: from a latent to a latent (each `shape`), at the times t."""

PARALLEL = 1e-6
"""Angle in radians below which two directions count as one, or (taken from pi) as opposite ones."""
RULER = 33
"""Points at which a leg is sampled to measure its length."""


def lerp(a: Tensor, b: Tensor, t: Times) -> Along:
    """The straight line: `(frames, *shape)` from `a` to `b`, each `shape`."""
    t = t.to(a).reshape(-1, *([1] * a.dim()))
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, t: Times) -> Along:
    """The great circle, over all numbers of a latent as one vector: `(frames, *shape)`; the norm changes linearly.

    Directions that are the same within 1e-6 rad (or a latent of norm 0) fall back to the straight line. Between
    opposite directions every great circle is as short: the one through the coordinate that matters least to `a`
    (the first of them) is taken, so that the way is always the same.
    """
    # In double precision and on the CPU: there are few points, and sines of small angles need the digits.
    u, v, s = (x.cpu().double().reshape(-1) for x in (a, b, t))
    norm_a, norm_b = u.norm(), v.norm()
    if norm_a == 0 or norm_b == 0:
        return lerp(a, b, t)
    u, v = u / norm_a, v / norm_b
    # Exact near 0 and near pi, where the arc cosine of a product is not.
    omega = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    if omega < PARALLEL:
        return lerp(a, b, t)
    across = v - (u @ v) * u
    if torch.pi - omega < PARALLEL:
        across = torch.zeros_like(u)
        across[u.abs().argmin()] = 1
        across = across - (u @ across) * u
    if across.norm() == 0:  # one dimension: the only way from +1 to -1 is through 0
        return lerp(a, b, t)
    across = across / across.norm()
    s = s[:, None]
    direction = torch.cos(omega * s) * u + torch.sin(omega * s) * across
    return (((1 - s) * norm_a + s * norm_b) * direction).reshape(-1, *a.shape).to(a)


def cdf_between(mean: Tensor, sigma: Tensor) -> Segment:
    """The rule that runs straight in `Phi((z - mean) / sigma)`, coordinate by coordinate; each is `shape`.

    Probabilities are kept as logarithms, on either side: `log p` and `log (1 - p)`, of which the smaller says where a
    place is (`log_ndtr`, and its inverse `ndtri_exp`). So a coordinate keeps its digits in both tails, also beyond
    8 sigma, where Phi is 1 in double precision. At 0 and 1 it is its end, to the last bit.
    """

    def segment(a: Tensor, b: Tensor, t: Times) -> Along:
        m, s, u, v = (x.cpu().double() for x in (mean, sigma, a, b))
        u, v = (u - m) / s, (v - m) / s
        w = t.to(u).reshape(-1, *([1] * a.dim()))
        below, above = _log_mixed(w, u, v), _log_mixed(w, -u, -v)
        way = torch.where(below < above, _ndtri_exp(below), -_ndtri_exp(above))
        way = torch.minimum(torch.maximum(way, torch.minimum(u, v)), torch.maximum(u, v))
        z = (m + s * way).to(a)
        low, high = torch.minimum(a, b), torch.maximum(a, b)
        z = torch.minimum(torch.maximum(z, low), high)  # what rounding led beyond
        w = w.to(z.device)
        return torch.where(w == 0, a, torch.where(w == 1, b, z))

    return segment


def _log_mixed(w: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """`log((1 - w) Phi(u) + w Phi(v))`."""
    return torch.logaddexp(torch.log1p(-w) + torch.special.log_ndtr(u), w.log() + torch.special.log_ndtr(v))


def _ndtri_exp(y: Tensor) -> Tensor:
    """x with `log Phi(x) = y`."""
    from scipy.special import ndtri_exp

    return torch.from_numpy(np.asarray(ndtri_exp(y.clamp_max(0.0).numpy())))


def resample(points: Points, frames: int, loop: bool, segment: Segment) -> Along:
    """A path of `frames` latents through points `(k, *shape)`: each point is a frame, legs get frames in proportion
    to their length.

    The first frame is the first point and the last frame the last one; a loop goes on from the last point to the
    first, and ends on the frame before it comes round.

    Raises:
        InvalidArgument: fewer than two points, or fewer frames than points.
    """
    check_path(points, frames)
    ends = torch.cat([points, points[:1]]) if loop else points
    legs = list(pairwise(ends))
    parts = []
    for (a, b), steps in zip(legs, steps_of([_length(a, b, segment) for a, b in legs], frames, loop), strict=True):
        leg = segment(a, b, torch.arange(steps, dtype=torch.float64) / steps)
        # A point is itself, to the last bit, whatever the rule's rounding.
        parts.append(torch.cat([a[None], leg[1:].to(a)]))
    return torch.cat(parts) if loop else torch.cat([*parts, points[-1:]])


def check_path(points: Points, frames: int) -> None:
    """Refuse fewer than two points, and fewer frames than points."""
    k = len(points)
    if k < 2:
        raise InvalidArgument("a path needs two points or more", got=k)
    if frames < k:
        raise InvalidArgument("a path needs a frame for each of its points", got=frames, allowed=f"{k} or more")


def _length(a: Tensor, b: Tensor, segment: Segment) -> float:
    along = segment(a, b, torch.linspace(0, 1, RULER, dtype=torch.float64)).reshape(RULER, -1)
    return float((along[1:] - along[:-1]).norm(dim=1).sum())


def steps_of(lengths: list[float], frames: int, loop: bool) -> list[int]:
    """Steps of each leg: one at least, the rest where they bring the legs nearest to equal speed."""
    free = (frames if loop else frames - 1) - len(lengths)
    steps = [1] * len(lengths)
    for _ in range(free):
        # The leg whose steps are longest gets the next one; the earliest of equals.
        worst = max(range(len(steps)), key=lambda i: (lengths[i] / steps[i], -steps[i], -i))
        steps[worst] += 1
    return steps
