"""Pictures in a NumPy file: `PATH.npz` or `PATH.npy`.

The pictures are the array `images` or `x`, or the only one with pictures' dimensions: `(n, H, W)`, `(n, H, W, C)`,
`(n, C, H, W)`, or one picture `(H, W, C)`; grey, RGB, or with opacity. They may lie in parts, as Keras (`x_train`,
`y_train`, `x_test`, ...) and MedMNIST (`train_images`, `train_labels`, `val_images`, ...) write them. Every other array
of n values becomes a column, one-hot labels a label; an array that becomes nothing is named with the reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np

from trasluz.base.bounds import ARRAY_ROW, PICTURE_PIXELS, check_memory
from trasluz.base.errors import DataError, InvalidArgument
from trasluz.io.arrays import ArrayHeader, LongText, array_headers, read_array, read_values, stream_array
from trasluz.io.meaning import settled
from trasluz.io.media import Fit, fit_pixels, over_white
from trasluz.io.plain import leads_out
from trasluz.io.tables import SUFFIXES, read_table
from trasluz.spaces.data import RESERVED, Block, Drawing, Request, Source, Value, part_of, parts_of
from trasluz.spaces.joining import Ambiguous, Finder, Join, join, values_of

VERSION = "3"
BLOCK = 256
PICTURES = ("images", "image", "x", "data", "imgs")
LABELS = ("label", "labels", "y", "class", "target", "targets")
SIZE_LIMIT = 1024
DARK = 1 / 8
"""Share of the range of whole numbers which, where no picture goes beyond it, is worth a word."""
AT_ONCE = 1 << 20
"""Values that are made bytes at once."""
MOST_TRUTHS = 100
"""Columns that one array of truth values may become."""
CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class _Part:
    """One array of pictures, and the other arrays of its part."""

    part: str | None
    pictures: ArrayHeader
    others: dict[str, ArrayHeader] = field(default_factory=dict[str, ArrayHeader])

    @property
    def is_one(self) -> bool:
        """Whether it is one picture `(H, W, C)`: so many grey ones three or four pixels wide nobody has."""
        shape = self.pictures.shape
        return len(shape) == 3 and shape[2] in (3, 4) and shape[1] > 4

    @property
    def layout(self) -> tuple[int, int, int, int]:
        """`(n, C, H, W)`."""
        shape = self.pictures.shape
        if self.is_one:
            return (1, shape[2], shape[0], shape[1])
        if len(shape) == 3:
            return (shape[0], 1, shape[1], shape[2])
        n, a, b, c = shape
        return (n, c, a, b) if self.is_last else (n, a, b, c)

    @property
    def is_last(self) -> bool:
        """Whether channels are the last dimension."""
        shape = self.pictures.shape
        return len(shape) < 4 or shape[3] in CHANNELS

    def fits(self) -> bool:
        shape = self.pictures.shape
        return len(shape) < 4 or shape[3] in CHANNELS or shape[1] in CHANNELS


@final
class Npz(Source):
    """Arrays of pictures, streamed: memory stays flat however many there are."""

    name: ClassVar[str] = "npz"
    title: ClassVar[str] = "Pictures in a NumPy file, with labels in arrays beside them"
    has_own_parts: ClassVar[bool] = True
    in_order: ClassVar[bool] = True
    heeds: ClassVar[frozenset[str]] = frozenset({"size", "channels", "fit", "range"})

    def fingerprint(self, request: Request) -> str:
        path = _file(request.argument)
        states = [one.stat() for one in (path, *_tables(path))]
        return f"{VERSION}/" + "/".join(f"{state.st_size}/{state.st_mtime_ns}" for state in states)

    def draw(self, request: Request) -> Drawing:
        path = _file(request.argument)
        notes: list[str] = []
        refused: dict[str, DataError] = {}
        parts = _parts(path, _readable(path, refused), notes)
        for name, error in refused.items():
            what = error.what.partition(f"array {name!r} ")[2] or error.what
            notes.append(f"The array {name!r} is not used: it {what}{f'. {error.next}' if error.next else ''}.")
        layouts = [part.layout for part in parts]
        total = sum(layout[0] for layout in layouts)
        check_memory(ARRAY_ROW * total, f"{path.name}, of {total:,} pictures,")
        _, have, height, width = layouts[0]
        size = min(height, width) if request.size is None else request.size
        if size > SIZE_LIMIT:
            raise DataError(f"{path} holds pictures of {size} pixels", next=f"Ask for at most --size {SIZE_LIMIT}")
        wanted = (1 if have == 1 else 3) if request.channels is None else request.channels
        span = _span(path, parts, request.span, notes)
        notes += _said(parts, size, request.asked.reading.fit, request.fit is None)
        columns, tables = _columns(path, parts, total, notes)
        names = [part.pictures.name for part in parts]
        return Drawing.of(
            "picture", (wanted, size, size), total,
            _blocks(path, parts, columns, size, wanted, request.asked.reading.fit, span),
            about=f"The array{'s' if len(names) > 1 else ''} {', '.join(map(repr, names))} of a NumPy file."
            if names[0] else "A NumPy array.",
            reading=request.asked.reading, report={"notes": notes, "tables": tables},
        )  # fmt: skip


def _file(argument: str | None) -> Path:
    if argument is None:
        raise InvalidArgument("a file of arrays has to be named", next="Write its path, for example ./digits.npz")
    path = Path(argument)
    if not path.is_file():
        raise DataError(f"there is no file {path}" if not path.exists() else f"{path} is not a file")
    return path


def _readable(path: Path, refused: dict[str, DataError]) -> dict[str, ArrayHeader]:
    """The arrays that can be read.

    Raises:
        DataError: of the others one is by its name the pictures, their label or their part.
    """
    headers = array_headers(path, refused)
    for name, error in refused.items():
        wanted = (*PICTURES, *LABELS, "split")
        if (_in_part(name)[1] or name).lower() in wanted or not any(len(h.shape) in (3, 4) for h in headers.values()):
            raise error
    return headers


def _parts(path: Path, headers: Mapping[str, ArrayHeader], notes: list[str]) -> list[_Part]:
    """The arrays that hold pictures, with the other arrays of each one's part."""
    named = {name: _in_part(name) for name in headers}
    wanted = [name for name, (part, rest) in named.items() if part is not None and rest.lower() in PICTURES]
    shaped = [name for name in wanted if len(headers[name].shape) in (3, 4)]
    if shaped and len({named[name][1].lower() for name in shaped}) == 1:
        order = {"train": 0, "val": 1, "test": 2}
        parts = [_Part(named[name][0], headers[name], {}) for name in shaped]
        parts.sort(key=lambda part: order[str(part.part)])
        for one in parts:
            mine = {
                rest: headers[n] for n, (part, rest) in named.items() if part == one.part and n != one.pictures.name
            }
            one.others.update(mine)
        used = {name for name, (part, _) in named.items() if part in {one.part for one in parts}}
        _name_unused(headers, [name for name in headers if name not in used], "it belongs to no part", notes)
        notes.append("The arrays are parts: " + ", ".join(f"{one.part} {one.layout[0]:,}" for one in parts) + ".")
    else:
        found = _pictures(path, headers)
        parts = [_Part(None, found, {name: h for name, h in headers.items() if name != found.name})]
    forms = {(part.layout[1:], part.pictures.dtype) for part in parts}
    for part in parts:
        _check(path, part)
    if len(forms) > 1:
        listed = ", ".join(f"{part.pictures.name} {part.pictures.shape} {part.pictures.dtype}" for part in parts)
        raise DataError(f"the parts of {path} hold pictures of different forms", got=listed)
    return parts


def _in_part(name: str) -> tuple[str | None, str]:
    """`x_train` and `train_images` as the part, and what is left: `x`, `images`.

    >>> _in_part("x_train"), _in_part("test_labels"), _in_part("labels")
    (('train', 'x'), ('test', 'labels'), (None, 'labels'))
    """
    words = re.split(r"[_-]", name)
    if len(words) > 1:
        for word, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
            part = part_of(word)
            if part is not None:
                return part, "_".join(rest)
    return None, name


def _pictures(path: Path, headers: Mapping[str, ArrayHeader]) -> ArrayHeader:
    """The array that holds the pictures, where there is one."""
    by_lower = {name.lower(): header for name, header in headers.items()}
    named = [by_lower[name] for name in PICTURES if name in by_lower and len(by_lower[name].shape) in (3, 4)]
    shaped = [header for header in headers.values() if len(header.shape) in (3, 4)]
    found = named[:1] or shaped
    listed = _listed(headers)
    if len(found) != 1:
        flat = [h for h in headers.values() if len(h.shape) == 2 and h.shape[1] > 4 and _flat(h.shape[1])]
        hint = None
        if not found and flat:
            form = _flat(flat[0].shape[1])
            hint = f"Flat pictures are to be given their form: {flat[0].name or 'array'}.reshape(-1, {form})"
        raise DataError(
            f"{path} does not say which array holds the pictures", got=listed,
            allowed="one named images, of the form (n, H, W), (n, H, W, C) or (n, C, H, W)", next=hint,
        )  # fmt: skip
    if 0 in found[0].shape:
        raise DataError(f"{path} holds no pictures", got=listed, allowed="(n, H, W), (n, H, W, C) or (n, C, H, W)")
    return found[0]


def _root(n: int) -> int:
    side = round(n**0.5)
    return side if side * side == n else 0


def _flat(n: int) -> str:
    """The form of a flat picture of n values: a square, grey or in colour plane by plane; empty where it is none."""
    if side := _root(n):
        return f"{side}, {side}"
    return f"3, {side}, {side}" if n % 3 == 0 and (side := _root(n // 3)) else ""


def _listed(headers: Mapping[str, ArrayHeader]) -> str:
    return ", ".join(f"{h.name or 'array'} {h.shape} {h.dtype}" for h in headers.values()) or "no arrays"


def _check(path: Path, part: _Part) -> None:
    """Refuse what are no pictures."""
    shape, kind = part.pictures.shape, part.pictures.dtype.kind
    if not part.fits():
        raise DataError(f"{path}: pictures are grey or RGB", got=shape, allowed="1, 3 or 4 channels, first or last")
    if kind not in "fbui":
        raise DataError(f"{path}: pictures of type {part.pictures.dtype}", allowed="numbers")
    _, _, height, width = part.layout
    if height * width > PICTURE_PIXELS:
        raise DataError(f"pictures of {height} by {width} pixels", allowed=f"at most {PICTURE_PIXELS:,} pixels")


def _span(
    path: Path, parts: Sequence[_Part], declared: tuple[float, float] | None, notes: list[str]
) -> tuple[float, float] | None:
    """The values that are black and white, one pair for all pictures; None for bytes and truth values.

    Raises:
        DataError: their type does not say, and neither does anybody.
    """
    dtype = parts[0].pictures.dtype
    if declared is not None or dtype.kind == "b":
        return declared
    if dtype in (np.uint8, np.uint16):
        _say_dark(path, parts, notes)
        return None if dtype == np.uint8 else (0.0, 65_535.0)
    low, high, gone = np.inf, -np.inf, 0
    for part in parts:
        for piece in stream_array(path, part.pictures, BLOCK):
            seen = piece[np.isfinite(piece)] if dtype.kind == "f" else piece
            gone += piece.size - seen.size
            if seen.size:
                low, high = min(low, float(seen.min())), max(high, float(seen.max()))
    if low > high:
        raise DataError(f"{path}: the pictures hold no numbers")
    if gone:
        notes.append(f"{gone:,} values of the pictures are not numbers, and become black.")
    if dtype.kind == "f" and low >= 0 and high <= 1:
        return (0.0, 1.0)
    likely = "0,255" if low >= 0 and 1 < high <= 255 else "-1,1" if low >= -1 and high <= 1 else f"{low:g},{high:g}"
    raise DataError(
        f"{path}: pictures of {dtype}, of which nothing says which value is black and which is white",
        got=f"{low:g} to {high:g}", allowed="uint8, uint16, floating point in [0, 1], or a declared range",
        next=f"Declare it: --range={likely}",
    )  # fmt: skip


def _say_dark(path: Path, parts: Sequence[_Part], notes: list[str]) -> None:
    """A word where all values are small for their type: 0 and 1 in bytes, 12 bits in 16."""
    largest, most = int(np.iinfo(parts[0].pictures.dtype).max), 0
    for part in parts:
        for piece in stream_array(path, part.pictures, BLOCK):
            most = max(most, int(piece.max(initial=0)))
            if most > DARK * largest:
                return
    notes.append(
        f"The pictures reach to {most:,} of {largest:,}, which is dark; --range=0,{max(most, 1)} makes that white."
    )


def _said(parts: Sequence[_Part], size: int, fit: Fit, by_itself: bool) -> list[str]:
    """What is done to pictures of another form."""
    total = sum(part.layout[0] for part in parts)
    _, have, height, width = parts[0].layout
    notes: list[str] = []
    if any(part.is_one for part in parts):
        notes.append(f"An array {parts[0].pictures.shape} is taken for one picture.")
    if (height, width) != (size, size):
        notes.append(f"{total:,} pictures of {width} x {height} pixels are resized to {size} x {size}.")
    if height != width:
        kept = min(height, width) / max(height, width)
        said = {"crop": f"only the central square is kept, {kept:.0%} of each", "pad": "they get a margin"}
        other = "; --fit pad keeps all of them with a margin, --fit stretch distorts" if by_itself else ""
        notes.append(f"They are not square: {said.get(fit, 'they are stretched')}{other}.")
    if have == 4:
        notes.append("Their fourth channel is taken for opacity, over white.")
    return notes


def _columns(
    path: Path, parts: Sequence[_Part], total: int, notes: list[str]
) -> tuple[dict[str, list[Value]], list[dict[str, Any]]]:
    """Every other array of n values, then what tables beside the file say; the part where there are several."""
    columns: dict[str, list[Value]] = {}
    start = 0
    for part in parts:
        n = part.layout[0]
        for name, header in part.others.items():
            for column, values in _read_column(path, name, header, n, notes).items():
                whole = columns.setdefault(column, [None] * total)
                whole[start : start + n] = values
        if part.part is not None:
            columns.setdefault("split", [None] * total)[start : start + n] = [part.part] * n
        start += n
    if "split" in columns and all(part.part is None for part in parts):
        columns["split"] = parts_of(columns["split"], f"{path}: the array split")
    tables: list[dict[str, Any]] = []
    ids = [f"{i:06d}" for i in range(total)]
    finder = Finder(ids)
    for beside in _tables(path):
        try:
            if leads_out(beside, beside.parent):
                raise DataError(f"{beside} is a link that leads out of the folder")
            table = read_table(beside, is_row=finder.is_row)
            joined = join(table, ids, many="pictures", others={"index": [str(i) for i in range(total)]}, finder=finder)
            _check_count(joined, total)
        except Ambiguous:
            raise
        except DataError as error:
            tables.append({"table": beside.name, "used": False, "reason": error.what})
            notes.append(f"The table {beside.name} is not used: {error.what.replace(str(beside), 'it')}.")
            continue
        for name, values in values_of(table, joined).items():
            safe = _safe(name, columns)
            columns[safe] = values
            if safe != name:
                notes.append(f"{beside.name}: its column {name} is called {safe}, since there is one already.")
        tables.append({**joined.dump(), "used": True, "notes": list(table.notes)})
        notes += [joined.told("pictures"), *(f"{beside.name}: {note}" for note in table.notes)]
    return {name: settled(values) for name, values in columns.items()}, tables


def _check_count(joined: Join, total: int) -> None:
    """Refuse rows that count from 1: the pictures of an array are counted from 0.

    Raises:
        DataError: each row would be joined to the picture after its own.
    """
    if (
        joined.matched == total - 1
        and joined.rows[0] is None
        and [text.removesuffix(".0") for text in joined.left] == [str(total)]
    ):
        raise DataError(f"its column {joined.key} counts from 1, and pictures of an array are counted from 0")


def _tables(path: Path) -> list[Path]:
    """Tables beside the file, of its own name."""
    return [one for suffix in SUFFIXES if suffix != ".txt" and (one := path.with_suffix(suffix)).is_file()]


def _read_column(path: Path, name: str, header: ArrayHeader, n: int, notes: list[str]) -> dict[str, list[Value]]:
    """What an array says of n pictures; nothing, and a note, where it says nothing."""
    shape = header.shape
    called = "label" if name.lower() in LABELS else name
    if shape in ((n,), (n, 1)):
        try:
            return {_safe(called, ()): read_values(path, header)}
        except LongText as error:
            _name_unused({name: header}, [name], error.what, notes)
            return {}
    if len(shape) == 2 and shape[0] == n and 1 < shape[1] <= MOST_TRUTHS and header.dtype.kind in "buif":
        values = read_array(path, header)
        if np.isin(values, (0, 1)).all():
            if (values.sum(1) == 1).all():
                notes.append(f"The array {name!r} is one-hot, and became one column of {shape[1]} values.")
                return {_safe(called, ()): values.argmax(1).tolist()}
            notes.append(f"The array {name!r} became {shape[1]} columns of yes and no.")
            return {f"{name}_{k}": values[:, k].astype(bool).tolist() for k in range(shape[1])}
        notes.append(f"The array {name!r} became {shape[1]} columns.")
        return {f"{name}_{k}": values[:, k].tolist() for k in range(shape[1])}
    reason = f"it has {shape[0]:,} values, and there are {n:,} pictures" if len(shape) == 1 else f"its form is {shape}"
    _name_unused({name: header}, [name], reason, notes)
    return {}


def _name_unused(headers: Mapping[str, ArrayHeader], names: Sequence[str], reason: str, notes: list[str]) -> None:
    notes += [f"The array {headers[name].name!r} is not used: {reason}." for name in names]


def _safe(column: str, taken: Mapping[str, object] | Sequence[str]) -> str:
    """A column may not take the name of one that every data set has, but for the split."""
    while (column in (*RESERVED, "content", "look") and column != "split") or column in taken:
        column += "_"
    return column


def _blocks(
    path: Path,
    parts: Sequence[_Part],
    columns: Mapping[str, list[Value]],
    size: int,
    channels: int,
    fit: Fit,
    span: tuple[float, float] | None,
) -> Iterator[Block]:
    start = 0
    for part in parts:
        pieces = [read_array(path, part.pictures)[None]] if part.is_one else stream_array(path, part.pictures, BLOCK)
        for piece in pieces:
            whole = piece[..., None] if piece.ndim == 3 else piece
            bytes_ = _bytes(whole, span)
            pixels = np.ascontiguousarray(bytes_.transpose(0, 3, 1, 2) if part.is_last else bytes_)
            if pixels.shape[1] == 4:
                pixels = over_white(pixels)
            rows: list[Mapping[str, Value]] = []
            for i, picture in enumerate(pixels):
                content = hashlib.blake2b(picture.data, digest_size=16).hexdigest()
                factors = {name: values[start + i] for name, values in columns.items()}
                rows.append({"id": f"{start + i:06d}", "content": content, **factors})
            yield Block(fit_pixels(pixels, size=size, channels=channels, fit=fit), rows)
            start += len(pixels)


def _bytes(values: np.ndarray, span: tuple[float, float] | None) -> np.ndarray:
    """Values of any accepted type as uint8."""
    if values.dtype == np.uint8 and span is None:
        return values
    if values.dtype.kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    low, high = span or (0.0, 1.0)
    out = np.empty(values.shape, np.uint8)
    flat, bytes_ = values.reshape(-1), out.reshape(-1)
    for start in range(0, len(flat), AT_ONCE):
        some = flat[start : start + AT_ONCE]
        # Floating point of 32 bits holds all that becomes 256 steps; larger whole numbers do not fit into it.
        wide = some.astype(np.float32 if some.dtype.itemsize < 4 or some.dtype.kind == "f" else np.float64)
        scaled = (np.nan_to_num(wide, nan=low, posinf=high, neginf=low) - low) / (high - low)
        bytes_[start : start + AT_ONCE] = np.rint(np.clip(scaled, 0, 1) * 255)
    return out
