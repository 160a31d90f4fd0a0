"""Geodesics of the decoder: the path along which the item changes least.

Under the metric that the decoder g pulls back, `J_g(z)^T J_g(z)`, a curve cut into N pieces has the energy
`E = N sum_i |g(z_{i+1}) - g(z_i)|^2` (Shao, Kumar & Fletcher 2018, *The Riemannian geometry of deep generative models*;
Chen et al. 2018, *Metrics for deep generative models*), which is least where the curve is shortest and the item changes
at an even pace. A deterministic decoder answers also where it never saw data, and a short way of pixels may be a
cross-fade through there; so distances grow away from the data, as they do with the variance of the decoder of
Arvanitidis, Hansen & Hauberg 2018, *Latent space oddity*; here by a factor `exp(stay * max(0, r^2 - 1))`, r being the
distance to the nearest item in units of the items' own spacing, where data are known and `stay` is not 0.

The curve is the straight line and a sum of sines, `z(t) = (1 - t) a + t b + sum_k c_k sin(k pi t) / k`. Adam moves the
c_k along gradients by one vjp through the decoder a step: sines are the eigenvectors of the curve's Laplacian, and
dividing by k stills the high ones, so that few steps do. A little of the latents' own length keeps directions
that the decoder does not see from wandering.

Few pieces can step over the waves of a decoder, and look short where the curve between them is not. So the curve is
judged as it goes out: finely sampled, beside the straight line sampled as finely, and of the two the one of less energy
under this metric is the path. Where that is the line, it is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument, NotDifferentiable
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Latents
from trasluz.geometry.curves import Leg, catmull_rom, even, leg, ruler
from trasluz.geometry.distances import median_nearest_distance
from trasluz.geometry.graph import nearness
from trasluz.geometry.interpolation import Along, check_path, lerp
from trasluz.spaces.methods import PathRule, Points
from trasluz.spaces.space import LatentSpace

FINE, FINEST = 8, 128
"""Samples of a piece between two knots that a curve is judged and paced by; more, where there are more frames or where
its length still grows, up to the second."""
SETTLED = 0.98
"""Share of the length of a finely sampled curve that every second sample shows, where it is sampled finely enough."""
LESS = 1e-6
"""Share by which a curve's energy has to lie below the line's: what is less than that is rounding."""
MOST_ROWS = 5000
"""Items that the distance from the data is measured to."""
STEEPEST = 8.0
"""Exponent from which on the factor of distance grows in proportion: it stays finite, and still leads back."""


class GeodesicConfig(Config):
    """Settings of the geodesic."""

    steps: int = setting(30, "Steps of Adam.", unit="steps", ge=1, le=100_000)
    lr: float = setting(0.15, "Peak learning rate, as a share of the points' distance over sqrt(d).", gt=0, le=10)
    knots: int = setting(10, "Pieces that the curve between two points is cut into.", ge=2, le=512)
    stay: float = setting(
        6.0, "How much longer paths are that leave the data; 0 is the decoder's metric alone, and needs no data.", ge=0,
        source="after Arvanitidis et al. 2018",
    )  # fmt: skip
    latent: float = setting(0.05, "Share of the latents' own length in the energy, the straight line's being 1.", ge=0)


@final
class Geodesic(PathRule):
    """The path of least change."""

    name = "geodesic"
    title = "Shortest in what is decoded (pull-back metric)"
    config_type = GeodesicConfig
    uses_data = True

    def looks_at_data(self, config: Config) -> bool:
        return GeodesicConfig.make(config.dump()).stay > 0

    def through(
        self,
        points: Points,
        frames: int,
        space: LatentSpace,
        *,
        loop: bool = False,
        config: Config | None = None,
        data: Tensor | None = None,
        progress: Progress = SILENT,
    ) -> Along:
        settings = GeodesicConfig.make(config.dump() if config else {})
        check_path(space.check(points), frames)
        if not space.differentiable:
            raise NotDifferentiable(
                f"the space {space.name!r} has no gradients for a geodesic to follow",
                next="Take another rule: spherical, or density where there are data",
            )
        points = points.to(space.device)
        metric = _Metric(space, settings, data)
        ends = torch.cat([points, points[:1]]) if loop else points
        with progress.task("Bending the path", settings.steps * (len(ends) - 1)) as tick:
            fine = max(FINE, math.ceil(2 * frames / settings.knots))
            found = [_shorter(a, b, metric, settings, fine, tick) for a, b in pairwise(ends)]
        straight = sum(kept for _, kept in found)
        if straight:
            where = "" if len(found) == 1 else f" on {straight} of {len(found)} legs"
            progress.say(
                f"The geodesic is the straight line{where}: no curve was found that is shorter in what is decoded"
            )
        return even([way for way, _ in found], frames, loop)


@final
class _Metric:
    """Decoded items along a curve, and how much longer each of its pieces is for being far from the data."""

    def __init__(self, space: LatentSpace, c: GeodesicConfig, data: Latents | None) -> None:
        self._space, self._stay, self._rows, self._grain = space, c.stay, torch.empty(0), 0.0
        if data is not None and c.stay > 0 and len(data) > 1:
            rows = space.check(data)[:MOST_ROWS].detach().float().flatten(1)
            self._grain = median_nearest_distance(rows)
            if self._grain > 0:
                self._rows = rows.to(space.device)

    def render(self, z: Tensor) -> Tensor:
        """`(m, *shape)` to flat native items `(m, D)`."""
        return self._space.render(z).flatten(1).float()

    def energy(self, z: Tensor, x: Tensor, times: Tensor) -> float:
        """Of a curve `(m, *shape)` that decodes to x and is at each of its m samples at these times, from 0 to 1."""
        changes = ((x[1:] - x[:-1]).square().sum(1) * self.factors(z)).cpu().double()
        return float((changes / (times[1:] - times[:-1]).clamp_min(torch.finfo(torch.float64).tiny)).sum())

    def factors(self, z: Tensor) -> Tensor:
        """Of the m - 1 pieces of a curve `(m, *shape)`."""
        if not len(self._rows):
            return torch.ones(len(z) - 1, device=z.device)
        r2 = nearness(z.flatten(1), self._rows, self._grain) / self._grain**2
        far = (self._stay * (r2 - 1)).clamp_min(0)
        at = far.clamp_max(STEEPEST).exp() * (1 + (far - STEEPEST).clamp_min(0))
        return (at[1:] + at[:-1]) / 2


def _shorter(
    a: Tensor, b: Tensor, metric: _Metric, c: GeodesicConfig, fine: int, tick: Callable[..., None]
) -> tuple[Leg, bool]:
    """The bent curve or the straight line, whichever is of less energy, as a leg; and whether it is the line for being
    so. Both are sampled `fine` times or more between two knots, and gone along at an even pace of the item."""
    if bool((a == b).all()):
        return leg(torch.stack([a, b]).cpu()), False
    knots = _bent(a, b, metric, c, tick)
    while True:
        curves = catmull_rom(knots, samples=fine)
        bent = torch.cat([*(curve[:-1] for curve in curves), curves[-1][-1:]])
        line = lerp(a, b, torch.linspace(0, 1, len(bent), device=a.device))
        with torch.no_grad():
            x, y = (torch.cat([metric.render(part) for part in z.split(c.knots + 1)]) for z in (bent, line))
        if fine >= FINEST or all(float(ruler(s[::2])[-1]) >= SETTLED * float(ruler(s)[-1]) for s in (x, y)):
            break
        fine *= 2
    ways = [(_paced(bent, x), bent, x), (_paced(line, y), line, y), (leg(line.cpu()), line, y)]
    energies = [metric.energy(z, items, way.ruler / way.length) for way, z, items in ways]
    best = 0 if energies[0] < (1 - LESS) * min(energies[1:]) else 1 if energies[1] <= energies[2] else 2
    return ways[best][0], best > 0


def _bent(a: Tensor, b: Tensor, metric: _Metric, c: GeodesicConfig, tick: Callable[..., None]) -> Tensor:
    """Knots `(knots + 1, *shape)` of the curve of least energy from knot to knot that was met."""
    t = torch.linspace(0, 1, c.knots + 1, device=a.device)
    line = lerp(a, b, t)
    with torch.no_grad():
        ends = metric.render(torch.stack([a, b]))
    k = torch.arange(1, c.knots, device=a.device)
    sines = torch.sin(math.pi * t[1:-1, None] * k) / k
    chord = float((b - a).square().mean().sqrt())
    waves = torch.zeros(len(k), *a.shape, device=a.device, requires_grad=True)
    adam = torch.optim.Adam([waves], lr=c.lr * chord)
    first = least = math.inf
    kept = line
    for step in range(c.steps + 1):
        with torch.enable_grad():
            z = torch.cat([line[:1], line[1:-1] + torch.einsum("nk,k...->n...", sines, waves), line[-1:]])
            x = torch.cat([ends[:1], metric.render(z[1:-1]), ends[1:]])
            energy = c.knots * (metric.factors(z) * (x[1:] - x[:-1]).square().sum(1)).sum()
            own = c.knots * (z[1:] - z[:-1]).square().sum() / (b - a).square().sum()
            if step == 0:
                first = max(float(energy.detach()), torch.finfo(torch.float32).tiny)
            loss = energy / first + c.latent * own
        now = float(loss.detach())
        if not math.isfinite(now):
            raise InvalidArgument("the geodesic diverged", got=f"lr {c.lr:g}", next="Lower it: --set lr=0.1")
        if now < least:
            least, kept = now, z.detach()
        if step == c.steps:
            break
        adam.param_groups[0]["lr"] = c.lr * chord * _ramp(step / c.steps)
        (waves.grad,) = torch.autograd.grad(loss, waves)
        adam.step()
        tick(1, note=f"energy {float(energy.detach()) / first:.2f} of the straight line's")
    return kept


def _ramp(done: float) -> float:
    """Share of the peak learning rate: up over an eighth of the steps, down by a cosine."""
    return min(1.0, (done + 0.05) / 0.125) * (0.5 + 0.5 * math.cos(math.pi * done))


def _paced(z: Tensor, items: Tensor) -> Leg:
    """A finely sampled curve, measured by the change of the item, or of itself where no item changes; on the CPU."""
    along = ruler(items)
    return Leg(z.cpu(), along if float(along[-1]) > 0 else ruler(z))
