"""Paths held against real items: midpoint precision and perceptual path length.

Both are made in the features of a reader of the data's labels, where they have any, and else in pixels averaged to
16 x 16. Real items are of the split that models are trained on; the points of a path, and the atlas that a rule
looks at, are by default of the other one, so that no frame is held against itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Public, Vectors
from trasluz.geometry.distances import distance_blocks, nearest
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import DataLike
from trasluz.lab.shelf.batches import decode_all
from trasluz.spaces.data import Dataset
from trasluz.spaces.figures import FEWEST_GROUPS, Figure, Judge, interval_of_mean, interval_of_share_in_groups
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

NEIGHBOUR = 3
"""To which neighbour a real item reaches (Kynkäänniemi et al. 2019)."""
MOST = 5000
"""Real items."""
EPSILON = 1e-4
"""Step of the perceptual path length, as a share of the way between two points."""
BATCH = 256
QUALITY_VERSION = 2
"""Of the JSON that `PathQuality.figures` gives."""


@dataclass(frozen=True)
class Real:
    """Real items in features, and how far each reaches."""

    judge: Judge
    features: Callable[[Public], Vectors]
    items: Vectors
    reach: Float[Tensor, " n"]

    def holds(self, x: Public) -> Tensor:
        """Which pictures lie within reach of a real item, `(n,)`."""
        inside = [(d <= self.reach).any(1) for _, d in distance_blocks(self.features(x), self.items)]
        return torch.cat(inside)


def real_items(model: LatentModel, data: DataLike, workspace: Workspace, progress: Progress = SILENT) -> Real:
    """What paths of a model are held against.

    Raises:
        InvalidArgument: nothing says what the data are, or they have too few items.
    """

    from trasluz.lab.judging.reader import features_for

    items = _training_items(model, data, workspace, progress)
    features, judge = features_for(model, data, workspace=workspace, progress=progress)
    if len(items) <= NEIGHBOUR:
        raise InvalidArgument(
            "too few real items to hold a path against", got=len(items), allowed=f"{NEIGHBOUR + 1} or more"
        )
    with progress.task("Looking at real items", len(items)) as step:
        parts: list[Tensor] = []
        for i in range(0, len(items), BATCH):
            parts.append(features(items.tensor(slice(i, min(i + BATCH, len(items))))))
            step(len(parts[-1]))
    rows = torch.cat(parts)
    return Real(judge, features, rows, nearest(rows, rows, NEIGHBOUR, itself=True)[0][:, -1])


def quality_of(
    space: LatentSpace, z: Tensor, items: Public, stations: Sequence[int], loop: bool, real: Real
) -> PathQuality:
    """Of one path: latents `(n, *shape)`, their pictures, and which of them are points."""
    between = [i for i in range(len(z)) if i not in set(stations)]
    inside = real.holds(items[between]) if between else torch.zeros(0)
    changes = _path_lengths(space, z, items, stations, loop, real.features)
    legs = _legs(stations, len(z), loop)
    by_leg = [[bool(hit) for i, hit in zip(between, inside, strict=True) if i in leg] for leg in legs]
    return PathQuality(
        features=real.judge.name,
        precision=float(inside.double().mean()) if between else None,
        frames=len(between),
        real=len(real.items),
        ppl=float(changes.mean()),
        steps=len(changes),
        judge=real.judge,
        legs=len(legs),
        precision_interval=interval_of_share_in_groups([leg for leg in by_leg if leg]),
        ppl_interval=interval_of_mean(
            [float(changes[leg.start - stations[0] : leg.stop - stations[0]].mean()) for leg in legs], least=0.0
        ),
    )


def _legs(stations: Sequence[int], frames: int, loop: bool) -> list[range]:
    """The frames from each point to before the next one."""
    ends: list[int] = [*stations, *([frames] if loop else [])]
    return [range(a, b) for a, b in pairwise(ends)]


def _path_lengths(
    space: LatentSpace,
    z: Tensor,
    items: Public,
    stations: Sequence[int],
    loop: bool,
    features: Callable[[Public], Vectors],
) -> Tensor:
    """Karras et al. 2019, equation 2, at each frame towards the next one, `(steps,)`."""
    following = torch.cat([z[1:], z[:1]])
    nudged: list[Tensor] = []
    for leg in _legs(stations, len(z), loop):
        # A leg of n frames takes steps of 1/n of the way.
        first, last = leg.start, leg.stop
        nudged.append(z[first:last] + EPSILON * (last - first) * (following[first:last] - z[first:last]))
    x = decode_all(space, torch.cat(nudged))
    change = features(x).double() - features(items[: len(x)]).double()
    return change.square().mean(1) / EPSILON**2


def _training_items(model: LatentModel, data: DataLike, workspace: Workspace, progress: Progress) -> Dataset:
    from trasluz.lab.shelf.data import load_as

    chosen = data if data is not None else model.trained_on
    if chosen is None:
        raise InvalidArgument(
            f"the model {model.name} does not say what it was trained on",
            next="Name data to hold the path against: --data DATA on the command line, data= in Python",
        )
    whole = load_as(model.representation, chosen, owner=model.name, workspace=workspace, progress=progress)
    train = whole.split("train")
    return (train if len(train) > NEIGHBOUR else whole).some(MOST)


@final
@dataclass(frozen=True)
class PathQuality:
    """What a path is like among real items; measured when asked for."""

    features: str
    """What the figures are made in."""
    precision: float | None
    """Midpoint precision: the share of the frames between the points that lie within reach of a real item, as far as
    that item's third neighbour (Kynkäänniemi et al. 2019, equation 2). None where there is no frame between."""
    frames: int
    """How many frames that is."""
    real: int
    """Real items that they are held against."""
    ppl: float
    """Perceptual path length along the path (Karras et al. 2019, equation 2): the mean squared change of the features,
    over the square of a step of 1e-4 of the way between two points. Less is smoother."""
    steps: int
    """Places along the path that it is the mean of."""
    judge: Judge | None = None
    """What gave the features: one, whose other seeds give other figures; None where it is not known."""
    legs: int = 1
    """Ways from point to point."""
    precision_interval: tuple[float, float] | None = None
    """95 %, of legs like these: frames of one leg hang together, and of fewer than three legs nothing can be said."""
    ppl_interval: tuple[float, float] | None = None

    @property
    def measured(self) -> dict[str, Figure]:
        """`precision` and `ppl`, those that there are, each with what is needed to believe it."""
        few = (
            {}
            if self.legs >= FEWEST_GROUPS
            else {"no_interval": f"frames of one leg hang together; {self.legs} of 3 legs"}
        )
        ppl = Figure(
            self.ppl, better="lower", n=self.steps, source="Karras et al. 2019, eq. 2", judge=self.judge,
            interval=self.ppl_interval, details=few,
        )  # fmt: skip
        if self.precision is None:
            return {"ppl": ppl}
        precision = Figure(
            self.precision, better="higher", n=self.frames, source="Kynkäänniemi et al. 2019, eq. 2", judge=self.judge,
            interval=self.precision_interval, details=few,
        )  # fmt: skip
        return {"precision": precision, "ppl": ppl}

    def figures(self) -> dict[str, Any]:
        """As JSON values: the numbers by name, and each as a `Figure` in `measured`."""
        whole = {name: figure.dump() for name, figure in self.measured.items()}
        return {**asdict(self), "version": QUALITY_VERSION, "measured": whole}
