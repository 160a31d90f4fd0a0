"""Maps of atlases: the one that is kept, or fitted now and kept beside the latents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.query import NoSuchValue, matching
from trasluz.base.config import Config
from trasluz.base.errors import (
    DamagedFile,
    DataError,
    IdentityMismatch,
    InvalidArgument,
    NoPermission,
    NoSpace,
    UnknownName,
    VersionMismatch,
    WorkspaceLocked,
)
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.distances import nearest
from trasluz.geometry.hanging import first_of
from trasluz.geometry.local_density import spaced
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.spaces import registry
from trasluz.spaces.column import Column
from trasluz.spaces.data import Dataset
from trasluz.spaces.methods import Projection, ProjectionMethod

EXTRA = ("split", "source")
"""Columns that every atlas has, and that points can be coloured by too."""
COLOURS = 12
"""Names up to which a person tells their colours apart."""
LONG = 4000
"""Rows from which on a layout takes more than some seconds."""
_WAIT = {False: "some seconds", True: "tens of seconds"}
LOOKED_AT, NEAR = 2000, 8
"""Rows, evenly spaced, by which columns are compared, and how many rows beside each of them."""


def projection_of(
    atlas: Atlas,
    method: str,
    *,
    settings: Mapping[str, Any] | None = None,
    column: str | Column | None = None,
    seed: int = 0,
    workspace: Place = None,
    progress: Progress = SILENT,
) -> Projection:
    """The map of an atlas by a method: the kept one, or fitted now and kept beside the latents.

    `column` names the labels, for the methods that look at them, or holds some of one's own; None for the default one.
    """
    how = registry.get("projections", method)
    config = how.config_type.make(settings or {})
    column = (column or default_column(columns_of(atlas))) if how.uses_labels else None
    labels = labels_of_map(atlas.typed(column) if isinstance(column, str) else column)
    named = column if isinstance(column, str | None) else ["own", _digest(labels or [])]
    if labels is not None and atlas.groups is not None:
        labels, left = counted_labels(labels, atlas.groups)
        named = [named, "one of each that hang together", *atlas.groups_said] if left else named
    recipe = _recipe(config, seed, named)
    try:
        kept = atlas.projection(method, recipe)
    except (DamagedFile, IdentityMismatch, VersionMismatch) as error:
        progress.say(f"The map that was kept cannot be used, and is made again: {error.what}")
        kept = None
    if kept is not None:
        return kept
    doing = f"Laying out {len(atlas):,} items by {how.title}"
    if not how.quick:
        progress.say(f"{doing}; {_WAIT[len(atlas) > LONG]}")
    tells = type(how).fit_watched is not ProjectionMethod.fit_watched
    with progress.task(doing, 100 if tells else None) as step:
        fitted = how.fit_watched(atlas.latents, config, seed, labels, _hundredths(step))
    keep(atlas, "the map", lambda: atlas.keep_projection(method, fitted, recipe), workspace, progress)
    return fitted


def _hundredths(step: Callable[..., None]) -> Callable[[float], None]:
    """A step of shares, told in hundredths."""
    told = 0.0

    def more(share: float) -> None:
        nonlocal told
        before, told = int(100 * told + 1e-6), told + share
        step(int(100 * told + 1e-6) - before)

    return more


def _recipe(config: Config, seed: int, named: object) -> str:
    """What a kept map is known by."""
    return json.dumps([config.dump(), seed, named], sort_keys=True)


def usual_recipe(method: str) -> str:
    """That of a map by a method's own settings and seed 0, which looks at no labels."""
    return _recipe(registry.get("projections", method).config_type.make({}), 0, None)


def keep(
    atlas: Atlas, what: str, write: Callable[[], None], workspace: Place = None, progress: Progress = SILENT
) -> None:
    """Write something beside the latents that could be made again: where that cannot be, it is said and left."""
    try:
        with workspace_of(workspace).writing(f"keeping {what} of {atlas.name}", "atlases", atlas.name):
            write()
    except (WorkspaceLocked, NoPermission, NoSpace, InvalidArgument) as error:
        # It is only sooner there the next time.
        progress.say(f"{what[0].upper()}{what[1:]} is there but not kept: {error}")


def counted_labels(labels: Sequence[object], groups: Tensor) -> tuple[list[object], int]:
    """Labels `(n,)` of which those of windows of a file and of copies that have the same one are there once, so that
    none is tried on what another has taught; and how many were left out."""
    column = Column.of("labels", labels)
    kept = set(first_of(groups, torch.from_numpy(column.codes)).tolist())
    found = [label if i in kept else None for i, label in enumerate(labels)]
    return found, sum(one is not None and other is None for one, other in zip(labels, found, strict=True))


def labels_of_map(column: Column | None) -> list[str | None] | None:
    """What a map that looks at labels is fitted on, of a column."""
    return None if column is None else column.texts


def _digest(labels: Sequence[str | None]) -> str:
    """What tells labels of one's own from others."""
    return hashlib.blake2b(json.dumps(labels).encode(), digest_size=12).hexdigest()


def columns_of(atlas: Atlas) -> list[Column]:
    """Labels and factors of an atlas, each with what it is."""
    return [atlas.typed(name) for name in atlas.columns]


def meeting(rows: pa.Table, condition: str, of: str) -> np.ndarray:
    """Positions of the rows that meet a condition, at least one; `of` is whose rows these are.

    Raises:
        InvalidArgument: not one plain condition on the columns.
        DataError: no row meets it.
    """
    try:
        found = matching(rows, condition, asking=True)
    except NoSuchValue as error:
        raise DataError(error.what, got=condition, allowed=error.allowed, next=error.next) from None
    if not len(found):
        raise DataError(f"no row of {of} meets the condition", got=condition)
    return found


def named_column(atlas: Atlas | Dataset, color: str, others: Sequence[str] = ()) -> str:
    """A column that points can be coloured by; `others` are those of a table that was brought.

    Raises:
        UnknownName: there is none of that name.
        InvalidArgument: it holds text, as many different ones as nobody tells apart.
    """
    allowed = [*atlas.columns, *EXTRA]
    if color not in allowed:
        raise UnknownName("column", color, [*others, *allowed])
    check_colours(atlas.typed(color))
    return color


def check_colours(column: Column) -> Column:
    """Refuse a column that points cannot be coloured by.

    Raises:
        InvalidArgument: it holds text, as many different ones as nobody tells apart; or nothing at all.
    """
    if column.kind == "text":
        raise InvalidArgument(
            f"the column {column.name} is text, and no colours tell it apart",
            got=f"{column.distinct:,} different ones on {int((~column.missing).sum()):,} rows",
            next="Colour by another column; a condition finds rows by their text",
        )
    return column


def default_column(columns: Sequence[Column], xy: np.ndarray | None = None) -> str | None:
    """What a map is coloured by where nobody says: of the columns of 2 to 12 names, known of half of the rows at
    least, the one whose values lie together most on the map, beyond what chance gives.

    That is Cohen's kappa (1960) of a row's value with those of the rows beside it on the map: 1 where neighbours
    always agree, 0 where they do as strangers would. Where none has so few names: the label, else the first column
    that has two values or more and is not text. None where there is none.

    Args:
        columns: Labels and factors, of n rows.
        xy: `(n, 2)`: where the rows lie; None where that is not known yet, since the map looks at labels: it is then
            the label, else the first column of 2 to 12 names, else the first with names at all.
    """
    fit = [c for c in columns if c.has_names and 2 <= c.distinct <= COLOURS and 2 * c.missing.sum() <= len(c)]
    if xy is None or len(xy) < 2 or not fit:
        other = [c for c in columns if c.distinct > 1 and c.kind != "text" and (c.has_names or xy is not None)]
        return next((c.name for c in sorted(fit or other, key=lambda c: c.name != "label")), None)
    rows = spaced(len(xy), LOOKED_AT).numpy()
    some = np.ascontiguousarray(xy[rows], np.float32)
    beside = nearest(some, some, min(NEAR, len(rows) - 1), itself=True)[1].numpy()
    # A factor that says the same as the label says it by a better name.
    return max(fit, key=lambda column: (_kappa(column.codes[rows], beside), column.name != "label")).name


def _kappa(codes: np.ndarray, beside: np.ndarray) -> float:
    """Agreement of codes `(n,)` with those of the rows beside each, `(n, k)`, over that of strangers."""
    known = codes >= 0
    both = known[:, None] & known[beside]
    if not both.any():
        return 0.0
    shares = np.bincount(codes[known]) / known.sum()
    chance = float((shares**2).sum())
    agree = float((codes[:, None] == codes[beside])[both].mean())
    return (agree - chance) / (1 - chance) if chance < 1 else 0.0
