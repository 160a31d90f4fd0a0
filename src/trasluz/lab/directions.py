"""Directions: find what changes something in a space, by any method of `finders/`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from trasluz.base.limits import whole
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.call import record
from trasluz.lab.calls.given import AtlasLike, DataLike, ModelLike, Point
from trasluz.lab.results.base import Origin
from trasluz.lab.results.directions import Directions
from trasluz.lab.shelf.atlases import name_of
from trasluz.lab.shelf.directions import direction_of
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.lab.work.search import Search
from trasluz.spaces.direction import Direction

MOST = 256
"""Directions that one search gives."""


def find(
    model: ModelLike,
    atlas: AtlasLike = None,
    *,
    method: str | None = None,
    target: str | None = None,
    against: str | Sequence[str] | None = None,
    these: Sequence[Point] | None = None,
    those: Sequence[Point] | None = None,
    start: Point | None = None,
    labels: str | os.PathLike[str] | None = None,
    samples: int | None = None,
    count: int = 8,
    settings: Mapping[str, Any] | None = None,
    measured: bool = True,
    seed: int = 0,
    space: str | None = None,
    data: DataLike = None,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Directions:
    """Find directions that change something.

    Args:
        atlas: The encoded items to find them on, by name or open; None for the default atlas.
        method: One of `pca sefa jacobian means probe regression examples towards`; None for `examples` where some are
            given, `towards` or `regression` for a target, `pca` without one.
        target: What to change: `COLUMN=VALUE`, or the column of a quantity.
        against: Columns to leave alone; None for every other one with `towards`, and for none with other methods.
        these, those: POINTs that have what is wanted, and POINTs that have not, five of each or more.
        start: The POINT at which local directions are taken.
        labels: A CSV or Parquet table with a column `id` or `index`, whose other columns are used as labels.
        samples: Find them on so many of the model's own samples, read by a reader of its data, instead of an atlas.
        count: How many, for the methods that give several.
        settings: Single settings of the method.
        measured: Whether what each one changes is measured at once; see `Direction.measured`.
        seed: Of what is drawn.
        space, data, create: As for `tl.encode`.

    Raises:
        InvalidArgument: a target with one value only, too few items, nothing found.
        NotDifferentiable: the method needs gradients that the space has not.

    >>> arrow = tl.find("faces-vae", target="hair_colour=blond")    # doctest: +SKIP
    """
    whole("the number of directions", count, low=1, high=MOST)
    whole("the seed", seed, low=0, high=2**63 - 1)
    against = [against] if isinstance(against, str) else against
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    chosen = opened.space(space)
    search = Search(opened, chosen.name, atlas, data, samples, labels, seed, create, home, progress)
    found = search.find(
        method, target, against, these, those, start, count=count, settings=settings or {}, measured=measured
    )
    asked = {
        "method": method, "target": target, "against": None if against is None else list(against),
        "these": None if these is None else list(these), "those": None if those is None else list(those),
        "start": start, "labels": labels, "samples": samples, "count": count, "settings": settings,
        "measured": measured, "seed": seed, "space": space, "data": data, "create": create,
    }  # fmt: skip
    call = record(find, model, (), home, device, atlas=name_of(atlas), **asked)
    return Directions(found, search.starts(found), chosen, Origin.of(opened, chosen), call)


def drawn(
    direction: Direction,
    model: ModelLike,
    *,
    atlas: AtlasLike = None,
    seed: int = 0,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Directions:
    """A kept direction as a result, to be looked at: on items of an atlas, by default of that of the training data."""
    home = workspace_of(workspace)
    opened = model_of(model, home, device)
    mine = direction_of(direction, opened, direction.space, workspace=home)
    search = Search(opened, mine.space, atlas, None, None, None, seed, True, home, progress)
    chosen = opened.space(mine.space)
    call = record(find, model, (), home, device, method=mine.method, target=mine.target, space=mine.space, seed=seed)
    return Directions([mine], search.starts([mine]), chosen, Origin.of(opened, chosen), call)
