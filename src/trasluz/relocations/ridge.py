"""Any linear map, in closed form: ridge regression (Hoerl & Kennard 1970), its penalty chosen by items that it was not
fitted on.

It takes the place of the gradient descent of Asperti & Tonelli 2023, whose map is of the same kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.progress import Progress
from trasluz.relocations._affine import Affine, Centred, Ridge
from trasluz.spaces.relocation import WIDEST, Pairs, Relocation, RelocationMethod, Shape


class RidgeConfig(Config):
    """The penalty, and whether there is an offset."""

    penalty: float | None = setting(
        None, "λ, in units of the squared latents summed over items; null to choose it by items held aside.", ge=0
    )
    bias: bool = setting(True, "Whether the map may move everything; the one of Asperti & Tonelli 2023 may not.")


@final
class RidgeRegression(RelocationMethod):
    """A matrix and an offset."""

    name = "ridge"
    title = "Linear (ridge regression)"
    config_type = RidgeConfig
    rung = 4
    source = "Hoerl & Kennard 1970, eq. 2.3"

    def fit(self, pairs: Pairs, config: Config, seed: int, progress: Progress) -> Relocation:
        settings = RidgeConfig.make(config.dump())
        rows = Centred.of(pairs, settings.bias)
        every = Ridge(rows.x, rows.y)
        penalty = every.best(rows.x_aside, rows.y_aside) if settings.penalty is None else settings.penalty
        chosen = {"penalty": penalty}
        if every.is_wide and max(rows.x.shape[1], rows.y.shape[1]) > WIDEST:
            return rows.affine(self.name, pairs, every.inner(penalty), every.cross, chosen)
        return rows.affine(self.name, pairs, every.weight(penalty), chosen=chosen)

    def open(self, state: Mapping[str, Tensor], source: Shape, target: Shape) -> Relocation:
        return Affine.read(self.name, ["penalty"], state, source, target)
