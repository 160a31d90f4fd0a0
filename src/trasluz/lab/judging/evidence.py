"""What directions are found and measured on: encoded items with their columns, or the model's own samples, read.

Columns are the atlas's labels and factors, or those of a table of the user's own, joined by `id` or by `index`. Where
a space does not encode, the model's samples take the place of data, and a reader says what is to be seen on them
(InterFaceGAN's way, Shen et al. 2020, section 4.1).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import DataError, InvalidArgument, UnknownName
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.classes import determined
from trasluz.io.tables import read_table
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import AtlasLike, DataLike
from trasluz.lab.judging.reader import reader_for, text_of
from trasluz.lab.shelf.batches import decode_all, draw_all
from trasluz.spaces.methods import Evidence
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

MOST = 100_000
TIED = 0.5
"""Share of the target's variance from which on a column that tells it is not held still unless it is named."""
MOST_VALUES = 100
"""Values of a column beyond which it is no category."""


@dataclass(frozen=True)
class Rows:
    """Latents with what is known of each."""

    name: str
    """What they are called in a direction's file."""
    identity: str
    latents: Tensor
    """`(n, *shape)`, float32, on the CPU."""
    columns: Mapping[str, np.ndarray]
    """`(n,)` each: float64 where all are numbers, objects elsewhere, None or NaN for no value."""
    atlas: Atlas | None = None

    def column(self, name: str) -> np.ndarray:
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
) -> Rows:
    """An atlas with its columns; with `samples`, so many draws of the model's own, read by a reader of its data."""
    if samples is not None:
        if labels is not None or atlas is not None:
            raise InvalidArgument(
                "samples of the model's own have no atlas and no table of labels", next="Leave it out"
            )
        return _drawn(model, space, samples, data, seed, workspace, progress)
    from trasluz.lab.shelf.atlases import atlas_for

    found = atlas if isinstance(atlas, Atlas) else atlas_for(
        model, data=data, atlas=atlas, space=space.name, create=create, workspace=workspace, progress=progress
    )  # fmt: skip
    columns = {name: found.column(name) for name in found.columns}
    if labels is not None:
        columns |= _joined(found, Path(labels).expanduser())
    return Rows(found.name, found.data_identity, found.latents, columns, found)


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
    columns: dict[str, np.ndarray] = {}
    if reader is not None:
        said = reader.read(decode_all(space, z, progress=progress))
        columns = {name: values for name, values in said.items() if reader.columns[name].trusted}
    return Rows(f"samples:{model.name}:{n}", f"{model.owner(space.name)}/{seed}", z, columns)


def _joined(atlas: Atlas, path: Path) -> dict[str, np.ndarray]:
    """Columns of a table of the user's, row by row of the atlas; items that it does not name have no value."""
    table = read_table(path)
    key = next((name for name in ("id", "index") if name in table), None)
    if key is None:
        raise DataError(
            f"{path} does not say which item each row is of",
            got=", ".join(table) or "no column",
            allowed="a column id or index, as trasluz atlases export writes them",
        )
    places: dict[str, int] = {}
    for i, value in enumerate(table[key]):
        if value is not None and text_of(value) in places:
            raise DataError(f"{path} names the item {text_of(value)} twice")
        places[text_of(value)] = i
    rows = [places.get(text_of(value)) for value in atlas.rows.column(key).to_pylist()]
    matched = sum(row is not None for row in rows)
    if not matched:
        raise DataError(f"{path} names no item of the atlas {atlas.name}", next=f"Look at the column {key}")
    out: dict[str, np.ndarray] = {}
    for name, values in table.items():
        if name in ("id", "index", "split", "source"):
            continue
        mine = [None if row is None else values[row] for row in rows]
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in mine)
        out[name] = np.array(mine, dtype=np.float64 if numbers else object)
    return out


def as_target(rows: Rows, target: str) -> tuple[str, str | None, Tensor]:
    """`COLUMN=VALUE`, or the column of a quantity, as `(column, value, (n,) with NaN for unknown)`."""
    column, equals, value = target.partition("=")
    column, value = column.strip(), value.strip()
    values = rows.column(column)
    known = [v is not None and v == v for v in values.tolist()]
    if equals:
        names = [text_of(v) if k else None for v, k in zip(values.tolist(), known, strict=True)]
        there = sorted({n for n in names if n is not None})
        if value not in there:
            raise UnknownName(f"value of {column}", value, there[:50])
        if len(there) < 2:
            raise InvalidArgument(
                f"the column {column} has one value only, so nothing tells it apart", got=value, next="Take more data"
            )
        return column, value, torch.tensor([np.nan if n is None else float(n == value) for n in names]).float()
    if not all(isinstance(v, (int, float)) for v, k in zip(values.tolist(), known, strict=True) if k):
        example = next((text_of(v) for v, k in zip(values.tolist(), known, strict=True) if k), "VALUE")
        raise InvalidArgument(
            f"the column {column} holds categories", got=target, next=f"Name the value: --target {column}={example}"
        )
    numbers = [float(v) if k else np.nan for v, k in zip(values.tolist(), known, strict=True)]
    return column, None, torch.tensor(numbers).float()


def as_scores(rows: Rows, column: str) -> dict[str, Tensor]:
    """A column as what is to be left alone: one 0/1 entry a value, or the quantity itself."""
    values = rows.column(column).tolist()
    known = [v is not None and v == v for v in values]
    different = {text_of(v) for v, k in zip(values, known, strict=True) if k}
    if len(different) > MOST_VALUES:
        if not all(isinstance(v, (int, float)) for v, k in zip(values, known, strict=True) if k):
            return {}  # names of items, not a factor
        numbers = [float(v) if k else np.nan for v, k in zip(values, known, strict=True)]
        return {column: torch.tensor(numbers).float()}
    return {
        f"{column}={name}": torch.tensor(
            [float(text_of(v) == name) if k else np.nan for v, k in zip(values, known, strict=True)]
        ).float()
        for name in sorted(different)
    }


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
            raise InvalidArgument("what is to change cannot be left alone too", got=column)
        scores = as_scores(rows, name)
        if not scores:
            raise InvalidArgument(
                f"the column {name} names items, and is nothing to leave alone",
                got=f"more than {MOST_VALUES} different texts, or none", next="Leave it out",
            )  # fmt: skip
        others |= scores
    mine = as_scores(rows, column) if value is not None else {}
    siblings = {name: scores for name, scores in mine.items() if name != f"{column}={value}"}
    return Evidence(space, rows.latents, wanted, siblings, others)
