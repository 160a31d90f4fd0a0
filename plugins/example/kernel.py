"""A prior without training: one of the codes, and noise about it. The density is the kernel estimate of Parzen 1962,
*On estimation of a probability density function and mode*; the width is Silverman's (1986, equation 4.14), of each
dimension.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.spaces.prior import Prior, PriorMethod, Runner


class KernelConfig(Config):
    """How wide the noise is."""

    width: float = setting(1.0, "Width of the noise, in units of Silverman's rule.", gt=0, le=100)


@final
class KernelPrior(Prior):
    """`z = code + width · eps`, the code drawn evenly from those it was fitted on."""

    method: ClassVar[str] = "kernel"

    def __init__(self, codes: Tensor, width: Tensor, config: Mapping[str, Any]) -> None:
        self.shape, self._codes, self._width, self._config = tuple(codes.shape[1:]), codes, width, dict(config)

    @property
    def mean(self) -> Tensor:
        return self._codes.mean(0)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Tensor:
        which = [rng.derive(seed, "kernel, code", i) % len(self._codes) for i in range(start, start + n)]
        eps = rng.normal(n, self.shape, seed, "kernel, noise", start=start)
        # Cold draws come together at the mean: what leads away from it is all that is random.
        return self.mean + temperature * (self._codes[which] + self._width * eps - self.mean)

    def log_density(self, z: Tensor) -> Tensor:
        away = ((z[:, None] - self._codes) / self._width).flatten(2).square().sum(2)
        scale = self._width.log().sum() + 0.5 * self._width.numel() * math.log(2 * math.pi)
        return torch.logsumexp(-0.5 * away, 1) - math.log(len(self._codes)) - scale

    def state(self) -> dict[str, Tensor]:
        return {"codes": self._codes, "width": self._width}

    def dump(self) -> dict[str, Any]:
        return self._config


@final
class Kernel(PriorMethod):
    """Draws near what was encoded."""

    name: ClassVar[str] = "kernel"
    title: ClassVar[str] = "A code of the data, and noise about it"
    config_type = KernelConfig

    def fit(self, mu: Tensor, log_var: Tensor | None, config: Config, seed: int, run: Runner) -> Prior:
        if len(mu) < 2 or not bool((mu != mu[:1]).any()):
            raise InvalidArgument("a kernel prior needs two codes or more that differ", got=len(mu))
        d = mu[0].numel()
        rule = (4 / ((d + 2) * len(mu))) ** (1 / (d + 4))
        width = KernelConfig.make(config.dump()).width * rule * mu.std(0)
        return KernelPrior(mu.clone(), width.clamp_min(1e-6), config.dump())

    def open(self, shape: tuple[int, ...], config: Mapping[str, Any], state: Mapping[str, Tensor]) -> Prior:
        settings = KernelConfig.read(config, "the kernel prior's config")
        if set(state) != {"codes", "width"} or tuple(state["width"].shape) != shape:
            raise DamagedFile("a kernel prior that does not fit its space")
        return KernelPrior(state["codes"], state["width"], settings.dump())
