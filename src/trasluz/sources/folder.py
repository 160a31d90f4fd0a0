"""A folder of pictures: the user's own data.

Labels come from sub-folders (`cats/1.jpg` is a cat), or columns from a table beside or inside the folder
(`labels.csv`, `metadata.parquet`, ...). What cannot be read is passed over with its reason, and the run goes on.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import ClassVar, final

import numpy as np

from trasluz.base.errors import DataError, InvalidArgument, NoPermission
from trasluz.io.media import read_file
from trasluz.io.tables import read_table
from trasluz.spaces.data import RESERVED, Block, Drawing, Request, Source, Value
from trasluz.spaces.kind import Kind
from trasluz.spaces.kinds import all_kinds, windows_of

VERSION = "1"
BLOCK = 64
TABLES = tuple(
    f"{stem}.{kind}" for stem in ("labels", "metadata", "factors", "attributes") for kind in ("parquet", "csv")
)
KEYS = ("file", "file_name", "filename", "path", "id", "image")
"""Columns of a table that name the picture."""
LABELS = ("label", "labels", "class")
"""Columns of a table that are the label."""

Columns = Mapping[str, Mapping[str, Value]]
"""Values by column, by the picture's name as the table has it."""


@final
class Folder(Source):
    """`PATH`: every item below a folder, in the order of its files' names."""

    name: ClassVar[str] = "folder"
    title: ClassVar[str] = "A folder of pictures, with labels from sub-folders or a table"

    def fingerprint(self, request: Request) -> str:
        root = _root(request.argument)
        files, _, _ = _find(root)
        h = hashlib.blake2b(VERSION.encode(), digest_size=16)
        table = _table(root)
        for path in [*files, *([table] if table else [])]:
            state = path.stat()
            h.update(f"{path.relative_to(root.parent).as_posix()}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
        return h.hexdigest()

    def draw(self, request: Request) -> Drawing:
        root = _root(request.argument)
        files, foreign, kind = _find(root)
        shape = kind.shape_of(files, request.size, request.channels)
        table = _table(root)
        columns = _columns(table) if table else {}
        blocks = _blocks(root, files, foreign, columns, kind, shape)
        told = f"{kind.many.capitalize()} below a folder{f', with columns of {table.name}' if table else ''}."
        return Drawing.of(kind.name, shape, len(files) + len(foreign), blocks, about=told)

    def file_of(self, argument: str | None, id: str) -> tuple[str, int] | None:
        if argument is None:
            return None
        name, sharp, window = id.rpartition("#")
        path = Path(argument, id)
        if path.is_file() or not (sharp and window.isdecimal()):
            return str(path), 0
        return str(Path(argument, name)), int(window)


def _root(argument: str | None) -> Path:
    if argument is None:
        raise InvalidArgument("a folder has to be named", next="Write its path, for example ./photos")
    root = Path(argument)
    if root.is_dir():
        return root
    if root.is_file():
        raise DataError(f"{root} is a file", allowed="a folder of pictures, an .npz or an .npy file")
    raise DataError(f"there is no folder {root}")


def _find(root: Path) -> tuple[list[Path], list[Path], Kind]:
    """Files of items, files of its kind that are not read, both sorted by relative path, and which kind that is."""
    found: dict[str, list[Path]] = {}
    foreign: list[Path] = []
    others: Counter[str] = Counter()
    kinds = all_kinds()
    by_suffix = {suffix: kind for kind in reversed(kinds) for suffix in kind.suffixes}
    unread = {suffix for kind in kinds for suffix in kind.foreign}
    home = root.resolve()
    try:
        for folder, below, names in os.walk(root, onerror=_refused):
            below[:] = [name for name in below if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                suffix = path.suffix.lower()
                if name.startswith(".") or (path.is_symlink() and not path.resolve().is_relative_to(home)):
                    continue
                if suffix in by_suffix:
                    found.setdefault(by_suffix[suffix].name, []).append(path)
                elif suffix in unread:
                    foreign.append(path)
                else:
                    others[suffix or "no suffix"] += 1
    except PermissionError as error:
        raise NoPermission(f"not allowed to read {error.filename}") from error
    there = {name: [path for path in paths if path.is_file()] for name, paths in found.items()}
    there = {name: paths for name, paths in there.items() if paths}
    if not there:
        raise DataError(_nothing(root, kinds, foreign, others), allowed=" or ".join(map(_ending, kinds)))
    if len(there) > 1:
        told = [f"{len(there[kind.name]):,} {kind.many}" for kind in kinds if kind.name in there]
        raise DataError(
            f"{root} holds items of several kinds", got=" and ".join(told), next="Give each kind a folder of its own"
        )
    kind = next(kind for kind in kinds if kind.name in there)
    return (
        _sorted(root, there[kind.name]),
        _sorted(root, [p for p in foreign if p.suffix.lower() in kind.foreign]),
        kind,
    )


def _ending(kind: Kind) -> str:
    return f"{kind.many} ending in {', '.join(kind.suffixes)}"


def _refused(error: OSError) -> None:
    raise error


def _sorted(root: Path, files: list[Path]) -> list[Path]:
    return sorted(files, key=lambda path: path.relative_to(root).as_posix())


def _nothing(root: Path, kinds: list[Kind], foreign: list[Path], others: Counter[str]) -> str:
    wanted = " or ".join(kind.many for kind in kinds)
    found = Counter(path.suffix.lower() for path in foreign) + others
    if not found:
        return f"{root} is empty: no {wanted}"
    listed = ", ".join(f"{n} {suffix}" for suffix, n in found.most_common(5))
    return f"{root} holds no {wanted} that can be read, but {sum(found.values())} other files ({listed})"


def _table(root: Path) -> Path | None:
    """The table that goes with a folder: inside it, or beside it under its own name or a usual one."""
    beside = [root.parent / f"{root.name}.{kind}" for kind in ("parquet", "csv")]
    for path in [*(root / name for name in TABLES), *beside]:
        if path.is_file():
            return path
    return None


def _columns(table: Path) -> Columns:
    """Columns by picture; a table without a column that names pictures is an error that says which would do."""
    columns = read_table(table)
    by_lower = {name.lower(): name for name in columns}
    key = next((by_lower[k] for k in KEYS if k in by_lower), None)
    if key is None:
        raise DataError(
            f"{table} has no column that names the picture", got=", ".join(columns), allowed=f"one of {', '.join(KEYS)}"
        )
    label = next((by_lower[k] for k in LABELS if k in by_lower), None)
    wanted = {"label" if name == label else _safe(name): v for name, v in columns.items() if name != key}
    names = [str(PurePosixPath(str(value).replace("\\", "/"))) for value in columns[key]]
    return {column: dict(zip(names, values, strict=True)) for column, values in wanted.items()}


def _safe(column: str) -> str:
    """A column may not take the name of one that every data set has."""
    return f"{column}_" if column in (*RESERVED, "content") and column != "split" else column


def _blocks(
    root: Path, files: list[Path], foreign: list[Path], columns: Columns, kind: Kind, shape: tuple[int, ...]
) -> Iterator[Block]:
    nested = any(path.parent != root for path in files)
    for start in range(0, len(files), BLOCK):
        items: list[np.ndarray] = []
        rows: list[Mapping[str, Value]] = []
        skipped: list[tuple[str, str]] = []
        for path in files[start : start + BLOCK]:
            name = path.relative_to(root).as_posix()
            try:
                data = read_file(path)
                windows = windows_of(kind, data, shape)
            except DataError as error:
                skipped.append((name, error.what))
                continue
            items.append(windows)
            # All windows of a file are on one side of the split: they are too alike to test on one what another taught.
            content = hashlib.blake2b(data, digest_size=16).hexdigest()
            row = {"content": content, **_described(name, columns, nested)}
            rows += [{"id": name if len(windows) == 1 else f"{name}#{k}", **row} for k in range(len(windows))]
        yield Block(np.concatenate(items) if items else np.empty((0, *shape), kind.dtype), rows, skipped)
    if foreign:
        reasons = [(path.relative_to(root).as_posix(), f"{path.suffix} {kind.many} are not read") for path in foreign]
        yield Block(np.empty((0, *shape), kind.dtype), [], reasons)


def _described(name: str, columns: Columns, nested: bool) -> dict[str, Value]:
    """Label and columns of one picture."""
    path = PurePosixPath(name)
    described: dict[str, Value] = {}
    if nested:
        described["label"] = path.parts[0] if len(path.parts) > 1 else None
    for column, values in columns.items():
        value = values.get(name, values.get(path.name, values.get(path.stem)))
        if column != "split" or value in ("train", "test"):
            described[column] = value
    return described
