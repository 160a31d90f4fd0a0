"""Encode: every item of a data set placed in a model's latent space, as an atlas. And what to do with atlases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.manifest import Manifest, building, locate, read_manifest
from trasluz.atlas.own import Drawn, plan_own
from trasluz.atlas.write import plan, write_atlas, write_rows_of
from trasluz.base.errors import (
    DamagedFile,
    DataError,
    IdentityMismatch,
    InvalidArgument,
    LaterVersion,
    MissingExtra,
    NameTaken,
    NoPermission,
    TrasluzError,
    UnknownName,
    VersionMismatch,
)
from trasluz.base.limits import whole
from trasluz.base.progress import SILENT, Progress
from trasluz.base.text import safe
from trasluz.io.atomic import remove_folder
from trasluz.io.names import check_name, shown
from trasluz.io.parquet import write_parquet
from trasluz.io.pictures import write_npz
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import DataLike
from trasluz.lab.calls.names import known_atlas
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf.atlas_names import atlas_name, name_before, own_name
from trasluz.lab.shelf.items import load_for, trained_on
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.shipped import check_not_shipped, open_atlas, removable
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces.column import Column, date_text
from trasluz.spaces.data import ROWS, Dataset
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

DEFAULT_ITEMS = 5000
"""Items of the atlas that a verb makes by itself."""
MOST_OWN = 1_000_000
"""Own draws of an atlas, at most."""
FORMATS = (".parquet", ".npz")
POINT = "point"
"""The column of an exported atlas that names each row."""
GONE = (DataError, NoPermission, DamagedFile, MissingExtra, UnknownName)
"""What comes where data cannot be had: nothing there, not allowed, damaged, or no such source here."""
_SHOWN = 12
"""Values of a column that are counted out in `show_atlas`."""


def encoded(
    model: LatentModel,
    data: DataLike,
    session: Session,
    *,
    split: str | None = None,
    limit: int | None = None,
    space: str | None = None,
    name: str | None = None,
    own: int | None = None,
) -> Atlas:
    """A data set, or `own` draws of the model's own, as an atlas of the workspace: the one that is there, grown or made
    where it is not.

    Raises:
        NameTaken: somebody gave that name to an atlas of another model or of other data.
    """
    home, progress = session.home, session.progress
    if name is not None:
        check_not_shipped(name)
    if own is not None or (data is None and split is None and draws_own(model.space(space))):
        if own is not None and (data is not None or split is not None or limit is not None):
            raise InvalidArgument(
                "own draws take the place of data", got=f"own={own}", next="Leave data, split and limit out"
            )
        n = whole("the number of own draws", own if own is not None else limit or DEFAULT_ITEMS, low=2, high=MOST_OWN)
        return own_atlas(model, n, space, name=name, home=home, progress=progress)
    loaded = load_for(model, data, split, home, progress, space).first(limit)
    wanted = plan(model, loaded, space)
    folder = default_folder(home, model, loaded, wanted) if name is None else home.entry("atlases", name)
    if name is not None:
        check_taken(folder, wanted)
    there = standing(folder, wanted, progress, thumbnails=True)
    if there is not None:
        progress.say(f"The atlas {there.name} is there already, with {len(there):,} items")
        return there
    with home.writing(f"encoding the atlas {shown(folder.name)}", "atlases", folder.name):
        return write_atlas(folder, model, loaded, space=space, progress=progress)


def atlas_for(
    model: str | os.PathLike[str] | LatentModel,
    *,
    data: str | os.PathLike[str] | Dataset | None = None,
    atlas: str | Atlas | None = None,
    space: str | None = None,
    create: bool = True,
    workspace: Place = None,
    device: str = "auto",
    progress: Progress = SILENT,
    look: Callable[[Dataset], object] | None = None,
    split: str | None = None,
) -> Atlas:
    """The atlas that a verb works on: the one named, or that of the data named, or that of the training data; where the
    space has no encoder and nobody named data, that of the model's own draws.

    One that nobody named is of the usual part (`items.load_for`), or of `split`, and is encoded where it is not there
    yet: the first 5,000 items, announced by `progress.say`; own draws are as many. `look` sees the items before they
    are encoded, so that a column that they have not is refused before minutes of work.

    Raises:
        IdentityMismatch: the atlas named is of another model.
        InvalidArgument: with `create=False`, that it is not there, and how to make it.
    """
    session = Session.of(workspace, device, progress, create)
    home, opened = session.home, model_of(model, session)
    if atlas is not None:
        found = atlas if isinstance(atlas, Atlas) else open_atlas(atlas, home)
        found.check_model(opened)
        if space is not None and space != found.space:
            raise InvalidArgument(f"the atlas {found.name} is of another space", got=space, allowed=found.space)
        return found
    if data is None and draws_own(opened.space(space)):
        return own_atlas(opened, DEFAULT_ITEMS, space, create=create, home=home, progress=progress)
    spec = data if data is not None else trained_on(opened)
    try:
        loaded = load_for(opened, spec, None if isinstance(spec, Dataset) else split, home, progress, space)
    except GONE:
        part = spec.part if isinstance(spec, Dataset) else split or "test"
        kept = kept_of(opened, _spec(spec), space, home)
        there = next((atlas for atlas in kept if atlas.manifest.split == part), None)
        if there is None:
            raise
        progress.say(f"The data {there.manifest.data} are not available; using the atlas {there.name} as it is")
        return there
    wanted = loaded.first(DEFAULT_ITEMS)
    made = plan(opened, wanted, space)
    folder = default_folder(home, opened, wanted, made)
    chosen = shown(folder.name)
    there = standing(folder, made, progress if create else SILENT)
    if there is not None:
        return there
    if not create:
        command = f"trasluz encode {quote(opened.name)} --data {quote(loaded.spec)}"
        command += f" --split {split} --limit {len(wanted)}" if split is not None else ""
        command += f" --space {space}" if space else ""
        raise InvalidArgument(f"there is no atlas {chosen} of this model and these data", next=f"Make it: {command}")
    if look is not None:
        look(wanted)
    some = f"the first {len(wanted):,} of {len(loaded):,}" if len(wanted) < len(loaded) else f"{len(wanted):,}"
    some += " (by their names)" if len(wanted) < len(loaded) and loaded.in_order else ""
    of_part = "items" if loaded.part == "all" else f"{loaded.part} items"
    progress.say(f"Encoding {some} {of_part} of {loaded.spec} once, as the atlas {chosen}")
    with home.writing(f"encoding the atlas {chosen}", "atlases", folder.name):
        return write_atlas(folder, opened, wanted, space=space, progress=progress)


def default_folder(home: Workspace, model: LatentModel, data: Dataset, wanted: Manifest) -> Path:
    """Where the atlas of a model and data is that nobody named: under its name, or under the one that it had while
    names did not tell folders of one name apart."""
    folder = home.entry("atlases", atlas_name(model, data.spec, data.part, wanted.space, home=home, data=data))
    if locate(folder).is_dir() or building(folder).is_dir():
        return folder
    before = home.entry("atlases", name_before(model, data.spec, data.part, wanted.space))
    for place in (locate(before), building(before)):
        try:
            if place.is_dir() and read_manifest(place).grows_from(wanted):
                return before
        except TrasluzError:
            continue
    return folder


def kept_of(model: LatentModel, spec: str, space: str | None, home: Workspace) -> Iterator[Atlas]:
    """The atlases of a model and data, by the data's DATA argument, whether or not the data can still be had; those
    of the test split first."""
    found: list[Atlas] = []
    for name in home.names("atlases"):
        try:
            atlas = Atlas.open(home.entry("atlases", name), model=model)
        except TrasluzError:
            continue
        m = atlas.manifest
        if m.data == spec and not m.is_own and m.space == model.space(space).name:
            found.append(atlas)
    yield from sorted(found, key=lambda atlas: (atlas.manifest.split != "test", ROWS in atlas.data_identity))


def draws_own(space: LatentSpace) -> bool:
    """Whether the atlas of a space is of own draws where nobody names one: it encodes nothing, but has a prior."""
    return not space.encodes and space.default_prior is not None


def own_atlas(
    model: LatentModel,
    n: int,
    space: str | None = None,
    *,
    name: str | None = None,
    create: bool = True,
    home: Workspace,
    progress: Progress = SILENT,
) -> Atlas:
    """The atlas of the model's own draws, made where it is not there yet or is shorter.

    Raises:
        InvalidArgument: the space has no prior; with `create=False`, that it is not there, and how to make it.
    """
    chosen = own_name(model, space, home=home) if name is None else check_name(name, "atlas")
    folder = home.entry("atlases", chosen)
    wanted = plan_own(model, n, space)
    if name is not None:
        check_taken(folder, wanted)
    there = standing(folder, wanted, progress if create else SILENT)
    if there is not None:
        return there
    if not create:
        command = f"trasluz encode {quote(model.name)} --own {n}" + (f" --space {space}" if space else "")
        raise InvalidArgument(f"there is no atlas {chosen} of this model's own draws", next=f"Make it: {command}")
    progress.say(f"Drawing {n:,} of the model's own items once, as the atlas {chosen}")
    with home.writing(f"drawing the atlas {chosen}", "atlases", folder.name):
        return write_rows_of(folder, wanted, Drawn(model, n, space), progress)


def first_draws(model: LatentModel, n: int, space: str | None, home: Workspace, progress: Progress = SILENT) -> Atlas:
    """The first n of a model's own draws, of which nothing is decoded before it is looked at: there at once, also
    where a draw takes its time to become an item.

    Raises:
        InvalidArgument: the space has no prior.
    """
    folder = home.entry("atlases", own_name(model, space, home=home, first=n))
    wanted = plan_own(model, whole("the number of own draws", n, low=2, high=MOST_OWN), space, pictured=False)
    there = standing(folder, wanted, progress)
    if there is not None:
        return there
    with home.writing(f"drawing the atlas {shown(folder.name)}", "atlases", folder.name):
        return write_rows_of(folder, wanted, Drawn(model, n, space), progress)


def list_atlases(*, workspace: Place = None) -> list[dict[str, Any]]:
    """What each atlas holds, by name; damaged and unfinished ones too, with what is the matter."""
    home = workspace_of(workspace)
    names = {*home.names("atlases"), *home.unfinished("atlases")}
    return [_line(home, name) for name in sorted(names)]


def _line(home: Workspace, name: str) -> dict[str, Any]:
    try:
        folder = locate(home.entry("atlases", name))
        unfinished = not folder.is_dir()
        m = read_manifest(building(folder) if unfinished else folder)
    except TrasluzError as error:
        return {"name": name, "model": "?", "data": "?", "split": "?", "space": "?", "items": 0, "state": error.what}
    state = "ready" if m.finished else "unfinished"
    line = {"name": name, "model": m.model, "data": m.data, "split": m.split, "space": m.space, "items": m.count}
    return {**line, "state": state}


def show_atlas(name: str, *, workspace: Place = None) -> dict[str, Any]:
    """All about one atlas: what it is bound to, its size, its columns with their values."""
    atlas = Atlas.open(known_atlas(name, workspace_of(workspace)))
    m = atlas.manifest
    return {
        "name": name,
        "folder": str(atlas.folder),
        "model": m.model,
        "model_identity": m.model_identity,
        "data": m.data,
        "data_identity": m.data_identity,
        "split": m.split,
        "space": m.space,
        "shape": list(m.shape),
        "items": m.count,
        "posterior": m.posterior,
        "bytes": sum(p.stat().st_size for p in atlas.folder.rglob("*") if p.is_file()),
        "columns": {column: _values(atlas.typed(column)) for column in atlas.columns},
        "projections": sorted(p.stem for p in (atlas.folder / "projections").glob("*.safetensors")),
    }


def _values(column: Column) -> dict[str, int] | str:
    """How often each value occurs, the range of a scale, or how many different values there are."""
    if column.span is not None and column.is_scale:
        low, high = column.span
        return f"{date_text(low)} to {date_text(high)}" if column.kind == "date" else f"{low:g} to {high:g}"
    missing = int(column.missing.sum())
    if column.distinct + (missing > 0) > _SHOWN:
        return f"{column.distinct:,} different values"
    counts = {**column.frequent(_SHOWN), **({"nothing": missing} if missing else {})}
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def export_atlas(name: str, out: str | os.PathLike[str], *, workspace: Place = None) -> Path:
    """Write latents and rows to one file for other programs: `.parquet` or `.npz`.

    Latents are the column or array `latents` (flattened in Parquet), log-variances `log_var` where there are any, and
    `point` says of each row by which POINT it is named beside this atlas. A column of the data's own of one of these
    names has a `_` behind it.
    """
    path = Path(out).expanduser()
    if path.suffix.lower() not in FORMATS:
        raise InvalidArgument("an atlas is exported by suffix", got=repr(path.name), allowed=FORMATS)
    atlas = Atlas.open(known_atlas(name, workspace_of(workspace)))
    arrays = {"latents": atlas.latents.numpy()}
    if atlas.log_var is not None:
        arrays["log_var"] = atlas.log_var.numpy()
    taken = {*arrays, POINT}
    columns = dict[str, str]()
    for column in atlas.rows.column_names:
        said = column
        while said in taken:
            said += "_"
        columns[column] = said
        taken.add(said)
    points = ["" if point is None else point for point in atlas.points]
    if path.suffix.lower() == ".npz":
        plain = {said: _plain(atlas.column(column)) for column, said in columns.items()}
        write_npz(path, {**arrays, POINT: np.array(points, dtype=str), **plain})
    else:
        _write_parquet(path, atlas, arrays, list(columns.values()))
    return path


def _plain(column: np.ndarray) -> np.ndarray:
    """Numbers as they are; anything else as text, nothing as an empty one: no Python objects in the file."""
    if column.dtype == np.float64:
        return column
    return np.array(["" if value is None else f"{value}" for value in column], dtype=str)


def _write_parquet(path: Path, atlas: Atlas, arrays: dict[str, np.ndarray], columns: list[str]) -> None:
    import pyarrow as pa

    m = atlas.manifest
    table = atlas.rows.rename_columns(columns).add_column(0, POINT, pa.array(atlas.points, pa.string()))
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array.reshape(-1))
        width = int(np.prod(m.shape))
        table = table.append_column(name, pa.FixedSizeListArray.from_arrays(pa.array(flat), width))
    said = {"model": m.model, "model_identity": m.model_identity, "data_identity": m.data_identity, "space": m.space}
    said = {key: safe(value) for key, value in said.items()}
    table = table.replace_schema_metadata({**said, "shape": "x".join(str(d) for d in m.shape)})
    write_parquet(path, table)


def remove_atlas(name: str, *, workspace: Place = None) -> None:
    """Remove an atlas, finished or not. The model and the data stay."""
    home = workspace_of(workspace)
    folder = removable(name, known_atlas(name, home))
    with home.writing(f"removing the atlas {name}", "atlases", name):
        for place in (building(folder), folder):
            if place.is_dir():
                remove_folder(place)


def _spec(data: str | os.PathLike[str] | Dataset) -> str:
    if isinstance(data, Dataset):
        return data.spec
    return data if isinstance(data, str) else f"./{os.fspath(data)}"


def check_taken(folder: Path, wanted: Manifest) -> None:
    """An atlas that somebody named is not replaced by one of another model or other data."""
    try:
        there = read_manifest(folder) if locate(folder).is_dir() else None
    except TrasluzError:
        return
    if there is not None and not there.grows_from(wanted):
        raise NameTaken(
            f"an atlas named {shown(folder.name)} exists, of {there.model} and {there.data}",
            next=f"Choose another name, or remove it: trasluz atlases remove {quote(shown(folder.name))}",
        )


def standing(folder: Path, wanted: Manifest, progress: Progress, *, thumbnails: bool = False) -> Atlas | None:
    """The atlas of that name, where it serves; says why where it does not.

    Args:
        thumbnails: Whether to see that these are whole too; else that is seen when they are looked at.

    Raises:
        LaterVersion: it was written by a later version, and is not replaced unasked.
    """
    try:
        if not locate(folder).is_dir():
            return None
        there = Atlas.open(folder)
        there.check_whole(thumbnails=thumbnails)
    except LaterVersion as error:
        remove = f"remove it: trasluz atlases remove {quote(shown(folder.name))}"
        raise LaterVersion(
            error.what, got=error.got, allowed=error.allowed, next=f"Update Trasluz, or {remove}"
        ) from error
    except (DamagedFile, VersionMismatch, IdentityMismatch) as error:
        progress.say(f"Encoding the atlas {shown(folder.name)} again: {error.what}")
        return None
    if there.manifest.grows_from(wanted):
        if len(there) >= wanted.count:
            return there
        progress.say(f"The atlas {there.name} grows from {len(there):,} to {wanted.count:,} items")
        return None
    m = there.manifest
    if m.model_identity != wanted.model_identity:
        reason = "the model has changed"
    elif m.data_identity != wanted.data_identity or m.split != wanted.split:
        reason = "the data have changed"
    else:
        reason = "it was made of another space or by other rules"
    progress.say(f"Encoding the atlas {there.name} again: {reason} since")
    return None
