"""What directions are found and measured on: encoded items with their columns, or the model's own samples, read.

Columns are the atlas's labels and factors, or those of a table of the user's own, joined by `id` or by `index`. Where
a space does not encode, the model's samples take the place of data, and a reader says what is to be seen on them
(InterFaceGAN's way, Shen et al. 2020, section 4.1).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import DataError, InvalidArgument, UnknownName
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.classes import determined
from trasluz.io.tables import Table, read_table
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import AtlasLike, DataLike
from trasluz.lab.judging.reader import ReadColumn, reader_for
from trasluz.lab.shelf.batches import decode_all, draw_all
from trasluz.spaces.column import Column
from trasluz.spaces.data import RESERVED, Dataset
from trasluz.spaces.joining import Ambiguous, Finder, Join, join, values_of
from trasluz.spaces.kinds import is_item, item_files
from trasluz.spaces.methods import Evidence
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

_WINDOW = re.compile(r"#[0-9]+$")
MOST = 100_000
TIED = 0.5
"""Share of the target's variance from which on a column that tells it is not held still unless it is named."""
MOST_NAMES = 100
"""Names of a column, beyond which it is not held still: each of them is a variable of its own."""


@dataclass(frozen=True)
class Rows:
    """Latents with what is known of each."""

    name: str
    """What they are called in a direction's file."""
    identity: str
    latents: Tensor
    """`(n, *shape)`, float32, on the CPU."""
    columns: Mapping[str, Column]
    atlas: Atlas | None = None
    as_read: bool = False
    """Whether the columns are what a reader said of the items once they were decoded."""
    groups: Tensor | None = None
    """Which of them hang together, `(n,)`; None where each stands alone."""

    def at(self, places: Tensor) -> Rows:
        """Some of them; the atlas stays the whole one."""
        columns = {name: column.take(places.numpy()) for name, column in self.columns.items()}
        groups = None if self.groups is None else self.groups[places]
        return replace(self, latents=self.latents[places], columns=columns, groups=groups)

    def column(self, name: str) -> Column:
        """One column, or an error that names those there are."""
        if name not in self.columns:
            raise UnknownName("column", name, self.columns, next="" if self.columns else "The items have no labels")
        return self.columns[name]

    def sigma(self, vector: Tensor) -> float:
        """Standard deviation of the latents along a vector."""
        return float((self.latents.flatten(1) @ vector.flatten().to(self.latents)).double().std(correction=0))


def rows_for(
    model: LatentModel,
    space: LatentSpace,
    *,
    data: DataLike = None,
    atlas: AtlasLike = None,
    samples: int | None = None,
    labels: str | os.PathLike[str] | None = None,
    seed: int = 0,
    create: bool = True,
    workspace: Workspace,
    progress: Progress = SILENT,
    look: Callable[[Rows], object] | None = None,
    split: str | None = None,
) -> Rows:
    """An atlas with its columns, of the part `split` where nobody names one; with `samples`, so many draws of the
    model's own, read by a reader of its data.

    `look` sees the columns of items before these are encoded, without latents.
    """
    if samples is not None:
        if labels is not None or atlas is not None:
            raise InvalidArgument(
                "samples of the model's own have no atlas and no table of labels", next="Leave it out"
            )
        return _drawn(model, space, samples, data, seed, workspace, progress)
    from trasluz.lab.shelf.atlases import atlas_for

    def before(items: Dataset) -> None:
        if look is not None and labels is None:
            known = {name: items.typed(name) for name in items.columns}
            look(Rows(items.spec, "", torch.empty(len(items), 0), known))

    found = atlas if isinstance(atlas, Atlas) else atlas_for(
        model, data=data, atlas=atlas, space=space.name, create=create, workspace=workspace, progress=progress,
        look=before, split=split,
    )  # fmt: skip
    columns = {name: found.typed(name) for name in found.columns}
    if labels is not None:
        found = found.with_columns(labels_of(found, labels, progress))
        columns |= found.own
    return Rows(found.name, found.data_identity, found.latents, columns, found, groups=found.groups)


def _drawn(
    model: LatentModel,
    space: LatentSpace,
    n: int,
    data: DataLike,
    seed: int,
    workspace: Workspace,
    progress: Progress,
) -> Rows:
    if not 2 <= n <= MOST:
        raise InvalidArgument("the number of samples is out of range", got=n, allowed=f"2 to {MOST:,}")
    z = draw_all(space.prior(), n, seed, progress=progress)
    reader = reader_for(model, data, workspace=workspace, progress=progress)
    columns: dict[str, Column] = {}
    if reader is not None:
        said = reader.read(decode_all(space, z, progress=progress))
        trusted = {name: values for name, values in said.items() if reader.columns[name].trusted}
        columns = {name: _as_read(reader.columns[name], values) for name, values in trusted.items()}
    return Rows(f"samples:{model.name}:{n}", f"{model.owner(space.name)}/{seed}", z, columns, as_read=True)


def _as_read(read: ReadColumn, values: np.ndarray) -> Column:
    """What a reader said of some items, as the column that it has learned."""
    if read.is_scale:
        return replace(Column.quantity(read.name, values), kind=read.kind)
    place = {value: i for i, value in enumerate(read.values)}
    codes = np.array([place[value] for value in values.tolist()], dtype=np.int64)
    steps = np.array([float(value) for value in read.values])[codes] if read.kind == "order" else None
    return Column(read.name, read.kind, read.values, codes, steps)


def labels_of(atlas: Atlas, table: str | os.PathLike[str], progress: Progress = SILENT) -> dict[str, Column]:
    """The columns of a table of the user's own, row by row of an atlas; items that it does not name have no value."""
    return _joined(atlas, Path(table).expanduser(), progress)


def _joined(atlas: Atlas, path: Path, progress: Progress) -> dict[str, Column]:
    """Columns of a table of the user's, row by row of the atlas; items that it does not name have no value."""
    table = read_table(path, is_item, Finder(atlas.rows.column("id").to_pylist(), item_files()).is_row)
    joined = join_rows(table, atlas.rows, atlas.points)
    for line in (joined.told(), *(f"{path.name}: {note}" for note in table.notes)):
        progress.say(line)
    return {
        name: Column.of(name, values)
        for name, values in values_of(table, joined).items()
        if name not in (*RESERVED, "point")
    }


def join_rows(table: Table, rows: pa.Table, points: Sequence[str | None] = ()) -> Join:
    """A table of a person's own, joined to rows of an atlas or a data set by their ids, files or numbers.

    Raises:
        DataError: as `spaces.joining.join`.
    """
    ids: list[str] = rows.column("id").to_pylist()
    others = {"index": [str(value) for value in rows.column("index").to_pylist()]}
    if points:
        others["point"] = [point if point is not None else f"\0{i}" for i, point in enumerate(points)]
    files = [_WINDOW.sub("", one) for one in ids]
    try:
        return join(table, ids, endings=item_files(), others=others)
    except Ambiguous:
        raise
    except DataError:
        if files == ids:
            raise
        # Items are windows of files, and the table names the files.
        of_files = list(dict.fromkeys(files))
        joined = join(table, of_files, many="files", endings=item_files())
        row = dict(zip(of_files, joined.rows, strict=True))
        return replace(joined, rows=tuple(row[file] for file in files))


def as_target(rows: Rows, target: str) -> tuple[str, str | None, Tensor]:
    """`COLUMN=VALUE`, or the column of a quantity, as `(column, value, (n,) with NaN for unknown)`."""
    name, equals, value = (part.strip() for part in target.partition("="))
    column = rows.column(name)
    if column.missing.all():
        raise InvalidArgument(f"no item has a value of {name}", got=target, next="Name another column")
    if equals:
        place = column.place(value)
        if column.distinct < 2:
            raise InvalidArgument(
                f"the column {name} has one value only, so nothing tells it apart", got=value, next="Take more data"
            )
        return name, column.values[place], torch.from_numpy(column.has(place)).float()
    if column.numbers is None:
        what = f"holds {'text' if column.kind == 'text' else 'categories'}"
        example = f"Name the value: --target {name}={column.values[0] if column.values else 'VALUE'}"
        raise InvalidArgument(f"the column {name} {what}", got=target, next=example)
    known = column.numbers[~column.missing]
    if (known == known[0]).all():
        raise InvalidArgument(
            f"the column {name} has one value only, so nothing goes along with it", got=f"{known[0]:g}",
            next="Take more data",
        )  # fmt: skip
    return name, None, torch.from_numpy(column.numbers).float()


def having(rows: Rows, target: str) -> Tensor:
    """`(n,)`: 1 of items that have the value of a target, 0 of others, NaN of those of which it is not known: of all,
    where there is no such column or value."""
    name, _, value = target.partition("=")
    column = rows.columns.get(name)
    if column is None or value not in column.values:
        return torch.full((len(rows.latents),), torch.nan)
    found = torch.from_numpy(column.has(column.values.index(value))).float()
    return torch.where(torch.from_numpy(column.missing), torch.nan, found)


def said_target(rows: Rows, target: str) -> str:
    """A target as the column says it: without blanks, and a truth value as `True` or `False`."""
    column, value, _ = as_target(rows, target)
    return column if value is None else f"{column}={value}"


def as_scores(rows: Rows, name: str) -> dict[str, Tensor]:
    """A column as what is to be left alone: one 0/1 entry a value, or the quantity itself; nothing of text, nor of more
    than `MOST_NAMES` values."""
    column = rows.column(name)
    if column.is_scale and column.numbers is not None:
        return {name: torch.from_numpy(column.numbers).float()}
    if not column.has_names or column.distinct > MOST_NAMES:
        return {}
    return {f"{name}={value}": torch.from_numpy(column.has(i)).float() for i, value in enumerate(column.values)}


def evidence_for(
    space: LatentSpace, rows: Rows, target: str, against: Sequence[str] | None = None, *, everything: bool = False
) -> Evidence:
    """What a finder is given for a target: the labels as numbers.

    Args:
        against: Columns to leave alone; None for none, or with `everything` for every other one, but for those that
            are the target under another name: holding them still would hold it.
    """
    column, value, wanted = as_target(rows, target)
    others: dict[str, Tensor] = {}
    if against is None and everything:
        for name in rows.columns:
            scores = as_scores(rows, name) if name != column else {}
            if scores and determined(wanted, list(scores.values())) < TIED:
                others |= scores
    for name in (given.partition("=")[0] for given in against or ()):
        if name == column:
            raise InvalidArgument("what should change cannot be left alone as well", got=column)
        scores = as_scores(rows, name)
        if not scores:
            raise InvalidArgument(
                f"the column {name} names items, and cannot be left alone",
                got=f"{rows.column(name).distinct:,} different texts", allowed=f"1 to {MOST_NAMES}",
                next="Leave it out",
            )  # fmt: skip
        others |= scores
    mine = as_scores(rows, column) if value is not None else {}
    siblings = {name: scores for name, scores in mine.items() if name != f"{column}={value}"}
    return Evidence(space, rows.latents, wanted, siblings, others, groups=rows.groups)
