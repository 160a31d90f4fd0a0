"""Precision, recall, density and coverage: Naeem et al. 2020, *Reliable fidelity and diversity metrics for generative
models*, equations 3 to 6; precision and recall after Kynkäänniemi et al. 2019. Balls reach to the fifth neighbour.

Precision: the share of fake items inside the ball of a real one. Recall: of real items inside the ball of a fake one.
Density: in how many real balls a fake item lies, over k. Coverage: the share of real balls that hold a fake item.
Beside them what real items give: as many other ones in the samples' place.

As in the authors' code (github.com/clovaai/generative-evaluation-prdc) an item is not its own neighbour, and a ball is
open: an item exactly at its radius is outside. So of different items held against themselves each lies in k balls, and
all four figures are 1. What is at the radius is decided by distances from differences, on both sides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.geometry.distances import distance_blocks, nearest, pair_distances
from trasluz.metrics._inputs import features, same_width, sets
from trasluz.metrics._intervals import Interval, joined, of_halves, of_mean
from trasluz.spaces.figures import Figure, interval_of_share
from trasluz.spaces.methods import Array, Metric, MetricEvidence

NEIGHBOURS = 5


class PRDCConfig(Config):
    """How far an item reaches."""

    k: int = setting(
        NEIGHBOURS,
        "The neighbour that an item's ball reaches to.",
        source="Naeem et al. 2020",
        ge=1,
        le=1000,
    )
    halves: int = setting(
        16, "Halves of the items that intervals are made from, two of a cut; 0 for none.", ge=0, le=1000
    )


@final
class PRDC(Metric):
    """Whether samples are good and varied: the figure is coverage, and the three others come with it."""

    name = "prdc"
    title = "Coverage, with precision, recall and density"
    config_type = PRDCConfig
    needs = frozenset({"real", "fake"})
    better = "higher"
    source = "Naeem et al. 2020, eq. 3-6"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        settings = PRDCConfig.make(config.dump())
        k = settings.k
        real, fake = (features(v, name) for v, name in zip(sets(evidence), ("real", "fake"), strict=True))
        balls, recalled, covered = _counted(real, fake, k)
        found, others = _shares(balls, recalled, covered, k), dict[str, float]()
        peers = evidence.peers
        if peers is not None and len(peers) > k:
            others = prdc(real, peers, k)
            if len(peers) != len(fake):  # more of them recall and cover more
                others = {name: others[name] for name in ("precision", "density")}
        # Where all hit, halves do not differ, and where items are few a half has no fifth neighbour.
        single = {
            "precision": interval_of_share(int((balls > 0).sum()), len(balls)),
            "recall": interval_of_share(int(recalled.sum()), len(recalled)),
            "density": of_mean(balls / k, seed),
            "coverage": interval_of_share(int(covered.sum()), len(covered)),
        }

        def of_some(mine: Tensor, others: Tensor) -> dict[str, float]:
            return prdc(real[mine], fake[others], k)

        sizes = [len(real), len(fake)]
        halves = settings.halves if min(sizes) // 2 > k else 0
        cut = of_halves(found, of_some, sizes, seed, halves, progress, of_pairs=False)
        most = {"density": float("inf")}
        halved = {name: one.interval for name, one in cut.items()}
        intervals = {
            name: _within_limits(joined(single[name], halved.get(name)), most.get(name, 1.0)) for name in found
        }
        counts = {"precision": len(balls), "density": len(balls), "recall": len(recalled), "coverage": len(covered)}
        shares = {
            name: self.figure(
                value, counts[name], name=name, interval=intervals[name], real=others.get(name)
            )
            for name, value in found.items()
        }  # fmt: skip
        details = {"extractor": evidence.features, "k": k, "real": len(real), "fake": len(fake), **found}
        return replace(shares.pop("coverage"), further=shares, details=details)


def _within_limits(interval: Interval | None, most: float) -> Interval | None:
    return None if interval is None else (max(0.0, interval[0]), min(most, interval[1]))


def prdc(real: Array, fake: Array, k: int = NEIGHBOURS) -> dict[str, float]:
    """`precision, recall, density, coverage` of fake features `(m, d)` against real ones `(n, d)`."""
    return _shares(*_counted(real, fake, k), k)


def _shares(balls: Tensor, recalled: Tensor, covered: Tensor, k: int) -> dict[str, float]:
    return {
        "precision": float((balls > 0).double().mean()),
        "recall": int(recalled.sum()) / len(recalled),
        "density": float(balls.double().mean()) / k,
        "coverage": int(covered.sum()) / len(covered),
    }


def _counted(real: Array, fake: Array, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """In how many real balls each fake item lies, `(m,)`; whether each real item lies in a fake ball, and whether its
    own ball holds a fake item, `(n,)` each."""
    a, b = features(real, "real"), features(fake, "fake")
    same_width(a, b)
    if min(len(a), len(b)) <= k:
        raise InvalidArgument(
            f"balls to the neighbour number {k} need more items than that", got=f"{len(a)} real, {len(b)} fake"
        )
    radius_real = nearest(a, a, k, itself=True)[0][:, -1]
    radius_fake = nearest(b, b, k, itself=True)[0][:, -1]
    balls = torch.zeros(len(b), dtype=torch.int64)
    recalled, covered = torch.zeros(2, len(a), dtype=torch.bool)
    for which, d in distance_blocks(a, b):
        inside = _within(d, radius_real[which, None].expand_as(d), a, b, which.start)
        balls += inside.sum(0)
        covered[which] = inside.any(1)
        recalled[which] = _within(d, radius_fake[None].expand_as(d), a, b, which.start).any(1)
    return balls, recalled, covered


def _within(d: Tensor, radius: Tensor, a: Tensor, b: Tensor, start: int) -> Tensor:
    """Which distances `(m, n)` of rows of a, from one on, to all of b are below the radius; those that products cannot
    tell from it are had from differences."""
    inside = d < radius
    scale = a.norm(dim=1)[start : start + len(d), None] + b.norm(dim=1)
    near = (d.square() - radius.square()).abs() <= 64 * torch.finfo(d.dtype).eps * scale.square()
    i, j = near.nonzero().unbind(1)
    if len(i):
        inside[i, j] = pair_distances(a, b, i + start, j).to(radius) < radius[i, j]
    return inside
