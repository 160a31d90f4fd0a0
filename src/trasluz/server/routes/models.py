"""Models on offer: which there are, their cards and spaces."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from trasluz.base.errors import TrasluzError
from trasluz.lab.portraits import drawn_picture, facts_of, kept_picture, picture_call
from trasluz.lab.shelf import models as lab
from trasluz.lab.shelf.shipped import is_at_hand
from trasluz.server.places import waited
from trasluz.server.refusals import NotThere
from trasluz.server.schemas import Here, KindCard, Reproduced, Told, reproduced
from trasluz.server.studio import Studio
from trasluz.spaces.model import LatentModel

router = APIRouter(prefix="/api/models", tags=["models"])
SAMPLES = 64
"""Draws that are had one by one."""
NOT_DRAWN = "The picture came with the model, or there is none to draw"
ModelName = Annotated[str, Path(description="A model on offer", examples=["pets-vae"], max_length=200)]


class ModelLine(Told):
    """One model on offer. What cannot be read of it is None, and `state` says why."""

    name: Annotated[str, Field(examples=["pets-vae"])]
    where: str
    bundled: Annotated[bool, Field(description="Whether it came with Trasluz")]
    family: str | None
    title: Annotated[str | None, Field(description="Of its family", examples=["Variational autoencoder"])]
    data: str | None
    items: dict[str, Any] | None
    spaces: Annotated[list[str], Field(description="Empty where only an open model can say")]
    parameters: int | None
    bytes: Annotated[int | None, Field(description="Of its weights on disk")]
    has_picture: Annotated[bool, Field(description="Whether one is there; another is drawn when it is asked for")]
    psnr: Annotated[float | None, Field(description="Decibels, of items it never saw and rebuilt, as its card says")]
    at_hand: Annotated[bool, Field(description="Whether a map of it opens at once")]
    state: Annotated[str, Field(description="ready, or why not")]


class SpaceCard(Told):
    """One space of a model."""

    shape: list[int]
    kind: str
    encodes: bool
    differentiable: bool
    priors: list[str]
    default_prior: str | None


class ModelCard(Told):
    """All about one model."""

    name: str
    family: str
    title: str
    identity: str
    representation: dict[str, Any]
    kind: Annotated[KindCard, Field(description="What its items are")]
    trained_on: str | None
    parameters: int
    spaces: dict[str, SpaceCard]
    default_space: str
    config: dict[str, Any]
    card: Annotated[str | None, Field(description="Markdown, to be shown as text")]
    card_bytes: Annotated[int | None, Field(description="Its size, where only its beginning is given")]
    card_undecodable: Annotated[int, Field(description="Bytes of it that are no UTF-8 text; U+FFFD stands for each")]
    card_refused: Annotated[bool, Field(description="There is something, but no plain file: it is not read")]
    reproduce: Annotated[Reproduced, Field(description="How to draw what the picture shows")]


@router.get("")
async def list_models(studio: Here) -> list[ModelLine]:
    """The models on offer."""

    def read() -> list[ModelLine]:
        return [ModelLine(**line, **_facts(studio, line)) for line in studio.list_models()]

    return await studio.run(read)


def _facts(studio: Studio, line: dict[str, Any]) -> dict[str, Any]:
    try:
        place = studio.place(line["name"])
    except TrasluzError:  # gone since it was listed; `state` says what is wrong with others
        place = None
    # With data of the studio's own, maps are made of these.
    at_hand = isinstance(place, FilePath) and studio.data is None and is_at_hand(line["name"], place, studio.home)
    return {"bundled": line["where"] == "bundled", "at_hand": at_hand, **facts_of(place, workspace=studio.home)}


@router.get("/{model}")
async def show_model(studio: Here, model: ModelName) -> ModelCard:
    """A model's settings, spaces and card."""

    def read() -> ModelCard:
        place, opened = studio.place(model), studio.opened(model)
        if isinstance(place, LatentModel):
            folder, said = None, {**lab.about_open(place), "name": model}
            written = lab.ModelCard(None)
        else:
            folder, said = place, {**lab.show_model(place, workspace=studio.home), "name": model}
            written = lab.card_of(place)
            for mine in ("path", "training", "card_note"):
                said.pop(mine, None)
        call = picture_call(opened.model, folder, workspace=studio.home, device=studio.device)
        how = reproduced(None if call is None else opened.said(call), None if call is not None else NOT_DRAWN)
        said |= {"card": written.text, "card_bytes": written.bytes, "card_undecodable": written.undecodable}
        said["card_refused"] = written.trouble is not None
        form = opened.model.representation
        said["kind"] = KindCard.of(form.of, form.public_shape)
        return ModelCard(**said, default_space=opened.model.default_space, reproduce=how)

    return await studio.run(read)


@router.get("/{model}/picture", response_class=Response)
async def model_picture(studio: Here, model: ModelName) -> Response:
    """What it makes, as PNG. Of a model that came without a picture, draws of seed 0, kept in the cache."""
    picture = await studio.run(lambda: kept_picture(studio.place(model), workspace=studio.home))
    if picture is None:

        def draw() -> bytes | None:
            return drawn_picture(studio.place(model), workspace=studio.home, device=studio.device)

        picture = await studio.alone(draw)
    if picture is None:
        raise NotThere("the model has no picture", next="It has no prior to draw from, or makes no pictures")
    return Response(picture, media_type="image/png")


@router.get("/{model}/samples/{index}", response_class=Response)
async def model_sample(
    studio: Here, request: Request, model: ModelName, index: Annotated[int, Path(ge=0, lt=SAMPLES)]
) -> Response:
    """A draw of seed 0, as the first of the files that its kind writes: `seed:0/INDEX`."""
    opened = await studio.run(studio.opened, model)
    space = opened.model.space(None)
    if space.default_prior is None:
        raise NotThere("the model has no prior to draw from")
    kind = space.representation.of
    z = await studio.run(lambda: space.prior().sample(1, 0, start=index).float().cpu())
    item = (await waited(request, opened.batchers[space.name].ask(z), studio.limits.gone))[0]
    return Response(await studio.run(kind.file, item, kind.writes[0]), media_type=kind.media_type(kind.writes[0]))
