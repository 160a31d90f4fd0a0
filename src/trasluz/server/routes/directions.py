"""Directions: found as jobs, looked at, named, forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from trasluz.base.errors import InvalidArgument, TrasluzError, UnsafePath
from trasluz.io.pictures import picture_bytes
from trasluz.lab.calls.call import call_of
from trasluz.lab.calls.given import Named, Point
from trasluz.lab.calls.verb import verb_of
from trasluz.lab.find import find
from trasluz.lab.results.directions import Directions
from trasluz.lab.shelf import directions as kept
from trasluz.lab.shelf.methods import default_of
from trasluz.lab.shelf.selections import bare
from trasluz.lab.work.search import drawn
from trasluz.server import images
from trasluz.server.jobs import Job, Outcome
from trasluz.server.marked import files_of, save_marked, search_said
from trasluz.server.opened import OpenMap
from trasluz.server.places import placed
from trasluz.server.refusals import NotThere, bad_condition
from trasluz.server.requests import VerbRequest, asks
from trasluz.server.routes.jobs import JobCard
from trasluz.server.schemas import Asked, At, Here, Name, Reproduced, Told
from trasluz.server.studio import Studio
from trasluz.spaces import registry
from trasluz.spaces.direction import Direction
from trasluz.spaces.effects import Effects, Verdict

router = APIRouter(prefix="/api/directions", tags=["directions"])
DirectionName = Annotated[str, Path(max_length=200, examples=["species-cat"])]
Of = Annotated[Name, Query(description="The model that it belongs to", examples=["pets-vae"])]
In = Annotated[str | None, Query(max_length=60, description="Its space, where two have one of that name")]
On = Annotated[
    str | None,
    Query(max_length=40, description="A map of its space, on whose items it is shown; else on the training data"),
]
Rows = Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=5000)]
JSON = "application/json"
MANUAL = "Rows that were marked on the map and have no names as POINTs"


@asks(find)
class FindRequest(VerbRequest):
    """What to find, on the data of a map."""

    map: Annotated[str, Field(max_length=40)]
    method: Annotated[str | None, Field(max_length=60, examples=["towards"])] = None
    target: Annotated[
        Name | Annotated[list[Name], Field(min_length=1, max_length=40)] | None,
        Field(description="One, or several whose tests are corrected for each other", examples=["species=cat"]),
    ] = None
    these: Annotated[Rows | None, Field(description="Rows that have what is wanted")] = None
    those: Annotated[Rows | None, Field(description="Rows that have not")] = None
    these_selection: Annotated[Name | None, Field(description="A kept selection, in place of such rows")] = None
    those_selection: Annotated[Name | None, Field(description="A kept selection, in place of such rows")] = None
    start: Annotated[At | None, Field(description="Where local directions are taken; None for the first item")] = None
    count: Annotated[int, Field(ge=1, le=32)] = 8
    name: Annotated[str | None, Field(max_length=120, description="What to call a single one")] = None
    keep: Annotated[bool, Field(description="Whether to keep them in the workspace")] = True


class KeepRequest(Asked):
    """Which direction of a search to keep, and as what."""

    job: Annotated[str, Field(max_length=40, description="The job that found it")]
    which: Annotated[int, Field(ge=0, le=255, description="Its place among those found")] = 0
    name: Annotated[str | None, Field(min_length=1, max_length=120, description="None for the name it has")] = None
    replace: Annotated[bool, Field(description="Whether to take the place of one of that name")] = False


class SaidRequest(Asked):
    """Which search is to be said again, and of which map it was."""

    job: Annotated[str, Field(max_length=40, description="The job of the search")]
    map: Annotated[str, Field(max_length=40)]
    save_as: Annotated[
        str | None,
        Field(
            min_length=1, max_length=100, description="What to keep its many rows as: these by it, those by NAME-others"
        ),
    ] = None


class RenameRequest(Asked):
    """Another name."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["more-cat"])]


class DirectionCard(Told):
    """All about one direction but its numbers."""

    name: str
    model: str
    space: str
    method: str
    target: str | None
    against: list[str]
    unit: str
    usual: float
    sigma: float
    data: str
    items: int
    settings: dict[str, Any]
    seed: int
    details: dict[str, Any]
    learned: Annotated[
        bool | None, Field(description="Whether it tells its target on items held out; None where not tested")
    ]
    p: Annotated[float | None, Field(description="How often chance alone does as well; None where not tested")]
    p_corrected: Annotated[
        float | None, Field(description="The same for all that was searched at once; None where that was one")
    ]
    verdict: Annotated[Verdict, Field(description="What it is worth; the page puts it into words")]
    measured: Annotated[Effects | None, Field(description="What it was measured to change")]


class DirectionsFound(Told):
    """What a search gave."""

    directions: list[DirectionCard]
    told: Annotated[str, Field(description="The same in a few words")]
    reproduce: Reproduced


class DirectionLine(Told):
    """A kept direction in a list."""

    name: Annotated[str, Field(description="Where it cannot be read, its full name")]
    card: Annotated[DirectionCard | None, Field(description="None where it cannot be read")]
    trouble: Annotated[str | None, Field(description="Why it cannot be read")] = None


def card(direction: Direction) -> DirectionCard:
    """What a page is told of a direction."""
    d = direction
    return DirectionCard(
        name=d.name, model=d.model, space=d.space, method=d.method, target=d.target, against=list(d.against),
        unit=d.unit, usual=d.usual, sigma=d.sigma, data=d.data, items=d.items, settings=dict(d.settings),
        seed=d.seed, details=dict(d.details), learned=d.learned, p=d.p, p_corrected=d.p_corrected,
        verdict=d.verdict, measured=d.measured,
    )  # fmt: skip


@router.get("")
async def list_directions(studio: Here, model: Annotated[Name | None, Query()] = None) -> list[DirectionLine]:
    """The kept directions, of one model or of all; those that cannot be read are always among them."""

    def read() -> list[DirectionLine]:
        found = kept.every_direction(model, workspace=studio.home)
        return [
            DirectionLine(name=name, card=None, trouble=d.what)
            if isinstance(d, TrasluzError) else DirectionLine(name=d.name, card=card(d))
            for name, d in found
        ]  # fmt: skip

    return await studio.run(read)


@router.post("/find", status_code=202)
async def find_directions(studio: Here, asked: FindRequest) -> JobCard[DirectionsFound]:
    """Find directions. The job gives their cards and `sheet.webp`."""
    found = studio.map(asked.map)
    marked = asked.these is not None or asked.these_selection is not None
    named = ", ".join(asked.target) if isinstance(asked.target, list) else asked.target
    told = named or ("marked rows" if marked else _title(asked.method))
    job = studio.jobs.start("directions", f"Finding directions: {told}", lambda job: _found(studio, found, asked, job),
                            of=found.opened.name)  # fmt: skip
    await studio.attend(job, studio.limits.patience)
    return JobCard[DirectionsFound](**job.document())


def _title(method: str | None) -> str:
    """What a person calls a method; one that is not there is refused by the search itself."""
    if method is None:
        return default_of("finders", "nothing").title
    return registry.get("finders", method).title if method in registry.names("finders") else method


def _found(studio: Studio, found: OpenMap, asked: FindRequest, job: Job) -> Outcome:
    if asked.name is not None and isinstance(asked.target, list) and len(asked.target) > 1:
        raise InvalidArgument("one name for several directions", got=asked.name, next="Leave it out, and rename them")
    if asked.name is not None and asked.keep:
        kept.check_free(asked.name, found.opened.model.name, workspace=studio.home)
    these = _points(found, asked.these, asked.these_selection)
    those = _points(found, asked.those, asked.those_selection)
    near = None if asked.start is None else placed(studio, found, asked.start)
    start = None if near is None else near.point
    # What came with a model is some of the items, rounded; a direction is found on all that a verb takes by itself.
    where = {**found.desk.where, "atlas": None} if found.atlas.packed is not None else found.desk.where
    told = {**where, "workspace": studio.home, "progress": job}
    marked = {"these": these, "those": those, "start": start}
    result = find(found.opened.model, **{**asked.arguments(), **marked, **told})
    if asked.keep:
        result.keep(name=asked.name, workspace=studio.home)
    named = [d if asked.name is None else d.renamed(asked.name) for d in result]
    how = search_said(found, result.call, job.id)
    if asked.keep and asked.name is not None and how.command is not None:  # it keeps what it finds, as this does
        how = how.model_copy(update={"command": f"{how.command} --name {asked.name} --replace"})
    answer = DirectionsFound(directions=[card(d) for d in named], told=result.told(), reproduce=how)
    files = {"sheet.webp": (images.WEBP, picture_bytes(result.image(), ".webp"))}
    files |= {name: (JSON, data) for name, data in files_of(found, result.call).items()}
    return Outcome(answer.model_dump(mode="json"), files, result)


def _points(found: OpenMap, rows: list[int] | None, selection: str | None) -> list[Point] | None:
    """Rows with their latents, and with their names where they have some; or a kept selection by its name."""
    if selection is not None:
        if rows is not None:
            raise InvalidArgument("rows and a selection for one side", got=selection, next="Give one of them")
        return [f"@{selection}"]
    if rows is None:
        return None
    for row in rows:
        found.desk.check_row(row)
    if found.atlas.packed is not None:  # by their names alone: their latents are those of the whole atlas
        return [point for row in rows if (point := found.desk.row(row).point) is not None]
    return [Named(found.atlas.latents[row].float(), found.desk.row(row).point, MANUAL) for row in rows]


@router.post("/reproduce")
async def say_search(studio: Here, asked: SaidRequest) -> Reproduced:
    """How to search the same again, as it is said now: by the names of selections that were kept since."""
    found, result = studio.map(asked.map), result_of(studio, asked.job)
    try:
        bare(asked.save_as or "x")
    except UnsafePath as error:
        raise bad_condition(error) from None

    def say() -> Reproduced:
        if asked.save_as is not None:
            save_marked(found, result.call, asked.save_as)
        return search_said(found, result.call, asked.job)

    return await studio.run(say)


def result_of(studio: Studio, job: str) -> Directions:
    """What a search gave, by its job."""
    outcome = studio.jobs.get(job).outcome
    result = None if outcome is None else outcome.result
    if not isinstance(result, Directions):
        raise NotThere("no such direction was found", next="Find it again")
    return result


@router.post("/keep", status_code=201)
async def keep_direction(studio: Here, asked: KeepRequest) -> DirectionCard:
    """Keep a direction that was found without being kept; what else was found is left."""
    result = result_of(studio, asked.job)
    if asked.which >= len(result.found):
        raise NotThere("no such direction was found", next="Find it again")
    found = result[asked.which]

    def keep() -> DirectionCard:
        name = found.name if asked.name is None else asked.name
        kept.keep(found, name=name, replace=asked.replace, workspace=studio.home)
        return card(found.renamed(name))

    return await studio.run(keep)


@router.get("/{name:path}/sheet", response_class=Response)
async def direction_sheet(studio: Here, name: DirectionName, model: Of, space: In = None, map: On = None) -> Response:
    """What a kept direction changes, as a WebP: a row an item, a column a strength."""

    def made() -> bytes:
        direction = kept.show_direction(name, model=model, space=space, workspace=studio.home)
        atlas = None if map is None else studio.map(map).atlas
        told = {"method": direction.method, "target": direction.target, "space": direction.space}
        call = call_of(verb_of(find), studio.opened(model).model, atlas, **told, workspace=studio.home)
        result = drawn(direction, call)
        return picture_bytes(result.image(), ".webp")

    return Response(await studio.run(made), media_type=images.WEBP)


@router.get("/{name:path}")
async def show_direction(studio: Here, name: DirectionName, model: Of, space: In = None) -> DirectionCard:
    """One kept direction, with what it was measured to change."""
    return await studio.run(lambda: card(kept.show_direction(name, model=model, space=space, workspace=studio.home)))


@router.patch("/{name:path}")
async def rename_direction(
    studio: Here, name: DirectionName, model: Of, asked: RenameRequest, space: In = None
) -> DirectionCard:
    """Give it another name, such as what it turned out to change."""
    if asked.name == name:
        raise InvalidArgument("that is its name already", got=name)

    def rename() -> DirectionCard:
        kept.rename_direction(name, asked.name, model=model, space=space, workspace=studio.home)
        return card(kept.show_direction(asked.name, model=model, space=space, workspace=studio.home))

    return await studio.run(rename)


@router.delete("/{name:path}", status_code=204)
async def remove_direction(studio: Here, name: DirectionName, model: Of, space: In = None) -> None:
    """Forget it."""
    await studio.run(lambda: kept.remove_direction(name, model=model, space=space, workspace=studio.home))
