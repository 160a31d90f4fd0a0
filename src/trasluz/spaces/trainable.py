"""What the training loop knows, and all that it knows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.spaces.precision import Precision

Batch = Mapping[str, Tensor]
"""`{"x": (n, C, H, W)}` from a data set, `y` beside it (`(n,)`, int64) where the family reads classes; or whatever else
a trainable asked for."""


class Trainable(ABC):
    """Something with weights that learns step by step, and can be stopped and taken up again bit for bit.

    Step k is a function of (state, batch, seed, k): nothing else may be read or drawn from.
    """

    ratios: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Figures that are one mean over another: of each the two names that `evaluate` gives them by, which are told no
    further. A mean of ratios of few items would be that of the smallest denominators."""

    @abstractmethod
    def init(self, seed: int, precision: Precision, total: int) -> None:
        """Draw the first weights; `total` is the number of steps to come, for schedules."""

    def set_total(self, total: int, k: int) -> None:
        """From step k on the run is to have `total` steps, as a clock or a person decides while it goes.

        Schedules follow, and so do the ends of stages that have not begun; one that has begun is not gone back from,
        unless the run was at its end (k is the total it had). What comes of it depends on the totals given so far, and
        on nothing else. By default nothing happens: what `init` was told stands.
        """
        return

    @abstractmethod
    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        """One update. Returns figures by name, the first of them the loss.

        Raises:
            Diverged: before any weight was touched, where a loss or gradient is not finite.
        """

    def advice(self, figures: Mapping[str, float]) -> str | None:
        """What a person should know, and do, seeing the figures of a step and of an evaluation (their names begin with
        `test_`; `test_NAME_most` is the upper end of the interval of one, `test_items` how many items they are of);
        None where all is well. An alarm, not a report: a sentence or two, said and written down."""
        return None

    def evaluate(self, batch: Batch, seed: int) -> Mapping[str, float]:
        """Figures on items never trained on, each a mean over the batch. On items to choose by, the first decides what
        is best (lower is)."""
        return {}

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """All that a resume needs: weights, optimiser, averages. Views, not copies."""

    @abstractmethod
    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state` gave, bit for bit. Called after `init`."""

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin with the weights of another model, as `weights` gives them, instead of the drawn ones."""
        raise InvalidArgument("this family cannot begin from another model's weights", next="Leave out --init")

    @abstractmethod
    def weights(self) -> dict[str, Tensor]:
        """The weights to use and keep, as the family's `open` takes them: the averaged ones, where there are any."""
