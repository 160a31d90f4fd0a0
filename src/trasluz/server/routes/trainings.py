"""Training on data of one's own: one run at a time, as a job that goes on whether a page looks or not."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field, model_validator

from trasluz.base.errors import InvalidArgument, NameTaken, UnsafePath
from trasluz.io.names import check_name
from trasluz.lab.shelf import courses as lab
from trasluz.lab.shelf import own_data
from trasluz.lab.shelf.bundled import reserve
from trasluz.lab.train import train
from trasluz.server.jobs import Job, Outcome
from trasluz.server.refusals import NotThere, bad_condition
from trasluz.server.routes.jobs import JobCard
from trasluz.server.schemas import Asked, Here, Told
from trasluz.server.studio import Studio
from trasluz.spaces import registry

router = APIRouter(prefix="/api/trainings", tags=["trainings"])
RunName = Annotated[str, Path(max_length=200, examples=["mine"])]
JOB = "train"
LONGEST = 10_000.0
"""Minutes of a run that a page asks for: a week."""


class TrainRequest(Asked):
    """A new run on data that were handed over; or one that is there, to be gone on with."""

    data: Annotated[str | None, Field(max_length=200, description="A data set that was handed over")] = None
    resume: Annotated[str | None, Field(max_length=200, description="A run that is there")] = None
    name: Annotated[str | None, Field(min_length=1, max_length=200, description="What the model is to be called")] = (
        None
    )
    family: Annotated[str, Field(max_length=60, examples=["vae"])] = "vae"
    preset: Annotated[str, Field(max_length=60)] = "small"
    size: Annotated[int | None, Field(ge=8, le=256)] = None
    fit: Literal["crop", "pad", "stretch"] | None = None
    seconds: Annotated[float | None, Field(gt=0, le=60)] = None
    minutes: Annotated[
        float | None,
        Field(
            gt=0, le=LONGEST, description="Everything included; None, of a run that is there, for what is left of it"
        ),
    ] = None
    force: Annotated[bool, Field(description="Train on fewer items than the family should have")] = False

    @model_validator(mode="after")
    def _one(self) -> TrainRequest:
        if (self.data is None) == (self.resume is None):
            raise ValueError("exactly one of data and resume")
        if self.data is not None and (self.minutes is None or self.name is None):
            raise ValueError("a new run has a name and minutes")
        return self


class MarkCard(Told):
    """Figures of one step."""

    step: int
    values: dict[str, float]


class RunCard(Told):
    """How a run has gone so far."""

    name: str
    family: str
    title: str
    data: str
    own: Annotated[str | None, Field(description="The data set that was handed over, where it is one of these")]
    preset: str
    steps: int
    total: int
    done: Annotated[bool, Field(description="Whether it came to its end")]
    opens: Annotated[bool, Field(description="Whether there are weights to look at")]
    job: Annotated[str | None, Field(description="The job in which it goes on now")]
    watched: Annotated[list[str], Field(description="Figures to watch; test_NAME on items never trained on")]
    marks: list[MarkCard]
    sheets: Annotated[list[int], Field(description="Steps after which a sheet of samples was drawn")]


class FamilyCard(Told):
    """A kind of model that can be trained."""

    name: str
    title: str
    least: Annotated[int, Field(description="Items to train on below which it learns them by heart")]
    presets: list[str]
    sizes: Annotated[tuple[int, int], Field(description="Smallest and largest height and width")]


class Trainings(Told):
    """Runs of this workspace, and what can be trained."""

    runs: list[RunCard]
    families: list[FamilyCard]


@router.get("")
async def list_trainings(studio: Here) -> Trainings:
    """Runs of this workspace, and what can be trained."""

    def read() -> Trainings:
        offered = set(studio.named)
        runs = [_card(studio, one) for one in lab.courses(studio.home) if not offered or one.name in offered]
        return Trainings(runs=runs, families=_families())

    return await studio.run(read)


def _families() -> list[FamilyCard]:
    found = [registry.get("families", name) for name in registry.names("families")]
    return [
        FamilyCard(
            name=one.name, title=one.title, least=one.least_items, presets=list(one.presets), sizes=one.sizes
        )
        for one in found
    ]  # fmt: skip


@router.get("/{name}")
async def show_training(studio: Here, name: RunName) -> RunCard:
    """One run."""

    def read() -> RunCard:
        _check_offered(studio, name)
        return _card(studio, lab.course_of(studio.home, name))

    return await studio.run(read)


@router.get("/{name}/samples/{step}", response_class=Response)
async def training_samples(studio: Here, name: RunName, step: Annotated[int, Path(ge=0, le=10**9)]) -> Response:
    """The sheet after a step, as PNG: items held out, what they are rebuilt as, samples."""

    def read() -> bytes:
        _check_offered(studio, name)
        return lab.sheet_of(studio.home, name, step)

    return Response(await studio.run(read), media_type="image/png")


@router.post("", status_code=202)
async def begin_training(studio: Here, asked: TrainRequest) -> JobCard[RunCard]:
    """Train. The page may be closed meanwhile; stopped, it keeps what it has learned, and can be gone on with."""
    name, family, data = await studio.run(_checked, studio, asked)

    def learn(job: Job) -> Outcome:
        form: dict[str, Any] = {}
        if data is not None:
            form = {"size": asked.size, "fit": asked.fit, "seconds": asked.seconds, "preset": asked.preset}
            form |= {"force": asked.force}
        studio.offer(name)
        train(
            family, data, name=name, minutes=asked.minutes, resume=data is None, workspace=studio.home,
            device=studio.device, progress=job, **form,
        )  # fmt: skip
        return Outcome(_card(studio, lab.course_of(studio.home, name)).model_dump())

    return JobCard[RunCard](**studio.jobs.start(JOB, f"Training {name}", learn, of=name, alone=True).document())


def _checked(studio: Studio, asked: TrainRequest) -> tuple[str, str, str | None]:
    """Name, family and data of a run that may be begun."""
    if asked.minutes is not None and not math.isfinite(asked.minutes):
        raise InvalidArgument("minutes are a positive number", got=asked.minutes)
    if asked.resume is not None:
        _check_offered(studio, asked.resume)
        found = lab.course_of(studio.home, asked.resume)
        return found.name, found.family, None
    registry.check("families", asked.family)
    try:
        name = check_name(str(asked.name), "model")
        reserve(name)
        taken = studio.home.entry("models", name).exists()
    except UnsafePath as error:
        raise bad_condition(error) from None
    if taken or name in studio.named:
        raise NameTaken(f"a model named {name} already exists", next="Choose another name")
    return name, asked.family, str(own_data.path_of(studio.home, str(asked.data)))


def _check_offered(studio: Studio, name: str) -> None:
    if studio.named and name not in studio.named:
        raise NotThere("no such run", next="Name one that the studio lists")


def _card(studio: Studio, course: lab.Course) -> RunCard:
    said = asdict(course)
    return RunCard(
        **{**said, "sheets": list(course.sheets), "watched": list(course.watched)}, own=_own(studio, course.data),
        job=studio.jobs.running(JOB, course.name),
    )  # fmt: skip


def _own(studio: Studio, data: str) -> str | None:
    return next((n for n in own_data.own_data(studio.home) if str(own_data.path_of(studio.home, n)) == data), None)
