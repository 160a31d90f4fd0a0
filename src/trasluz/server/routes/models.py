"""Models on offer: which there are, their cards and spaces."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field

from trasluz.io.media import read_file
from trasluz.lab import models as lab
from trasluz.lab.bundled import PICTURE
from trasluz.server.refusals import NotThere
from trasluz.server.schemas import Here, Told

router = APIRouter(prefix="/api/models", tags=["models"])
ModelName = Annotated[str, Path(description="A model on offer", examples=["pets-vae"], max_length=200)]


class ModelLine(Told):
    """One model on offer."""

    name: Annotated[str, Field(examples=["pets-vae"])]
    where: str
    family: str | None
    data: str | None
    items: dict[str, Any] | None
    state: str


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
    trained_on: str | None
    parameters: int
    spaces: dict[str, SpaceCard]
    default_space: str
    config: dict[str, Any]
    card: Annotated[str | None, Field(description="Markdown, to be shown as text")]


@router.get("")
async def list_models(studio: Here) -> list[ModelLine]:
    """The models on offer."""
    return [ModelLine(**line) for line in await studio.run(studio.list_models)]


@router.get("/{model}")
async def show_model(studio: Here, model: ModelName) -> ModelCard:
    """A model's settings, spaces and card."""

    def read() -> ModelCard:
        said = lab.show_model(studio.folder(model), workspace=studio.home)
        said.pop("path")
        said.pop("training")
        return ModelCard(**{**said, "name": model}, default_space=studio.opened(model).model.default_space)

    return await studio.run(read)


@router.get("/{model}/picture", response_class=Response)
async def model_picture(studio: Here, model: ModelName) -> Response:
    """What it makes, as PNG."""

    def read() -> bytes:
        path = studio.folder(model) / PICTURE
        if not path.is_file():
            raise NotThere("the model has no picture", next="Bundled models have one")
        return read_file(path)

    return Response(await studio.run(read), media_type="image/png")
