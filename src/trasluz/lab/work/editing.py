"""An edit in its parts: what is wanted as directions, what is moved, what has changed besides."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trasluz.base.errors import DataError, InvalidArgument, TrasluzError
from trasluz.base.limits import STRONGEST, between
from trasluz.lab.calls.given import AtlasLike, DataLike, DirectionLike, Nameless, Point, Ways
from trasluz.lab.judging.corrected import of_one_search
from trasluz.lab.judging.evidence import Rows
from trasluz.lab.judging.reader import Reader
from trasluz.lab.judging.support import UNTESTED, unsupported
from trasluz.lab.results.edits import Change
from trasluz.lab.shelf.at_hand import names_of
from trasluz.lab.shelf.atlases import atlas_for
from trasluz.lab.shelf.batches import own_rows
from trasluz.lab.shelf.directions import called, keep, kept_as, saved_for, show_direction
from trasluz.lab.shelf.points import Resolver
from trasluz.lab.work.search import Search
from trasluz.spaces import registry
from trasluz.spaces.column import text_of
from trasluz.spaces.direction import Direction
from trasluz.spaces.kinds import is_item, item_files

MOST = 10_000
"""Items of one call."""
SAMPLES = 3000
"""Of the model's own, that a direction is found on where the space does not encode."""


@dataclass(frozen=True)
class Asked:
    wanted: dict[str, Any]
    directions: list[tuple[DirectionLike, float | None]]
    dims: dict[int, float]
    analogy: Sequence[Point] | None
    strength: float | None

    def check(self) -> None:
        """Refuse to change nothing."""
        if not (self.wanted or self.directions or self.dims or self.analogy):
            raise InvalidArgument(
                "nothing to change", got="no --set, --direction, --dim or --analogy",
                next="Say what to become: --set COLUMN=VALUE",
            )  # fmt: skip


def strengths_of(
    directions: Mapping[Any, float | None] | DirectionLike | Sequence[DirectionLike] | None, strength: float | None
) -> list[tuple[DirectionLike, float | None]]:
    if directions is None:
        return []
    ones = [directions] if isinstance(directions, (str, Direction, Ways)) else directions
    pairs = ones.items() if isinstance(ones, Mapping) else [(d, None) for d in ones]
    out: list[tuple[DirectionLike, float | None]] = []
    for name, own in pairs:
        chosen = strength if own is None else between("strength", own, low=-STRONGEST, high=STRONGEST)
        out.append((name, chosen))
    return out


def strengths_said(
    directions: Mapping[Any, float | None] | DirectionLike | Sequence[DirectionLike] | None, resolver: Resolver
) -> dict[str | Nameless, float | None] | None:
    """Directions by their names, each with its strength or None."""
    if directions is None:
        return None
    model, space, home = resolver.model, resolver.space.name, resolver.workspace
    named = [(called(one_of(d), model, space, workspace=home), s) for d, s in strengths_of(directions, None)]
    return dict(named)


def one_of(direction: DirectionLike) -> str | Direction:
    return direction.one if isinstance(direction, Ways) else direction


def items_of(items: Sequence[Point]) -> tuple[Point, ...]:
    """Every item one by one; a folder is the pictures in it, in order of their names."""
    out: list[Point] = []
    for item in items:
        folder = Path(os.fspath(item)).expanduser() if isinstance(item, (str, os.PathLike)) else None
        if folder is None or not folder.is_dir():
            out.append(item)
            continue
        found = sorted(p for p in folder.iterdir() if is_item(p.name) and p.is_file())
        if not found:
            raise DataError(f"there is no item in {folder}", allowed=" ".join(item_files()))
        out += [str(p) if p.is_absolute() or str(p).startswith(".") else f"./{p}" for p in found]
    if not out or len(out) > MOST:
        raise InvalidArgument("items to edit", got=len(out), allowed=f"1 to {MOST:,}")
    return tuple(out)


def latents_of(resolver: Resolver, points: Sequence[Point], method: str | None, seed: int) -> Tensor:
    """The latents of some points; pictures by the method named, all together."""
    originals = [None if method is None else resolver.original(point) for point in points]
    pictures = [x for x in originals if x is not None]
    if method is None or not pictures:
        return torch.cat([resolver(point) for point in points])
    how = registry.get("inverters", method)
    inverted = iter(how.invert(resolver.space, torch.stack(pictures), how.config_type(), seed, resolver.progress).cpu())
    return torch.cat(
        [resolver(point) if x is None else next(inverted)[None] for point, x in zip(points, originals, strict=True)]
    )


def wanted_changes(
    asked: Asked,
    resolver: Resolver,
    method: str | None,
    data: DataLike,
    atlas: AtlasLike,
    seed: int,
) -> list[Change]:
    """A direction for each value to become: a kept one, or found now and kept."""
    found: dict[str, Direction] = {}
    model, space, home = resolver.model, resolver.space, resolver.workspace
    for column, value in asked.wanted.items():
        target = f"{column}={text_of(value)}"
        direction = None if method is not None else saved_for(target, model, space.name, workspace=home)
        if direction is None:
            resolver.progress.say(f"Finding a direction to {target} in the space {space.name!r} of {model.name}")
            own = None if space.encodes or atlas is not None else SAMPLES
            search = Search(model, resolver.session, space.name, atlas=atlas, data=data, samples=own, seed=seed)
            [direction] = search.find(method, target, None, None, None, None)
            _try_to_keep(direction, resolver)
        found[target] = direction
    out: list[Change] = []
    for target, direction in zip(found, of_one_search(list(found.values()), "Holm"), strict=True):
        if not direction.learned and direction.told:
            lead = "nothing was learned: " if direction.learned is False else ""
            resolver.progress.say(f"{target}: {lead}{direction.told}")
        out.append(Change(direction, asked.strength))
    return out


def _try_to_keep(direction: Direction, resolver: Resolver) -> None:
    """Keep what was found for the next time; in the place of one of an earlier training, never of another's."""
    home = resolver.workspace
    full = kept_as(home, direction.model, direction.space, direction.name)
    try:
        there = show_direction(full, workspace=home) if full in home.names("directions") else None
        if there is None or there.model_identity != direction.model_identity:
            keep(direction, workspace=home)
    except TrasluzError as error:
        resolver.progress.say(f"The direction is not kept: {error}")


def raw_changes(asked: Asked, resolver: Resolver) -> list[Change]:
    """Single dimensions, and the step of an analogy, as directions of the moment."""
    out: list[Change] = []
    space, model = resolver.space, resolver.model
    d = int(torch.Size(space.shape).numel())
    if asked.dims:
        known = resolver.items()
        z = own_rows(space) if known is None else known.latents
        rows = Rows("", "", z, {})
        for dim, strength in asked.dims.items():
            between("strength", strength, low=-STRONGEST, high=STRONGEST)
            if not 0 <= dim < d:
                raise InvalidArgument("no such dimension", got=dim, allowed=f"0 to {d - 1}")
            axis = torch.zeros(d)
            axis[dim] = 1
            axis = axis.reshape(space.shape)
            out.append(
                Change(_now(f"dimension {dim}", axis, max(rows.sigma(axis), 1e-8), model.name, space.name), strength)
            )
    if asked.analogy is not None:
        if len(asked.analogy) != 2:
            raise InvalidArgument("an analogy is of two POINTs, a and b", got=len(asked.analogy))
        a, b = (resolver(point)[0] for point in asked.analogy)
        step = b - a
        length = float(step.norm())
        if length == 0:
            raise InvalidArgument(
                "the two sides of the analogy are one point", got=" and ".join(names_of(asked.analogy))
            )
        name = " is to ".join(names_of(asked.analogy))
        strength = 1.0 if asked.strength is None else asked.strength
        out.append(Change(_now(name, step / length, length, model.name, space.name), strength))
    return out


def _now(name: str, vector: Tensor, sigma: float, model: str, space: str) -> Direction:
    return Direction(name, model, "", space, vector, sigma, "given")


def beyond(resolver: Resolver, z: Tensor, data: DataLike = None, atlas: AtlasLike = None) -> int | None:
    """How many of the latents are unlike every encoded item, where an atlas is at hand; none is made for it. Where
    nobody names one, that of the items for training serves too, which a search for directions leaves."""
    if not resolver.has_items:
        return None
    try:
        there = resolver.standing()
    except TrasluzError:
        if atlas is not None:
            return None
        session = resolver.session.standing()
        try:
            there = atlas_for(
                resolver.model, data=data, space=resolver.space.name, split="train", create=False,
                workspace=session.home, progress=session.progress,
            )  # fmt: skip
        except TrasluzError:
            return None
    try:
        found = unsupported(z, there, resolver.space)
    except TrasluzError:
        return None
    if found is None:
        resolver.progress.say(UNTESTED)
    return found


def reached(reader: Reader | None, changes: Sequence[Change], made: Tensor) -> dict[str, int]:
    """For each value to become that can be read off items, how many items are read as having it."""
    if reader is None:
        return {}
    said, out = reader.read(made), dict[str, int]()
    for change in changes:
        column, _, value = (change.direction.target or "").partition("=")
        if column in reader.columns and reader.columns[column].trusted and value in reader.columns[column].values:
            out[f"{column}={value}"] = int((said[column] == value).sum())
    return out


def report_of(
    reader: Reader | None, changes: Sequence[Change], base: Tensor, made: Tensor
) -> list[dict[str, tuple[str, str]]]:
    """For each item, the columns that are read otherwise after than before: what it was, and what it is."""
    if reader is None:
        return [{} for _ in base]
    columns = [c for c in reader.columns.values() if c.trusted]
    before, after = reader.read(base), reader.read(made)
    out: list[dict[str, tuple[str, str]]] = []
    for i in range(len(base)):
        differs: dict[str, tuple[str, str]] = {}
        for c in columns:
            was, now = before[c.name][i], after[c.name][i]
            if c.is_scale and abs(float(now) - float(was)) > 0.5 * c.sigma:
                differs[c.name] = (f"{float(was):.3g}", f"{float(now):.3g}")
            elif not c.is_scale and was != now:
                differs[c.name] = (str(was), str(now))
        out.append(differs)
    return out
