"""From examples: these, not those, five of each or more. The difference g of their means, every dimension weighed by
`g² / (g² + s²)`, s² being the squared standard error of the difference (the weight of a signal in noise, Wiener 1949):
with so few items, chance differences are largest where the items differ anyway.
"""

from __future__ import annotations

from typing import final

import torch

from trasluz.base.config import Config, setting
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow, sides
from trasluz.geometry.separation import auc
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

LEAST = 5
BLOCK = 1024
"""Rows at a time."""


class ExamplesConfig(Config):
    """How chance is kept out."""

    caution: float = setting(
        1.0, "How much a difference within its own chance is shrunk; 0 takes the plain means.", ge=0, le=10
    )


@final
class Examples(FinderMethod):
    """From those to these."""

    name = "examples"
    title = "From examples: these, not those"
    config_type = ExamplesConfig
    needs = frozenset({"latents", "target", "examples"})
    default_for = frozenset({"examples"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        caution = ExamplesConfig.make(config.dump()).caution
        rows, y, _ = sides(evidence, LEAST)
        these, those = rows[y == 1].double(), rows[y == 0].double()
        hits = [*_left_out(these, those, caution), *_left_out(those, these, caution)]
        gap = _gap(these, those, caution)
        return [
            arrow(
                gap,
                evidence,
                these=len(these),
                those=len(those),
                left_out_accuracy=round(sum(hits) / len(hits), 4),
                fitted_auc=round(auc((rows.double() @ gap).float(), y), 4),
            )
        ]


def _gap(these: torch.Tensor, those: torch.Tensor, caution: float) -> torch.Tensor:
    """The difference of means, each dimension kept by `g² / (g² + caution · its squared standard error)`."""
    error = these.var(0) / len(these) + those.var(0) / len(those)
    return _kept(these.mean(0) - those.mean(0), error, caution)


def _kept(gap: torch.Tensor, error: torch.Tensor, caution: float) -> torch.Tensor:
    return gap * gap.square() / (gap.square() + caution * error + 1e-30)


def _left_out(these: torch.Tensor, those: torch.Tensor, caution: float) -> list[bool]:
    """Of each of these, whether it lies on its own side of what is found without it.

    Mean and variance without one item come from those of all of them, so that n items take one pass, not n.
    """
    n, mean, error = len(these), these.mean(0), those.var(0) / len(those)
    squares = these.var(0) * (n - 1)
    hits: list[bool] = []
    for rows in these.split(BLOCK):
        away = rows - mean
        means = mean - away / (n - 1)
        left = (squares - away.square() * n / (n - 1)).clamp_min(0)
        gap = _kept(means - those.mean(0), left / (n - 2) / (n - 1) + error, caution)
        hits += ((gap * (rows - (means + those.mean(0)) / 2)).sum(1) > 0).tolist()
    return hits
