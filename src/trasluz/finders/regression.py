"""Regression on a continuous factor: how latents change per unit of it, with what should be left alone held fixed.

The direction is the coefficient of the quantity in a linear model of the latents, `z = a + b y + others + rest` (the
pattern of Haufe et al. 2014, *On the interpretation of weight vectors of linear models*, equation 6), not the weights
that would predict y from z: those lean on whatever suppresses noise, and leave the data when followed.
"""

from __future__ import annotations

from typing import final

from trasluz.base.config import Config
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow, held_still, quantity
from trasluz.geometry.classes import slope
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

LEAST = 20


class RegressionConfig(Config):
    """Nothing to set."""


@final
class Regression(FinderMethod):
    """Along a quantity."""

    name = "regression"
    title = "Regression on a quantity"
    config_type = RegressionConfig
    needs = frozenset({"latents", "target"})
    default_for = frozenset({"quantity"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        rows, y, known = quantity(evidence, LEAST)
        b = slope(rows, y, held_still(evidence, known))
        return [
            arrow(b, evidence, per_unit=round(float(b.norm()), 6), items=len(rows), spread=round(float(y.std()), 6))
        ]
