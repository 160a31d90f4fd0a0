"""The normal of a linear probe: Shen et al. 2020, *Interpreting the latent space of GANs for semantic face editing*
(InterFaceGAN), section 3.2; with others named to be left alone, section 3.3's conditional projection: what the normal
has in common with the normals of their probes is taken out, by one projection off the span of all of them.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow, held_still, sides
from trasluz.geometry.linear_algebra import pca
from trasluz.geometry.separation import hyperplanes
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

LEAST = 25
"""Items of each side: a plane through fewer than fifty separates anything."""
ALIKE = 1e-2
"""Size, as a share of the largest, below which a dimension of the others' normals is no dimension of its own."""
SPAN = 1024
"""Principal components that the plane is sought in, where there are more dimensions."""


class ProbeConfig(Config):
    """How the hyperplane is fitted."""

    c: float = setting(1.0, "Inverse strength of the L2 penalty.", source="scikit-learn's C", gt=0)
    project: bool = setting(True, "Whether to project out the normals of what should be left alone.")


@final
class Probe(FinderMethod):
    """Straight away from the plane that parts the items with a value from those without."""

    name = "probe"
    title = "Normal of a linear probe"
    config_type = ProbeConfig
    needs = frozenset({"latents", "target"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        settings = ProbeConfig.make(config.dump())
        rows, y, known = sides(evidence, LEAST)
        basis: Tensor | None = None
        if rows.shape[1] > SPAN:
            found = pca(rows, min(SPAN, len(rows) - 1), seed)
            basis, rows = found.vectors, (rows.double() - found.mean).float() @ found.vectors.float().T
        others = held_still(evidence, known) if settings.project else []
        with progress.task("Fitting linear probes", 1 + len(others)) as step:
            fitted = hyperplanes(rows, [y, *(_halves(other) for other in others)], settings.c, step)
        normal, *spans = [w / w.norm().clamp_min(1e-30) for w, _ in fitted]
        kept = 1.0
        if spans:
            # The two values of a column have opposite normals: what is left of one beside the other is rounding.
            _, size, axes = torch.linalg.svd(torch.stack(spans), full_matrices=False)
            span = axes[size > ALIKE * size[0]]
            left = normal - span.T @ (span @ normal)
            kept = float(left.norm() / normal.norm())
            if kept < 1e-3:
                raise InvalidArgument(
                    "nothing is left of the direction when the others are projected out",
                    got=f"{len(spans)} normals against one",
                    next="Name fewer columns with --against",
                )
            normal = left
        vector = normal if basis is None else basis.T @ normal
        return [arrow(vector, evidence, kept=round(kept, 6), items=len(rows), having=int(y.sum()))]


def _halves(values: Tensor) -> Tensor:
    """What another attribute is parted by: its two values, or of a quantity the upper half from the lower."""
    if not bool(((values == 0) | (values == 1)).all()):
        return (values > values.median()).float()
    return values
