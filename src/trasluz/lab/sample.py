"""New items: draws from a prior, from the surroundings of an item, from the rows that meet a condition, or from a part
of the map; if wanted pulled toward the mean (the truncation of Karras et al. 2019, section B)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument
from trasluz.base.limits import between, whole
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.call import record
from trasluz.lab.calls.given import AtlasLike, DataLike, ModelLike, Point
from trasluz.lab.judging.sample_quality import Quality, measured
from trasluz.lab.judging.support import support_of
from trasluz.lab.results.base import Origin
from trasluz.lab.results.samples import Samples
from trasluz.lab.shelf.atlases import name_of
from trasluz.lab.shelf.batches import decode_all, draw_all
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.points import Resolver, names_of
from trasluz.lab.shelf.regions import (
    FEWEST,
    Around,
    Mixed,
    Places,
    Region,
    RegionLike,
    read_region,
    rows_inside,
    rows_where,
)
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces.model import LatentModel
from trasluz.spaces.prior import Prior

MOST = 100_000
"""Samples that one call gives; more come as data, `samples:MODEL:N`."""


def sample(
    model: ModelLike,
    n: int = 64,
    *,
    seed: int = 0,
    prior: str | None = None,
    near: Point | None = None,
    where: str | None = None,
    region: RegionLike | None = None,
    psi: float = 1.0,
    temperature: float = 1.0,
    measure: bool = False,
    space: str | None = None,
    given: Mapping[str, Any] | None = None,
    data: DataLike = None,
    atlas: AtlasLike = None,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> Samples:
    """Draw new items. Item i depends on (seed, i) alone: more of them begin with the same ones.

    Args:
        n: How many.
        seed: Of the draws.
        prior: By name; None for the space's default one.
        near: A POINT: items like it, spread as the encoded items about it are.
        where: A condition on the encoded items, `"species = 'cat'"`: items like those that meet it.
        region: A part of the map: a file of corners, or the corners; items like those that lie inside.
        psi: Truncation, `mean + psi (z - mean)`: 1 draws freely, 0 gives the mean every time.
        temperature: Scales the noise that draws start from; with `near`, how unlike the point they may be.
        measure: Whether to measure how good, varied and new they are.
        space: By name; None for the model's default one.
        given: A condition, for models that take one: `{"label": "cat"}`, and `guidance`, by how much to insist on it.
        data: What to encode and compare with; None for what the model was trained on.
        atlas: An atlas by name or open, instead of `data`.
        create: Whether to encode the default atlas where it is not there yet.

    >>> tl.sample("faces-vae", 16, seed=0).save("new.png")    # doctest: +SKIP
    >>> tl.sample("pets-vae", where="species = 'cat'", measure=True).quality    # doctest: +SKIP
    """
    whole("the number of samples", n, low=1, high=MOST)
    whole("the seed", seed, low=0, high=2**63 - 1)
    between("psi", psi, low=0, high=4)
    between("temperature", temperature, low=0, high=4)
    _one_of({"prior": prior, "near": near, "where": where, "region": region})
    part = None if region is None else read_region(region)
    home = workspace_of(workspace)
    bare = model_of(model, home, device)
    opened = bare.given(**given) if given else bare
    chosen = opened.space(space)
    # A condition that changes no latent leaves the encoded items as they are.
    shared = opened is bare or opened.owner(chosen.name) == bare.owner(chosen.name)
    resolver = Resolver(
        bare if shared else opened,
        space=space, data=data, atlas=atlas, create=create, workspace=home, progress=progress,
    )  # fmt: skip
    rows = _rows(resolver, shared, atlas is not None, part is not None)
    if near is not None or where is not None or part is not None:
        source = _about(resolver, rows, near, where, part, opened)
    else:
        wanted = measure or data is not None or atlas is not None
        source = Source(chosen.prior(prior), "", rows() if wanted and rows is not None else None)
    z = draw_all(source.density, n, seed, temperature=temperature, progress=progress)
    mean = source.density.mean.to(z)
    z = (z if psi == 1 else mean + psi * (z - mean)).cpu()
    items = decode_all(chosen, z, progress=progress)
    call = record(
        sample, model, (), home, device,
        n=n, seed=seed, prior=prior, near=near, where=where, region=None if part is None else _said(region, part),
        psi=psi, temperature=temperature, measure=measure, space=space, given=dict(given) if given else None,
        data=data, atlas=name_of(atlas), create=create,
    )  # fmt: skip
    return Samples(
        z, items, Origin.of(opened, chosen), call,
        source=source.words, support=None if source.atlas is None else support_of(z, source.atlas),
        quality=_quality(resolver, items, source, data, where) if measure else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What samples are drawn from."""

    density: Prior
    words: str
    atlas: Atlas | None = None
    """The encoded items that it was made from, or that support is counted in."""
    rows: np.ndarray | None = None
    """Those of them that it is about; None for all."""


def _rows(resolver: Resolver, shared: bool, named: bool, inside: bool) -> Callable[[], Atlas] | None:
    """The way to the encoded items of a space, or None where there are none, or where they say no more of it than
    N(0, I) does, which a model starts from: those are looked at where they were asked for by name. Its own draws say
    nothing but where a region of their map lies."""
    space, model = resolver.space, resolver.model
    starts = space.default_prior == "normal" and len(model.spaces) > 1
    if inside and not resolver.has_items:
        return resolver.atlas if shared and resolver.has_atlas else None
    return resolver.atlas if shared and resolver.has_items and (named or not starts) else None


def _about(
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
    point = resolver(near)
    words = "near the latent given" if isinstance(near, Tensor) else f"near {names_of([near])[0]}"
    if rows is not None:
        atlas = rows()
        return Source(Around(point, atlas.latents), words, atlas)
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


def _one_of(sources: Mapping[str, object]) -> None:
    given = [name for name, value in sources.items() if value is not None]
    if len(given) > 1:
        raise InvalidArgument(
            "samples come from one source", got=" and ".join(given), allowed=f"one of {', '.join(sources)}"
        )


def _said(region: object, part: Region) -> str:
    """A region as a command line says it: the file it was given by, or its corners."""
    text = os.fspath(region) if isinstance(region, (str, os.PathLike)) else ""
    return part.text() if not text or text.lstrip().startswith(("[", "{")) else text


def _quality(resolver: Resolver, items: Tensor, source: Source, data: DataLike, where: str | None) -> Quality:
    known = None if source.atlas is None or source.atlas.is_own else source.atlas.manifest.data
    compared = data if data is not None else known
    return measured(
        resolver.model, items, compared,
        atlas=source.atlas, chosen=source.rows, condition=where,
        workspace=resolver.workspace, progress=resolver.progress,
    )  # fmt: skip
