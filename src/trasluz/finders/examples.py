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
        hits = [
            float((_gap(_without(these, i), those, caution) * (row - _middle(_without(these, i), those))).sum() > 0)
            for i, row in enumerate(these)
        ]
        hits += [
            float((_gap(these, _without(those, i), caution) * (row - _middle(these, _without(those, i)))).sum() < 0)
            for i, row in enumerate(those)
        ]
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
    gap = these.mean(0) - those.mean(0)
    error = these.var(0) / len(these) + those.var(0) / len(those)
    return gap * gap.square() / (gap.square() + caution * error + 1e-30)


def _middle(these: torch.Tensor, those: torch.Tensor) -> torch.Tensor:
    return (these.mean(0) + those.mean(0)) / 2


def _without(rows: torch.Tensor, i: int) -> torch.Tensor:
    return torch.cat([rows[:i], rows[i + 1 :]])
