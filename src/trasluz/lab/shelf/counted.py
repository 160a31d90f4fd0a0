"""What `test:17` counts in: the items of an atlas that was named, of data, or of what the model was trained on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import final

import numpy as np
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import DataError, InvalidArgument, TrasluzError
from trasluz.lab.calls.given import DataLike
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf.atlases import GONE, kept_of
from trasluz.spaces import registry
from trasluz.spaces.data import ROWS, Dataset, group_column, groups_said
from trasluz.spaces.kinds import windows_of
from trasluz.spaces.model import LatentModel
from trasluz.spaces.representation import Representation
from trasluz.spaces.space import LatentSpace


@final
class Counted:
    """Items by split and number, each split opened once."""

    def __init__(
        self,
        model: LatentModel,
        space: LatentSpace,
        session: Session,
        data: DataLike,
        deciding: Callable[[], Atlas | None],
        say: Callable[[str], None],
    ) -> None:
        """`deciding` gives the atlas that was named, where it is of data; `say` tells a thing once."""
        self.model, self.space = model, space
        self.workspace, self.progress = session.home, session.progress
        self._data, self._deciding, self._say_once = data, deciding, say
        self._splits: dict[str, Dataset] = {}
        self._groups: dict[str, list[tuple[str, str | None]]] = {}

    def item(self, split: str, index: int) -> Tensor:
        """An item of the data, `(1, *public_shape)`: of those of the atlas, where one was named, else of those named,
        else of those that the model was trained on."""
        items = self._items(split)
        if index >= len(items):
            last = f"{split}:0 to {split}:{len(items) - 1}" if len(items) else "none"
            raise InvalidArgument(
                f"the {split} split of {items.spec} has {len(items):,} items", got=f"{split}:{index}", allowed=last
            )
        self._look_again(items, split, [index])
        return items.tensor([index])

    def several(self, split: str, indices: Sequence[int]) -> Tensor:
        """Items of one split, `(n, *public_shape)`, which are known to be there."""
        items = self._items(split)
        self._look_again(items, split, indices)
        return items.tensor(indices)

    def lacking(self, split: str, indices: Sequence[int]) -> list[int]:
        """Those of some numbers that a split has no item of."""
        count = len(self._items(split))
        return [index for index in indices if index >= count]

    def whose(self, split: str) -> tuple[str, str]:
        """The DATA argument and the identity of what `split:N` counts in; where the data cannot be had, those of an
        atlas that keeps their latents."""
        named = self._deciding()
        if named is None:
            try:
                items = self._items(split)
                return items.spec, items.identity
            except GONE:
                named = next(iter(self.atlases()), None)
                if named is None:
                    raise
        return named.manifest.data, named.data_identity.partition(ROWS)[0]

    def group(self, split: str, index: int) -> tuple[str, str | None] | None:
        """What an item is called, and what the data say of whom it belongs to; None where that is not known."""
        if split not in self._groups:
            try:
                items = None if self._is_kept(split) else self._items(split)
            except TrasluzError:
                items = None
            column = None if items is None else group_column(items.columns)
            said = [] if items is None else [None] * len(items)
            said = said if items is None or column is None else groups_said(items.typed(column))
            self._groups[split] = [] if items is None else list(zip(items.ids, said, strict=True))
        return self._groups[split][index] if index < len(self._groups[split]) else None

    def _is_kept(self, split: str) -> bool:
        """Whether its items are those of an atlas that came with the model, for which no data are drawn."""
        named = self._deciding()
        return named is not None and named.packed is not None and split not in self._splits

    def came(self, split: str, index: int) -> Tensor | None:
        """The latent `(1, *shape)` of an item as the atlas holds it that came with the model, where that was named; so
        no data are drawn for it."""
        named = self._deciding()
        if named is None or named.packed is None:
            return None
        row = named.row_of(f"{split}:{index}")
        return None if row is None else named.latents[row][None]

    def kept(self, split: str, index: int) -> tuple[Atlas, int] | None:
        """An atlas that holds an item, and its row: the one named, or any of the model and its data."""
        rows = ((atlas, atlas.row_of(f"{split}:{index}")) for atlas in self.atlases())
        return next(((atlas, row) for atlas, row in rows if row is not None), None)

    def atlases(self) -> Iterable[Atlas]:
        """Where latents of the items are kept: the atlas named, or all of the model and its data."""
        named = self._deciding()
        if named is not None:
            return (named,)
        data = self._data if self._data is not None else self.model.trained_on
        if data is None:
            return ()
        spec = data.spec if isinstance(data, Dataset) else os.fspath(data)
        return kept_of(self.model, spec, self.space.name, self.workspace)

    def _items(self, split: str) -> Dataset:
        """A split, opened once."""
        if split not in self._splits:
            self._splits[split] = self._counted(split)
        return self._splits[split]

    def _counted(self, split: str) -> Dataset:
        """The data that `split:N` counts in.

        Raises:
            InvalidArgument: nobody says what they are.
            DataError: those of the atlas are no longer what was encoded.
        """
        named = self._deciding()
        if named is None:
            data = self._data if self._data is not None else self.model.trained_on
            if data is None:
                raise InvalidArgument(
                    f"the model {self.model.name} does not say what it was trained on",
                    next="Name the data that test: and train: count in: --data DATA, or data= in Python",
                )
            return self._loaded(data, split)
        wanted, spec = named.data_identity.partition(ROWS)[0], named.manifest.data
        if self._data is not None:
            try:
                given = self._loaded(self._data, split)
            except TrasluzError:
                given = None
            if given is not None and given.identity == wanted:
                return given
            other = self._data.spec if isinstance(self._data, Dataset) else os.fspath(self._data)
            if other != spec:
                self._say_once(f"{split}: counts in the data of the atlas {named.name}, {spec}, and not in {other}")
        try:
            found = self._loaded(spec, split)
        except GONE:
            raise
        except TrasluzError as error:
            raise DataError(error.what, got=error.got, allowed=error.allowed, next=error.next) from error
        if found.identity != wanted:
            raise DataError(f"the data {spec} are no longer those that the atlas {named.name} was made from")
        return found

    def _loaded(self, data: str | os.PathLike[str] | Dataset, split: str) -> Dataset:
        from trasluz.lab.shelf.data import load_as

        return load_as(
            self.space.representation, data, owner=self.model.name, split=split, workspace=self.workspace,
            progress=self.progress,
        )  # fmt: skip

    def _look_again(self, items: Dataset, split: str, indices: Sequence[int]) -> None:
        """Say where the file of an item holds another by now, although its size and time are the same."""
        source, argument = items.about.get("source"), items.about.get("argument")
        if source not in registry.names("sources"):
            return
        ids, file_of = items.rows.column("id"), registry.get("sources", source).file_of
        for index in indices:
            self._look_at(items, f"{split}:{index}", index, file_of(argument, str(ids[index])))

    def _look_at(self, items: Dataset, point: str, index: int, place: tuple[str, int] | None) -> None:
        if place is None:
            return
        try:
            reading = items.representation.reading
            now = windows_of(items.kind, items.kind.load(Path(place[0])), items.shape, reading)[place[1] : place[1] + 1]
        except TrasluzError as error:
            self._say_once(f"The file of {point}, {place[0]}, cannot be read any more: {error.what}")
            return
        if not np.array_equal(now, items.stored([index])):
            self._say_once(
                f"The file of {point}, {place[0]}, holds another item than when it was read, though its size and time "
                f"are the same. {point} is what was read then; to read the file again, give it a new time (touch)"
            )


def kept_item(atlas: Atlas, row: int, representation: Representation) -> Tensor | None:
    """The real item `(*public_shape)` of a row as the atlas keeps it; None where it keeps no whole one."""
    m = atlas.manifest
    is_whole = representation.of.seen_whole and (m.channels, m.tile, m.tile) == representation.public_shape
    if m.is_own or not m.sheets or not is_whole or atlas.packed is not None:
        return None
    return representation.of.public(atlas.thumbnails([row]).copy())[0]
