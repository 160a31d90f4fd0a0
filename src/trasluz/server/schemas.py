"""What travels: requests and answers that several groups of routes share."""

from __future__ import annotations

from typing import Annotated, Any, final

from fastapi import Depends
from fastapi.requests import HTTPConnection
from pydantic import BaseModel, ConfigDict, Field, model_validator

from trasluz.lab.calls.call import Call
from trasluz.lab.desk import Near
from trasluz.server.studio import Studio
from trasluz.spaces.kind import Drawer, Kind

FARTHEST = 1e9
"""A coordinate of a map, at most."""
Number = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
SUPPORT = "How unlike the encoded items: up to 1 is within what 95 % of held-out ones are; null where not tested"


async def studio_of(connection: HTTPConnection) -> Studio:
    """The studio behind an application. It waits for nothing: a plain function would be sent to another thread."""
    found: Studio = connection.app.state.studio
    return found


Here = Annotated[Studio, Depends(studio_of)]
"""The studio, as a route takes it."""


class Asked(BaseModel):
    """Base of every request: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Told(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())


class Refusal(Told):
    """Why a request was not answered."""

    kind: Annotated[str, Field(description="The sort of error, which stays", examples=["unknown_name", "busy"])]
    what: str
    got: str | list[str] | None = None
    allowed: str | list[str] | None = None
    next: str | None = None
    sentence: str
    stopped: bool = False
    number: Annotated[
        str | None, Field(description="Of our own fault: what it is written down under in the terminal")
    ] = None


@final
class At(Asked):
    """One latent, by exactly one of four ways."""

    point: Annotated[str | None, Field(max_length=200, description="A POINT that is no file: test:17, @scout")] = None
    xy: Annotated[tuple[Number, Number] | None, Field(description="A place of the map, by its way back")] = None
    row: Annotated[int | None, Field(ge=0, description="A row of the map's atlas")] = None
    latent: Annotated[str | None, Field(description="float32 numbers, little-endian, flattened, as base64")] = None

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"point": "test:3"}, {"xy": [0.31, -1.2]}]}
    )

    @model_validator(mode="after")
    def _one(self) -> At:
        if sum(value is not None for value in (self.point, self.xy, self.row, self.latent)) != 1:
            raise ValueError("exactly one of point, xy, row and latent")
        return self


class Moved(Asked):
    """A latent of a map that is open, and how far it is moved."""

    map: Annotated[str, Field(max_length=40, examples=["0f3c9a1be2d47788"])]
    at: At
    directions: Annotated[
        dict[Annotated[str, Field(max_length=200)], Number],
        Field(max_length=20, description="Strengths by name", examples=[{"species-cat": 1.0}]),
    ] = {}
    dims: Annotated[dict[int, Number], Field(max_length=40, description="Strengths in σ", examples=[{3: 1.5}])] = {}

    @property
    def is_moved(self) -> bool:
        return bool(self.directions or self.dims)


class Needed(Told):
    """A file that a command or a line of Python reads: it has to be there first."""

    name: str
    job: Annotated[str, Field(description="Among whose files it is")]
    items: Annotated[int, Field(description="How many items it names")]


class Reproduced(Told):
    """How to get the same from the command line and from Python; None with the reason where neither can say it."""

    command: Annotated[str | None, Field(examples=["trasluz decode pets-vae test:3 --out decoded.png"])] = None
    code: str | None = None
    why_not: str | None = None
    needs: Annotated[list[Needed] | None, Field(description="Files to download first, where there are some")] = None


class Neighbour(Told):
    """An encoded item near a latent."""

    row: int
    point: str | None
    distance: float
    columns: dict[str, Any]

    @classmethod
    def of(cls, near: Near) -> Neighbour:
        return cls(row=near.row, point=near.point, distance=near.distance, columns=dict(near.columns))


class Picture(Told):
    """A decoded picture in this answer."""

    webp: Annotated[str, Field(description="WebP without loss, as base64")]
    width: int
    height: int
    line: Annotated[
        list[float] | None, Field(description="Of a kind that is shown as a line: heights from 0, the lowest, to 1")
    ] = None


class KindCard(Told):
    """What the items of a map are."""

    name: str
    one: Annotated[str, Field(description="What a person calls an item")]
    many: str
    suffixes: Annotated[list[str], Field(description="What the names of its files end with")]
    drawer: Annotated[Drawer, Field(description="What a page shows one with")]
    writes: Annotated[dict[str, str], Field(description="Files that one can be had as, with their media types")]
    seconds: Annotated[float | None, Field(description="That one takes to be played; null where it takes none")]

    @classmethod
    def of(cls, kind: Kind, shape: tuple[int, ...]) -> KindCard:
        """`shape` is that of a stored item."""
        return cls(
            name=kind.name, one=kind.one, many=kind.many, suffixes=list(kind.suffixes), drawer=kind.drawer,
            writes={suffix: kind.media_type(suffix) for suffix in kind.writes}, seconds=kind.duration(shape),
        )  # fmt: skip


def reproduced(call: Call | None, why_not: str | None = None) -> Reproduced:
    """The texts of a call."""
    from trasluz.base.errors import TrasluzError

    if call is None:
        return Reproduced(why_not=why_not)
    try:
        return Reproduced(command=call.command(), code=call.code())
    except TrasluzError as error:
        return Reproduced(why_not=error.sentence())
