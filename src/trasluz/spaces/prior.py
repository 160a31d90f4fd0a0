"""Distributions on a latent space to sample from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.shapes import Latents, Scores
from trasluz.io.weights import canonical, digest
from trasluz.spaces.trainable import Trainable


class Prior(ABC):
    """A distribution on latents of one shape.

    Its identity is its own, a hash of its method and numbers: fitting another prior changes no atlas.
    """

    method: ClassVar[str]
    shape: tuple[int, ...]
    exact: ClassVar[bool] = True
    """Whether draws are the same bits at any batch size; False where they are the output of a network, which agrees
    to 1e-4 (what it starts from is the same bits all the same)."""

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """`shape`; where truncation pulls to."""

    @abstractmethod
    def sample(self, n: int, seed: int, *, start: int = 0, temperature: float = 1.0) -> Latents:
        """`(n, *shape)`, float32; item i depends on (seed, start + i) alone.

        `temperature` scales the noise that the draw starts from: 1 is the prior itself, 0 its centre.
        """

    def log_density(self, z: Latents) -> Scores | None:
        """`(n,)` in nats, or None where it cannot be had."""
        return None

    def state(self) -> dict[str, Tensor]:
        """What has to be kept to open it again, with `dump`."""
        return {}

    def dump(self) -> dict[str, Any]:
        """Settings as JSON values."""
        return {}

    @property
    def identity(self) -> str:
        text = canonical({"method": self.method, "shape": str(self.shape), "config": str(sorted(self.dump().items()))})
        return "p-" + digest(self.state(), text)


Runner = Callable[[Trainable, int, Callable[[int], Mapping[str, Tensor]], str], None]
"""`run(trainable, steps, batch_of_step, title)`: the training loop, lent to methods that need one."""


class PriorMethod(ABC):
    """A way to get a prior from encoded data. One file in `priors/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]]

    @abstractmethod
    def fit(self, mu: Latents, log_var: Latents | None, config: Config, seed: int, run: Runner) -> Prior:
        """Fit on codes `(n, *shape)`: posterior means, and log-variances where the model has them."""

    @abstractmethod
    def open(self, shape: tuple[int, ...], config: Mapping[str, Any], state: Mapping[str, Tensor]) -> Prior:
        """A prior from what `dump` and `state` gave."""
