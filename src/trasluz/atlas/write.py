"""Encoding a data set into an atlas, shard by shard.

The atlas is made beside its place and takes it when it is whole. A shard that is there is never made again: not
after a stop, a crash or a power cut, nor when an atlas grows. Rows go through the network in blocks counted from
row 0, the last one filled up, so that shards are the same bytes however often the work was interrupted.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import final

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas, check_shard
from trasluz.atlas.manifest import BLOCK, MANIFEST, ROWS, Manifest, building, locate, read_manifest
from trasluz.atlas.rows import write_rows
from trasluz.atlas.thumbnails import TILE, read_tiles, shrink, write_tiles
from trasluz.base.errors import (
    DamagedFile,
    DataError,
    Diverged,
    NoPermission,
    NotInvertible,
    Stopped,
    VersionMismatch,
)
from trasluz.base.progress import SILENT, Progress
from trasluz.io.atomic import make_folder, move_folder, remove_file, remove_folder, write_sealed
from trasluz.io.weights import read_metadata, read_tensors, write_tensors
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

Step = Callable[..., None]


def plan(model: LatentModel, data: Dataset, space: str | None = None) -> Manifest:
    """What the atlas of a data set will say of itself.

    Raises:
        DataError: no items, or of another size than the model's.
        NotInvertible: the space has no encoder.
    """
    chosen = model.space(space)
    if not chosen.encodes:
        raise NotInvertible(
            f"the space {chosen.name!r} of the model {model.name} has no encoder, so no data can be placed in it",
            next=f"Take its own draws for an atlas: trasluz encode {model.name} --own 5000"
            + ("" if space is None else f" --space {chosen.name}"),
        )
    if not len(data):
        raise DataError(f"the {data.part} part of {data.spec} has no items", next="Take another split, or more data")
    data.check_for(chosen.representation, model.name)
    channels, tile = tile_form(chosen)
    return Manifest(
        model=model.name,
        model_identity=model.identity,
        data=data.spec,
        data_identity=data.view_identity,
        split=data.part,
        space=chosen.name,
        kind=chosen.kind,
        shape=tuple(chosen.shape),
        count=len(data),
        channels=channels,
        tile=tile,
    )


def tile_form(space: LatentSpace) -> tuple[int, int]:
    """Channels, and height and width, of the thumbnails of what a space decodes to."""
    representation = space.representation
    drawn = representation.of.draw(torch.zeros(1, *representation.public_shape))
    return int(drawn.shape[1]), min(TILE, *(int(side) for side in drawn.shape[2:]))


class Rows(ABC):
    """What an atlas is made of: rows that are known beforehand, their latents and their pictures."""

    table: pa.Table
    """`id, index, source, split` and the labels and factors."""
    points: Sequence[str | None]
    """What each row is as a POINT; None where it is none."""
    title: str

    @abstractmethod
    def latents(self, start: int, stop: int, step: Step) -> dict[str, Tensor]:
        """`latents`, and `log_var` where there is a posterior, of the rows of one shard."""

    @abstractmethod
    def tiles(self, start: int, stop: int, latents: Tensor, tile: int) -> np.ndarray:
        """Small pictures of some rows, whose latents these are, uint8 `(n, C, tile, tile)`."""


def write_atlas(
    folder: Path, model: LatentModel, data: Dataset, *, space: str | None = None, progress: Progress = SILENT
) -> Atlas:
    """Encode a data set and put the atlas in `folder`, in the place of one that was there.

    The caller holds the workspace for writing.

    Raises:
        Stopped: interrupted; the shards made so far are kept, and the same call goes on with them.
        Diverged: the model gives a latent that is no number.
    """
    return write_rows_of(folder, plan(model, data, space), _Encoded(model, model.space(space), data), progress)


def write_rows_of(folder: Path, wanted: Manifest, rows: Rows, progress: Progress) -> Atlas:
    """Make an atlas of rows, shard by shard; what is there of it stays."""
    staging = building(folder)
    wanted = _prepare(staging, folder, wanted)
    table = rows.table
    ids = [str(i) for i in table.column("id").to_pylist()]
    sources = [staging, locate(folder)]
    kept = [0]
    try:
        with progress.task(rows.title, wanted.count) as step, _Behind() as behind:
            for k in range(wanted.shards):
                start, stop = k * wanted.shard_rows, min((k + 1) * wanted.shard_rows, wanted.count)
                latents, is_there = _taken_over(sources, wanted, k, ids)
                if latents is None:
                    latents = rows.latents(start, stop, step)
                else:
                    step(stop - start, note="kept")
                work: list[Callable[[], None]] = []
                if not is_there:
                    binding = wanted.binding(k, ids)
                    work.append(partial(write_tensors, staging / wanted.shard_name(k), latents, "latents", binding))
                if wanted.posterior != ("log_var" in latents):
                    wanted = wanted.model_copy(update={"posterior": "log_var" in latents})
                    work.append(partial(write_sealed, staging / MANIFEST, wanted.dump()))
                work += _thumbnails(staging, wanted, start, rows, latents["latents"])
                behind.do([*work, partial(kept.append, stop)])
    except KeyboardInterrupt:
        raise Stopped(
            f"encoding was stopped; {kept[-1]:,} of {wanted.count:,} items are kept",
            next="Run the same command again to go on",
        ) from None
    write_rows(staging / ROWS, table, rows.points, wanted.data_identity)
    _finish(staging, folder, wanted.model_copy(update={"finished": True}))
    return Atlas.open(folder)


@final
class _Behind:
    """Writes what was made while the next is made: in order, one shard at a time, one in waiting at most.

    On leaving, all of it is written; what went wrong is raised here.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="atlas")
        self._last: Future[None] | None = None

    def __enter__(self) -> _Behind:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._thread.shutdown()
        if kind is None:
            self._settle()

    def do(self, work: Sequence[Callable[[], None]]) -> None:
        """Begin some work, once what was begun before is done."""
        self._settle()
        self._last = self._thread.submit(_all_of, work)

    def _settle(self) -> None:
        if self._last is not None:
            self._last.result()


def _all_of(work: Sequence[Callable[[], None]]) -> None:
    for part in work:
        part()


@final
class _Encoded(Rows):
    """The items of a data set, encoded."""

    def __init__(self, model: LatentModel, space: LatentSpace, data: Dataset) -> None:
        self.model, self.space, self.data = model, space, data
        self.table, self.points = data.rows, data.points
        self.title = f"Encoding {data.spec}"

    def latents(self, start: int, stop: int, step: Step) -> dict[str, Tensor]:
        ids = [str(i) for i in self.table.column("id").slice(start, stop - start).to_pylist()]
        return _encode(self.space, self.data, slice(start, stop), step, self.model, ids)

    def tiles(self, start: int, stop: int, latents: Tensor, tile: int) -> np.ndarray:
        return shrink(self.data.kind.thumbnails(self.data.stored(slice(start, stop))), tile)


def _prepare(staging: Path, folder: Path, wanted: Manifest) -> Manifest:
    """The folder to work in: what is there of the same atlas stays, anything else goes."""
    kept = _manifest(staging)
    if kept is None or not kept.grows_from(wanted):
        if staging.is_dir():
            remove_folder(staging)
        kept = _manifest(locate(folder))
    if kept is not None and kept.grows_from(wanted):
        wanted = wanted.model_copy(update={"posterior": kept.posterior})
    make_folder(staging)
    write_sealed(staging / MANIFEST, wanted.dump())
    return wanted


def _manifest(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder) if folder.is_dir() else None
    except (DamagedFile, VersionMismatch):
        return None


def _taken_over(sources: list[Path], wanted: Manifest, k: int, ids: list[str]) -> tuple[dict[str, Tensor] | None, bool]:
    """Shard k, where it was made before and is whole; and whether it stands where it belongs."""
    binding, target = wanted.binding(k, ids), sources[0] / wanted.shard_name(k)
    for folder in sources:
        for path in sorted(folder.glob(f"latents-{k:05d}-of-*.safetensors")):
            try:
                meta = read_metadata(path, "latents")
                if any(meta.get(key) != value for key, value in binding.items()):
                    continue
                tensors = read_tensors(path, "latents")[0]
                check_shard(tensors, path, (int(binding["rows"]), *wanted.shape), "log_var" in tensors)
            except (DamagedFile, VersionMismatch):
                continue
            return tensors, path == target
    return None, False


def _encode(
    space: LatentSpace, data: Dataset, rows: slice, step: Step, model: LatentModel, ids: list[str]
) -> dict[str, Tensor]:
    """Latents of the items of one shard, `BLOCK` at a time."""
    means: list[Tensor] = []
    variances: list[Tensor] = []
    part = data.stored(rows)
    with torch.inference_mode():
        for start in range(0, len(part), BLOCK):
            some = np.ascontiguousarray(part[start : start + BLOCK])
            n = len(some)
            if n < BLOCK:
                some = np.concatenate([some, np.repeat(some[-1:], BLOCK - n, 0)])
            x = data.kind.place(some, space.device, torch.contiguous_format)
            pair = space.posterior(x)
            mu = space.encode(x) if pair is None else pair[0]
            means.append(mu[:n].float().cpu())
            if pair is not None:
                variances.append(pair[1][:n].float().cpu())
            step(n)
        out = {"latents": torch.cat(means)}
        if variances:
            out["log_var"] = torch.cat(variances)
    check_finite(out, model, ids)
    return out


def check_finite(latents: Mapping[str, Tensor], model: LatentModel, ids: Sequence[str]) -> None:
    """Refuse what is no number.

    Raises:
        Diverged: naming the first item whose latent is none.
    """
    for name, values in latents.items():
        odd = values.flatten(1).isfinite().all(1).logical_not().nonzero()
        if len(odd):
            raise Diverged(
                f"the model {model.name} gives a {name} that is not a number for the item {ids[int(odd[0])]}",
                next="Its weights may be damaged, or its training diverged",
            )


def _thumbnails(staging: Path, wanted: Manifest, first: int, rows: Rows, latents: Tensor) -> list[Callable[[], None]]:
    """The thumbnails of the shard that begins at a row, made and ready to be written. A full file that is there and
    whole stays: it was written for these data."""
    out: list[Callable[[], None]] = []
    for offset in range(0, len(latents), wanted.sheet_tiles) if wanted.pictured else ():
        some = latents[offset : offset + wanted.sheet_tiles]
        start = first + offset
        k = start // wanted.sheet_tiles
        path, bound = staging / wanted.sheet_name(k), wanted.sheet_binding(k)
        if len(some) < wanted.sheet_tiles or not _has_tiles(path, wanted, bound):
            out.append(partial(write_tiles, path, rows.tiles(start, start + len(some), some, wanted.tile), bound))
    return out


def _has_tiles(path: Path, wanted: Manifest, bound: str) -> bool:
    if not os.path.lexists(path):
        return False
    try:
        read_tiles(path, wanted.sheet_tiles, wanted.channels, wanted.tile, bound)
    except (DamagedFile, NoPermission):
        return False
    return True


def _finish(staging: Path, folder: Path, wanted: Manifest) -> None:
    """Everything is there: say so, drop what is left of another length, and take the place."""
    names = {MANIFEST, ROWS}
    names |= {wanted.shard_name(k) for k in range(wanted.shards)} | {wanted.sheet_name(k) for k in range(wanted.sheets)}
    for path in sorted(staging.iterdir()):
        if path.is_file() and path.name not in names:
            remove_file(path)
    write_sealed(staging / MANIFEST, wanted.dump())
    if folder.is_dir():
        remove_folder(folder)
    move_folder(staging, folder)
