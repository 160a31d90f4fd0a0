"""Rows of a traversal: which dimensions matter most, and latents moved along them or along directions.

A dimension is as active as the encoded means vary along it over the data (active units, Burda et al. 2016, section
5: `Var_x E[z_i given x] > 0.01`). Where a space does not encode, or no data are known, it is as active as the decoded
picture changes from one end of its row to the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import Progress
from trasluz.geometry.moves import moved
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.given import DirectionLike, Nameless, Point, Ways
from trasluz.lab.results.base import Origin
from trasluz.lab.results.traversal import Traversal, sigmas
from trasluz.lab.shelf.at_hand import called_alone
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.directions import called, direction_of
from trasluz.lab.shelf.points import Resolver
from trasluz.spaces.direction import Direction

ROWS = 10
"""Dimensions shown where nobody says which."""
ACTIVE = 0.01
"""Variance from which on a dimension counts as active."""
DRAWS = 512
"""From the prior, for its standard deviations."""
STARTS = 4
"""Draws on which the effect of a dimension is measured."""
MOST_TRIED = 512
"""Dimensions whose effect is measured; of more, evenly spaced ones."""


def ranked(resolver: Resolver, wanted: list[int], reach: float) -> tuple[list[int], Tensor, Tensor]:
    """The dimensions to show, and of every dimension its standard deviation and how active it is."""
    known = resolver.items()
    if known is not None:
        codes = known.latents.flatten(1)
        sigma = codes.std(0, correction=0)
        activity = sigma.square()
        kept = wanted or [d for d in activity.argsort(descending=True, stable=True).tolist() if activity[d] > ACTIVE]
        kept = kept or [int(activity.argmax())]
    else:
        codes = resolver.space.prior().sample(DRAWS, 0).float().cpu().flatten(1)
        sigma = codes.std(0, correction=0)
        tried = wanted or _evenly(codes.shape[1])
        activity = torch.zeros(codes.shape[1])
        activity[tried] = _effects(resolver, codes[:STARTS], sigma, tried, reach, resolver.progress)
        kept = wanted or activity.argsort(descending=True, stable=True).tolist()
    return (kept if wanted else kept[:ROWS]), sigma, activity


def along(
    resolver: Resolver,
    directions: DirectionLike | Sequence[DirectionLike] | None,
    pair: Sequence[DirectionLike] | None,
    start: Point | None,
    offsets: Tensor,
    call: Call,
) -> Traversal:
    """Along directions, a row each; or along a pair of them at once."""
    model, space = resolver.model, resolver.space
    listed = _listed(directions if directions is not None else pair or ())
    found = [direction_of(d, model, space.name, workspace=resolver.workspace) for d in listed]
    for one in found:
        if one.warning is not None:
            resolver.progress.say(one.warning)
    make = _pair if pair is not None else _rows
    return make(resolver, found, *start_of(resolver, start), offsets, Origin.of(model, space), call)


def _rows(
    resolver: Resolver, found: list[Direction], z: Tensor, name: str, offsets: Tensor, origin: Origin, call: Call
) -> Traversal:
    """A row a direction."""
    if not found:
        raise InvalidArgument("no direction to move along", got="an empty list")
    steps = z.expand(len(offsets), *z.shape[1:])
    latents = torch.cat([moved(steps, [d], [_steps(d, offsets)]) for d in found])
    heads = _heads(found, offsets)
    sigma = torch.tensor([d.sigma for d in found])
    return Traversal(
        latents, decode_all(resolver.space, latents, progress=resolver.progress), [], offsets, sigma,
        torch.zeros(len(found)), name, origin, call, labels=[d.name for d in found], heads=heads,
        what="what directions change",
    )  # fmt: skip


def _pair(
    resolver: Resolver, found: list[Direction], z: Tensor, name: str, offsets: Tensor, origin: Origin, call: Call
) -> Traversal:
    """Two directions at once: the first along the rows, the second down the columns, as on a map from low to high."""
    if len(found) != 2:
        raise InvalidArgument("a pair is two directions", got=len(found))
    across, down = found
    n = len(offsets)
    latents = moved(
        z.expand(n * n, *z.shape[1:]),
        found,
        [_steps(across, offsets).repeat(n), _steps(down, offsets.flip(0)).repeat_interleave(n)],
    )
    labels = [text.replace("start", "0") for text in _heads([down], offsets.flip(0))]
    return Traversal(
        latents, decode_all(resolver.space, latents, progress=resolver.progress), [], offsets,
        torch.tensor([across.sigma, down.sigma]), torch.zeros(2), name, origin, call, labels=labels,
        heads=_heads([across], offsets), what=f"{across.name} across, {down.name} up", pair=True,
    )  # fmt: skip


def _steps(direction: Direction, offsets: Tensor) -> Tensor:
    """Strengths of a direction: offsets are in sigma, and two of them are the whole way of one with an aim."""
    return offsets if direction.aim is None else offsets / 2


def _heads(found: Sequence[Direction], offsets: Tensor) -> list[str]:
    if all(d.aim is None for d in found):
        return [sigmas(offset) for offset in offsets.tolist()]
    shares = (offsets / 2).tolist()
    unit = "" if all(d.aim is not None for d in found) else " of the usual"
    return ["start" if abs(s) < 1e-9 else f"{s:+.0%}{unit}".replace("-", "\N{MINUS SIGN}") for s in shares]


def _listed(given: DirectionLike | Sequence[DirectionLike]) -> list[str | Direction]:
    """One direction or several, one by one."""
    several = [given] if isinstance(given, (str, Direction, Ways)) else given
    return [d.one if isinstance(d, Ways) else d for d in several]


def names_said(
    given: DirectionLike | Sequence[DirectionLike] | None, resolver: Resolver
) -> list[str | Nameless] | None:
    """Directions by their names."""
    if given is None:
        return None
    model, space, home = resolver.model, resolver.space.name, resolver.workspace
    return [called(d, model, space, workspace=home) for d in _listed(given)]


def checked(dims: Sequence[int] | None, shape: tuple[int, ...]) -> list[int]:
    if dims is None:
        return []
    d = int(torch.Size(shape).numel())
    for dim in dims:
        if not 0 <= dim < d:
            raise InvalidArgument("no such dimension", got=dim, allowed=f"0 to {d - 1}")
    if not dims:
        raise InvalidArgument("no dimension to move", got="an empty list", allowed=f"0 to {d - 1}")
    return list(dims)


def _evenly(d: int) -> list[int]:
    return torch.linspace(0, d - 1, min(d, MOST_TRIED)).round().long().unique().tolist()


def _effects(
    resolver: Resolver, starts: Tensor, sigma: Tensor, dims: list[int], reach: float, progress: Progress
) -> Tensor:
    """Mean squared change of what is compared from one end of a row to the other, for each of `dims`."""
    effects, kind = torch.zeros(len(dims)), resolver.space.representation.of
    with progress.task("Measuring what each dimension changes", len(dims)) as step:
        for i, dim in enumerate(dims):
            ends = torch.cat([starts, starts])
            ends[: len(starts), dim] -= reach * sigma[dim]
            ends[len(starts) :, dim] += reach * sigma[dim]
            low, high = decode_all(resolver.space, ends.reshape(-1, *resolver.space.shape)).chunk(2)
            effects[i] = (kind.compared(high) - kind.compared(low)).square().mean()
            step(1)
    return effects


def start_of(resolver: Resolver, start: Point | None) -> tuple[Tensor, str]:
    """The start and what to call it."""
    if start is not None:
        return resolver(start), called_alone(start)
    rows = resolver.items()
    if rows is None:
        return resolver("seed:0"), "seed:0"
    return rows.latents[:1].float(), f"{rows.rows.column('split')[0]}:0"
