"""Principal directions of what a layer makes of latents: Härkönen et al. 2020, *GANSpace: Discovering interpretable GAN
controls*, section 2.2. Many latents are drawn; the activations they give are decomposed into principal components; and
each component is carried back to the latents by least squares, `u = argmin Σ |u x - (z - mean)|²`, x being the
activations' coordinates along it. So where latents are N(0, I), whose own components are chance, those of what the
network makes of them are not.
"""

from __future__ import annotations

from typing import final

import torch

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.finders._evidence import arrow
from trasluz.geometry.linear_algebra import pca
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

BATCH = 512
"""Latents that go through the layer at once."""
LEAST = 1e-6
"""Share of the activations' variance below which a component is rounding."""


class GANSpaceConfig(Config):
    """How many latents are looked at."""

    draws: int = setting(4096, "Draws of the prior.", ge=64, le=100_000)


@final
class GANSpace(FinderMethod):
    """What varies most in what a layer makes of the latents."""

    name = "ganspace"
    title = "Principal components of a layer's activations"
    config_type = GANSpaceConfig
    needs = frozenset({"first_affine"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        settings, space = GANSpaceConfig.make(config.dump()), evidence.space
        if space.default_prior is None:
            raise InvalidArgument(
                f"the space {space.name!r} has no prior to draw from", next="Use --method pca, on encoded items"
            )
        z = space.prior().sample(settings.draws, seed).float().cpu()
        parts: list[torch.Tensor] = []
        with torch.inference_mode():
            for some in z.split(BATCH):
                seen = space.activations(some.to(space.device))
                if seen is None:
                    raise InvalidArgument(
                        f"the space {space.name!r} does not say what a layer makes of its latents",
                        next="Use --method jacobian, which looks at the decoder as it is, or --method pca",
                    )
                parts.append(seen.flatten(1).float().cpu())
        rows = torch.cat(parts)
        rows = rows - rows.mean(0)
        d = int(torch.Size(space.shape).numel())
        found = pca(rows, min(count, d, rows.shape[1]), seed)
        shares = (found.variances / max(found.total, 1e-30)).tolist()
        at = rows.double() @ found.vectors.double().T
        flat = z.flatten(1).double()
        back = at.T @ (flat - flat.mean(0)) / at.square().sum(0).clamp_min(1e-30)[:, None]
        return [
            arrow(u, evidence, share=round(share, 6), draws=settings.draws)
            for u, share in zip(back, shares, strict=True)
            if share > LEAST
        ]
