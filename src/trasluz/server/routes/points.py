"""Points: latents that are kept in the workspace under a name, to be named `@name` from then on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from trasluz.base.errors import UnsafePath
from trasluz.io.names import check_name
from trasluz.lab.shelf.points import list_points, remove_point, save_point
from trasluz.server.places import placed
from trasluz.server.refusals import bad_condition
from trasluz.server.schemas import Asked, At, Here, Name, Told

router = APIRouter(prefix="/api/points", tags=["points"])


class PointRequest(Asked):
    """What to keep, under which name."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["scout"])]
    map: Annotated[str, Field(max_length=40, examples=["0f3c9a1be2d47788"])]
    at: At
    replace: Annotated[bool, Field(description="Whether it may take the place of a point of that name")] = False


class PointCard(Told):
    """A kept point."""

    name: str
    point: Annotated[str, Field(description="How it is named from then on", examples=["@scout"])]
    model: str
    space: str
    made_from: Annotated[str, Field(description="A POINT, or words where it had no name", examples=["test:17"])]


@router.get("")
async def list_saved_points(
    studio: Here, model: Annotated[Name | None, Query(description="Of one model alone")] = None
) -> list[PointCard]:
    """The kept points, of one model or of all."""

    def read() -> list[PointCard]:
        found = list_points(workspace=studio.home)
        return [
            PointCard(
                name=line["name"],
                point=f"@{line['name']}",
                model=line["model"],
                space=line["space"],
                made_from=line["from"],
            )
            for line in found
            if model is None or line["model"] == model
        ]

    return await studio.run(read)


@router.post("", status_code=201)
async def keep_point(studio: Here, asked: PointRequest) -> PointCard:
    """Keep a latent under a name, so that every command can be told of it."""
    found = studio.map(asked.map)
    try:
        check_name(asked.name, "point")
    except UnsafePath as error:
        raise bad_condition(error) from None

    def keep() -> PointCard:
        place = placed(studio, found, asked.at)
        model, space = found.opened.model, found.space.name
        source = place.name or f"a latent of the map of {found.atlas.name}"
        save_point(asked.name, model, place.z, space=space, replace=asked.replace, source=source, workspace=studio.home)
        return PointCard(name=asked.name, point=f"@{asked.name}", model=model.name, space=space, made_from=source)

    return await studio.run(keep)


@router.delete("/{name:path}", status_code=204)
async def remove_saved_point(studio: Here, name: Annotated[str, Path(max_length=200, examples=["scout"])]) -> None:
    """Forget it."""
    await studio.run(lambda: remove_point(name, workspace=studio.home))
