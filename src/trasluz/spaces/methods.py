"""Contracts of the methods that work on a space: projections, paths, finders, metrics."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, final

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Latents, Plane, Public, Scores
from trasluz.spaces.direction import Aim
from trasluz.spaces.figures import Better, Figure, Judge
from trasluz.spaces.space import LatentSpace

Points = Float[Tensor, "k ..."]
"""Latents to pass through, `(k, *shape)`, in order."""
Array = np.ndarray | Tensor


@final
@dataclass(frozen=True)
class HeldOut:
    """Rows that had no part in a map which was made of the others in the same way, and where all of them lie on it."""

    rows: Int64[Tensor, " m"]
    """Which of the fitted latents they are."""
    xy: Float[Tensor, "m 2"]
    others: Float[Tensor, "r 2"]
    """Where the other latents lie, in their order."""


class Projection(ABC):
    """A fitted picture of latents in two dimensions, with a way back."""

    method: ClassVar[str]
    xy: Plane
    """Where the fitted latents lie."""
    axes: tuple[str, str]
    """What to write along the axes."""
    round_trip: float | None = None
    """The share of the latents' variance that is lost on the way to the map and back: 0 for none, 1 where the mean
    would do as well; None where it was not measured. Flat maps say it exactly, of their own rows; others measure it
    on rows that had no part in the map."""
    round_trip_of: str | None = None
    """What it was measured on, "300 items held out of the layout"; None for the map's own rows."""
    separation: Figure | None = None
    """Of a map that is made from labels, the share of the variance along its first axis that lies between them, on
    rows that the axis was not fitted on; None for other maps, and where there are too few rows to tell."""
    linear: ClassVar[bool] = False
    """Whether the way back is `a + xy B`, so that its derivative is the same everywhere."""
    held_out: HeldOut | None = None
    """A second map without some rows, where one was made; by None it is made when it is asked for, by `fit`."""

    @abstractmethod
    def project(self, z: Latents) -> Plane:
        """`(n, *shape)` to `(n, 2)`."""

    @abstractmethod
    def inverse(self, xy: Plane) -> Latents:
        """`(n, 2)` to latents `(n, *shape)`: the way back."""

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Arrays that `open` takes."""


class ProjectionMethod(ABC):
    """A way to draw a space on a plane. One file in `projections/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]]
    quick: ClassVar[bool] = False
    """Whether thousands of rows are laid out at once; before any other map the wait is announced."""
    default_for: ClassVar[frozenset[Literal["anything"]]] = frozenset()
    """Whether it is the map where nobody names one."""
    uses_labels: ClassVar[bool] = False
    """Whether `fit` looks at labels; the map is then another one for every column."""
    holds_out: ClassVar[bool] = False
    """Whether its maps bring `held_out`; where they do not, one is fitted when it is asked for."""

    @abstractmethod
    def fit(self, z: Latents, config: Config, seed: int, labels: Sequence[object] | None = None) -> Projection:
        """Fit on latents `(n, *shape)`; `labels` for the methods that use them."""

    def fit_watched(
        self, z: Latents, config: Config, seed: int, labels: Sequence[object] | None = None,
        step: Callable[[float], None] = lambda share: None,
    ) -> Projection:  # fmt: skip
        """As `fit`. A method that takes its time tells `step` the share of the work that was just done; what `step`
        raises stops it."""
        return self.fit(z, config, seed, labels)

    @abstractmethod
    def open(self, state: Mapping[str, Tensor]) -> Projection:
        """A projection from what `state` gave."""


class PathRule(ABC):
    """A rule by which a path goes from point to point. One file in `paths/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]] = Config
    also: ClassVar[tuple[str, ...]] = ()
    """Other names that it is asked for by."""
    quick: ClassVar[bool] = False
    """Whether a path is there at once, so that a page may find it anew with every change."""
    default_for: ClassVar[frozenset[Literal["anything"]]] = frozenset()
    """Whether it is the rule where nobody names one."""
    uses_data: ClassVar[bool] = False
    """Whether `through` may look at encoded data."""

    def looks_at_data(self, config: Config) -> bool:
        """Whether it does so with these settings; it is then given some where there are any."""
        return self.uses_data

    @abstractmethod
    def through(
        self,
        points: Points,
        frames: int,
        space: LatentSpace,
        *,
        loop: bool = False,
        config: Config | None = None,
        data: Tensor | None = None,
        progress: Progress = SILENT,
    ) -> Latents:
        """Latents `(frames, *shape)` through two or more points `(k, *shape)`, in order.

        The first frame is the first point; the last frame is the last one, or with `loop` the frame before
        the first one comes round again. Legs get frames in proportion to their length.

        Args:
            config: Settings of the rule; None for its defaults.
            data: Encoded items `(n, *shape)`, for the rules that use them.

        Raises:
            NotDifferentiable: the rule needs gradients that the space has not.
        """


@dataclass(frozen=True)
class Evidence:
    """What directions are found from: a space, and what is known of it."""

    space: LatentSpace
    latents: Latents | None = None
    """Encoded items, or draws from a prior, `(n, *shape)`."""
    target: Scores | None = None
    """What the direction is to change, `(n,)`: 1 and 0 for having a value or not, or a quantity; NaN where unknown."""
    siblings: Mapping[str, Scores] = field(default_factory=dict[str, Scores])
    """The other values of the target's own column, each like `target`: black and brown, where blond is wanted."""
    against: Mapping[str, Scores] = field(default_factory=dict[str, Scores])
    """What it is to leave alone, each like `target`, by name: one entry a value of a column, or a quantity."""
    seen: Scores | None = None
    """What a reader sees of each item once it is decoded, `(n,)`: 0 for the target's value, k for the k-th of
    `siblings`, -1 for any other, NaN where nobody looked."""
    start: Tensor | None = None
    """`(1, *shape)`: where local directions are taken."""
    groups: Tensor | None = None
    """Which items hang together, `(n,)` (see `geometry.hanging`); None where each stands alone, or nobody knows."""


@dataclass(frozen=True)
class Arrow:
    """A direction as a finder gives it."""

    vector: Tensor
    """`shape`, of length 1, float32, on the CPU."""
    aim: Aim | None = None
    """For the methods that know where the target lies, not only which way."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the method has to say of it, as JSON values: the share of variance, the accuracy of the probe, ..."""


Need = Literal["latents", "target", "examples", "start", "gradients", "first_affine", "seen"]
Aimed = Literal["nothing", "value", "quantity", "examples"]
"""What a direction is to change: whatever there is; towards a value; along a quantity; what tells marked items
apart."""


class FinderMethod(ABC):
    """A way to find directions that change something. One file in `finders/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]]
    needs: ClassVar[frozenset[Need]]
    """What of the evidence has to be there; with "target" one direction comes, else `count` of them. With "examples"
    too, the target is which of some marked items have what is wanted."""
    default_for: ClassVar[frozenset[Aimed]] = frozenset()
    """What it is the method for where nobody names one."""
    holds_all: ClassVar[bool] = False
    """Whether every other column is held still where nobody says which."""

    @abstractmethod
    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        """Directions, the one that matters most first.

        Raises:
            InvalidArgument: the evidence does not do: one value only, too few items, numbers that are not finite.
            NotDifferentiable: the method needs gradients that this space has not.
        """


class InverterMethod(ABC):
    """A way to find latents for real items. One file in `inverters/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]]
    quick: ClassVar[bool] = False
    """Whether it takes no longer than encoding; its figures then stand beside those of any other method."""
    needs: ClassVar[Literal["encoder", "gradients"] | None] = None
    """What of a space it cannot do without."""
    default_for: ClassVar[frozenset[Literal["encoder", "gradients"]]] = frozenset()
    """The method for spaces that have this, where nobody names one; an encoder comes before gradients."""

    @abstractmethod
    def invert(self, space: LatentSpace, x: Public, config: Config, seed: int, progress: Progress) -> Latents:
        """Items `(n, *public_shape)` to latents `(n, *shape)`. Item i depends on (x[i], seed) alone,
        whatever else is in the call.

        Raises:
            NotInvertible: the method needs an encoder that this space has not.
            NotDifferentiable: it needs gradients that this space has not.
        """


MetricNeed = Literal["x", "x_hat", "real", "fake", "train", "latents", "labels"]


@dataclass(frozen=True)
class MetricEvidence:
    """What figures are measured on. Each part is there or None; a metric says which it needs."""

    x: Array | None = None
    """Pictures `(n, C, H, W)`, in [0, 1] or as bytes."""
    x_hat: Array | None = None
    """Their reconstructions, in the same order."""
    real: Array | None = None
    """Features `(n, d)` of real items that the model was not trained on."""
    fake: Array | None = None
    """Features `(m, d)` of samples."""
    train: Array | None = None
    """Features `(k, d)` of items that the model was trained on."""
    peers: Array | None = None
    """Features `(j, d)` of real items that stand in the samples' place, for comparison; none of them is in `real`."""
    latents: Array | None = None
    """Encoded items `(n, *shape)`."""
    labels: Array | Sequence[object] | None = None
    """What is known of each of them: categories, or a quantity; None or NaN where it is not known."""
    features: str = "the features as given"
    """Where features come from: what is measured in them means nothing without it."""
    judge: Judge | None = None
    """The same with the identity of what gave them; None where nobody knows that."""
    groups: Tensor | None = None
    """Which of the encoded items hang together, `(n,)` (see `geometry.hanging`); None where each stands alone."""

    @property
    def judged(self) -> Judge:
        """What features come from, with its identity where that is known."""
        return Judge(self.features) if self.judge is None else self.judge

    def missing(self, needs: frozenset[MetricNeed]) -> list[MetricNeed]:
        """What of the needs is not there, in order."""
        return sorted(need for need in needs if getattr(self, need) is None)


class Metric(ABC):
    """A figure about items, latents or both. One file in `metrics/`."""

    name: ClassVar[str]
    title: ClassVar[str]
    config_type: ClassVar[type[Config]] = Config
    needs: ClassVar[frozenset[MetricNeed]]
    """What of the evidence has to be there; `peers` may be, and then show what real items give."""
    unit: ClassVar[str] = ""
    better: ClassVar[Better | None]
    source: ClassVar[str]
    """Paper and equation."""

    @abstractmethod
    def measure(self, evidence: MetricEvidence, config: Config, seed: int, progress: Progress) -> Figure:
        """The figure, with others that come with it as `further`. Equal evidence and seed give equal figures.

        Raises:
            InvalidArgument: the evidence does not do: too few items, shapes that do not fit, numbers that are not
                finite.
        """

    @final
    def of(
        self,
        evidence: MetricEvidence | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        seed: int = 0,
        progress: Progress = SILENT,
        **parts: Any,
    ) -> Figure:
        """The figure of evidence, or of its parts by name: `prdc.of(real=a, fake=b)`.

        Raises:
            InvalidArgument: something that it needs is not there, or does not do.
            UnknownName: it has no such setting.
            TrasluzError: it is a plugin that gives something else.
        """
        seen = MetricEvidence(**parts) if evidence is None else evidence
        gone = seen.missing(self.needs)
        if gone:
            raise InvalidArgument(
                f"the metric {self.name} needs {' and '.join(sorted(self.needs))}", got=f"no {' and no '.join(gone)}"
            )
        found: Any = self.measure(seen, self.config_type.make(settings or {}), seed, progress)
        if not isinstance(found, Figure):
            raise TrasluzError(f"the metric {self.name} gives no Figure", got=type(found).__name__)
        in_features = self.needs & {"real", "fake", "train"}
        return found.judged_by(seen.judged) if in_features and found.judge is None else found

    @final
    def figure(self, value: float, n: int, **more: Any) -> Figure:
        """A figure with this metric's unit, sense and source, where `more` does not say otherwise."""
        said: dict[str, Any] = {"unit": self.unit, "better": self.better, "source": self.source}
        return Figure(value, n=n, **{**said, **more})


def __getattr__(name: str) -> Any:
    if name == "Measurement":
        warnings.warn("Measurement is trasluz.spaces.figures.Figure now", DeprecationWarning, stacklevel=2)
        return _measurement
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _measurement(
    name: str, value: float, unit: str = "", n: int = 0, details: Mapping[str, Any] | None = None
) -> Figure:
    return Figure(value, unit, n=n, name=name, details=details or {})
