"""Values of one's own, one for each row of an atlas, as a column to colour by.

They are told by what they bring: a dictionary and a series of pandas by the items that they name, anything else by its
order. Nothing is guessed: what does not fit the rows is refused, and rows without a value are counted aloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.calls.values import listed, plain, shown
from trasluz.lab.shelf.maps import check_colours
from trasluz.spaces.column import Column, text_of

NAME = "own values"
"""What a column is called whose values came without a name."""


def own_column(given: Any, atlas: Atlas, progress: Progress = SILENT) -> Column:
    """A list, a tuple, an array, a tensor, a series, a dictionary by item, or a column, as a column of an atlas's rows.

    Raises:
        InvalidArgument: it is none of these, or has values for other rows than the atlas's.
    """
    if isinstance(given, Column):
        return check_colours(_whole(given, len(given), atlas))
    name = str(getattr(given, "name", None) or NAME) if _is_series(given) else NAME
    if isinstance(given, Mapping):
        values = _by_item({text_of(plain(key)): value for key, value in given.items()}, atlas, progress)
    elif _is_series(given):
        values = _of_series(given, atlas, progress)
    else:
        values = _whole(_flat(listed("color", given, _allowed(atlas))), None, atlas)
    return check_colours(Column.of(name, [_plain(value) for value in values]))


def _is_series(given: Any) -> bool:
    """Whether it is a series of pandas, which says by its index which rows it means."""
    return type(given).__module__.partition(".")[0] == "pandas" and type(given).__name__ == "Series"


def _of_series(given: Any, atlas: Atlas, progress: Progress) -> Sequence[Any]:
    """By its index: ids of items, or places of rows. One that counts from 0 is in order, and has to be whole."""
    index, values = given.index.tolist(), given.tolist()
    n = len(atlas)
    if index == list(range(len(index))):
        return _whole(values, None, atlas)
    keys = [text_of(key) for key in index]
    if len(set(keys)) != len(keys):
        raise InvalidArgument("the series names an item twice", got=_first_twice(keys), next="Give each row one value")
    ids = atlas.rows.column("id").to_pylist()
    if set(keys) <= set(ids):
        return _by_item(dict(zip(keys, values, strict=True)), atlas, progress)
    if all(isinstance(key, int) and 0 <= key < n for key in index):
        return _spread(dict(zip(index, values, strict=True)), n, progress)
    return _whole(values, None, atlas)


def _by_item(given: Mapping[str, Any], atlas: Atlas, progress: Progress) -> Sequence[Any]:
    """By the ids of items; names that no row has are refused."""
    ids = atlas.rows.column("id").to_pylist()
    strange = [key for key in given if key not in set(ids)]
    if strange:
        raise InvalidArgument(
            f"{len(strange):,} of {len(given):,} colours are for items that are not in the atlas {atlas.name}",
            got=strange[:3], allowed=f"ids such as {', '.join(ids[:3])}",
        )  # fmt: skip
    place = {id_: row for row, id_ in enumerate(ids)}
    return _spread({place[key]: value for key, value in given.items()}, len(atlas), progress)


def _spread(given: Mapping[int, Any], n: int, progress: Progress) -> Sequence[Any]:
    if len(given) < n:
        progress.say(f"{n - len(given):,} of {n:,} rows have no value to colour by")
    return [given.get(row) for row in range(n)]


def _whole(given: Any, count: int | None, atlas: Atlas) -> Any:
    """Refuse what is not one value a row."""
    found = len(given) if count is None else count
    if found != len(atlas):
        raise InvalidArgument("colours for other rows than the atlas's", got=f"{found:,}", allowed=_allowed(atlas))
    return given


def _allowed(atlas: Atlas) -> str:
    return f"a column's name, or one value for each of the {len(atlas):,} rows of {atlas.name}"


def _flat(values: list[Any]) -> list[Any]:
    """`(n, 1)` is n values; more to a row are none."""
    if any(isinstance(value, (list, tuple, dict, set)) or np.ndim(value) > 1 for value in values):
        if all(isinstance(value, (list, tuple)) and len(value) == 1 for value in values):
            return [value[0] for value in values]
        raise InvalidArgument("colours are one value per row", got=shown(values[0]), allowed="numbers or texts")
    return values


def _plain(value: Any) -> Any:
    """One value as Python's own; what pandas and NumPy say for none is None."""
    found = plain(value.as_py() if type(value).__module__.startswith("pyarrow") else value)
    if type(found).__module__.partition(".")[0] == "pandas":
        return found.to_pydatetime() if type(found).__name__ == "Timestamp" else None  # NaT, NA
    return found


def _first_twice(keys: Sequence[str]) -> str:
    return next(key for key in keys if keys.count(key) > 1)
