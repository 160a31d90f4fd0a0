"""Selections among POINTs: `@name` stands for the items that it holds, wherever several POINTs are taken."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import final

import numpy as np
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.query import NoSuchValue
from trasluz.base.bounds import POINT_FILE
from trasluz.base.errors import DamagedFile, InvalidArgument, UnknownName
from trasluz.io.atomic import read_json
from trasluz.lab.calls.given import Named, Point
from trasluz.lab.calls.session import Session
from trasluz.lab.shelf.counted import Counted
from trasluz.lab.shelf.forms import ItemPoint, parse_point
from trasluz.lab.shelf.selections import Selection, canonical, is_selection, selection_of
from trasluz.spaces.data import ROWS, SPLITS
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

AT_ONCE = 512
"""Items that are read and encoded at once."""
NAMELESS = "A row that its atlas counts in no split has no name as a POINT"


@final
class Spread:
    """Selections as the items that they hold, with the latents that an atlas keeps of them."""

    def __init__(
        self,
        model: LatentModel,
        space: LatentSpace,
        session: Session,
        items: Counted,
        atlas: Callable[[], Atlas],
        encoded: Callable[[Tensor], Tensor],
        say: Callable[[str], None],
    ) -> None:
        """`atlas` gives the atlas in question, `encoded` the latents of items, `say` tells a thing once."""
        self.model, self.space, self.home = model, space, session.home
        self._items, self._atlas, self._encoded, self._say_once = items, atlas, encoded, say

    def __call__(self, points: Sequence[Point]) -> tuple[Point, ...]:
        """POINTs with each selection as its items. Where there is one, each item counts once; how many came twice is
        said."""
        found = [self.selection(point) for point in points]
        if not any(found):
            return tuple(points)
        out: list[Point] = []
        seen: set[str] = set()
        twice = 0
        for point, selection in zip(points, found, strict=True):
            for one in [point] if selection is None else self.items(os.fspath(point)[1:], selection):  # pyright: ignore
                name = name_of(one)
                twice += name in seen
                if name is None or name not in seen:
                    out.append(one)
                    seen |= set() if name is None else {name}
        if twice:
            given = ", ".join(str(p) for p, s in zip(points, found, strict=True) if s is not None)
            self._say_once(f"Of the items of {given} and what stands beside them, {twice:,} came twice and count once")
        return tuple(out)

    def selection(self, point: Point) -> Selection | None:
        """The selection that a POINT names; None where it is another.

        Raises:
            DamagedFile: it cannot be read.
        """
        if not isinstance(point, str) or not point.startswith("@"):
            return None
        path, what = self.home.entry("points", point[1:]), f"the selection {point}"
        if not path.is_file():
            return None  # who resolves it says so, as of a file that is no JSON
        try:
            value = read_json(path, what, limit=POINT_FILE)
        except DamagedFile:
            return None
        return selection_of(value, what) if is_selection(value) else None

    def items(self, name: str, selection: Selection) -> list[Point]:
        """What a selection holds, one by one: latents with their names.

        Raises:
            IdentityMismatch: it is of other data, or of latents of another model.
            InvalidArgument: it holds nothing here.
        """
        owner = self.model.owner(self.space.name)
        selection.check_model(name, owner, self.model.name, self.space.name)
        if selection.where is not None:
            return self._where(name, selection)
        counted: dict[str, list[int]] = {}
        for point in selection.points:
            match parse_point(point):
                case ItemPoint(split, index):
                    counted.setdefault(split, []).append(index)
                case _:
                    self._check_saved(name, point)
        z: dict[str, Tensor] = {}
        for split, indices in counted.items():
            selection.check_data(name, *self._items.whose(split))
            z |= self._latents(name, selection, split, indices)
        return [Named(z[point], point) if point in z else point for point in selection.points]

    def _latents(self, name: str, selection: Selection, split: str, indices: Sequence[int]) -> dict[str, Tensor]:
        """Latents `shape` by POINT: those that atlases keep, and of the others those of the items, encoded."""
        found: dict[str, Tensor] = {}
        wanted = [f"{split}:{index}" for index in indices]
        for atlas in self._items.atlases():
            if atlas.data_identity.partition(ROWS)[0] == selection.data_identity and len(found) < len(wanted):
                rows = {point: atlas.row_of(point) for point in wanted if point not in found}
                found |= {point: atlas.latents[row].float() for point, row in rows.items() if row is not None}
        rest = [index for point, index in zip(wanted, indices, strict=True) if point not in found]
        lacking = self._items.lacking(split, rest) if rest else []
        if lacking:
            raise InvalidArgument(
                f"{len(lacking):,} of the {len(selection.points):,} items of the selection @{name} are not in the data",
                got=f"{split}:{lacking[0]}", next="Save it again, with --replace",
            )  # fmt: skip
        for start in range(0, len(rest), AT_ONCE):
            some = rest[start : start + AT_ONCE]
            z = self._encoded(self._items.several(split, some))
            found |= {f"{split}:{index}": latent for index, latent in zip(some, z, strict=True)}
        return found

    def _where(self, name: str, selection: Selection) -> list[Point]:
        """The rows of the atlas in question that a condition holds for."""
        atlas = self._atlas()
        selection.check_data(name, atlas.manifest.data, atlas.data_identity.partition(ROWS)[0])
        try:
            rows = np.asarray(atlas.where(selection.where or ""))
        except NoSuchValue as error:
            what = f"the selection @{name} finds nothing in the atlas {atlas.name}: {error.what}"
            raise InvalidArgument(what, got=selection.where, allowed=error.allowed, next=error.next) from None
        if not len(rows):
            raise InvalidArgument(
                f"the selection @{name} finds nothing in the atlas {atlas.name}", got=f"where {selection.where}",
                next="Encode more items, or name another atlas of these data",
            )  # fmt: skip
        self._say_once(
            f"@{name}: {len(rows):,} of the {len(atlas):,} items of the atlas {atlas.name} where {selection.where}"
        )
        return [Named(atlas.latents[row].float(), atlas.points[row], NAMELESS) for row in rows.tolist()]

    def _check_saved(self, name: str, point: str) -> None:
        """Refuse a saved point that is gone, or is a selection by now."""
        if not point.startswith("@"):
            return
        if not self.home.entry("points", point[1:]).is_file():
            known = self.home.names("points")
            raise UnknownName("point", point[1:], known, next=f"The selection @{name} holds it; save either again")
        if self.selection(point) is not None:
            raise DamagedFile(
                f"the selection @{name} holds {point}, which is a selection itself",
                next="Save it again, with --replace",
            )


def name_of(point: Point) -> str | None:
    """What tells a POINT from the others; None where it has no name."""
    if isinstance(point, Named):
        return point.name
    text = os.fspath(point) if isinstance(point, (str, os.PathLike)) else None
    return canonical(text) if text is not None and text.partition(":")[0] in (*SPLITS, "seed") else text
