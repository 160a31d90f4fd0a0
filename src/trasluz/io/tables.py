# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Tables of other people, as columns of plain values: CSV, TSV, Parquet, JSON Lines, JSON, and CelebA's lists.

A cell is kept twice: as the text that stands in the file, by which a row finds its item (`007` and `7` are two names),
and as the value that it means (`7`). What had to be guessed while reading is told in `Table.notes`.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, final

from trasluz.base.bounds import TABLE_FILE, TABLE_TEXT
from trasluz.base.errors import DataError, NoPermission
from trasluz.base.text import counted
from trasluz.io.cells import Room, check_json, check_text, lines_of, parquet_columns
from trasluz.io.meaning import Value, cell_text, plain, settled, typed, why_text

SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".json", ".txt")
"""What the name of a table ends with, in lower case."""
UNREAD = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "a workbook, which is not read: save it as CSV"),
    **dict.fromkeys((".feather", ".arrow"), "an Arrow file, which is not read: save it as Parquet"),
    **dict.fromkeys((".pkl", ".pickle"), "a pickle, which could run code when read: save it as CSV"),
    ".xml": "annotations in XML, which are not read: save them as CSV",
    ".mat": "a file of MATLAB, which is not read: save it as CSV or NPZ",
}
"""Tables too, but none that is read: why, by what the name ends with."""
UNNAMED = "column 1"
"""What a first column without a name is called, as pandas writes its index."""
MOST_CATEGORIES = 100
"""Categories of an annotation file up to which each becomes a column."""
_NUMBERED_SPLIT = {"0": "train", "1": "val", "2": "test"}
"""CelebA's `list_eval_partition.txt`."""
_ABOVE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""What Excel writes and reads above a table: what parts its cells."""
IsRow = Callable[[Sequence[str], Sequence[str]], bool]
"""Whether the first of two lines is a row like the second, and no names of columns."""


KEYS = (
    "file", "filename", "filepath", "path", "image", "imagepath", "imagename", "imagefile", "img", "imgpath",
    "imgname", "picture", "photo", "audio", "imageid", "imgid", "imageindex", "fname", "archivo", "fichero", "imagen",
    "foto", "ruta", "point", "id", "key", "name", "nombre", "index", "unnamed0", "column1",
)  # fmt: skip
"""Columns that name the item, as `plain_name` writes them; those before come first where as many rows match."""


@final
@dataclass(frozen=True)
class Table:
    """Columns by name: what each cell means, and what it is in the file."""

    path: Path
    columns: dict[str, list[Value]]
    texts: dict[str, list[str]]
    """The cells as they are written, without blanks around them; nothing for a cell without a value."""
    notes: list[str] = field(default_factory=list)
    """What was guessed or left out while reading, a sentence each."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def __contains__(self, column: str) -> bool:
        return column in self.columns


def read_table(
    path: Path, is_item: Callable[[str], bool] = lambda name: False, is_row: IsRow = lambda first, second: False
) -> Table:
    """A table of any of the kinds above, by what its name ends with.

    Args:
        is_item: Whether a text is the name of an item's file: where one stands in the first line, that line is a row
            and not the names of the columns.
        is_row: The same of the whole line, seen beside the next one, where items are named without an ending.

    Raises:
        DataError: damaged, too large, of unequal rows, or no table.
    """
    try:
        size = path.stat().st_size
        if size > TABLE_FILE:
            raise DataError(f"{path} has {size:,} bytes", allowed=f"at most {TABLE_FILE:,}")
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            return _read_parquet(path)
        notes: list[str] = []
        text = _decoded(path, notes)
        if suffix in (".jsonl", ".ndjson", ".json"):
            check_json(text, f"the table {path.name}")
        if suffix in (".jsonl", ".ndjson"):
            return _of_records(path, list(_lines(path, text)), notes)
        if suffix == ".json":
            return _read_json(path, text, notes)
        if suffix == ".txt":
            return _read_list(path, text, is_item, notes)
        return _read_csv(path, text, is_item, is_row, notes)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {path}: {error.strerror}") from error


def _decoded(path: Path, notes: list[str]) -> str:
    data = path.read_bytes()
    check_text(data, f"the table {path.name}")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:2]:  # UTF-16 without its mark: every other byte of what begins in plain letters
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in data:
            raise DataError(f"{path} is not text", allowed="a table in UTF-8") from None
        notes.append("It is not in UTF-8, and was read as Windows-1252.")
        return data.decode("cp1252", "replace")


# Rows of cells --------------------------------------------------------------------------------------------------------


def _read_csv(path: Path, text: str, is_item: Callable[[str], bool], is_row: IsRow, notes: list[str]) -> Table:
    text = text.lstrip("\r\n")
    above = _ABOVE.match(text)
    text, before = (text[above.end() :] if above else text), len(text)
    passed = before - len(text) and 1
    while text.startswith("#") and not _names_columns(text.partition("\n")[0]):
        text, passed = text.partition("\n")[2], passed + 1
    if comments := passed - bool(above):
        notes.append(f"{counted(comments, 'line of comment above it is', 'lines of comment above it are')} left out.")
    text = text.removeprefix("#")
    header = text.partition("\n")[0]
    delimiter = above[1] if above else "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=header.count)
    try:
        room = Room(path, sys.getsizeof(text))
        reader = csv.reader(lines_of(text), delimiter=delimiter, strict=True)
        cells_of = ((reader.line_num + passed, room.row(line)) for line in reader)
        lines = [(number, line) for number, line in cells_of if any(line)]
    except csv.Error as error:
        raise DataError(f"{path} is not a CSV file: {error}") from None
    if not lines:
        raise DataError(f"{path} is empty", allowed="a first line with the names of the columns")
    # Excel writes cells that are empty to the right of all others.
    width = max((i for i, name in enumerate(lines[0][1], 1) if name), default=0)
    width = max([width, *(i for _, line in lines if len(line) == len(lines[0][1]) for i in _last(line))])
    lines = [(number, line[:width] if not any(line[width:]) else line) for number, line in lines]
    names = lines[0][1]
    first = next((i for i, cell in enumerate(names) if is_item(cell)), None)
    if first is None and len(lines) > 1 and is_row(names, lines[1][1]):
        first = 0
    if first is not None:
        others = ["label", *(f"column {i}" for i in range(3, len(names) + 1))]
        names = [*others[:first], "file", *others[first:]][: len(names)]
        notes.append("Its first line names an item and no columns; they are called " + ", ".join(names) + ".")
    else:
        lines = lines[1:]
        # pandas writes its index as a first column without a name.
        if nameless := [f"column {i}" for i, name in enumerate(names, 1) if not name and i > 1]:
            notes.append(f"Columns without a name are called {', '.join(nameless)}.")
        names = [name or (UNNAMED if not i else f"column {i + 1}") for i, name in enumerate(names)]
        twice = [name for name, n in Counter(names).items() if n > 1]
        if twice:
            raise DataError(f"{path} has two columns of one name", got=", ".join(map(repr, names)))
    for number, line in lines:
        if len(line) != len(names):
            raise DataError(f"{path}: row {number} has {len(line)} cells", allowed=f"{len(names)}, as the first line")
    cells = {name: [line[i] for _, line in lines] for i, name in enumerate(names)}
    return _typed_table(path, _parts_of_celeba(path, cells, notes), notes, comma=delimiter in ";\t")


def _last(line: Sequence[str]) -> list[int]:
    """How many cells a line has up to its last that is not empty, as a list of none or one."""
    return next(([i] for i in range(len(line), 0, -1) if line[i - 1]), [])


def _names_columns(comment: str) -> bool:
    """Whether a line of comment is the line of names: `#file,label`, `# id label`."""
    return any(plain_name(cell) in KEYS for cell in re.split(r"[,;\t|]", comment.lstrip("#")))


def _parts_of_celeba(path: Path, cells: dict[str, list[str]], notes: list[str]) -> dict[str, list[str]]:
    """Parts as numbers, in the list that is called so."""
    name = next((name for name in cells if name.lower() in ("split", "partition")), None)
    if name is None or "partition" not in path.stem.lower() or not set(cells[name]) <= set(_NUMBERED_SPLIT):
        return cells
    notes.append("Its parts 0, 1 and 2 are train, val and test.")
    return {**cells, name: [_NUMBERED_SPLIT[cell] for cell in cells[name]]}


def _read_list(path: Path, text: str, is_item: Callable[[str], bool], notes: list[str]) -> Table:
    """Cells parted by blanks: with names above them, as CelebA's attributes, or an item and its value."""
    room = Room(path, sys.getsizeof(text))
    lines = [room.row(line.split()) for line in lines_of(text) if line.strip()]
    if lines and len(lines[0]) == 1 and lines[0][0].isdigit() and int(lines[0][0]) == len(lines) - 2:
        lines = lines[1:]
    if not lines or len(lines) < 2 or not is_item(lines[-1][0]):
        raise DataError(f"{path} is not a list of items with their values")
    if not is_item(lines[0][0]) and len(lines[0]) in (len(lines[1]), len(lines[1]) - 1):
        names, rows = lines[0], lines[1:]
        names = names if len(names) == len(rows[0]) else ["file", *names]
    else:
        value = "split" if "partition" in path.stem.lower() else "label"
        names, rows = ["file", value, *(f"column {i}" for i in range(3, len(lines[0]) + 1))][: len(lines[0])], lines
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            raise DataError(f"{path}: row {number} has {len(row)} cells", allowed=len(names))
    if len(set(names)) != len(names):
        raise DataError(f"{path} has unnamed columns, or two of one name", got=", ".join(map(repr, names)))
    cells = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return _typed_table(path, _parts_of_celeba(path, cells, notes), notes, comma=False)


def _is_long(name: str, values: Sequence[object], notes: list[str]) -> bool:
    """Whether a column holds a text longer than is taken, with a note."""
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    if longest > TABLE_TEXT:
        notes.append(f"The column {name} holds texts of up to {longest:,} characters, and is left out.")
    return longest > TABLE_TEXT


def _typed_table(path: Path, cells: dict[str, list[str]], notes: list[str], *, comma: bool) -> Table:
    cells = {name: column for name, column in cells.items() if not _is_long(name, column, notes)}
    return Table(path, {name: typed(name, column, notes, comma) for name, column in cells.items()}, cells, notes)


# Parquet and JSON -----------------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> Table:
    names, columns = parquet_columns(path)
    if len(set(names)) != len(names):
        raise DataError(f"{path} has unnamed columns, or two of one name", got=", ".join(names))
    index = "__index_level_0__"  # what pandas calls an index without a name
    return _of_columns(path, {(UNNAMED if name == index else name): column for name, column in columns.items()}, [])


def _lines(path: Path, text: str) -> Iterator[object]:
    for number, line in enumerate(text.split("\n"), start=1):  # other ends of lines may stand within a text
        if line.strip():
            yield _parsed(path, line, f"line {number}")


def _parsed(path: Path, text: str, where: str = "it") -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {where}: {' '.join(str(error).split())[:120]}") from None


def _read_json(path: Path, text: str, notes: list[str]) -> Table:
    """A list of records; values or records by item; columns; StyleGAN's `dataset.json`; COCO's annotations."""
    found = _parsed(path, text)
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return _of_records(path, found, notes)
    if isinstance(found, dict):
        whole = cast("dict[str, Any]", found)
        if isinstance(whole.get("images"), list) and isinstance(whole.get("annotations"), list):
            return _of_coco(path, whole, notes)
        if set(whole) == {"labels"} and isinstance(whole["labels"], list):
            return _of_pairs(path, whole["labels"], notes)
        if whole and all(isinstance(column, list) for column in whole.values()):
            if len({len(column) for column in whole.values()}) == 1:
                return _of_columns(path, whole, notes)
        elif whole and all(isinstance(row, dict) for row in whole.values()):
            return _of_records(path, [{"file": name, **row} for name, row in whole.items()], notes)
        elif whole and not any(isinstance(row, (dict, list)) for row in whole.values()):
            return _of_columns(path, {"file": list(whole), "label": list(whole.values())}, notes)
    raise DataError(
        f"{path} holds no table", allowed="a list of records, records by item, StyleGAN's labels, or COCO's annotations"
    )


def _of_records(path: Path, rows: Sequence[object], notes: list[str]) -> Table:
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path} holds no records", allowed='an object per row: {"file_name": "a.png", "label": "cat"}')
    records = cast("Sequence[Mapping[str, Any]]", rows)
    names = list(dict.fromkeys(name for row in records for name in row))
    Room(path).grid(len(names), len(records))  # each record may have names of its own: what is filled up counts too
    return _of_columns(path, {name: [row.get(name) for row in records] for name in names}, notes)


def _of_columns(path: Path, columns: Mapping[str, Sequence[object]], notes: list[str]) -> Table:
    """Columns of values that have types already; nested ones are left out."""
    kept: dict[str, list[Value]] = {}
    for name, values in columns.items():
        nested = next((value for value in values if isinstance(value, (dict, list, bytes))), None)
        if nested is not None:
            what = {dict: "records", list: "lists", bytes: "bytes"}[type(nested)]
            notes.append(f"The column {name} holds {what}, and is left out.")
            continue
        if _is_long(str(name), values, notes):
            continue
        kept[str(name).strip()] = column = settled([plain(value) for value in values])
        kinds = {str if isinstance(v, str) else bool if isinstance(v, bool) else float for v in column if v is not None}
        if len(kinds) > 1:
            kept[str(name).strip()] = [cell_text(value) or None for value in column]
            notes.append(f"The column {name} holds values of several types, and is text.")
        elif kinds == {str}:
            notes += why_text(str(name), column, has_types=True)
    return Table(path, kept, {name: [cell_text(value) for value in values] for name, values in kept.items()}, notes)


def _of_pairs(path: Path, pairs: Sequence[object], notes: list[str]) -> Table:
    """StyleGAN's `dataset.json`: `{"labels": [["00000/img00000000.png", 6], ...]}`; a label may be a vector."""
    if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
        raise DataError(f"{path} holds no labels", allowed='{"labels": [["a.png", 6], ...]}')
    rows = cast("list[list[Any]]", pairs)
    if rows and all(isinstance(row[1], list) for row in rows):
        width = len(rows[0][1])
        if any(len(row[1]) != width for row in rows):
            raise DataError(f"{path} holds labels of several lengths")
        columns = {f"label_{i}": [row[1][i] for row in rows] for i in range(width)}
        return _of_columns(path, {"file": [row[0] for row in rows], **columns}, notes)
    return _of_columns(path, {"file": [row[0] for row in rows], "label": [row[1] for row in rows]}, notes)


def _of_coco(path: Path, whole: Mapping[str, Any], notes: list[str]) -> Table:
    """One row a picture: its category where it has one, or whether it shows each; its first caption."""
    try:
        names = {one["id"]: str(one["name"]) for one in whole.get("categories", [])}
        shown: dict[Any, set[str]] = {}
        captions: dict[Any, str] = {}
        for one in whole["annotations"]:
            if "category_id" in one:
                shown.setdefault(one["image_id"], set()).add(names.get(one["category_id"], str(one["category_id"])))
            if "caption" in one:
                captions.setdefault(one["image_id"], str(one["caption"]).strip())
        pictures = [(one["id"], str(one["file_name"])) for one in whole["images"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is not a COCO annotation file ({error!r} is missing)") from None
    columns: dict[str, list[object]] = {"file_name": [name for _, name in pictures]}
    several = sum(len(found) > 1 for found in shown.values())
    if shown:
        one_each = [next(iter(shown[key])) if len(shown.get(key, ())) == 1 else None for key, _ in pictures]
        columns["label"] = list(one_each)
        listed = sorted(set(names.values()) or {name for found in shown.values() for name in found})
        if several:
            notes.append(f"{counted(several, 'picture shows', 'pictures show')} several categories: without a label.")
            if len(listed) <= MOST_CATEGORIES:
                columns |= {f"has {name}": [name in shown.get(key, ()) for key, _ in pictures] for name in listed}
    if captions:
        columns["caption"] = [captions.get(key) for key, _ in pictures]
    return _of_columns(path, columns, notes)


def plain_name(name: str) -> str:
    """A column's name for comparing: in small letters, without what parts its words.

    >>> plain_name("Image Path"), plain_name("file_name"), plain_name("ImageID")
    ('imagepath', 'filename', 'imageid')
    """
    return re.sub(r"[\s_.:-]+", "", name).lower()
