"""What this studio is."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

import trasluz
from trasluz.lab.results.paths import LatentPath
from trasluz.lab.shelf import methods as lab
from trasluz.server.limits import PROTOCOL
from trasluz.server.routes.jobs import exports_of
from trasluz.server.schemas import Here, Told

router = APIRouter(prefix="/api", tags=["about"])
Value = bool | int | float | str | None


class Setting(Told):
    """What a method can be set to; it is left out of a request to have the default."""

    name: Annotated[str, Field(examples=["neighbours"])]
    kind: Literal["int", "float", "bool", "str"]
    default: Annotated[Value, Field(description="None where the method chooses by itself")]
    low: float | None
    high: float | None
    choices: Annotated[list[Value], Field(description="All that it takes; empty where anything between the limits")]
    doc: str
    unit: str | None


class Method(Told):
    """A method that can be chosen."""

    name: Annotated[str, Field(examples=["umap"])]
    title: Annotated[str, Field(examples=["Principal components"])]
    about: Annotated[str, Field(description="The first paragraph on it, with its source")]
    settings: list[Setting]
    quick: Annotated[bool, Field(description="Of a map, a rule, an inverter: whether it is done at once")]
    default_for: Annotated[
        list[str],
        Field(
            description="What it is the method for where nobody names one: anything; of a finder nothing, value, "
            "quantity or examples; of an inverter encoder or gradients"
        ),
    ]
    needs: Annotated[
        Literal["target", "examples", "nothing"] | None, Field(description="Of a finder: what a person has to give")
    ]
    evidence: Annotated[
        list[str], Field(description="Of a finder: what of a space it looks at, such as latents or gradients")
    ]
    holds_all: Annotated[
        bool, Field(description="Of a finder: whether it leaves every other column alone where nobody says which")
    ]
    uses_labels: Annotated[bool, Field(description="Of a map: whether it is another one for every column")]
    uses_data: Annotated[bool, Field(description="Of a rule: whether it finds its way among encoded items")]


class Methods(Told):
    """All methods, by what they do."""

    projections: list[Method]
    rules: list[Method]
    finders: list[Method]
    inverters: list[Method]


class About(Told):
    """Versions, what can be chosen, and what is taken at most."""

    version: str
    protocol: str
    data: str | None
    methods: Methods
    formats: Annotated[list[str], Field(description="What a path can be exported as", examples=[["gif", "mp4"]])]
    limits: dict[str, int]


@router.get("/about")
async def about(studio: Here) -> About:
    """Versions, methods with their settings, and limits."""
    limits = studio.limits
    return About(
        version=trasluz.__version__,
        protocol=PROTOCOL,
        data=studio.data,
        methods=await studio.run(_methods),
        formats=exports_of(LatentPath.suffixes),
        limits={
            "points": limits.points, "frames": limits.frames, "upload": limits.upload, "unread": limits.unread,
            "cells": limits.cells,
        },
    )  # fmt: skip


@cache
def _methods() -> Methods:
    def row(name: lab.Row) -> list[Method]:
        return [Method(**one) for one in lab.methods(name)]

    return Methods(
        projections=row("projections"), rules=row("paths"), finders=row("finders"), inverters=row("inverters")
    )
