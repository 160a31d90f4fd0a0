"""What is said of the items of a map: names of its regions, what sets some apart, and which ones hold some words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from pydantic import Field

from trasluz.atlas.finding import found
from trasluz.lab.judging.apart import LEAST, Trait, apart
from trasluz.server import images
from trasluz.server.opened import OpenMap
from trasluz.server.routes.maps import FOUND, MapId, RowCard, row_card
from trasluz.server.schemas import Asked, Here, Told

router = APIRouter(prefix="/api/maps", tags=["maps"])
ROWS = "Which rows, one bit each, the lowest first, as base64"
Bits = Annotated[str, Field(max_length=4 << 20, description=ROWS, examples=["BQ=="])]


class TraitCard(Told):
    """Something that most of some items have, and others have not."""

    column: str
    form: Literal["value", "range", "word", "missing"]
    value: Annotated[str | None, Field(description="The value or the word")]
    low: Annotated[float | None, Field(description="Of a range; of dates in days since 1970")]
    high: float | None
    inside: Annotated[float, Field(description="Share of these that have it")]
    outside: Annotated[float, Field(description="Share of all others that do")]
    p: Annotated[float, Field(description="By chance alone, corrected for all that was looked at")]

    @classmethod
    def of(cls, trait: Trait) -> TraitCard:
        return cls(
            column=trait.column, form=trait.form, value=trait.value, low=trait.low, high=trait.high,
            inside=trait.inside, outside=trait.outside, p=trait.p,
        )  # fmt: skip


class RegionCard(Told):
    """The name of a region of a map, and where it belongs."""

    x: float
    y: float
    items: int
    level: Annotated[int, Field(description="How finely one has to look: 0 is the coarsest")]
    traits: Annotated[list[TraitCard], Field(description="One or two")]


class ApartRequest(Asked):
    """Some rows of a map."""

    rows: Bits


class ApartCard(Told):
    """What sets rows apart from all others of the map."""

    items: int
    others: int
    why: Annotated[
        Literal["few", "all", "no_columns", "alike"] | None, Field(description="Why nothing is said; None where it is")
    ]
    traits: Annotated[list[TraitCard], Field(description="The largest difference first")]


class SearchRequest(Asked):
    """Words to find in the columns of the rows."""

    text: Annotated[str, Field(min_length=1, max_length=200, examples=["tabby cat"])]
    within: Annotated[Bits | None, Field(description=f"{ROWS}; None for all")] = None
    limit: Annotated[int, Field(ge=1, le=FOUND)] = 50


class MatchCard(Told):
    """Where words were found."""

    column: str
    parts: Annotated[list[tuple[str, bool]], Field(description="Of the text, each with whether it is what was asked")]


class FoundCard(RowCard):
    """A row that holds all words."""

    matched: list[MatchCard]


class SearchCard(Told):
    """Rows that hold all words."""

    rows: Annotated[list[FoundCard], Field(description="The first of them")]
    total: int
    elsewhere: Annotated[int, Field(description="How many more there are among the rows that were not asked about")]


@router.get("/{map}/regions")
async def name_regions(
    studio: Here, map: MapId, column: Annotated[str | None, Query(max_length=200, description="By it alone")] = None
) -> list[RegionCard]:
    """What holds of most items of a region and of few others, where anything does."""
    opened = studio.map(map)
    names = await studio.run(opened.regions, column)
    return [RegionCard(x=one.x, y=one.y, items=one.items, level=one.level, traits=_cards(one.traits)) for one in names]


@router.post("/{map}/apart")
async def set_apart(studio: Here, map: MapId, asked: ApartRequest) -> ApartCard:
    """What sets rows apart from all others, with the shares of both that have it."""
    opened = studio.map(map)
    rows = images.read_bits(asked.rows, len(opened.atlas))
    return await studio.run(_apart, opened, rows)


@router.post("/{map}/search")
async def search_rows(studio: Here, map: MapId, asked: SearchRequest) -> SearchCard:
    """Rows that hold every word of a text, in any order, whatever its case and accents; with where they hold it."""
    opened = studio.map(map)
    within = None if asked.within is None else images.read_bits(asked.within, len(opened.atlas))

    def look() -> SearchCard:
        answer = found(opened.atlas, asked.text, asked.limit, within)
        rows = [
            FoundCard(
                **row_card(opened, row).model_dump(),
                matched=[MatchCard(column=one.column, parts=list(one.parts)) for one in matched],
            )
            for row, matched in zip(answer.rows, answer.matched, strict=True)
        ]
        return SearchCard(rows=rows, total=answer.total, elsewhere=answer.elsewhere)

    return await studio.run(look)


def _cards(traits: Sequence[Trait]) -> list[TraitCard]:
    return [TraitCard.of(one) for one in traits]


def _apart(opened: OpenMap, rows: np.ndarray) -> ApartCard:
    items, n = int(rows.sum()), len(rows)
    features = opened.features(None)
    traits = [] if items < LEAST or items == n else apart(features, rows)
    why: Literal["few", "all", "no_columns", "alike"] | None = None
    if items < LEAST:
        why = "few"
    elif items == n:
        why = "all"
    elif not any(feature.traits for feature in features):
        why = "no_columns"
    elif not traits:
        why = "alike"
    return ApartCard(items=items, others=n - items, why=why, traits=_cards(traits))
