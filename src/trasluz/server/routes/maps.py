"""Maps: opened or made, their points, columns, rows and thumbnails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from trasluz.atlas.query import NoSuchValue
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.lab.calls.call import call_of
from trasluz.lab.calls.verb import verb_of
from trasluz.lab.drawing import pictures
from trasluz.lab.encode import encode
from trasluz.lab.judging.measures import is_measure
from trasluz.lab.judging.new_items import NewItems, Why
from trasluz.lab.shelf import about_data as lab
from trasluz.lab.shelf import directions as kept
from trasluz.lab.shelf.atlases import DEFAULT_ITEMS
from trasluz.lab.shelf.maps import EXTRA
from trasluz.lab.shelf.shipped import better_of
from trasluz.server import images
from trasluz.server.jobs import Job, Outcome
from trasluz.server.opened import OpenMap
from trasluz.server.refusals import NotThere, bad_condition
from trasluz.server.routes.jobs import JobCard
from trasluz.server.schemas import Asked, Here, KindCard, Name, Neighbour, Reproduced, Told, reproduced
from trasluz.spaces.column import Kind as ColumnKind

router = APIRouter(prefix="/api/maps", tags=["maps"])
MapId = Annotated[str, Path(max_length=40, examples=["0f3c9a1be2d47788"])]
NOT_MEASURED = "This map is laid out by a column: the command line colours it by no measure"
LAID_OUT = "This map is laid out by the column that separates best: the command line colours it by no other"
MOST_DRAWS = 20_000
"""Own draws of a map that is asked for by their number, at most."""
TILES = 256
"""Rows of one request."""
FOUND = 200
"""Rows that a search gives at most."""


class MapRequest(Asked):
    """Which map to open."""

    model: Annotated[Name, Field(examples=["pets-vae"])]
    space: Annotated[str | None, Field(max_length=60)] = None
    data: Annotated[str | None, Field(max_length=200, description="A built-in source, or what the studio has")] = None
    split: Annotated[
        Literal["train", "val", "test", "all"] | None,
        Field(description="A part of the data, whole; None for the first items of the test part"),
    ] = None
    atlas: Annotated[str | None, Field(max_length=120, description="An atlas by name, instead of data")] = None
    own: Annotated[
        int | None, Field(ge=2, le=MOST_DRAWS, description="So many of the model's own draws, instead of data")
    ] = None
    method: Annotated[
        str | None,
        Field(max_length=60, examples=["pca"], description="None for a layout that is there already, else pca"),
    ] = None
    settings: Annotated[dict[str, float | int | bool | str], Field(max_length=20)] = {}
    color: Annotated[str | None, Field(max_length=200, description="What `discriminant` separates")] = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class Column(Told):
    """A label or factor of the rows."""

    name: Annotated[str, Field(examples=["species"])]
    kind: Annotated[ColumnKind, Field(description="category and order have names; text has no codes")]
    values: Annotated[list[str], Field(description="Of names: code i is value i")]
    counts: list[int]
    colours: Annotated[list[str], Field(description="Of names: one each; of a scale: the stops it runs through")]
    low: Annotated[float | None, Field(description="Of a quantity, or of a date in days since 1970: code 0")]
    high: Annotated[float | None, Field(description="Of a quantity or a date: code 65534")]
    missing: int
    reproduce: Annotated[Reproduced, Field(description="The map, coloured by this column")]


class MapCard(Told):
    """A map that is open."""

    id: str
    model: str
    space: str
    shape: list[int]
    atlas: str
    data: str
    split: Annotated[str, Field(description="Which part of the data; own where the model drew them itself")]
    kind: KindCard
    method: str
    axes: tuple[str, str]
    items: int
    tile: Annotated[int, Field(description="Height and width of a thumbnail; 0 where there are none")]
    bundled: Annotated[bool, Field(description="Whether the items came with the model")]
    first_draws: Annotated[
        bool, Field(description="Whether the items are the first of the model's own draws, as `own` asks for them")
    ]
    pictured: Annotated[
        int, Field(description="Rows with a thumbnail of the item, the first ones; others show the reconstruction")
    ]
    bounds: Annotated[tuple[float, float, float, float], Field(description="low x, low y, high x, high y")]
    round_trip: Annotated[float | None, Field(description="Share of the variance lost on the way there and back")]
    color: Annotated[
        str | None, Field(description="What it is coloured by: as asked, or the column of few values that lie together")
    ]
    better: Annotated[
        str | None,
        Field(description="A method that shows more of the same items, to be asked for beside; None where none is"),
    ]
    is_default: Annotated[bool, Field(description="Whether map:X,Y (or map:METHOD:X,Y) names places of this map")]
    columns: list[Column]
    measures: Annotated[list[str], Field(description="Further columns, made when they are asked for")]
    reproduce: Reproduced


class MapOpened(Told):
    """The map; or the job that makes it, where that takes longer than a moment."""

    map: MapCard | None
    job: JobCard[MapCard]


class RowCard(Told):
    """An encoded item and where it lies."""

    row: int
    point: str | None
    xy: tuple[float, float]
    columns: dict[str, Any]


class LeftOutCard(Told):
    """Files that are not among the items, for one reason."""

    reason: str
    count: int
    examples: Annotated[list[str], Field(description="Some of them")]


class AtlasLine(Told):
    """An atlas of the same space, which no choice of a part gives."""

    name: str
    data: str
    split: str
    items: int


class DataCard(Told):
    """What the items of a map are of."""

    data: str
    split: str
    items: Annotated[int, Field(description="On the map")]
    usual: Annotated[int | None, Field(description="Items of the map that names no part; None where it has no data")]
    parts: Annotated[dict[str, int], Field(description="Items of each part that has some, and of all")]
    notes: Annotated[list[str], Field(description="Sentences: what was joined, guessed, resized")]
    left_out: Annotated[list[LeftOutCard], Field(description="The most frequent reason first")]
    licence: str | None
    trouble: Annotated[str | None, Field(description="Why the data cannot be had any more")]
    more: Annotated[str | None, Field(description="The command that encodes what of the part is not on the map")]
    atlases: list[AtlasLine]


class NewItemsCard(Told):
    """How well the neighbours of new items, which had no part in the map, tell a column."""

    column: str
    why: Annotated[Why | None, Field(description="Why it was not tested; None where it was")]
    figure: Annotated[
        Literal["accuracy", "rank correlation"] | None, Field(description="Of names their share, of a scale the other")
    ]
    n: Annotated[int, Field(description="New items with a value")]
    k: Annotated[int, Field(description="Neighbours that are asked")]
    found: Annotated[float | None, Field(description="On the map")]
    low: Annotated[float | None, Field(description="Lower end of its 95 % interval")]
    high: float | None
    chance: Annotated[float | None, Field(description="By always saying the most frequent value; 0 of a scale")]
    space: Annotated[float | None, Field(description="The same in the space itself")]
    pixels: Annotated[float | None, Field(description="The same on pixels")]
    components: Annotated[float | None, Field(description="The same on principal components of the pixels")]
    kin: Annotated[str | None, Field(description="A column each of whose values has one value of this one")]
    without: Annotated[float | None, Field(description="On the map, by neighbours of other values of it alone")]
    sentence: Annotated[str, Field(description="All of it in English")]

    @classmethod
    def of(cls, told: NewItems) -> NewItemsCard:
        figure = told.figure
        further = {} if figure is None else {name: one.value for name, one in figure.further.items()}
        low, high = (None, None) if figure is None or figure.interval is None else figure.interval
        return cls(
            column=told.column, why=told.why, figure=None if figure is None else figure.name,  # type: ignore[arg-type]
            n=told.n if figure is None else figure.n, k=0 if figure is None else figure.details["k"],
            found=None if figure is None else figure.value, low=low, high=high,
            chance=None if figure is None else figure.chance, space=further.get("space"),
            pixels=further.get("pixels"), components=further.get("components"),
            kin=told.without and told.without.column, without=told.without and told.without.value,
            sentence=told.sentence(),
        )  # fmt: skip


class ColoursTold(Told):
    """What is told of the colours of a map."""

    new_items: Annotated[NewItemsCard | None, Field(description="None of a measure")]


class FilterRequest(Asked):
    """A condition on the columns."""

    where: Annotated[str, Field(max_length=2000, examples=["species = 'cat'"])]


class Sliders(Told):
    """What a latent can be moved along."""

    directions: list[dict[str, Any]]
    dims: list[dict[str, Any]]


def card(found: OpenMap) -> MapCard:
    """All about an open map."""
    plane, atlas = found.plane, found.atlas
    xy = plane.projection.xy.cpu()
    low, high = xy.min(0).values.tolist(), xy.max(0).values.tolist()
    m = atlas.manifest
    return MapCard(
        id=found.id, model=found.opened.name, space=found.space.name, shape=list(found.space.shape), atlas=atlas.name,
        data=m.data, split=m.split, kind=KindCard.of(found.kind, found.space.representation.public_shape),
        method=plane.projection.method,
        axes=plane.projection.axes,
        items=len(atlas), tile=m.tile if m.sheets or m.is_own else 0, bundled=atlas.packed is not None,
        first_draws=m.is_own and not m.sheets, pictured=atlas.pictured, bounds=(low[0], low[1], high[0], high[1]),
        round_trip=plane.round_trip,
        color=plane.color, better=better_of(atlas, plane.projection.method), is_default=found.desk.is_default,
        columns=[_column(found, name) for name in (*atlas.columns, *EXTRA)],
        measures=found.measures,
        reproduce=reproduced(found.said(plane.call)),
    )  # fmt: skip


def _column(found: OpenMap, name: str) -> Column:
    """A column, and how to get the map in its colours."""
    shown, call = found.coded(name), found.plane.call
    if is_measure(name, found.atlas.columns) and found.desk.looks_at_labels:
        how = reproduced(None, NOT_MEASURED)
    elif shown.column.kind == "text":
        how = reproduced(None)
    elif found.desk.looks_at_labels and name != found.plane.color:
        how = reproduced(None, LAID_OUT)
    else:
        how = reproduced(found.said(call.saying(color=name)))
    return Column(**shown.document(), reproduce=how)


@router.post("")
async def open_map(studio: Here, asked: MapRequest, response: Response) -> MapOpened:
    """Open a map; what is not encoded or laid out yet is made, as a job (status 202)."""
    studio.place(asked.model)

    def make(job: Job) -> Outcome:
        drawn = studio.draw(
            asked.model, space=asked.space, data=asked.data, split=asked.split, atlas=asked.atlas, own=asked.own,
            method=asked.method, settings=asked.settings or None, color=asked.color, seed=asked.seed, progress=job,
        )  # fmt: skip
        return Outcome(card(drawn).model_dump())

    by = "" if asked.method is None else f" by {asked.method}"
    job = studio.jobs.start("map", f"Map of {asked.model}{by}", make, of=asked.model)
    await studio.attend(job, studio.limits.patience)
    if not job.finished:
        response.status_code = 202
    document = job.document()
    made = document["result"] if job.state == "done" else None
    return MapOpened(map=None if made is None else MapCard(**made), job=JobCard[MapCard](**document))


@router.get("")
async def list_maps(studio: Here) -> list[MapCard]:
    """The maps that are open."""
    return await studio.run(lambda: [card(found) for found in studio.maps()])


@router.get("/{map}")
async def show_map(studio: Here, map: MapId) -> MapCard:
    """One open map."""
    return await studio.run(card, studio.map(map))


@router.post("/{map}/data", status_code=202)
async def about_data(studio: Here, map: MapId) -> JobCard[DataCard]:
    """What the items are of, as a job: data that are no longer at hand decoded have to be read."""
    found = studio.map(map)

    def look(job: Job) -> Outcome:
        m, opened = found.atlas.manifest, found.opened
        about = lab.about_data(opened.model, found.atlas, found.plane.call.values["data"], studio.home, job)
        answer = DataCard(
            data=m.data, split=m.split, items=len(found.atlas), parts=dict(about.parts),
            usual=min(about.parts["test"], DEFAULT_ITEMS) if "test" in about.parts else None,
            notes=list(about.notes), left_out=[LeftOutCard(**asdict(one)) for one in about.left_out],
            licence=about.licence, trouble=None if about.trouble is None else about.trouble.sentence(),
            more=_more(found, about), atlases=[AtlasLine(**asdict(one)) for one in about.atlases],
        )  # fmt: skip
        return Outcome(answer.model_dump())

    job = studio.jobs.start("data", f"The data of {found.opened.name}", look, of=found.opened.name)
    await studio.attend(job, studio.limits.patience)
    return JobCard[DataCard](**job.document())


def _more(found: OpenMap, about: lab.AboutData) -> str | None:
    """How to have all items of the part on the map, where there are more than that."""
    m = found.atlas.manifest
    if about.parts.get(m.split, 0) <= len(found.atlas) or not found.opened.given:
        return None
    told = {"data": found.plane.call.values["data"] or m.data, "split": m.split, "space": found.desk.where["space"]}
    is_named = found.plane.call.values["atlas"] is not None and found.atlas.packed is None
    name = {"name": found.atlas.name} if is_named else {}
    call = call_of(verb_of(encode), found.opened.model, **told, **name, workspace=found.desk.home)
    return reproduced(found.said(call)).command


@router.get("/{map}/points", response_class=Response)
async def map_points(
    studio: Here, map: MapId, column: Annotated[str | None, Query(max_length=200, examples=["species"])] = None
) -> Response:
    """Where all rows lie, with the codes of a column: 8 or 10 bytes a point behind a header of 16."""
    found = studio.map(map)

    def made() -> bytes:
        codes = None if column is None else found.coded(column).checked()
        return images.points(found.plane.projection.xy.cpu().numpy(), codes)

    return Response(await studio.run(made), media_type=images.BINARY)


@router.get("/{map}/columns/{column:path}/card")
async def show_column(studio: Here, map: MapId, column: Annotated[str, Path(max_length=200)]) -> Column:
    """What the codes of a column mean; of a measure too."""
    found = studio.map(map)
    return await studio.run(_column, found, column)


@router.get("/{map}/columns/{column:path}/told")
async def tell_colours(studio: Here, map: MapId, column: Annotated[str, Path(max_length=200)]) -> ColoursTold:
    """How well new items separate by a column: for the first one of a map it takes some seconds."""
    found = studio.map(map)
    told = await studio.alone(found.new_items, column)
    return ColoursTold(new_items=None if told is None else NewItemsCard.of(told))


@router.get("/{map}/columns/{column:path}", response_class=Response)
async def map_column(studio: Here, map: MapId, column: Annotated[str, Path(max_length=200)]) -> Response:
    """The code of every row in a column, uint16 behind a header of 16 bytes."""
    found = studio.map(map)
    codes = await studio.run(lambda: found.coded(column).checked())
    body = images.header(images.CODES, len(codes)) + codes.astype("<u2").tobytes()
    return Response(body, media_type=images.BINARY)


@router.get("/{map}/rows")
async def map_rows(studio: Here, map: MapId, rows: Annotated[str, Query(max_length=4000)]) -> list[RowCard]:
    """Some rows by their numbers, `3,17,40`: what they are called, where they lie, their columns."""
    found, wanted = studio.map(map), _numbers(rows)
    return await studio.run(lambda: [row_card(found, row) for row in wanted])


@router.get("/{map}/thumbnails", response_class=Response)
async def map_thumbnails(studio: Here, map: MapId, rows: Annotated[str, Query(max_length=4000)]) -> Response:
    """Small pictures of some rows, `3,17,40`, in one WebP: row by row, as many across as a header says."""
    found, wanted = studio.map(map), _numbers(rows)

    def made() -> tuple[bytes, int]:
        if not found.atlas.manifest.sheets and not found.atlas.is_own:
            raise NotThere("the atlas has no thumbnails")
        return images.sheet([pictures.of_bytes(p).convert("RGB") for p in found.thumbnails(wanted)])

    data, across = await studio.run(made)
    headers = {"X-Trasluz-Across": str(across), "X-Trasluz-Tile": str(found.atlas.manifest.tile)}
    return Response(data, media_type=images.WEBP, headers=headers)


@router.post("/{map}/filter", response_class=Response)
async def filter_rows(studio: Here, map: MapId, asked: FilterRequest) -> Response:
    """Which rows meet a condition: one bit a row behind a header of 16 bytes."""
    found = studio.map(map)

    def meet() -> np.ndarray:
        try:
            return found.atlas.where(asked.where)
        except (UnknownName, NoSuchValue) as error:
            raise bad_condition(error) from None

    rows = await studio.meet(meet)
    return Response(images.bits(rows, len(found.atlas)), media_type=images.BINARY)


@router.get("/{map}/sliders")
async def map_sliders(studio: Here, map: MapId) -> Sliders:
    """Kept directions of the map's space, and its most active dimensions."""
    found = studio.map(map)

    def made() -> Mapping[str, Any]:
        mine = [str(line["name"]) for line in kept.list_directions(found.opened.model.name, workspace=studio.home)]
        return found.desk.sliders(mine)

    return Sliders(**await studio.run(made))


def row_card(found: OpenMap, row: int) -> RowCard:
    """A row as it travels."""
    near = Neighbour.of(found.desk.row(row))
    x, y = found.plane.projection.xy[row].tolist()
    return RowCard(row=row, point=near.point, xy=(x, y), columns=near.columns)


def _numbers(text: str) -> list[int]:
    parts = text.split(",")
    if len(parts) > TILES or not all(part.isdecimal() and part.isascii() and len(part) < 10 for part in parts):
        raise InvalidArgument("not a list of rows", got=text[:60], allowed=f"up to {TILES} numbers with commas between")
    return [int(part) for part in parts]
