"""Principal components: Pearson 1901, *On lines and planes of closest fit*; Hotelling 1933.

The plane through the mean on which the latents' shadows spread most. Instant, and its way back is exact: every
place of the map is one latent, and that latent's shadow is the place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.shapes import Latents
from trasluz.geometry.linear_algebra import pca
from trasluz.projections._plane import Flat, flat
from trasluz.spaces.methods import Projection, ProjectionMethod


class PCAConfig(Config):
    """Which principal components to draw."""

    horizontal: int = setting(1, "Principal component along x, counted from 1, by variance.", ge=1, le=256)
    vertical: int = setting(2, "Principal component along y, counted from 1, by variance.", ge=1, le=256)


@final
class PCAPlane(Flat):
    """The plane of two principal components."""

    method = "pca"
    figures = 4

    def _words(self, numbers: list[float]) -> tuple[str, str]:
        first, second, share_1, share_2 = numbers
        return _axis(first, share_1), _axis(second, share_2)


@final
class PCA(ProjectionMethod):
    """The plane of the largest variance, with an exact way back."""

    name = "pca"
    title = "Principal components"
    quick = True
    default_for = frozenset({"anything"})
    config_type = PCAConfig

    def fit(self, z: Latents, config: Config, seed: int, labels: Sequence[object] | None = None) -> Projection:
        settings = PCAConfig.make(config.dump())
        which = (settings.horizontal, settings.vertical)
        rows = flat(z)
        if which[0] == which[1]:
            raise InvalidArgument("the two axes of a map are two components", got=f"component {which[0]} twice")
        if max(which) > rows.shape[1]:
            raise InvalidArgument(
                "a component beyond the dimensions of the space", got=max(which), allowed=f"1 to {rows.shape[1]}"
            )
        found = pca(rows, max(which), seed)
        chosen = [which[0] - 1, which[1] - 1]
        shares = (found.variances[chosen] / found.total).tolist()
        return PCAPlane.lay(z, found.mean, found.vectors[chosen], [*map(float, which), *shares])

    def open(self, state: Mapping[str, Tensor]) -> Projection:
        return PCAPlane.read(state)


def _axis(component: float, share: float) -> str:
    percent = f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.1f}"
    return f"PC {component:.0f} ({percent} % of the variance)"
