"""Principal directions: Härkönen et al. 2020, *GANSpace: Discovering interpretable GAN controls*, section 2.1: the
principal components of many latents, those of largest variance first. In `w` they are those of `w = f(z)` over draws.

Of draws of N(0, I) they are chance: every direction has the same variance, and the largest of n draws is that of the
noise. A component is told to be chance where its variance is no larger than noise of the same total has it, `σ² (1 +
√(d / n))²` (Marchenko & Pastur 1967); `ganspace` then looks at what the network makes of the draws.
"""

from __future__ import annotations

from typing import final

from trasluz.base.config import Config
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow, rows_of
from trasluz.geometry.linear_algebra import pca
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

MARGIN = 1.02
"""By how much the largest component of noise may lie above that limit."""


class PCAConfig(Config):
    """Nothing to set."""


@final
class PCA(FinderMethod):
    """Where the encoded items spread most."""

    name = "pca"
    title = "Principal components of the latents"
    config_type = PCAConfig
    needs = frozenset({"latents"})
    default_for = frozenset({"nothing"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        rows = rows_of(evidence)
        n, d = rows.shape
        found = pca(rows, min(count, d), seed)
        shares = (found.variances / max(found.total, 1e-30)).tolist()
        noise = (1 + (d / n) ** 0.5) ** 2 / d * MARGIN
        chance = [share <= noise for share in shares]
        if d > 1 and chance[0]:
            progress.say(
                "The latents spread alike in every direction, as draws of a prior do: these components are chance. "
                "Use --method ganspace, which looks at what the network makes of them"
            )
        return [
            arrow(v, evidence, share=round(s, 6), by_chance=True if d > 1 and by_chance else None)
            for v, s, by_chance in zip(found.vectors, shares, chance, strict=True)
            if s > 0
        ]
