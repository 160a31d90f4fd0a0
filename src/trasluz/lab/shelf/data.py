"""Data sets by name: `faces`, `pets:12000`, `./photos`, `samples:MODEL:500`. Decoded once, then memory-mapped."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trasluz.base.errors import DamagedFile, InvalidArgument, UnknownName, VersionMismatch
from trasluz.base.progress import SILENT, Progress
from trasluz.io.items import Cached, build_cache, cache_key, drop_cache, open_cache
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.names import parse_data
from trasluz.lab.calls.watching import watched
from trasluz.spaces import registry
from trasluz.spaces.column import Column, date_text
from trasluz.spaces.data import SPLITS, Dataset, Request, Source, split_of
from trasluz.spaces.kind import Kind, NoSize, no_size
from trasluz.spaces.representation import Pixels, Representation

if TYPE_CHECKING:
    from trasluz.spaces.model import LatentModel

CEILING = 1000
"""Items that the loss of a representation is measured on."""


def load(
    data: str | os.PathLike[str] | Dataset,
    *,
    split: str = "all",
    size: int | None = None,
    channels: int | None = None,
    seed: int = 0,
    workspace: str | os.PathLike[str] | Workspace | None = None,
    progress: Progress | bool = SILENT,
) -> Dataset:
    """Open a data set: a sequence of items with labels and factors.

    Args:
        data: A built-in name (`faces`, `pets:12000`), a path, `samples:MODEL[:N]`, or a data set that is open.
        split: `train`, `test` or `all`.
        size: Of pictures, height and width in pixels; None for the data's own.
        channels: Of pictures, 1 for grey, 3 for RGB; None for the data's own.
        seed: Decides which items are held out for testing, where the data do not say so themselves.
        workspace: Where decoded items are cached.
        progress: Who is told how it goes: True for standard error; nobody by default.

    >>> import trasluz as tl
    >>> tl.load("faces", split="test")[3].factors["hair_colour"]    # doctest: +SKIP
    """
    if split not in (*SPLITS, "all"):
        raise UnknownName("split", split, [*SPLITS, "all"])
    if isinstance(data, Dataset):
        return _check_fit(data, size, channels).split(split)
    if size is not None and not 1 <= size <= 1024:
        raise InvalidArgument("pictures have a size of", got=size, allowed="1 to 1024 pixels")
    if channels not in (None, 1, 3):
        raise InvalidArgument("pictures are grey or RGB", got=f"{channels} channels", allowed="1 or 3")
    home = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    spec = _spec(data)
    name, argument = parse_data(spec)
    source = registry.get("sources", name)
    cached = _cached(source, spec, _request(name, argument, size, channels, home), home, watched(progress))
    return _dataset(spec, cached, source.test_share, seed).split(split)


def _spec(data: str | os.PathLike[str]) -> str:
    """A DATA argument as text; a path object is a path even where its text looks like a name."""
    if isinstance(data, str):
        return data
    path = Path(data)
    return str(path) if path.is_absolute() or str(path)[0] in ".~" else f"./{path}"


def _request(name: str, argument: str | None, size: int | None, channels: int | None, home: Workspace) -> Request:
    if name in ("folder", "npz") and argument is not None:
        argument = str(Path(argument).expanduser().absolute())
    return Request(argument, size, channels, partial(_open_model, home))


def _open_model(home: Workspace, name: str) -> LatentModel:
    from trasluz.lab.shelf import models

    return models.open(name, workspace=home)


def _cached(source: Source, spec: str, request: Request, home: Workspace, progress: Progress) -> Cached:
    """The items of a request: as they lie in the cache, or decoded into it."""
    asked = {
        "source": source.name,
        "argument": request.argument,
        "size": request.size,
        "channels": request.channels,
        "fingerprint": source.fingerprint(request),
    }
    folder = home.cache / "data" / cache_key(asked)
    if folder.exists():
        try:
            return open_cache(folder)
        except (DamagedFile, VersionMismatch) as error:
            progress.say(f"{error.what}; decoding again")
            drop_cache(folder)
    drawing = source.draw(request)
    kind = registry.get("kinds", drawing.kind)
    told = {"kind": drawing.kind, "licence": drawing.licence, "about": drawing.about}
    about = {"spec": spec, **asked, "title": source.title, **told}
    with progress.task(f"Drawing {spec}", drawing.total) as step:
        build_cache(
            folder,
            ((b.items, [{"source": source.name, **row} for row in b.rows], b.skipped) for b in drawing.blocks),
            drawing.shape,
            kind.dtype,
            drawing.total,
            about,
            step,
            kind.many,
        )
    made = open_cache(folder)
    _tell_skipped(made, kind, progress)
    return made


def _tell_skipped(made: Cached, kind: Kind, progress: Progress) -> None:
    skipped: list[tuple[str, str]] = [(name, reason) for name, reason in made.about["skipped"]]
    if not skipped:
        return
    first = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    progress.say(f"{len(skipped)} of {len(skipped) + len(made.items)} {kind.many} were skipped ({first}{more})")


def _dataset(spec: str, cached: Cached, test_share: float, seed: int) -> Dataset:
    import pyarrow as pa

    rows = cached.rows
    splits = _splits(rows, test_share, seed)
    columns = {"id": rows.column("id"), "index": pa.array(range(rows.num_rows), pa.int64())}
    columns |= {"source": rows.column("source"), "split": pa.array(splits, pa.string())}
    columns |= {c: rows.column(c) for c in rows.column_names if c not in ("id", "source", "split", "content")}
    # Another seed keeps other items for testing: what was trained or encoded on them is of other data.
    identity = str(cached.about["identity"]) + (f"-split-{seed}" if seed else "")
    return Dataset(spec, identity, cached.items, pa.table(columns), cached.about)


def _splits(rows: Any, test_share: float, seed: int) -> list[str]:
    """The split of every item: the data's own, or decided by the item's content alone, so that it stays where it
    is when others come or go, and two copies of one picture are never on both sides."""
    own: list[str | None] = rows.column("split").to_pylist()
    if all(split in SPLITS for split in own):
        return [str(split) for split in own]
    ids: list[str] = rows.column("id").to_pylist()
    content: list[str] = [c or i for c, i in zip(rows.column("content").to_pylist(), ids, strict=True)]
    splits = [split_of(c, seed, test_share) for c in content]
    for missing in SPLITS:
        # A handful of items can fall on one side by chance; a split of nothing would be of no use.
        if missing not in splits and len(set(content)) > 1:
            moved = min(set(content), key=lambda c: _rank(c, seed))
            splits = [missing if c == moved else split for c, split in zip(content, splits, strict=True)]
    return splits


def _rank(content: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}/split/{content}".encode(), digest_size=8).digest()


def load_as(
    representation: Representation,
    data: str | os.PathLike[str] | Dataset,
    *,
    owner: str,
    split: str = "all",
    workspace: str | os.PathLike[str] | Workspace | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """A data set in the form that a model takes.

    Args:
        representation: The model's.
        owner: What the model is called, for an error.

    Raises:
        InvalidArgument: its items are of another kind, or of a form that cannot be made the model's.
    """
    try:
        found = load(data, split=split, workspace=workspace, progress=progress, **representation.asked())
    except NoSize:  # what is wrong is the kind, which is told below
        found = load(data, split=split, workspace=workspace, progress=progress)
    found.check_for(representation, owner)
    return found


def _check_fit(data: Dataset, size: int | None, channels: int | None) -> Dataset:
    if size is None and channels is None:
        return data
    if data.kind.name != Pixels.kind:
        no_size(data.kind, size, channels)
    have = data.shape
    if (size is not None and size != have[1]) or (channels is not None and channels != have[0]):
        raise InvalidArgument(
            "an open data set cannot change its shape",
            got=f"{have[0]} channels of {have[1]} pixels",
            allowed=f"{channels or have[0]} channels of {size or have[1]} pixels",
            next="Load it by name with that size",
        )
    return data


def known_data() -> list[dict[str, str]]:
    """The sources that are installed: name and title."""
    return [{"name": name, "title": registry.get("sources", name).title} for name in registry.names("sources")]


def describe_data(
    data: str | os.PathLike[str] | Dataset,
    *,
    size: int | None = None,
    channels: int | None = None,
    seed: int = 0,
    workspace: str | os.PathLike[str] | Workspace | None = None,
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """What a data set holds: counts, shape, columns with their values, licence, and what was skipped and why."""
    found = load(data, size=size, channels=channels, seed=seed, workspace=workspace, progress=progress)
    ceiling = found.kind.ceiling(found.tensor(slice(0, CEILING)), found.representation)
    return {
        "data": found.spec,
        "title": found.about.get("title", ""),
        "about": found.about.get("about", ""),
        "licence": found.about.get("licence", "unknown"),
        "identity": found.identity,
        "items": len(found),
        "train": len(found.split("train")),
        "test": len(found.split("test")),
        "kind": found.kind.name,
        "shape": list(found.shape),
        **({} if ceiling is None else {"ceiling, dB": round(ceiling, 2)}),
        "columns": {name: _summary(found.typed(name)) for name in found.columns},
        "skipped": found.about.get("skipped", []),
    }


def _summary(column: Column) -> dict[str, Any]:
    """What a column is; of a scale its range, of anything else its most frequent values and how often each occurs."""
    said = {"kind": column.kind, "distinct": column.distinct, "missing": int(column.missing.sum())}
    if column.span is not None and column.is_scale:
        low, high = column.span
        ends = (date_text(low), date_text(high)) if column.kind == "date" else (low, high)
        return {**said, "min": ends[0], "max": ends[1]}
    return {**said, "counts": column.frequent(30)}


def draw_data(
    data: str | os.PathLike[str],
    *,
    size: int | None = None,
    channels: int | None = None,
    seed: int = 0,
    workspace: str | os.PathLike[str] | Workspace | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """Decode a data set into the cache now, so that nothing waits for it later."""
    return load(data, size=size, channels=channels, seed=seed, workspace=workspace, progress=progress)
