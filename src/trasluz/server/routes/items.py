"""Items: what a place decodes to, moved or not, or its original, as a file in a form of its kind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from trasluz.base.errors import InvalidArgument
from trasluz.server.places import decoded, original_of, placed
from trasluz.server.refusals import NotThere
from trasluz.server.schemas import Here, Moved

router = APIRouter(prefix="/api/items", tags=["items"])


class ItemRequest(Moved):
    """Which item, and as what file."""

    original: Annotated[bool, Field(description="The real item instead of what the model makes of its latent")] = False
    form: Annotated[
        str | None,
        Field(max_length=20, examples=["wav"], description="A suffix that its kind writes"),
    ] = None


@router.post("", response_class=Response)
async def item_file(studio: Here, request: Request, asked: ItemRequest) -> Response:
    """One item as a file of its kind: to be played, or kept."""
    found = studio.map(asked.map)
    kind = found.kind
    suffix = kind.writes[0] if asked.form is None else f".{asked.form.removeprefix('.')}"
    if suffix not in kind.writes:
        raise InvalidArgument(f"no form to write a {kind.one} in", got=suffix, allowed=" ".join(kind.writes))
    if asked.original and asked.is_moved:
        raise InvalidArgument("an original is not moved", next="Leave directions and dims out")
    place = await studio.run(placed, studio, found, asked.at)
    if asked.original:
        item = await studio.run(original_of, found, place, asked.at)
        if item is None:
            raise NotThere("there is no original of that", next="Ask for a real item: test:3")
    else:
        z = await studio.run(found.desk.moved, place.z, asked.directions, asked.dims) if asked.is_moved else place.z
        item = (await decoded(request, studio, found, z))[0]
    return Response(await studio.run(kind.file, item, suffix), media_type=kind.media_type(suffix))
