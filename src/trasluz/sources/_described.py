"""What is known of the items of a folder: parts and labels from its sub-folders, columns from tables and sidecars.

All tables that can be joined are; where two say different things of one item, that is an error. A table that is not
used is named with the reason: one of a usual name (`labels.csv`) stops the reading, any other is passed over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, cast

from trasluz.base.errors import DataError, TrasluzError
from trasluz.base.text import counted
from trasluz.io.tables import Table, Value, read_table, settled
from trasluz.sources._walk import BESIDE, Found
from trasluz.spaces.data import RESERVED, part_of
from trasluz.spaces.joining import Ambiguous, join, values_of
from trasluz.spaces.kinds import is_item

LABELS = ("label", "labels", "class", "category")
"""Columns of a table that are the label, in any case; the first that is there."""
SPLITS = ("split", "partition", "subset")
"""Columns that say which part an item belongs to; all but the first only where every value is a part."""
SIDECAR_LIMIT = 1 << 20
"""Bytes of the largest sidecar that is read."""
Row = dict[str, Value]
Said = dict[str, tuple[str, bytearray]]
"""By column the table that spoke last, and of which items a table has spoken."""


@dataclass
class Described:
    """Columns by item, and what became of every table."""

    rows: list[Row]
    tables: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: list[str] = field(default_factory=list[str])


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
    for path in found.tables:
        _from_table(path, found, names, out, said)
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
    paths = [PurePosixPath(name).parts for name in names]
    tops = Counter(parts[0] if len(parts) > 1 else None for parts in paths)
    parts = {top: part_of(top) for top in tops if top is not None}
    known = {top: part for top, part in parts.items() if part is not None}
    rest = [top for top in tops if top not in known]
    skip = 0
    if known and not rest:
        skip = 1
        for row, path in zip(out.rows, paths, strict=True):
            row["split"] = known[path[0]]
        counts = ", ".join(f"{top} {tops[top]:,}" for top in sorted(known))
        out.notes.append(f"The top folders are parts of the data ({counts}).")
    elif len(set(known.values())) > 1:
        others = [top if top is not None else "files outside them" for top in rest]
        raise DataError(
            f"some of the top folders are parts of the data ({', '.join(sorted(known))}), and others are not",
            got=", ".join(sorted(others)), allowed="train, val (valid, validation) and test, in any case",
            next="Move the others away, or into a part",
        )  # fmt: skip
    elif known:
        out.notes.append(f"The folder {next(iter(known))} is taken for a label, since others stand beside it.")
    if any(len(path) > skip + 1 for path in paths):
        for row, path in zip(out.rows, paths, strict=True):
            row["label"] = path[skip] if len(path) > skip + 1 else None


def _from_table(path: Path, found: Found, names: Sequence[str], out: Described, said: Said) -> None:
    shown = found.relative(path)
    inside = path.is_relative_to(found.root)
    # Of JSON and text files anything may be called metadata.
    usual = inside and path.stem.lower() in BESIDE and path.suffix.lower() not in (".txt", ".json")
    own_name = not inside and path.stem == found.root.resolve().name
    try:
        table = read_table(path, is_item)
        under = path.parent.relative_to(found.root).as_posix() if inside else ""
        joined = join(
            table, names, many=found.kind.many, endings=found.kind.suffixes, under="" if under == "." else under
        )
    except Ambiguous:
        raise
    except DataError as error:
        if usual or own_name:
            raise
        reason = error.what.replace(f"{path} ", "it ").replace(str(path), shown)
        if path.suffix.lower() == ".txt":  # most are no tables
            found.left_out.append((shown, f"no {found.kind.one}, and {reason.removeprefix('it is ')}"))
            return
        out.tables.append({"table": shown, "used": False, "reason": reason})
        out.notes.append(f"The table {shown} is not used: {reason}.")
        return
    out.notes.append(joined.told(found.kind.many).replace(path.name, shown, 1))
    out.notes += [f"{shown}: {note}" for note in table.notes]
    _fill(out.rows, _columns(table, values_of(table, joined)), shown, names, said, out.notes)
    out.tables.append({**joined.dump(), "table": shown, "used": True, "notes": list(table.notes)})


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
            unknown = Counter(str(v) for v in column if v is not None and part_of(str(v)) is None)
            if unknown:
                value, count = unknown.most_common(1)[0]
                raise DataError(
                    f"{table.path.name}: the column {name} says parts of the data, and one is unknown",
                    got=f"{value!r} of {counted(count, 'item', 'items')}",
                    allowed="train, val (valid, validation) and test, in any case",
                    next="Write one of these, or give the column another name",
                )  # fmt: skip
            out["split"] = [None if v is None else part_of(str(v)) for v in column]
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
    there = [str(value) for value in values if value is not None]
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
    place = {(found.root / name).with_suffix(""): i for i, name in enumerate(names)}
    columns: dict[str, list[Value]] = {}
    used: Counter[str] = Counter()
    for path in found.sidecars:
        i = place[path.with_suffix("")]
        try:
            values = _sidecar(path)
        except TrasluzError as error:
            found.left_out.append((found.relative(path), error.what))
            continue
        used[path.suffix.lower()] += 1
        for name, value in values.items():
            columns.setdefault(name, [None] * len(names))[i] = value
    columns = {name: settled(values) for name, values in columns.items()}
    table = Table(found.root / "sidecars", columns, {})
    _fill(out.rows, _columns(table, columns), "a file beside the item", names, said, out.notes)
    for suffix, n in used.items():
        have = f"of {len(names):,} {found.kind.many} {'has' if n == 1 else 'have'}"
        out.notes.append(f"{n:,} {have} a file {suffix} beside {'it' if n == 1 else 'them'}, which is read.")


def _sidecar(path: Path) -> Row:
    if path.stat().st_size > SIDECAR_LIMIT:
        raise DataError(f"a file of {path.stat().st_size:,} bytes, more than {SIDECAR_LIMIT:,}")
    try:
        text = path.read_text("utf-8-sig").strip()
    except (UnicodeDecodeError, OSError):
        raise DataError("it is not UTF-8 text") from None
    if path.suffix.lower() == ".txt":
        lines = text.splitlines()
        if lines and all(_is_box(line) for line in lines):
            raise DataError("boxes (YOLO), which are not read")
        return {"caption": text or None}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError("it is not JSON") from None
    if not isinstance(values, dict):
        raise DataError("it holds no record")
    record = cast("dict[str, Any]", values)
    return {
        name: value for name, value in record.items() if value is None or isinstance(value, str | float | int | bool)
    }


def _is_box(line: str) -> bool:
    cells = line.split()
    return len(cells) >= 5 and all(cell.replace(".", "", 1).replace("-", "", 1).isdigit() for cell in cells)
