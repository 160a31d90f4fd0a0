"""Precision, recall, density and coverage: Naeem et al. 2020, *Reliable fidelity and diversity metrics for generative
models*, equations 3 to 6; precision and recall after Kynkäänniemi et al. 2019. Balls reach to the fifth neighbour.

Precision: the share of fake items inside the ball of a real one. Recall: of real items inside the ball of a fake one.
Density: in how many real balls a fake item lies, over k. Coverage: the share of real balls that hold a fake item.
"""

from __future__ import annotations

from typing import Any, final

import torch

from trasluz.base.errors import InvalidArgument
from trasluz.geometry.distances import distance_blocks, nearest
from trasluz.metrics._inputs import Array, expect, features, same_width
from trasluz.spaces.methods import Measurement, Metric

NEIGHBOURS = 5


@final
class PRDC(Metric):
    """Whether samples are good and varied: the figure is coverage, the details hold all four."""

    name = "prdc"
    title = "Coverage, with precision, recall and density"
    takes = ("real", "fake")
    better = "higher"
    source = "Naeem et al. 2020, eq. 3-6, k = 5"

    def measure(self, *inputs: Any, seed: int = 0, extractor: str = "the features as given") -> Measurement:
        real, fake = expect(inputs, self.takes, self.name)
        found = prdc(real, fake)
        details = {"extractor": extractor, "k": NEIGHBOURS, "real": len(real), "fake": len(fake), **found}
        return Measurement(self.name, found["coverage"], self.unit, min(len(real), len(fake)), details)


def prdc(real: Array, fake: Array, k: int = NEIGHBOURS) -> dict[str, float]:
    """`precision, recall, density, coverage` of fake features `(m, d)` against real ones `(n, d)`."""
    a, b = features(real, "real"), features(fake, "fake")
    same_width(a, b)
    if min(len(a), len(b)) <= k:
        raise InvalidArgument(
            f"balls to the neighbour number {k} need more items than that", got=f"{len(a)} real, {len(b)} fake"
        )
    radius_real = nearest(a, a, k, itself=True)[0][:, -1]
    radius_fake = nearest(b, b, k, itself=True)[0][:, -1]
    balls = torch.zeros(len(b), dtype=torch.int64)
    recalled = covered = 0
    for which, d in distance_blocks(a, b):
        inside = d < radius_real[which, None]
        balls += inside.sum(0)
        covered += int(inside.any(1).sum())
        recalled += int((d < radius_fake).any(1).sum())
    return {
        "precision": float((balls > 0).double().mean()),
        "recall": recalled / len(a),
        "density": float(balls.double().mean()) / k,
        "coverage": covered / len(a),
    }
