"""How much of the contrast of pictures their reconstructions keep."""

from __future__ import annotations

from typing import final

import torch

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.spaces.figures import Figure
from trasluz.spaces.methods import Metric, MetricEvidence


class ContrastConfig(Config):
    """What counts as flat."""

    least: float = setting(0.01, "Standard deviation of its pixels below which a picture is left out.", ge=0, le=1)


@final
class Contrast(Metric):
    """The standard deviation over pixels of a reconstruction, over that of its picture."""

    name = "contrast"
    title = "Contrast kept"
    config_type = ContrastConfig
    needs = frozenset({"x", "x_hat"})
    better = "higher"
    source = "a ratio of standard deviations, 1 for all of it"

    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        least = ContrastConfig.make(config.dump()).least
        pictures, rebuilt = (torch.as_tensor(part).float().flatten(1) for part in (evidence.x, evidence.x_hat))
        if not len(pictures) or pictures.shape != rebuilt.shape:
            shapes = f"{tuple(pictures.shape)} and {tuple(rebuilt.shape)}"
            raise InvalidArgument("pictures and their reconstructions of one shape are needed", got=shapes)
        if not bool(torch.isfinite(pictures).all() and torch.isfinite(rebuilt).all()):
            raise InvalidArgument("pictures hold values that are no numbers")
        x, x_hat = pictures.std(1), rebuilt.std(1)
        kept = x_hat[x > least] / x[x > least]
        if not len(kept):
            raise InvalidArgument("all pictures are flat", got=float(x.max()), allowed=f"above {least:g}")
        return self.figure(float(kept.mean()), len(kept))
