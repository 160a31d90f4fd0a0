"""Where a map lies: how fast pictures change along it, and which neighbours it tears apart.

Stretch at a place is the Jacobian J of the decoder after the way back, `(pixels, 2)`: the root mean square, over pixels
and over the map's two axes, of how far an item changes for a step of one on the map. Where the way back is straight, J
is exact, by two products `J e` (forward mode); where it is bent, or the decoder is not differentiable, it is the mean
over a cell of the grid, by central differences of decoded pictures.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from trasluz.base.forward import jvp
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Latents, Plane, Scores, Vectors
from trasluz.geometry.distances import nearest
from trasluz.geometry.local_density import spaced
from trasluz.geometry.neighbours import kept_by_chance, kept_together, torn
from trasluz.spaces.figures import NORMAL, Figure
from trasluz.spaces.methods import Projection
from trasluz.spaces.space import LatentSpace

NEIGHBOURS = 15
MOST, RANKED = 20_000, 3000
"""Rows among which neighbours are looked for, and rows that are ranked by their distance from each of them: evenly
spaced where there are more."""
GRID, NODES = 20, 1000
"""Cells along the longer side of a map, without its outliers, and nodes of the grid that are decoded at most."""
USUAL = (0.004, 0.996)
"""Quantiles of the places beyond which they are outliers."""
WIDER = 1.25
SOME = 24
"""Rows that say what is usual, where one place is asked about."""
BATCH = 32
GREY = 255.0


def stretch_at(
    space: LatentSpace, projection: Projection, xy: Plane, *, step: float | None = None, progress: Progress = SILENT
) -> Scores:
    """How fast items change at places `(n, 2)`, `(n,)`: root mean squared grey levels for a step of one on the map; 255
    of them from the lowest value that items can have to the highest.

    Args:
        step: What central differences span; by default a cell of the grid.
    """
    exact = projection.linear and space.differentiable
    span = _grid(projection.xy.float().cpu())[0] if step is None else step
    out = [torch.zeros(0)]

    def seen(z: Latents) -> Tensor:
        return space.representation.compared(space.render(z))

    with progress.task("Looking how fast items change along the map", len(xy)) as done:
        for places in xy.float().cpu().split(BATCH):
            squares = torch.zeros(len(places))
            for axis in torch.eye(2):
                there, back = (projection.inverse(places + side * span / 2 * axis).to(space.device) for side in (1, -1))
                change = None
                if exact:
                    z = projection.inverse(places).to(space.device)
                    change = _pushed(seen, z, (there - back) / span)
                    exact = change is not None
                if change is None:
                    with torch.inference_mode():
                        change = (seen(there) - seen(back)) / span
                squares += change.flatten(1).square().mean(1).float().cpu() / 2
            out.append(squares.sqrt() * GREY)
            done(len(places))
    return torch.cat(out).clone()


def _pushed(seen: Callable[[Tensor], Tensor], z: Tensor, along: Tensor) -> Tensor | None:
    """The derivative along a step; None of a decoder that has none in forward mode, whatever its space says."""
    try:
        return jvp(seen, z, along)[1]
    except RuntimeError:
        return None


def stretch(space: LatentSpace, projection: Projection, progress: Progress = SILENT) -> Scores:
    """The stretch at the place of every row, `(n,)`, over its median: 1 is usual, 2 is twice as fast. From the corners
    of a grid's cells that rows lie in."""
    xy = projection.xy.float().cpu()
    step, cell = _grid(xy)
    corners = torch.stack([cell, cell + torch.tensor([1, 0]), cell + torch.tensor([0, 1]), cell + 1], 1)
    nodes, place = corners.reshape(-1, 2).unique(dim=0, return_inverse=True)
    at = stretch_at(space, projection, nodes * step + xy.min(0).values, step=step, progress=progress)
    share = (xy - xy.min(0).values) / step - cell
    weights = torch.stack([1 - share, share], 2)  # (n, axis, near or far corner)
    x, y = weights[:, 0], weights[:, 1]
    blend = torch.stack([x[:, 0] * y[:, 0], x[:, 1] * y[:, 0], x[:, 0] * y[:, 1], x[:, 1] * y[:, 1]], 1)
    found = (at[place].reshape(-1, 4) * blend).sum(1)
    middle = float(found.median()) if len(found) else 0.0
    return found / middle if middle > 0 else torch.ones(len(found))


def usual_stretch(space: LatentSpace, projection: Projection) -> float:
    """The median stretch at the places of 24 rows, evenly spaced, in grey levels for a step of one on the map."""
    xy = projection.xy.float().cpu()
    return float(stretch_at(space, projection, xy[spaced(len(xy), SOME)]).median()) if len(xy) else 0.0


def torn_at(rows: Vectors, xy: Plane, z: Tensor, at: Tensor, own: int | None = None) -> Tensor:
    """Of every latent `(m, d)` at its place `(m, 2)` the share of the 15 rows `(n, d)` nearest to it in the space that
    are not among the 15 nearest on the map, `(m,)`.

    Args:
        own: The row that it is, which is no neighbour of itself.
    """
    some = spaced(len(rows), MOST)
    some = some[some != own] if own is not None else some
    k = min(NEIGHBOURS, len(some))
    if k == 0:
        return torch.zeros(len(z))
    return torn(nearest(z, rows[some], k)[1], nearest(at, xy[some], k)[1])


def torn_of(rows: Vectors, xy: Plane) -> Scores:
    """Of every row `(n, d)` the share of its nearest 15 that are not among its nearest 15 on the map, `(n,)`."""
    some = spaced(len(rows), MOST)
    k = min(NEIGHBOURS, len(some) - 1)
    return torn(_beside(rows, some, k), _beside(xy, some, k)) if k > 0 else torch.zeros(len(rows))


def together(rows: Vectors, xy: Plane) -> dict[str, Figure]:
    """`trustworthiness` and `continuity` of a whole map of rows `(n, d)`, with what a layout by chance has; none of
    fewer than five rows."""
    some = spaced(len(rows), RANKED)
    n = len(some)
    k = min(NEIGHBOURS, (n - 1) // 2)
    if n < 5:
        return {}
    names = ("trustworthiness", "continuity")
    return {
        name: _mean(name, scores, k, kept_by_chance(n, k))
        for name, scores in zip(names, kept_together(rows[some], xy[some], k), strict=True)
    }


def _mean(name: str, scores: Tensor, k: int, chance: float) -> Figure:
    n, value = len(scores), float(scores.double().mean())
    half = NORMAL * float(scores.double().std()) / n**0.5
    return Figure(
        value, better="higher", n=n, interval=(value - half, value + half), chance=chance, name=name,
        source="Venna & Kaski 2001", details={"k": k},
    )  # fmt: skip


def _beside(rows: Tensor, some: Tensor, k: int) -> Tensor:
    """For each of n rows the k nearest of some of them, itself left out."""
    if len(some) == len(rows):
        return nearest(rows, rows, k, itself=True)[1]
    near = some[nearest(rows, rows[some], k + 1)[1]]
    own = near == torch.arange(len(rows))[:, None]
    own[~own.any(1), -1] = True  # one that is none of them has one too many
    return near[~own].reshape(len(rows), k)


def _grid(xy: Plane) -> tuple[float, Tensor]:
    """The side of a cell, and the cell `(n, 2)` of each place, counted from the lowest corner."""
    ends = torch.quantile(xy.double()[spaced(len(xy), MOST)], torch.tensor(USUAL).double(), dim=0)
    step = max(float((ends[1] - ends[0]).max()) / GRID, 1e-6 * max(1.0, float(xy.abs().max())))
    while True:
        cell = ((xy - xy.min(0).values) / step).floor().long()
        corners = torch.cat([cell, cell + torch.tensor([1, 0]), cell + torch.tensor([0, 1]), cell + 1])
        if len(corners.unique(dim=0)) <= NODES:
            return step, cell
        step *= WIDER
