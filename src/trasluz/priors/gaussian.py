"""A Gaussian with full covariance, fitted on codes in closed form.

The aggregate posterior q(z) = E_x q(z|x) has mean E[mu] and covariance Cov[mu] + diag(E[sigma²]) (law of total
variance). Ghosh et al. 2020, *From variational to deterministic autoencoders*, section 4, fit such a density
after training ("ex-post density estimation").
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.base.shapes import Latents, Scores
from trasluz.spaces.prior import Prior, PriorMethod, Runner

MAX_DIMENSIONS = 4096
"""Above it a d × d matrix is refused."""


class GaussianConfig(Config):
    """Settings of the full-covariance Gaussian."""

    ridge: float = setting(1e-4, "Added to every variance, as a share of their mean, so that it can be inverted.", ge=0)


@final
class FullGaussian(Prior):
    """N(mean, L Lᵀ)."""

    method = "gaussian"

    def __init__(self, shape: tuple[int, ...], mean: Tensor, factor: Tensor, config: Mapping[str, Any]) -> None:
        # Products round by the order in memory, and a prior read from disk is to be the same to the last bit.
        self.shape, self._mean, self._factor, self._config = shape, mean, factor.contiguous(), dict(config)

    @property
    def mean(self) -> Tensor:
        return self._mean.reshape(self.shape)

    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        eps = rng.normal(n, (self._mean.numel(),), seed, "prior", start=start) * temperature
        # One row at a time, each in memory of its own, so that item i is the same bit for bit however many are drawn
        # with it: products round by where in memory a row begins, too.
        rows = [self._mean + self._factor @ e.clone() for e in eps]
        return torch.stack(rows).reshape(n, *self.shape) if n else eps.reshape(0, *self.shape)

    def log_density(self, z: Latents) -> Scores | None:
        centred = (z.flatten(1) - self._mean).T
        white = torch.linalg.solve_triangular(self._factor, centred, upper=False)
        log_det = self._factor.diagonal().log().sum()
        return -0.5 * (white.square().sum(0) + len(self._mean) * math.log(2 * math.pi)) - log_det

    def state(self) -> dict[str, Tensor]:
        return {"mean": self._mean, "factor": self._factor}

    def dump(self) -> dict[str, Any]:
        return dict(self._config)


@final
class Gaussian(PriorMethod):
    """Mean and covariance of the aggregate posterior."""

    name = "gaussian"
    title = "Full-covariance Gaussian"
    config_type = GaussianConfig

    def fit(self, mu: Latents, log_var: Latents | None, config: Config, seed: int, run: Runner) -> Prior:
        settings = GaussianConfig.make(config.dump())
        shape = tuple(mu.shape[1:])
        flat = mu.flatten(1).double()
        if flat.shape[1] > MAX_DIMENSIONS:
            raise InvalidArgument(
                "too many dimensions for a full covariance", got=flat.shape[1], allowed=MAX_DIMENSIONS
            )
        if len(flat) < 2:
            raise InvalidArgument("a Gaussian needs at least two codes", got=len(flat))
        covariance = torch.cov(flat.T).reshape(flat.shape[1], flat.shape[1])
        if log_var is not None:
            covariance = covariance + torch.diag(log_var.flatten(1).double().exp().mean(0))
        ridge = settings.ridge * covariance.diagonal().mean() + 1e-12
        covariance = covariance + ridge * torch.eye(len(covariance), dtype=torch.float64)
        factor = torch.linalg.cholesky(covariance)
        return FullGaussian(shape, flat.mean(0).float(), factor.float(), config.dump())

    def open(self, shape: tuple[int, ...], config: Mapping[str, Any], state: Mapping[str, Tensor]) -> Prior:
        d = math.prod(shape)
        if set(state) != {"mean", "factor"} or state["mean"].shape != (d,) or state["factor"].shape != (d, d):
            raise DamagedFile("a Gaussian prior that does not fit its space")
        return FullGaussian(shape, state["mean"], state["factor"], config)
