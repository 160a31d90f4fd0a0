"""What is open: a model with who decodes its spaces, and a map of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
import torch

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.manifest import MANIFEST
from trasluz.atlas.thumbnails import shrink
from trasluz.base.errors import UnknownName
from trasluz.io.plain import stamp
from trasluz.lab.calls.call import Call
from trasluz.lab.desk import Desk
from trasluz.lab.judging.apart import Feature, features_of
from trasluz.lab.judging.measures import PREFIX, is_measure, measured, measures_of
from trasluz.lab.judging.new_items import NewItems
from trasluz.lab.judging.places import NEIGHBOURS, torn_at
from trasluz.lab.judging.reader import Reader
from trasluz.lab.judging.region_names import RegionName, region_names
from trasluz.lab.shelf import models
from trasluz.lab.shelf.maps import EXTRA
from trasluz.server.batches import Batcher
from trasluz.server.columns import Coded, coded
from trasluz.server.limits import Limits
from trasluz.server.looks import Look, Looked, Looks
from trasluz.server.refusals import Gone, MapChanged
from trasluz.spaces.kind import Kind
from trasluz.spaces.model import LatentModel
from trasluz.spaces.opener import Opener


@final
class Opened:
    """An open model, and who decodes its spaces."""

    def __init__(
        self, name: str, given: str | LatentModel, model: LatentModel, stamp: tuple[int, ...], limits: Limits
    ) -> None:
        self.name, self.model, self.stamp = name, model, stamp
        if isinstance(given, LatentModel):
            self.given = given.name if given.is_kept else ""
        else:
            self.given = str(Path(given).expanduser().absolute()) if models.is_path(given) else given
        """What a command line names it by, wherever it runs; nothing where none can."""
        self.opener: Opener | None = None
        """Whose folder it is; None for a model in memory."""
        self.reader: Reader | None = None
        """What reads the labels of its data off pictures; trained or opened by a job."""
        self.reader_known = False
        """Whether it is known that there is one, or none."""
        self.batchers = {space: Batcher(model.space(space), limits) for space in model.spaces}

    def keep_reader(self, reader: Reader | None) -> None:
        """The reader of its data; None where there is nothing to read."""
        self.reader, self.reader_known = reader, True

    def said(self, call: Call) -> Call:
        """A call with the model as a command line names it."""
        return call.of(self.given)

    def close(self) -> None:
        for batcher in self.batchers.values():
            batcher.close()

    def join(self) -> None:
        for batcher in self.batchers.values():
            batcher.join()


@final
class OpenMap:
    """A map that a page looks at."""

    def __init__(self, id: str, opened: Opened, desk: Desk) -> None:
        self.id, self.opened, self.desk = id, opened, desk
        self.plane, self.atlas, self.space = desk.plane, desk.atlas, desk.space
        self.looks = Looks(desk)
        self._coded: dict[str, Coded] = {}
        self._coding = threading.Lock()
        self._lying = threading.Lock()
        self._tried: dict[str, NewItems | None] = {}
        self._trying = threading.Lock()
        self._features: dict[str | None, list[Feature]] = {}
        self._regions: dict[str | None, list[RegionName]] = {}
        self._naming = threading.Lock()
        self._stamp = _atlas_stamp(self.atlas)

    def coded(self, name: str) -> Coded:
        """A column of the rows with its codes, or one of their measures as `measure:NAME`."""
        with self._coding:  # a page asks for the codes and for what they mean at once; they are made once
            if name not in self._coded:
                measure = is_measure(name, self.atlas.columns)
                self._coded[name] = self._measured(name) if measure else coded(self.atlas, name)
            return self._coded[name]

    def _measured(self, name: str) -> Coded:
        return Coded.of(measured(name, self.opened.model, self.atlas, self.plane.projection, called=name))

    def lies(self, z: torch.Tensor, xy: torch.Tensor, row: int | None) -> tuple[float | None, float | None, int]:
        """How the map lies at a latent `(1, *shape)` and its place `(1, 2)`: how fast items change there, over what is
        usual, None where that is nothing; and the share of so many neighbours in the space that are none on the map,
        None where there are none."""
        with self._lying:
            usual = self.plane.usual_stretch
        here = float(self.plane.stretch(xy)) / usual if usual > 0 else None
        rows, places = self.atlas.latents.float().flatten(1), self.plane.projection.xy.float().cpu()
        k = min(NEIGHBOURS, len(rows) - (row is not None))
        apart = float(torn_at(rows, places, z.float().cpu().flatten(1), xy, row)) if k > 0 else None
        return here, apart, k

    def new_items(self, name: str) -> NewItems | None:
        """How well new items separate by a column; None of a measure. Worked out once."""
        with self._trying:
            if name not in self._tried:
                self._tried[name] = self.plane.new_items(name)
            return self._tried[name]

    def features(self, column: str | None) -> list[Feature]:
        """What can be claimed of the rows, by one column or by all labels and factors.

        Raises:
            UnknownName: there is no such column.
        """
        names = [*self.atlas.columns, *EXTRA]
        if column is not None and column not in names:
            raise UnknownName("column", column, names)
        with self._naming:
            if column not in self._features:
                asked = self.atlas.columns if column is None else [column]
                self._features[column] = features_of([self.atlas.typed(name) for name in asked])
            return self._features[column]

    def regions(self, column: str | None) -> list[RegionName]:
        """The names of the regions of the map, by one column or by all. Worked out once."""
        features = self.features(column)
        with self._naming:
            if column not in self._regions:
                self._regions[column] = region_names(self.plane.projection.xy.cpu().numpy(), features)
            return self._regions[column]

    def thumbnails(self, rows: Sequence[int]) -> np.ndarray:
        """Small pictures of rows, uint8 `(n, C, t, t)`: their thumbnails, and of those that came without one what their
        latents decode to."""
        atlas, wanted = self.atlas, np.asarray(rows, np.int64)
        bare = (wanted >= atlas.pictured) & (wanted < len(atlas))
        if not bare.any():
            return atlas.thumbnails(wanted)
        m, z = atlas.manifest, atlas.latents[torch.from_numpy(wanted[bare])]
        out = np.empty((len(wanted), m.channels, m.tile, m.tile), np.uint8)
        if not bare.all():
            out[~bare] = atlas.thumbnails(wanted[~bare])
        items = self.batcher.ask(z).result()
        out[bare] = shrink(self.kind.thumbnails(self.kind.stored(items)), m.tile)
        return out

    @property
    def measures(self) -> list[str]:
        """Columns that no data set has: how alone an item is, how far from the prior. Made when they are asked for."""
        return [f"{PREFIX}{name}" for name in measures_of(self.space)]

    def said(self, call: Call) -> Call:
        """A call with the model as a command line names it."""
        return self.opened.said(call)

    def is_same(self, atlas: Atlas) -> bool:
        """Whether an atlas is the one that this map was opened on, and not made anew since."""
        return atlas.folder == self.atlas.folder and _atlas_stamp(atlas) == self._stamp

    def check_atlas(self) -> None:
        """Refuse to go on where what was encoded is another by now.

        Raises:
            Gone: it was removed.
            MapChanged: it was made anew.
        """
        now = _atlas_stamp(self.atlas)
        if not now:
            raise Gone(f"the atlas {self.atlas.name} is no longer there", next="Open the map again")
        if now != self._stamp:
            what = f"the atlas {self.atlas.name} has changed since this map was opened"
            raise MapChanged(what, next="Open the map again")

    @cached_property
    def side(self) -> int:
        """Height and width, in pixels, of what it decodes to, as it is drawn."""
        return int(self.kind.draw(torch.zeros(1, *self.space.representation.public_shape)).shape[-1])

    @cached_property
    def kind(self) -> Kind:
        """What it decodes to."""
        return self.space.representation.of

    def look(self, look: Look) -> Future[list[Looked]]:
        """Decode spots and see what is near, together with what others ask for.

        Raises:
            Busy: too many wait already.
        """
        return self.batcher.do(self.looks, look, len(look.spots))

    @property
    def batcher(self) -> Batcher:
        return self.opened.batchers[self.space.name]


def _atlas_stamp(atlas: Atlas) -> tuple[int, ...]:
    """What changes when an atlas is made anew; empty where it is no longer there."""
    return stamp(atlas.folder / MANIFEST)
