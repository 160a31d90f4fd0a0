"""Jobs: how they stand, to be cancelled, to be come back to, and what they gave."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.lab.results.base import Decodings, Result
from trasluz.lab.results.paths import LatentPath
from trasluz.server.refusals import NotThere
from trasluz.server.schemas import Here, Refusal, Told
from trasluz.spaces.kind import Kind

router = APIRouter(prefix="/api/jobs", tags=["jobs"])
JobId = Annotated[str, Path(max_length=40, examples=["5f0e6c0a7d1b2c3d"])]
LONGEST = 20.0
"""Seconds that a request for news waits at most."""
TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif", ".mp4": "video/mp4",
    ".npz": "application/zip", ".safetensors": "application/octet-stream",
}  # fmt: skip
"""Forms that a result can be downloaded in."""


class Step(Told):
    """The part of a job that goes on now."""

    title: str
    total: int | None
    done: int
    note: str


class Ahead(Told):
    """Another job, which one that waits waits for."""

    kind: str
    title: str
    of: str | None


Given = TypeVar("Given")
"""What a job gives."""


class JobCard(Told, Generic[Given]):
    """How a job stands."""

    id: str
    kind: Annotated[str, Field(examples=["map"])]
    title: str
    of: Annotated[str | None, Field(description="The model that it is of")]
    waits_for: Annotated[list[Ahead], Field(description="Of one that waits: those that run, and those before it")]
    state: Annotated[str, Field(description="waiting, running, done, failed or cancelled")]
    version: Annotated[int, Field(description="Grows with every change; give it back as `after` to wait for the next")]
    cancelling: bool
    seconds: float
    progress: Step | None
    said: list[str]
    error: Refusal | None
    result: Given | None
    files: list[str]


@router.get("")
async def list_jobs(studio: Here) -> list[JobCard[Any]]:
    """All jobs, the newest first."""
    return [JobCard[Any](**job) for job in studio.jobs.list()]


@router.get("/{job}")
async def show_job(
    studio: Here,
    job: JobId,
    after: Annotated[int | None, Query(ge=0, description="Wait until it has changed since that version")] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST, description="Seconds to wait at most")] = 0,
) -> JobCard[Any]:
    """One job; with `after` and `wait`, as soon as there is news."""
    found = studio.jobs.get(job)
    if wait > 0 and after is not None:
        await studio.attend(found, wait, after=after)
    return JobCard[Any](**found.document())


@router.post("/{job}/first")
async def prefer_job(studio: Here, job: JobId) -> JobCard[Any]:
    """Before all others that wait: it is what somebody looks at."""
    found = studio.jobs.get(job)
    studio.jobs.first(found)
    return JobCard[Any](**found.document())


@router.delete("/{job}")
async def cancel_job(studio: Here, job: JobId) -> JobCard[Any]:
    """Stop it at its next step. What it had done is kept."""
    found = studio.jobs.get(job)
    found.cancel()
    return JobCard[Any](**found.document())


@router.get("/{job}/files/{name}", response_class=Response)
async def job_file(studio: Here, job: JobId, name: Annotated[str, Path(max_length=80)]) -> Response:
    """A picture or an array that it gave."""
    outcome = studio.jobs.get(job).outcome
    if outcome is None or name not in outcome.files:
        raise NotThere("the job has no such file")
    kind, data = outcome.files[name]
    return Response(data, media_type=kind)


@router.get("/{job}/export", response_class=Response)
async def export_job(
    studio: Here,
    job: JobId,
    form: Annotated[str, Query(max_length=20, examples=["gif"])] = "png",
    fps: Annotated[float | None, Query(description="Frames per second of a film; None for the usual speed")] = None,
) -> Response:
    """Its result as a file to keep: png, jpg, webp, gif, mp4, npz or safetensors, where it has that form, or what its
    items are played from, such as wav."""
    outcome = studio.jobs.get(job).outcome
    if outcome is None or not isinstance(outcome.result, Result):
        raise NotThere("the job has no result to export")
    result = outcome.result
    if fps is not None and isinstance(result, LatentPath):
        result = result.at(fps)
    kind = None
    if isinstance(result, Decodings):
        kind = result.kind
        if f".{form}" in kind.joins:
            _check_short(kind, result.items, studio.limits.played)
    data = await studio.run(_saved, result, f".{form}")
    name = f"{result.call.verb.python}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=_media_type(f".{form}", kind), headers=headers)


def exports_of(suffixes: Sequence[str], kind: Kind | None = None) -> list[str]:
    """The forms that what is written with these suffixes can be downloaded in; of a result, those of its kind too."""
    own = () if kind is None else kind.joins
    return [suffix[1:] for suffix in (*TYPES, *own) if suffix in suffixes]


def _media_type(suffix: str, kind: Kind | None) -> str:
    return TYPES[suffix] if kind is None or suffix not in kind.joins else kind.media_type(suffix)


def _check_short(kind: Kind, items: Tensor, most: float) -> None:
    """Refuse to write more at once than memory is meant for."""
    seconds = (kind.duration(tuple(items.shape[1:])) or 0.0) * len(items)
    if seconds > most:
        raise InvalidArgument(
            f"the {kind.many} are too long together to be written as one", got=f"{seconds:g} seconds",
            allowed=f"up to {most:g} seconds", next="Ask for fewer frames, or use the command line",
        )  # fmt: skip


def _saved(result: Result, suffix: str) -> bytes:
    allowed = exports_of(result.forms, result.kind if isinstance(result, Decodings) else None)
    if suffix[1:] not in allowed:
        raise InvalidArgument("no form to export this in", got=suffix[1:], allowed=allowed)
    with tempfile.TemporaryDirectory(prefix="trasluz-export-") as folder:
        before = result.call
        path = result.save(FilePath(folder) / f"export{suffix}")
        result.call = before
        return path.read_bytes()
