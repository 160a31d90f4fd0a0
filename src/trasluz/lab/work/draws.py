"""What samples are drawn from: a prior, what lies about a point, rows that meet a condition, a part of the map."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument
from trasluz.lab.calls.given import DataLike, Point
from trasluz.lab.judging.sample_quality import Quality, measured
from trasluz.lab.shelf.at_hand import called_alone, taken
from trasluz.lab.shelf.points import Resolver
from trasluz.lab.shelf.regions import FEWEST, Around, Mixed, Places, Region, rows_inside, rows_where
from trasluz.spaces.model import LatentModel
from trasluz.spaces.prior import Prior


@dataclass(frozen=True)
class Source:
    """What samples are drawn from."""

    density: Prior
    words: str
    atlas: Atlas | None = None
    """The encoded items that it was made from, or that support is counted in."""
    rows: np.ndarray | None = None
    """Those of them that it is about; None for all."""


def rows_of(resolver: Resolver, shared: bool, named: bool, inside: bool) -> Callable[[], Atlas] | None:
    """The way to the encoded items of a space, or None where there are none, or where they say no more of it than
    N(0, I) does, which a model starts from: those are looked at where they were asked for by name. Its own draws say
    nothing but where a region of their map lies."""
    space, model = resolver.space, resolver.model
    starts = space.default_prior == "normal" and len(model.spaces) > 1
    if inside and not resolver.has_items:
        return resolver.atlas if shared and resolver.has_atlas else None
    return resolver.atlas if shared and resolver.has_items and (named or not starts) else None


def about(
    resolver: Resolver,
    rows: Callable[[], Atlas] | None,
    near: Point | None,
    where: str | None,
    region: Region | None,
    opened: LatentModel,
) -> Source:
    """Draws about something: a point, or some of the rows."""
    if opened is not resolver.model and rows is not None:
        resolver.progress.say("The condition changes nothing here: encoded items are drawn from, not the prior")
    return _among(resolver, rows, where, region) if near is None else _near(resolver, near, rows, opened)


def _near(resolver: Resolver, near: Point, rows: Callable[[], Atlas] | None, opened: LatentModel) -> Source:
    points = torch.cat([resolver(one) for one in resolver.spread((taken(near),))])
    words = f"near {called_alone(near)}" + (f", {len(points):,} items" if len(points) > 1 else "")
    if rows is not None:
        atlas = rows()
        return Source(Around(points, atlas.latents), words, atlas)
    if len(points) > 1:
        raise InvalidArgument(
            f"without encoded items samples are drawn near one point, and {called_alone(near)} holds {len(points):,}",
            next="Name one of them, or data that they lie among: --data, --atlas",
        )
    point = points
    name = resolver.space.name
    prior = opened.space(name).prior()
    resolver.progress.say(
        f"No encoded items say how the space {name!r} lies about a point: it is mixed with draws of the prior"
    )
    return Source(Mixed(point[0], prior), words)


def _among(
    resolver: Resolver, rows: Callable[[], Atlas] | None, where: str | None, region: Region | None
) -> Source:  # fmt: skip
    """The rows that meet a condition, or that lie in a region."""
    if rows is None:
        others = [
            space.name for space in resolver.model.spaces.values() if space.encodes and space is not resolver.space
        ]
        raise InvalidArgument(
            f"in the space {resolver.space.name!r} there are no encoded items to choose from",
            allowed=f"the spaces {', '.join(others)}" if others else None,
            next="Name another space, data or an atlas of this one; --given makes it one without items",
        )
    atlas = rows()
    if region is None:
        chosen = rows_where(atlas, where or "")
        return Source(_density(atlas, chosen), f"like the {len(chosen):,} items where {where}", atlas, chosen)
    chosen, projection = rows_inside(atlas, region, resolver.workspace, resolver.progress)
    if len(chosen) >= FEWEST:
        return Source(_density(atlas, chosen), f"like the {len(chosen):,} items of the region", atlas, chosen)
    resolver.progress.say(
        f"{len(chosen)} of {len(atlas):,} items lie in the region, too few to draw from: its places are drawn instead, "
        "by the way back of the map"
    )
    return Source(Places(region, projection), "from places of the region", atlas)


def _density(atlas: Atlas, rows: np.ndarray) -> Around:
    picked = atlas.latents[torch.from_numpy(rows)]
    return Around(picked, picked)


def said(region: object, part: Region) -> str:
    """A region as a command line says it: the file it was given by, or its corners."""
    text = os.fspath(region) if isinstance(region, (str, os.PathLike)) else ""
    return part.text() if not text or text.lstrip().startswith(("[", "{")) else text


def quality_of(resolver: Resolver, items: Tensor, source: Source, data: DataLike, where: str | None) -> Quality:
    known = None if source.atlas is None or source.atlas.is_own else source.atlas.manifest.data
    compared = data if data is not None else known
    return measured(
        resolver.model, items, compared,
        atlas=source.atlas, chosen=source.rows, condition=where,
        workspace=resolver.workspace, progress=resolver.progress,
    )  # fmt: skip
