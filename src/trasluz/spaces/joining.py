"""One rule by which every table finds the items that its rows are of.

The column that names the item is never typed: its cells are compared as they are written. Ways are tried from the
strictest to the loosest, each for the rows that the ones before it have left:

| way | a row finds |
|---|---|
| exact | the item of that very name |
| path | the item whose path ends as the row's does, or the other way round: `photos/a.png` and `a.png` |
| ending | the same without the ending of a file: `1.1` and `1.1.png`, `a.jpg` and `a.png` |
| case | the same in small letters: `A.PNG` and `a.png` |
| number | the same where the name is a number: `1` and `001.png` |

Names are compared in Unicode's NFC from `path` on. A row that fits two items, or an item that two rows name with
different values, is an error that shows both: nothing here guesses. What served, and what was left, is the `Join`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final, get_args

from trasluz.base.errors import DataError
from trasluz.base.text import counted, first_texts
from trasluz.io.meaning import Value
from trasluz.io.tables import KEYS, UNNAMED, Table, plain_name

Way = Literal["exact", "path", "ending", "case", "number"]
WAYS: tuple[Way, ...] = get_args(Way)
SAID: Mapping[Way, str] = {
    "exact": "by name",
    "path": "by the end of their paths",
    "ending": "without their endings",
    "case": "in small letters",
    "number": "by their numbers",
}
LOOSE, COUNTERS = ("id", "key", "name", "nombre"), ("index", "unnamed0", plain_name(UNNAMED))
"""Columns that may name something else than the item, and those that count rows as a rule: each names items where no
surer column does."""
MOSTLY = 0.5
"""Share of rows that have to match, or of items that have to have a row, for a column of another name to be taken for
the one that names the item. A match by a bare number is none there: `age` is a number too."""
SEVERAL = 3
"""Items of which a table says several things, from which on it is a table of something else: boxes, a log."""
LISTED = 10
"""Names kept of those that are left over."""
Parts = tuple[str, ...]
_NUMBER = re.compile(r"[-+0-9.,eE]*")
_BOXES = {"xmin", "ymin", "xmax", "ymax", "bbox", "bboxx", "bboxy", "bboxwidth", "bboxheight", "x1", "y1", "x2", "y2"}
"""Columns of boxes, of which a picture has several."""


class Ambiguous(DataError):
    """Rows find items, but not one each."""


class Several(Ambiguous):
    """Most items have several rows: they are of something else, as boxes and the lines of a log are."""


@final
@dataclass(frozen=True)
class Join:
    """Which row is of which item."""

    table: str
    """The table's file."""
    key: str
    """The column that names the item."""
    rows: tuple[int | None, ...]
    """Of each item, the place of its row."""
    ways: Mapping[Way, int]
    """How many rows found their item by each way."""
    left: tuple[str, ...]
    """What the rows say that name no item."""
    repeated: int = 0
    """Rows that say the same of an item as another one has said."""
    without: tuple[str, ...] = ()
    """Items without a row."""

    @property
    def matched(self) -> int:
        """Items that have a row."""
        return sum(row is not None for row in self.rows)

    def told(self, many: str = "items") -> str:
        """The report in a sentence or two."""
        ways = [f"{n:,} {SAID[way]}" for way, n in self.ways.items() if n]
        how = "" if list(self.ways) == ["exact"] else f" ({', '.join(ways)})"
        said = f"{self.table}: {self.matched:,} of {len(self.rows):,} {many} have a row, by its column {self.key}{how}"
        if self.without and self.matched:
            said += f"; {counted(len(self.without), 'has', 'have')} none: {first_texts(self.without)}"
        if self.left:
            said += f"; {counted(len(self.left), 'row names', 'rows name')} none of them: {first_texts(self.left)}"
        if self.repeated:
            said += f"; {counted(self.repeated, 'row says', 'rows say')} the same again"
        return f"{said}."

    def dump(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "table": self.table, "key": self.key, "items": len(self.rows), "matched": self.matched,
            "ways": dict(self.ways), "rows_left": len(self.left), "rows_left_first": list(self.left[:LISTED]),
            "rows_repeated": self.repeated, "items_without": len(self.without),
            "items_without_first": list(self.without[:LISTED]),
        }  # fmt: skip


def join(
    table: Table,
    items: Sequence[str],
    *,
    many: str = "items",
    endings: Iterable[str] = (),
    under: str = "",
    others: Mapping[str, Sequence[str]] | None = None,
    finder: Finder | None = None,
    homes: Sequence[str] = (),
) -> Join:
    """Find the item of each row.

    Args:
        items: Names, paths below one folder with `/`; no two are the same.
        many: What a person calls them.
        endings: What names of files end with, in lower case; nothing else is taken for an ending.
        under: The folder below theirs that the table stands in: its rows may be named from there.
        others: Other names of the same items, by the columns that would hold them (`index`, `point`): they match
            exactly or not at all.
        finder: Of the same items and endings, where it is there from another table.
        homes: What their folder is called: in a table that names it, rows of other folders name none of them.

    Raises:
        DataError: no column names items, or no row matches.
        Ambiguous: a row fits several items, or an item has several rows that say different things.
    """
    if not len(table):
        raise DataError(f"{table.path} has no rows", next="Write one for each of your " + many)
    finder = Finder(items, endings) if finder is None else finder
    best: tuple[tuple[bool, int, int], str, list[Match]] | None = None
    named = _named(table)
    for key in named:
        plain, texts = plain_name(key), table.texts[key]
        matches = _exactly(texts, (others or {})[plain]) if plain in (others or {}) else None
        found = matches or finder.all(texts, under, homes)
        hits = sum(bool(match.items) for match in found)
        # Names of files are surer than anything else, and a count of rows is the least sure.
        sure = 2 if matches else -(plain in LOOSE) - 2 * (plain in COUNTERS)
        rank = (finder.are_files(texts), sure, hits)
        if hits and (best is None or rank > best[0]):
            best = (rank, key, found)
    if best is None:
        for key in (key for key in table.columns if key not in named):
            found = finder.all(table.texts[key], under, homes, numbers=False)
            hits = sum(bool(match.items) for match in found)
            rank = (True, 0, hits)
            if hits > MOSTLY * min(len(found), len(items)) and (best is None or rank > best[0]):
                best = (rank, key, found)
    if best is None:
        raise _no_match(table, named, items, many)
    _, key, found = best
    return _joined(table, key, found, items, many)


@dataclass(frozen=True)
class Match:
    """The items that a row may name, and by which way."""

    way: Way = "exact"
    items: tuple[int, ...] = ()


def _named(table: Table) -> list[str]:
    """The columns that say of themselves that they name the item, the surest first."""
    places = {name: KEYS.index(plain_name(name)) for name in table.columns if plain_name(name) in KEYS}
    return sorted(places, key=places.__getitem__)


def _exactly(texts: Sequence[str], names: Sequence[str]) -> list[Match] | None:
    """Rows by another name of the items; of numbers, as a spreadsheet writes them too."""
    place = {name: i for i, name in enumerate(names)}
    wanted = [text if text in place else text.removesuffix(".0") for text in texts]
    found = [Match("exact", (place[text],) if text in place else ()) for text in wanted]
    return found if any(match.items for match in found) else None


@final
class Finder:
    """Names of items in the forms of each way, made once for all tables that are joined to them.

    Args:
        items: As `join` takes them.
        endings: As `join` takes them.
    """

    def __init__(self, items: Sequence[str], endings: Iterable[str] = ()) -> None:
        self._items, self._endings = items, tuple(endings)
        self._exact = {name: i for i, name in enumerate(items)}
        self._made: dict[Way, tuple[dict[Parts, list[int]], dict[Parts, list[int]]]] = {}

    def _forms(self, way: Way) -> tuple[dict[Parts, list[int]], dict[Parts, list[int]]]:
        """The items by their whole paths, and by every end of them."""
        if way not in self._made:
            whole: dict[Parts, list[int]] = {}
            tails: dict[Parts, list[int]] = {}
            for i, name in enumerate(self._items):
                parts = self._form(name, way)
                if parts is None:
                    continue
                whole.setdefault(parts, []).append(i)
                for k in range(len(parts)):
                    tails.setdefault(parts[k:], []).append(i)
            self._made[way] = whole, tails
        return self._made[way]

    def are_files(self, texts: Sequence[str]) -> bool:
        """Whether most cells end as the names of files do."""
        there = [text for text in texts if text]
        return sum(self._stem(text) != text for text in there) > MOSTLY * len(there)

    def is_row(self, first: Sequence[str], second: Sequence[str]) -> bool:
        """Whether the first line of a table names an item, as the next one does in its first cell, and no columns."""
        if not first or not second or any(plain_name(cell) in (*KEYS, "label", "labels", "split") for cell in first):
            return False
        return bool(self.find(first[0]).items and self.find(second[0]).items)

    def all(
        self, texts: Sequence[str], under: str = "", homes: Sequence[str] = (), *, numbers: bool = True
    ) -> list[Match]:
        """What each row of a column names.

        Args:
            under: As `join` takes it.
            homes: As `join` takes it.
            numbers: Whether a bare number names an item.
        """
        seen: dict[str, Match] = {}
        for text in texts:
            if text not in seen:
                is_name = numbers or not _NUMBER.fullmatch(text)
                seen[text] = self.find(text, under) if is_name else Match()
        wanted = {unicodedata.normalize("NFC", home).casefold() for home in homes}
        outer = {text: self._outer(text, match) for text, match in seen.items()} if wanted else {}
        if wanted & set(outer.values()):
            seen = {
                text: match if outer[text] is None or outer[text] in wanted else Match() for text, match in seen.items()
            }
        return [seen[text] for text in texts]

    def _outer(self, text: str, match: Match) -> str | None:
        """The folder that a row puts around the item that it names; None where it says none."""
        if match.way == "exact" or len(match.items) != 1:
            return None
        parts, own = self._form(text, "path") or (), self._form(self._items[match.items[0]], "path") or ()
        return parts[-len(own) - 1].casefold() if len(parts) > len(own) else None

    def find(self, text: str, under: str = "") -> Match:
        """The items that a row names, by the strictest way that finds one."""
        if not text.strip():
            return Match()
        names = (f"{under}/{text}", text) if under else (text,)
        for name in names:
            if name in self._exact:
                return Match("exact", (self._exact[name],))
        for way in WAYS[1:]:
            whole, tails = self._forms(way)
            for name in names:
                parts = self._form(name, way)
                if not parts:
                    continue
                # The longest path of an item that the row's ends with; else all items whose paths end as the row's.
                hit = next((found for k in range(len(parts)) if (found := whole.get(parts[k:]))), tails.get(parts))
                if hit:
                    return Match(way, tuple(hit))
        return Match()

    def _form(self, name: str, way: Way) -> Parts | None:
        """The parts of a path as a way compares them; None where it does not."""
        text = name.replace("\\", "/")
        if "://" in text:
            text = _path_of(text)
        text = text if text.isascii() else unicodedata.normalize("NFC", text)
        parts = [part for part in map(str.strip, text.split("/")) if part not in ("", ".")]
        if not parts:
            return None
        if way != "path":
            parts[-1] = self._stem(parts[-1])
        if way in ("case", "number"):
            parts = [part.casefold() for part in parts]
        if way == "number":
            whole = parts[-1].removesuffix(".0")
            if not (whole.isascii() and whole.isdigit()):
                return None
            parts[-1] = str(int(whole)) if len(whole) < 4000 else whole
        return tuple(parts)

    def _stem(self, name: str) -> str:
        lower = name.lower()
        ending = max((e for e in self._endings if lower.endswith(e) and len(name) > len(e)), key=len, default="")
        return name[: len(name) - len(ending)]


def _path_of(address: str) -> str:
    """The path of an address, without its query, and with its signs as they are meant: `a%20b.png` is `a b.png`."""
    path = re.split(r"[?#]", address.partition("://")[2])[0].encode()
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda code: bytes.fromhex(code[1].decode()), path).decode("utf-8", "replace")


def _joined(table: Table, key: str, found: Sequence[Match], items: Sequence[str], many: str) -> Join:
    rows: list[int | None] = [None] * len(items)
    ways: Counter[Way] = Counter()
    left: list[str] = []
    repeated = 0
    for row, match in enumerate(found):
        text = table.texts[key][row]
        if len(match.items) > 1:
            fits = first_texts([items[i] for i in match.items])
            raise Ambiguous(
                f"row {row + 1} of {table.path.name} fits {len(match.items)} {many}",
                got=f"{text!r}, which may be {fits}", next="Write the path below the folder, with its ending",
            )  # fmt: skip
        if not match.items:
            left.append(text)
            continue
        (item,) = match.items
        before = rows[item]
        if before is None:
            rows[item] = row
            ways[match.way] += 1
            continue
        differs = next((c for c, v in table.columns.items() if c != key and v[before] != v[row]), None)
        if differs is not None:
            several = Counter(match.items for match in found if match.items)
            more = sum(n > 1 for n in several.values())
            boxes = _BOXES & {plain_name(name) for name in table.columns}
            if len(boxes) > 1 or (more >= SEVERAL and more > MOSTLY * len(several)):
                raise Several(
                    f"{table.path.name} has several rows for {more:,} of the {len(several):,} {many} that it names: "
                    f"{'it is of boxes' if len(boxes) > 1 else 'it is of something else'}, and is no table of {many}",
                    next="Make a table with one row for each of them",
                )
            raise Ambiguous(
                f"{table.path.name} has two rows for {items[item]}",
                got=f"row {before + 1} ({table.texts[key][before]!r}) with {differs} "
                f"{table.columns[differs][before]!r}, row {row + 1} ({text!r}) with {table.columns[differs][row]!r}",
                next="Keep one of them",
            )  # fmt: skip
        repeated += 1
    without = tuple(name for name, row in zip(items, rows, strict=True) if row is None)
    ordered: dict[Way, int] = {way: ways[way] for way in WAYS if ways[way]}
    return Join(table.path.name, key, tuple(rows), ordered, tuple(left), repeated, without)


_TOLD = ("file", "file_name", "path", "image", "image_id", "id", "name", "archivo", "imagen")


def _no_match(table: Table, named: Sequence[str], items: Sequence[str], many: str) -> DataError:
    if not named:
        return DataError(
            f"{table.path} has no column that names the {many}", got=", ".join(table.columns) or "no column",
            allowed=f"one of {', '.join(_TOLD)}, or any whose cells are their names",
        )  # fmt: skip
    key = named[0]
    return DataError(
        f"no row of {table.path} names one of the {len(items):,} {many}",
        got=f"{key} {first_texts(list(dict.fromkeys(table.texts[key])))}, where the {many} are {first_texts(items)}",
        next=f"Write in the column {key} what the {many} are called",
    )


def values_of(table: Table, found: Join) -> dict[str, list[Value]]:
    """The other columns of a table, item by item; an item without a row has no value."""
    return {
        name: [None if row is None else values[row] for row in found.rows]
        for name, values in table.columns.items()
        if name != found.key
    }
