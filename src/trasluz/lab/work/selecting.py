"""A selection made: from POINTs, a file of them, a condition, or a part of a map."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.query import NoSuchValue
from trasluz.base.bounds import SELECTION_FILE, SELECTION_POINTS
from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.io.plain import read_whole
from trasluz.io.values import parse_value, unsealed
from trasluz.lab.calls import taking
from trasluz.lab.calls.given import Named, Point
from trasluz.lab.shelf.forms import DrawPoint, ItemPoint, parse_point
from trasluz.lab.shelf.points import Resolver
from trasluz.lab.shelf.regions import RegionLike, read_region, rows_inside
from trasluz.lab.shelf.selections import Selection, canonical, is_selection, selection_of
from trasluz.spaces.data import ROWS

SHOWN = 3
"""Names that a source in words begins with."""
BY_NAME = "a selection holds what can be named anywhere"


def select(
    resolver: Resolver,
    points: Sequence[Point] | Point | None = None,
    *,
    file: str | os.PathLike[str] | None = None,
    where: str | None = None,
    region: RegionLike | None = None,
) -> Selection:
    """A selection, bound to the data that its items are of, and to the model whose latents are in it.

    Raises:
        InvalidArgument: not one of the four, or nothing in it, or more than a selection holds.
        IdentityMismatch: a file of a selection of other data, or of another model's latents.
    """
    several = () if points is None else taking.points("the POINT", points)
    listed = tuple(several) if isinstance(several, (list, tuple)) else (several,)
    asked = {"POINT...": listed or None, "--file": file, "--where": where, "--region": region}
    chosen = [name for name, value in asked.items() if value is not None]
    if len(chosen) != 1:
        raise InvalidArgument(
            "a selection is made from one thing", got=" and ".join(chosen) or "nothing",
            allowed="POINTs such as test:3 test:9, or --file, --where or --region",
        )  # fmt: skip
    if where is not None:
        return _where(resolver, where)
    if region is not None:
        return _region(resolver, region)
    return _file(resolver, Path(file).expanduser()) if file is not None else _items(resolver, listed)


def from_rows(resolver: Resolver, atlas: Atlas, rows: Sequence[int], source: str) -> Selection:
    """The rows of an atlas by their names; how many have none is said.

    Raises:
        InvalidArgument: none of them has one.
    """
    named = [atlas.points[row] for row in rows]
    points = tuple(dict.fromkeys(point for point in named if point is not None))
    nameless = sum(point is None for point in named)
    if not points:
        raise InvalidArgument("a selection of nothing", got=source, next="None of the rows has a name as a POINT")
    if nameless:
        resolver.progress.say(
            f"{nameless:,} of the {len(named):,} rows are of no split, have no name, and are left out"
        )
    _check_count(len(points))
    if atlas.is_own:
        return _bound(resolver, "", "", source, points)
    return _bound(resolver, atlas.manifest.data, atlas.data_identity.partition(ROWS)[0], source, points)


def _bound(
    resolver: Resolver, data: str, identity: str, source: str, points: tuple[str, ...] = (), where: str | None = None
) -> Selection:
    model, space = resolver.model, resolver.space.name
    return Selection(model.name, model.owner(space), space, data, identity, source, points, where)


def _where(resolver: Resolver, where: str) -> Selection:
    atlas = resolver.items() or resolver.atlas()
    try:
        found = len(atlas.where(where))
    except NoSuchValue as error:
        what = f"a selection of nothing in the atlas {atlas.name}: {error.what}"
        raise InvalidArgument(what, got=where, allowed=error.allowed, next=error.next) from None
    if not found:
        raise InvalidArgument(
            f"a selection of nothing: no item of the atlas {atlas.name} meets it", got=f"where {where}"
        )
    resolver.progress.say(
        f"{found:,} of the {len(atlas):,} items of the atlas {atlas.name} meet it now; it is asked again whenever the "
        "selection is used"
    )
    identity = atlas.data_identity.partition(ROWS)[0]
    return _bound(resolver, atlas.manifest.data, identity, f"a condition on {atlas.name}", where=where.strip())


def _region(resolver: Resolver, region: RegionLike) -> Selection:
    part = read_region(region)
    atlas = resolver.items() or resolver.atlas()
    rows, _ = rows_inside(atlas, part, resolver.workspace, resolver.progress)
    if not len(rows):
        raise InvalidArgument(
            f"a selection of nothing: no item of the atlas {atlas.name} lies in the region",
            next="Draw a wider one, or name another map: \"method\" in the region",
        )  # fmt: skip
    found = from_rows(resolver, atlas, np.asarray(rows).tolist(), f"a region of the map {part.method} of {atlas.name}")
    return Selection(**{**vars(found), "region": part.text()})


def _file(resolver: Resolver, path: Path) -> Selection:
    """A selection's own file, checked against model and data; else POINTs, a line each, or as a JSON list."""
    data = read_whole(path, "the file of POINTs", limit=SELECTION_FILE)
    text = _text(path, data)
    if not text.lstrip().startswith(("{", "[")):
        lines = [line.strip() for line in text.splitlines()]
        return _listed(resolver, [line for line in lines if line and not line.startswith("#")], path.name)
    value = parse_value(text, f"the file of POINTs at {path}")
    if isinstance(value, list):
        odd = next((one for one in value if not isinstance(one, str)), None)
        if odd is not None:
            raise DamagedFile(f"{path} is no list of POINTs", got=repr(odd)[:80], allowed='["test:3", "test:9"]')
        return _listed(resolver, value, path.name)
    if not is_selection(value):
        raise DamagedFile(f"{path} is no selection", got=sorted(value)[:8], next="A list of POINTs has one a line")
    what = f"the selection in {path.name}"
    found = selection_of(unsealed(value, what), what)
    held = resolver.spread.items(path.name, found)
    return Selection(**{**vars(found), "model": resolver.model.name}) if held else found


def _listed(resolver: Resolver, lines: Sequence[str], called: str) -> Selection:
    """POINTs out of a file, where several may stand on a line, with commas between."""
    return _items(resolver, [point for line in lines for point in taking.by_commas(line)], called)


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DamagedFile(f"{path} is no text", allowed="POINTs, one a line, or the file of a selection") from None


def _items(resolver: Resolver, given: Sequence[Point], called: str = "") -> Selection:
    """POINTs by name, each once."""
    _check_count(len(given))
    names: list[str] = []
    for point in given:
        name = _named(point)
        held = resolver.spread.selection(name)
        if held is None:
            names.append(canonical(name))
            continue
        inner = resolver.spread.items(name[1:], held)
        nameless = sum(isinstance(one, Named) and one.name is None for one in inner)
        if nameless:
            resolver.progress.say(f"{nameless:,} items of {name} are of no split, have no name, and are left out")
        names += [one.said() if isinstance(one, Named) else str(one) for one in inner if _named_or_none(one)]
    points = tuple(dict.fromkeys(names))
    _check_count(len(points))
    if not points:
        raise InvalidArgument("a selection of nothing", got=called or "no POINT", allowed="one POINT or more")
    if len(points) < len(names):
        resolver.progress.say(f"{len(names) - len(points):,} POINTs came twice, and are held once")
    some = ", ".join(points[:SHOWN]) + (", ..." if len(points) > SHOWN else "")
    return _bound(resolver, *_checked(resolver, points), called or some, points)


def _named(point: Point) -> str:
    """A POINT's text.

    Raises:
        InvalidArgument: it has none, or is a picture or a latent.
    """
    if isinstance(point, Named) and point.name is not None:
        return point.name
    if isinstance(point, (str, os.PathLike)):
        return os.fspath(point)
    raise InvalidArgument(
        BY_NAME, got="a latent or a picture in memory", allowed="items (test:17), draws (seed:42/3), @name",
        next="Save it as a point, and give that: trasluz points save",
    )  # fmt: skip


def _named_or_none(point: Point) -> bool:
    return not isinstance(point, Named) or point.name is not None


def _checked(resolver: Resolver, points: Sequence[str]) -> tuple[str, str]:
    """The data that items count in, once all are known to be there.

    Raises:
        InvalidArgument: some are not; with how many.
    """
    counted: dict[str, list[int]] = {}
    draws: list[str] = []
    for point in points:
        match parse_point(point):
            case ItemPoint(split, index):
                counted.setdefault(split, []).append(index)
            case DrawPoint():
                draws.append(point)
            case _:
                resolver(point)
    if draws:
        resolver(draws[0])  # whether there is anything to draw from
    found = "", ""
    for split, indices in counted.items():
        found = resolver.counted.whose(split)
        lacking = resolver.counted.lacking(split, indices)
        if lacking:
            raise InvalidArgument(
                f"{len(lacking):,} of the {len(points):,} POINTs are not in the data", got=f"{split}:{lacking[0]}",
                allowed=f"items that {found[0]} has",
            )  # fmt: skip
    return found


def _check_count(n: int) -> None:
    if n > SELECTION_POINTS:
        raise InvalidArgument(
            "more than a selection holds", got=f"{n:,} POINTs", allowed=f"up to {SELECTION_POINTS:,}",
            next="Select by a condition: --where",
        )  # fmt: skip
