"""Selections: sets of rows that are kept in the workspace under a name, to be named `@name` from then on."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from trasluz.base.bounds import SELECTION_POINTS
from trasluz.base.errors import InvalidArgument, TrasluzError, UnknownName, UnsafePath
from trasluz.lab.shelf.selections import Selection, bare, every_selection, keep_selection, remove_selection
from trasluz.lab.work.selecting import from_rows, select
from trasluz.server import images
from trasluz.server.opened import OpenMap
from trasluz.server.refusals import bad_condition
from trasluz.server.schemas import Asked, Here, Told

router = APIRouter(prefix="/api/selections", tags=["selections"])
MapId = Annotated[str, Query(max_length=40, examples=["0f3c9a1be2d47788"])]
SelectionName = Annotated[str, Path(max_length=200, examples=["smilers"])]


class SelectionRequest(Asked):
    """What to keep, under which name: rows of a map, or a condition on them."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["smilers"])]
    map: Annotated[str, Field(max_length=40, examples=["0f3c9a1be2d47788"])]
    rows: Annotated[list[Annotated[int, Field(ge=0)]] | None, Field(max_length=SELECTION_POINTS)] = None
    where: Annotated[str | None, Field(max_length=2000, examples=["species = 'cat'"])] = None
    replace: Annotated[bool, Field(description="Whether it may take the place of a selection of that name")] = False


class SelectionCard(Told):
    """A kept selection."""

    name: str
    point: Annotated[str, Field(description="How it is named from then on", examples=["@smilers"])]
    items: Annotated[int | None, Field(description="How many it holds; None of a condition")]
    where: str | None
    data: str
    model: str
    space: str
    made_from: str
    here: Annotated[bool, Field(description="Whether it is of the items of the map that was named")]
    trouble: Annotated[str | None, Field(description="Why it is not, or cannot be read")] = None


def card(name: str, held: Selection, trouble: str | None) -> SelectionCard:
    """What a page is told of a selection."""
    items = None if held.where is not None else len(held.points)
    return SelectionCard(
        name=name, point=f"@{name}", items=items, where=held.where, data=held.data, model=held.model,
        space=held.space, made_from=held.source, here=trouble is None, trouble=trouble,
    )  # fmt: skip


@router.get("")
async def list_selections(studio: Here, map: MapId) -> list[SelectionCard]:
    """The kept selections; those of other items than a map's, and those that cannot be read, with the reason."""
    found = studio.map(map)

    def read() -> list[SelectionCard]:
        return [
            SelectionCard(name=name, point=f"@{name}", items=0, where=None, data="", model="", space="", made_from="",
                          here=False, trouble=held.what)
            if isinstance(held, TrasluzError) else card(name, held, _trouble(found, name))
            for name, held in every_selection(workspace=studio.home)
        ]  # fmt: skip

    return await studio.run(read)


def _trouble(found: OpenMap, name: str) -> str | None:
    """Why a selection is not of the items of a map."""
    try:
        found.desk.selected(name)
    except TrasluzError as error:
        return error.what
    return None


@router.post("", status_code=201)
async def save_selection(studio: Here, asked: SelectionRequest) -> SelectionCard:
    """Keep rows of a map under a name, so that every command can be told of them."""
    found = studio.map(asked.map)
    try:
        name = bare(asked.name)
    except UnsafePath as error:
        raise bad_condition(error) from None
    if (asked.rows is None) == (asked.where is None):
        raise InvalidArgument("a selection is made from rows or from a condition", next="Give one of them")

    def keep() -> SelectionCard:
        desk = found.desk
        if asked.where is not None:
            try:
                made = select(desk.resolver, where=asked.where)
            except UnknownName as error:
                raise bad_condition(error) from None
        else:
            for row in asked.rows or ():
                desk.check_row(row)
            made = from_rows(desk.resolver, found.atlas, asked.rows or (), f"rows of the map of {found.atlas.name}")
        keep_selection(name, made, replacing=asked.replace, workspace=studio.home)
        return card(name, made, None)

    return await studio.run(keep)


@router.get("/{name:path}/rows", response_class=Response)
async def selected_rows(studio: Here, name: SelectionName, map: MapId) -> Response:
    """Which rows of a map a selection holds, as bits; it may hold items besides that are none of the map's."""
    found = studio.map(map)

    def read() -> bytes:
        rows, _ = found.desk.selected(bare(name))
        return images.bits(np.array(rows, dtype=np.int64), len(found.atlas))

    return Response(await studio.run(read), media_type=images.BINARY)


@router.delete("/{name:path}", status_code=204)
async def remove_saved_selection(studio: Here, name: SelectionName) -> None:
    """Forget it. The data stay."""
    await studio.run(lambda: remove_selection(name, workspace=studio.home))
