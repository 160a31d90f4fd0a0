"""Data sets by name: `faces`, `pets:12000`, `./photos`, `samples:MODEL:500`. Decoded once, then memory-mapped."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from trasluz.base.errors import (
    InvalidArgument,
    UnknownName,
)
from trasluz.base.progress import SILENT, Progress
from trasluz.base.text import counted
from trasluz.io.items import Cached, Items
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.names import parse_data
from trasluz.lab.calls.watching import watched
from trasluz.lab.shelf.grouping import OF_GROUP, balanced, grouped, groups_held_out, rank_of
from trasluz.lab.shelf.kept_items import items_of, made_again
from trasluz.spaces import registry
from trasluz.spaces.column import Column, date_text
from trasluz.spaces.data import SPLITS, Dataset, Request, group_column, split_of
from trasluz.spaces.kind import FITS, Asked, Fit, NoSize
from trasluz.spaces.representation import Representation

if TYPE_CHECKING:
    from trasluz.spaces.model import LatentModel

CEILING = 256
"""Items that the loss of a representation is measured on."""


def load(
    data: str | os.PathLike[str] | Dataset | None,
    *,
    split: str = "all",
    size: int | None = None,
    channels: int | None = None,
    fit: str | None = None,
    range: Sequence[float] | None = None,
    seconds: float | None = None,
    seed: int = 0,
    workspace: str | os.PathLike[str] | Workspace | None = None,
    progress: Progress | bool = SILENT,
) -> Dataset:
    """Open a data set: a sequence of items with labels and factors.

    Args:
        data: A built-in name (`faces`, `pets:12000`), a path, `samples:MODEL[:N]`, or a data set that is open.
        split: `train`, `test`, `val` where the data bring it, or `all`.
        size: Of pictures, height and width in pixels; None for the data's own, at most 64.
        channels: Of pictures, 1 for grey, 3 for RGB; None for the data's own.
        fit: Of pictures that are not square: `crop` to the central square, `pad` with the colour of the border, or
            `stretch`; None for `crop`.
        range: Of pictures of floating point or 32 bits: the values that are black and white, in all of them.
        seconds: Of sounds, how long an item is, 0.1 to 8; None for one second.
        seed: Decides which items are held out for testing, where the data do not say so themselves.
        workspace: Where decoded items are cached.
        progress: Who is told how it goes: True for standard error; nobody by default.

    >>> import trasluz as tl
    >>> tl.load("faces", split="test")[3].factors["hair_colour"]    # doctest: +SKIP
    """
    if split not in (*SPLITS, "all"):
        raise UnknownName("split", split, [*SPLITS, "all"])
    asked = _asked(size, channels, fit, range, seconds)
    if isinstance(data, Dataset):
        return _check_fit(data, asked).split(split)
    told = watched(progress)
    found, made = _found(data, asked, seed, workspace, told)
    if made:
        say_notes(found, told)
    return found.split(split)


def say_notes(data: Dataset, progress: Progress) -> None:
    """What a person should know of a data set before anything is made of it: what was joined, guessed, resized, left
    out."""
    for line in (*data.notes, *_left_out(data)):
        progress.say(line)


def load_and_say(
    data: str | os.PathLike[str],
    asked: Mapping[str, Any],
    *,
    workspace: Workspace,
    progress: Progress,
) -> Dataset:
    """`load`, with its notes said whether it had to be decoded or not.

    Args:
        asked: size, channels, fit, range, seconds, as far as something is asked for.
    """
    form = _asked(asked.get("size"), asked.get("channels"), asked.get("fit"), asked.get("range"), asked.get("seconds"))
    found, _ = _found(data, form, 0, workspace, progress)
    say_notes(found, progress)
    return found


def _found(
    data: str | os.PathLike[str] | None,
    asked: Asked,
    seed: int,
    workspace: str | os.PathLike[str] | Workspace | None,
    progress: Progress,
) -> tuple[Dataset, bool]:
    """A data set by name, and whether it was decoded now."""
    home = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    spec = _spec(data)
    name, argument = parse_data(spec)
    source = registry.get("sources", name)
    request = _request(name, argument, asked, home)
    cached, made = items_of(source, spec, request, home, progress)
    items = cached.checked(partial(made_again, cached, source, spec, request, home, progress))
    found = _dataset(spec, cached, items, source.test_share, seed)
    found.kind.check(asked)
    return found, made


def _asked(
    size: int | None, channels: int | None, fit: str | None, span: Sequence[float] | None, seconds: float | None
) -> Asked:
    if size is not None and not 1 <= size <= 1024:
        raise InvalidArgument("pictures have a size of", got=size, allowed="1 to 1024 pixels")
    if channels not in (None, 1, 3):
        raise InvalidArgument("pictures are grey or RGB", got=f"{channels} channels", allowed="1 or 3")
    if fit is not None and fit not in FITS:
        raise UnknownName("way to make pictures square", fit, FITS)
    if span is not None and (len(span) != 2 or not all(map(math.isfinite, span)) or not span[0] < span[1]):
        raise InvalidArgument(
            "a range is a lowest and a highest value", got=list(span), next="Write for example 0,4095"
        )
    if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
        raise InvalidArgument("items last", got=seconds, allowed="more than 0 seconds")
    ends = None if span is None else (float(span[0]), float(span[1]))
    return Asked(size, channels, cast("Fit | None", fit), ends, None if seconds is None else float(seconds))


def _spec(data: str | os.PathLike[str] | None) -> str:
    """A DATA argument as text; a path object is a path even where its text looks like a name."""
    if data is None:
        raise InvalidArgument("no data are named", next="Give a built-in name (faces) or a path (./photos)")
    if isinstance(data, str):
        return data
    path = Path(data)
    return str(path) if path.is_absolute() or str(path)[0] in ".~" else f"./{path}"


def _request(name: str, argument: str | None, asked: Asked, home: Workspace) -> Request:
    if name in ("folder", "npz") and argument is not None:
        argument = str(Path(argument).expanduser().absolute())
    return Request(
        argument, asked.size, asked.channels, partial(_open_model, home), asked.fit, asked.span, asked.seconds,
        home.owns,
    )  # fmt: skip


def _open_model(home: Workspace, name: str) -> LatentModel:
    from trasluz.lab.shelf import models

    return models.open(name, workspace=home)


def _left_out(data: Dataset) -> list[str]:
    """What was not read, by reason, with counts and examples."""
    skipped: list[tuple[str, str]] = [(name, reason) for name, reason in data.about.get("skipped", [])]
    if not skipped:
        return []
    reasons = Counter(reason for _, reason in skipped)
    parts = []
    for reason, n in reasons.most_common(4):
        first = next(name for name, why in skipped if why == reason)
        parts.append(f"{first}: {reason}" if n == 1 else f"{n:,} like {first}: {reason}")
    more = f"; and {len(reasons) - 4} other reasons" if len(reasons) > 4 else ""
    left = counted(len(skipped), "file was", "files were")
    return [f"{left} left out beside {len(data):,} {data.kind.many} ({'; '.join(parts)}{more})."]


NO_SUMS = (
    "The decoded items were kept by an earlier version, without checksums: damage to them would not be noticed. Remove "
    "{folder}, and they are decoded again."
)


def _dataset(spec: str, cached: Cached, items: Items, test_share: float, seed: int) -> Dataset:
    import pyarrow as pa

    rows = cached.rows
    splits, notes = _splits(rows, test_share, seed)
    columns = {"id": rows.column("id"), "index": pa.array(range(rows.num_rows), pa.int64())}
    columns |= {"source": rows.column("source"), "split": pa.array(splits, pa.string())}
    columns |= {c: rows.column(c) for c in rows.column_names if c not in ("id", "source", "split", "content")}
    # Another seed keeps other items for testing: what was trained or encoded on them is of other data.
    tied = "" if group_column(columns) is None else "-grouped"
    identity = f"{cached.about['identity']}{tied}{f'-split-{seed}' if seed else ''}"
    about = {**cached.about, "notes": [*cached.about.get("notes", []), *_copies(cached.about), *notes]}
    if not cached.has_sums:
        about["notes"].append(NO_SUMS.format(folder=cached.folder))
    return Dataset(spec, identity, items, pa.table(columns), about)


def _copies(about: Mapping[str, Any]) -> list[str]:
    n = about.get("copies", 0)
    if not n:
        return []
    return [f"{counted(n, 'item is a copy', 'items are copies')} of another in another file; all are on one side."]


def _splits(rows: Any, test_share: float, seed: int) -> tuple[list[str], list[str]]:
    """The part of every item, and what a person should know of it.

    The data's own parts are obeyed. What has none is decided by the item's content alone, or by the group that it is
    of, so that it stays where it is when others come or go, and two copies of one picture, or two of a group, are never
    on both sides.
    """
    own: list[str | None] = rows.column("split").to_pylist()
    there = Counter(split for split in own if split is not None)
    ids: list[str] = rows.column("id").to_pylist()
    copies: list[str] = [c or i for c, i in zip(rows.column("content").to_pylist(), ids, strict=True)]
    content, notes = grouped(rows, copies)
    if not there:
        parts = _drawn(content, range(len(own)), test_share, seed)
        return parts, [*notes, *groups_held_out(parts, content)]
    told = {same: split for split, same in zip(own, content, strict=True) if split is not None}
    own = [told.get(same) if split is None and same.startswith(OF_GROUP) else split
           for split, same in zip(own, content, strict=True)]  # fmt: skip
    free = [i for i, split in enumerate(own) if split is None]
    if "test" not in there and "val" in there:
        own = ["test" if split == "val" else split for split in own]
        held = counted(there["val"], "item for validation serves", "items for validation serve")
        notes.append(f"The data have no part for testing: their {held} as it.")
        there["test"] = there.pop("val")
    if "test" not in there:  # only for training: some of it has to be held out
        places = [i for i, split in enumerate(own) if split in (None, "train")]
        drawn = _drawn([content[i] for i in places], range(len(places)), test_share, seed)
        for i, part in zip(places, drawn, strict=True):
            own[i] = part
        held = counted(drawn.count("test"), "is", "are")
        notes.append(f"The data have no part for testing: of their {len(places):,} items {held} held out.")
    elif free:
        for i in free:
            own[i] = "train"
        belong = counted(len(free), "item belongs to no part, and is", "items belong to no part, and are")
        notes.append(f"{belong} taken for training.")
    parts = [str(part) for part in own]
    notes += _straddling(parts, copies, content)
    return parts, notes


def _drawn(content: Sequence[str], places: range, test_share: float, seed: int) -> list[str]:
    """`train` and `test` by content; neither is empty where there are two different ones."""
    splits = [split_of(content[i], seed, test_share) for i in places]
    if any(same.startswith(OF_GROUP) for same in content):
        return balanced(content, splits, test_share, seed)
    for missing in ("train", "test"):
        # A handful of items can fall on one side by chance; a split of nothing would be of no use.
        if missing not in splits and len(set(content)) > 1:
            moved = min(set(content), key=lambda c: rank_of(c, seed))
            splits = [missing if c == moved else split for c, split in zip(content, splits, strict=True)]
    return splits


def _straddling(parts: Sequence[str], copies: Sequence[str], content: Sequence[str]) -> list[str]:
    """Whether the data's own parts share items, or groups."""
    notes: list[str] = []
    told = [(copies, "item held out is a copy of one", "items held out are copies of ones")]
    if content != copies:
        apart = [same if same.startswith(OF_GROUP) else f"{i}" for i, same in enumerate(content)]
        told += [(apart, "item held out is of the group of one", "items held out are of the groups of ones")]
    for by, one, many in told:
        sides: dict[str, set[str]] = {}
        for part, same in zip(parts, by, strict=True):
            sides.setdefault(same, set()).add(part)
        shared = sum(part != "train" and "train" in sides[same] for part, same in zip(parts, by, strict=True))
        if shared:
            notes.append(f"{counted(shared, one, many)} to train on: the data's own parts share them.")
    return notes


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


def fingerprint(data: str, representation: Representation, workspace: Workspace) -> str:
    """What a source says of data by name, in the form that a model takes, without drawing them."""
    asked = representation.asked()
    form = _asked(*(asked.get(name) for name in ("size", "channels", "fit", "range", "seconds")))
    name, argument = parse_data(data)
    return registry.get("sources", name).fingerprint(_request(name, argument, form, workspace))


def _check_fit(data: Dataset, asked: Asked) -> Dataset:
    data.kind.check(asked)
    have, reading = data.shape, data.representation.reading
    named = asked.named()
    now = {"size": have[-1], "channels": have[0], "fit": reading.fit, "range": reading.span}
    now |= data.representation.asked()
    differs = [name for name, value in named.items() if value != now[name]]
    if differs:
        raise InvalidArgument(
            "an open data set cannot change its form",
            got=", ".join(f"{name} {now[name]}" for name in differs),
            allowed=", ".join(f"{name} {named[name]}" for name in differs),
            next="Load it by name with what you want",
        )
    return data


def known_data() -> list[dict[str, str]]:
    """The sources that are installed: name and title."""
    return [{"name": name, "title": registry.get("sources", name).title} for name in registry.names("sources")]


def describe_data(
    data: str | os.PathLike[str] | Dataset | None,
    *,
    size: int | None = None,
    channels: int | None = None,
    fit: str | None = None,
    range: Sequence[float] | None = None,
    seconds: float | None = None,
    seed: int = 0,
    workspace: str | os.PathLike[str] | Workspace | None = None,
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """What a data set holds: counts, shape, columns with their values, licence, and what was skipped and why."""
    asked = _asked(size, channels, fit, range, seconds)
    is_open = isinstance(data, Dataset)
    found = _check_fit(data, asked) if is_open else _found(data, asked, seed, workspace, progress)[0]
    ceiling = found.kind.ceiling(found.tensor(slice(0, CEILING)), found.representation)
    return {
        "data": found.spec,
        "title": found.about.get("title", ""),
        "about": found.about.get("about", ""),
        "licence": found.about.get("licence", "unknown"),
        "identity": found.identity,
        "items": len(found),
        **{part: n for part in SPLITS if (n := len(found.split(part))) or part != "val"},
        "kind": found.kind.name,
        "shape": list(found.shape),
        **({} if ceiling is None else {"ceiling, dB": round(ceiling, 2)}),
        "notes": list(found.notes),
        "tables": found.about.get("tables", []),
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
    data: str | os.PathLike[str] | Dataset | None,
    *,
    size: int | None = None,
    channels: int | None = None,
    fit: str | None = None,
    range: Sequence[float] | None = None,
    seconds: float | None = None,
    seed: int = 0,
    workspace: str | os.PathLike[str] | Workspace | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """Decode a data set into the cache now, so that nothing waits for it later."""
    return load(
        data, size=size, channels=channels, fit=fit, range=range, seconds=seconds, seed=seed, workspace=workspace,
        progress=progress,
    )  # fmt: skip
