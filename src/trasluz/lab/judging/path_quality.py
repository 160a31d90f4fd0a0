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
from trasluz.spaces.figures import Figure, interval_of_share
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

NEIGHBOUR = 3
"""To which neighbour a real item reaches (Kynkäänniemi et al. 2019)."""
MOST = 5000
"""Real items."""
EPSILON = 1e-4
"""Step of the perceptual path length, as a share of the way between two points."""
BATCH = 256
QUALITY_VERSION = 1
"""Of the JSON that `PathQuality.figures` gives."""


@dataclass(frozen=True)
class Real:
    """Real items in features, and how far each reaches."""

    name: str
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
    features, name = features_for(model, data, workspace=workspace, progress=progress)
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
    return Real(name, features, rows, nearest(rows, rows, NEIGHBOUR, itself=True)[0][:, -1])


def quality_of(
    space: LatentSpace, z: Tensor, items: Public, stations: Sequence[int], loop: bool, real: Real
) -> PathQuality:
    """Of one path: latents `(n, *shape)`, their pictures, and which of them are points."""
    between = [i for i in range(len(z)) if i not in set(stations)]
    inside = real.holds(items[between]) if between else torch.zeros(0)
    return PathQuality(
        features=real.name,
        precision=float(inside.double().mean()) if between else None,
        frames=len(between),
        real=len(real.items),
        ppl=_path_length(space, z, items, stations, loop, real.features),
        steps=(len(z) if loop else stations[-1]) - stations[0],
    )


def _path_length(
    space: LatentSpace,
    z: Tensor,
    items: Public,
    stations: Sequence[int],
    loop: bool,
    features: Callable[[Public], Vectors],
) -> float:
    """Karras et al. 2019, equation 2, at each frame towards the next one."""
    ends = [*stations, *([len(z)] if loop else [])]
    following = torch.cat([z[1:], z[:1]])
    nudged: list[Tensor] = []
    for first, last in pairwise(ends):
        # A leg of n frames takes steps of 1/n of the way.
        nudged.append(z[first:last] + EPSILON * (last - first) * (following[first:last] - z[first:last]))
    x = decode_all(space, torch.cat(nudged))
    change = features(x).double() - features(items[: len(x)]).double()
    return float(change.square().mean(1).mean()) / EPSILON**2


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
    return (train if len(train) > NEIGHBOUR else whole).first(MOST)


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

    @property
    def measured(self) -> dict[str, Figure]:
        """`precision` and `ppl`, those that there are, each with what is needed to believe it."""
        n, share = self.frames, self.precision
        ppl = Figure(self.ppl, better="lower", n=self.steps, source="Karras et al. 2019, eq. 2")
        if share is None:
            return {"ppl": ppl}
        interval, source = interval_of_share(round(share * n), n), "Kynkäänniemi et al. 2019, eq. 2"
        return {"precision": Figure(share, better="higher", n=n, interval=interval, source=source), "ppl": ppl}

    def figures(self) -> dict[str, Any]:
        """As JSON values: the numbers by name, and each as a `Figure` in `measured`."""
        whole = {name: figure.dump() for name, figure in self.measured.items()}
        return {**asdict(self), "version": QUALITY_VERSION, "measured": whole}
