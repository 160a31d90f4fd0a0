"""What is known of the items of a folder: parts and labels from its sub-folders, columns from tables and sidecars.

All tables that can be joined are; where two say different things of one item, that is an error. A table that is not
used is named with the reason: one of a usual name (`labels.csv`) stops the reading, any other is passed over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from trasluz.base.bounds import SIDECAR_FILE, TABLE_TEXT
from trasluz.base.errors import DataError, TrasluzError
from trasluz.base.text import counted
from trasluz.io.meaning import Value, plain, says_nothing, settled
from trasluz.io.plain import leads_out
from trasluz.io.tables import Table, read_table
from trasluz.sources._walk import BESIDE, Found
from trasluz.spaces.data import PARTS_SAID, RESERVED, part_of, parts_of
from trasluz.spaces.joining import Ambiguous, Finder, Several, join, values_of
from trasluz.spaces.kinds import is_item

LABELS = ("label", "labels", "class", "category")
"""Columns of a table that are the label, in any case; the first that is there."""
SPLITS = ("split", "partition", "subset")
"""Columns that say which part an item belongs to; all but the first only where every value is a part."""
OUTSIDE = "is a link that leads out of the folder"
"""What is said of a table that is not read: whoever made the folder could have any file's text be its labels."""
Row = dict[str, Value]
Said = dict[str, tuple[str, bytearray]]
"""By column the table that spoke last, and of which items a table has spoken."""


@dataclass
class Described:
    """Columns by item, and what became of every table."""

    rows: list[Row]
    tables: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: list[str] = field(default_factory=list[str])


_BARE = {
    "images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "pics", "samples", "png", "jpg", "jpeg",
    "imagenes", "im\u00e1genes", "fotos", "files", "raw", "data", "dataset",
}  # fmt: skip
"""Folders whose name says of what the things in them are, and nothing of any one of them."""


def describe(found: Found, names: Sequence[str]) -> Described:
    """Everything that is said of the items of a folder.

    Args:
        names: Of the items' files, below the folder.

    Raises:
        DataError: a table of a usual name cannot be used; two tables contradict each other; a part is unknown.
    """
    out = Described([{} for _ in names])
    _from_folders(names, out)
    said: Said = {}
    finder = Finder(names, found.kind.suffixes)
    unused: dict[str, list[str]] = {}
    for path in found.tables:
        reason = _from_table(path, found, finder, names, out, said)
        if reason is not None:
            unused.setdefault(reason, []).append(found.relative(path))
    for reason, which in unused.items():
        like = f"table {which[0]} is" if len(which) == 1 else f"{len(which):,} tables like {which[0]} are"
        out.notes.append(f"The {like} not used: {reason}.")
    if found.sidecars:
        _from_sidecars(found, names, out, said)
    every = list(dict.fromkeys(column for row in out.rows for column in row))
    for row in out.rows:
        for column in every:
            row.setdefault(column, None)
    if found.linked:
        linked = counted(found.linked, f"{found.kind.one} is a link, or lies", f"{found.kind.many} are links, or lie")
        out.notes.append(f"{linked} behind one.")
    return out


def _from_folders(names: Sequence[str], out: Described) -> None:
    """Parts where the top folders are parts, then labels from the folders below."""
    paths = [tuple(name.split("/")) for name in names]
    skip = _around(paths, 0)
    tops = Counter(path[skip] if len(path) > skip + 1 else None for path in paths)
    parts = {top: part_of(top) for top in tops if top is not None}
    known = {top: part for top, part in parts.items() if part is not None}
    rest = [top for top in tops if top not in known]
    around = "/".join(paths[0][:skip])
    if known and not rest:
        for row, path in zip(out.rows, paths, strict=True):
            row["split"] = known[path[skip]]
        skip += 1
        if all(len(path) > skip + 1 and path[skip] == path[skip - 1] for path in paths):
            skip += 1  # each part was unpacked into a folder of its own name
        skip = _around(paths, skip)
        counts = ", ".join(f"{top} {tops[top]:,}" for top in sorted(known))
        out.notes.append(f"The top folders are parts of the data ({counts}).")
    elif len(set(known.values())) > 1:
        others = [top if top is not None else "files outside them" for top in rest]
        raise DataError(
            f"some of the top folders are parts of the data ({', '.join(sorted(known))}), and others are not",
            got=", ".join(sorted(others)), allowed=PARTS_SAID,
            next="Move the others away, or into a part",
        )  # fmt: skip
    elif known:
        out.notes.append(f"The folder {next(iter(known))} is taken for a label, since others stand beside it.")
    if around:
        out.notes.append(f"Everything lies in {around}: labels and parts are the names of the folders in it.")
    if any(len(path) > skip + 1 for path in paths):
        for row, path in zip(out.rows, paths, strict=True):
            row["label"] = path[skip] if len(path) > skip + 1 else None


def _around(paths: Sequence[tuple[str, ...]], skip: int) -> int:
    """How many folders of each path hold everything, and say nothing of any one item: one folder that holds folders
    alone, or is called `images`, or as the one around it, as what is unpacked into a folder of its own name."""
    while True:
        here = {path[skip] if len(path) > skip + 1 else None for path in paths}
        if len(here) != 1 or None in here:
            return skip
        (top,) = here
        holds_folders = all(len(path) > skip + 2 for path in paths)
        again = skip > 0 and all(path[skip] == path[skip - 1] for path in paths)
        if part_of(str(top)) is not None or not (holds_folders or again or str(top).lower() in _BARE):
            return skip
        skip += 1


def _from_table(
    path: Path, found: Found, finder: Finder, names: Sequence[str], out: Described, said: Said
) -> str | None:
    """Add what a table says; or the reason why it is not used.

    Raises:
        DataError: it has to be used, and cannot be.
    """
    shown = found.relative(path)
    inside = path.is_relative_to(found.root)
    # Of JSON and text files anything may be called metadata.
    usual = inside and path.stem.lower() in BESIDE and path.suffix.lower() not in (".txt", ".json")
    own_name = not inside and path.stem in found.own_names
    try:
        if leads_out(path, found.root if inside else path.parent):
            raise DataError(f"{path} {OUTSIDE}", next="Put a copy in its place")
        table = read_table(path, is_item, finder.is_row)
        under = path.parent.relative_to(found.root).as_posix() if inside else ""
        joined = join(
            table, names, many=found.kind.many, under="" if under == "." else under, finder=finder,
            homes=() if inside else found.own_names,
        )  # fmt: skip
    except DataError as error:
        if usual or own_name or (isinstance(error, Ambiguous) and not isinstance(error, Several)):
            raise
        reason = error.what.replace(f"{path} ", "it ").replace(str(path), shown)
        if path.suffix.lower() == ".txt":  # most are no tables
            found.left_out.append((shown, f"no {found.kind.one}, and {reason.removeprefix('it is ')}"))
            return None
        out.tables.append({"table": shown, "used": False, "reason": reason})
        return reason.replace(f"{path.name} ", "it ", 1)
    out.notes.append(joined.told(found.kind.many).replace(path.name, shown, 1))
    if inside and not path.resolve().is_relative_to(found.root.resolve()):
        out.notes.append(f"The table {shown} lies behind a link, outside the folder.")
    out.notes += [f"{shown}: {note}" for note in table.notes]
    _fill(out.rows, _columns(table, values_of(table, joined)), shown, names, said, out.notes)
    out.tables.append({**joined.dump(), "table": shown, "used": True, "notes": list(table.notes)})
    return None


def _columns(table: Table, values: Mapping[str, list[Value]]) -> dict[str, list[Value]]:
    """The columns under the names that they have in a data set, parts as `train`, `val` and `test`.

    Raises:
        DataError: a part that is unknown.
    """
    label = _first(values, LABELS)
    part = _first({n: v for n, v in values.items() if n.lower() == SPLITS[0] or _says_parts(v)}, SPLITS)
    out: dict[str, list[Value]] = {}
    for name, column in values.items():
        if name == part:
            out["split"] = parts_of(column, f"{table.path.name}: the column {name}")
        elif name == label:
            out["label"] = column
        else:
            safe = name
            while safe.lower() in (*RESERVED, "content", "look", "label") or (safe != name and safe in values):
                safe += "_"
            out[safe] = column
    return out


def _first(values: Mapping[str, Sequence[Value]], wanted: Sequence[str]) -> str | None:
    """The first of some names that there is, in any case, the very one before others."""
    return next((name for want in wanted for name in (want, *values) if name in values and name.lower() == want), None)


def _says_parts(values: Sequence[Value]) -> bool:
    there = [str(value) for value in values if not says_nothing(value)]
    return bool(there) and all(part_of(value) is not None for value in there)


def _fill(
    rows: Sequence[Row], columns: Mapping[str, Sequence[Value]], who: str, names: Sequence[str],
    said: Said, notes: list[str],
) -> None:  # fmt: skip
    """Add what a table says; nothing where it says nothing.

    Raises:
        DataError: another table, or for parts a folder, said something else.
    """
    replaced = 0
    for column, values in columns.items():
        by, spoken = said.get(column, ("the folders", bytearray(len(rows))))
        for i, (row, value) in enumerate(zip(rows, values, strict=True)):
            before = row.setdefault(column, None)
            if value is None:
                continue
            if before is not None and before != value:
                if spoken[i] or column == "split":
                    raise DataError(
                        f"{who} and {by if spoken[i] else 'the folders'} say different things of {names[i]}",
                        got=f"{column} {value!r} and {before!r}", next="Keep one of them",
                    )  # fmt: skip
                replaced += 1
            row[column], spoken[i] = value, 1
        said[column] = who, spoken
    if replaced:
        notes.append(f"{who}: its label takes the place of the folder's for {counted(replaced, 'item', 'items')}.")


def _from_sidecars(found: Found, names: Sequence[str], out: Described, said: Said) -> None:
    """Captions (`a.txt` of `a.png`), and what is known of one item as JSON (`a.json`), as their makers write them."""
    place: dict[Path, list[int]] = {}
    for i, file in enumerate(found.files):
        place.setdefault(file, []).append(i)
        place.setdefault(file.with_suffix(""), []).append(i)
    columns: dict[str, list[Value]] = {}
    used: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for path in found.sidecars:
        try:
            values = _sidecar(path, passed, found.root)
        except TrasluzError as error:
            found.left_out.append((found.relative(path), error.what))
            continue
        mine = place[path.with_suffix("")]
        used[path.suffix.lower()] += len(mine)
        for name, value in values.items():
            for i in mine:
                columns.setdefault(name, [None] * len(names))[i] = value
    columns = {name: settled(values) for name, values in columns.items()}
    table = Table(found.root / "sidecars", columns, {})
    _fill(out.rows, _columns(table, columns), "a file beside the item", names, said, out.notes)
    for suffix, n in used.items():
        have = f"of {len(names):,} {found.kind.many} {'has' if n == 1 else 'have'}"
        out.notes.append(f"{n:,} {have} a file {suffix} beside {'it' if n == 1 else 'them'}, which is read.")
    for name, n in passed.items():
        out.notes.append(f"{name} of {counted(n, 'file .json is', 'files .json are')} no single value, and left out.")


def _sidecar(path: Path, passed: Counter[str], root: Path) -> Row:
    """What a file of one item's own says; `passed` counts what it says in lists, records, or texts beyond measure."""
    if leads_out(path, root):
        raise DataError(f"it {OUTSIDE}")
    if path.stat().st_size > SIDECAR_FILE:
        raise DataError(f"a file of {path.stat().st_size:,} bytes, more than {SIDECAR_FILE:,}")
    try:
        text = path.read_text("utf-8-sig").strip()
    except (UnicodeDecodeError, OSError):
        raise DataError("it is not UTF-8 text") from None
    if path.suffix.lower() == ".txt":
        lines = text.splitlines()
        if lines and all(_is_box(line) for line in lines):
            raise DataError("boxes (YOLO), which are not read")
        if len(text) > TABLE_TEXT:
            raise DataError(f"a text of {len(text):,} characters, more than {TABLE_TEXT:,}")
        return {"caption": text or None}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError("it is not JSON") from None
    if not isinstance(values, dict):
        raise DataError("it holds no record")
    record = cast("dict[str, Any]", values)
    out: Row = {}
    for name, value in record.items():
        if isinstance(value, dict | list) or (isinstance(value, str) and len(value) > TABLE_TEXT):
            passed[name] += 1
        else:
            out[name] = plain(value)
    return out


def _is_box(line: str) -> bool:
    cells = line.split()
    return len(cells) >= 5 and all(cell.replace(".", "", 1).replace("-", "", 1).isdigit() for cell in cells)
