"""What `map` gives: encoded items on a plane, any place of which decodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.io.atomic import write_text
from trasluz.io.pictures import PICTURES
from trasluz.lab.calls.call import Call
from trasluz.lab.drawing import pictures
from trasluz.lab.drawing.figures import Drawn, map_figure, sheet_figure
from trasluz.lab.judging.measures import is_measure
from trasluz.lab.judging.new_items import NewItems, Trial
from trasluz.lab.judging.places import stretch_at, together, torn_at, usual_stretch
from trasluz.lab.judging.support import support_of
from trasluz.lab.results.base import Origin, Result
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.maps import named_column
from trasluz.spaces import registry
from trasluz.spaces.column import Column
from trasluz.spaces.figures import Figure, said
from trasluz.spaces.methods import Projection
from trasluz.spaces.model import LatentModel

TILES = 20
"""Decoded places along the longer side of a sheet."""

FADED, GONE = 1.0, 8.0
"""Support from which on tiles of a sheet fade, as much with every doubling, and at which they are faintest."""

FAINTEST = 0.2

NARROW = 0.6
"""Width over height of a sheet below which its caption is the short one."""

Places = Sequence[float] | Sequence[Sequence[float]] | np.ndarray | Tensor
"""One place `(2,)` or several `(n, 2)`."""


@final
class Plane(Result):
    """A map of an atlas, with its way back."""

    stem = "map"

    suffixes: ClassVar[tuple[str, ...]] = (*PICTURES, ".svg", ".safetensors", ".npz")

    def __init__(
        self,
        atlas: Atlas,
        projection: Projection,
        shown: np.ndarray,
        color: str | None,
        model: Callable[[], LatentModel],
        call: Call,
        progress: Progress = SILENT,
        column: Column | None = None,
    ) -> None:
        super().__init__(
            atlas.latents[shown], Origin(atlas.manifest.model, atlas.model_identity, atlas.space, atlas.shape), call
        )
        self.atlas, self.projection, self.color = atlas, projection, color
        self.shown = shown
        """Rows of the atlas that are drawn."""
        self.xy = projection.xy[shown].cpu()
        """Where they lie, `(n, 2)`."""
        self._model, self._progress = model, progress
        self._column = column
        self.stem = "sheet" if call.values.get("sheet") else "map"
        self._drawn: dict[bool, Drawn] = {}

    def inverse(self, xy: Places) -> Tensor:
        """Places to latents `(n, *shape)`: the way back."""
        return self.projection.inverse(_places(xy))

    def support(self, xy: Places) -> Tensor | None:
        """How unlike the encoded items is what the latent of each place is, `(n,)`: up to 1 is within what 95 % of
        held-out items are; None where too few items are encoded to say. It is of the space, not of the drawing: a place
        between dots may be an average of many items, and like none."""
        return support_of(self.inverse(xy), self.atlas, self._model().space(self.atlas.space))

    def project(self, z: Tensor) -> Tensor:
        """Latents `(n, *shape)` to places `(n, 2)`."""
        return self.projection.project(z)

    @property
    def round_trip(self) -> float | None:
        """The share of the latents' variance that is lost on the way to the map and back; None where not measured."""
        return self.projection.round_trip

    @property
    def separation(self) -> Figure | None:
        """Of a map that is made from labels, the share of the variance along its first axis that lies between them,
        cross-validated: on items that the axis was not fitted on; None for other maps."""
        return self.projection.separation

    def new_items(self, color: str | Column | None = None) -> NewItems | None:
        """How well new items separate by a column, by default the one it is coloured by: what the 15 nearest on the map
        say of items that had no part in it, beside the same in the space, from pixels, and from their principal
        components. None where there is no colour, or a measure.

        Raises:
            UnknownName: there is no such column.
        """
        if color is None:
            color = self.color if self._column is None else self._column
        if isinstance(color, str):
            measured = is_measure(color, self.atlas.columns)
            column = None if measured else self.atlas.typed(named_column(self.atlas, color))
        else:
            column = None if color is self._column and self.is_measured else color
        if column is None:
            return None
        if len(column) != len(self.atlas):
            raise InvalidArgument("a column of other rows", got=len(column), allowed=f"{len(self.atlas)} values")
        return self._trial.of(column)

    @cached_property
    def _trial(self) -> Trial:
        values, session = self.call.values, self.call.session
        looks = registry.get("projections", self.projection.method).uses_labels
        return Trial(
            self.atlas, self.projection, settings=values.get("settings"), labels=self.whole if looks else None,
            seed=values.get("seed") or 0, workspace=session.home, progress=self._progress,
        )  # fmt: skip

    @property
    def is_measured(self) -> bool:
        """Whether it is coloured by a measure, and not by a column."""
        return self.color is not None and is_measure(self.color, self.atlas.columns) and self._column is not None

    def stretch(self, xy: Places) -> Tensor:
        """How fast items change at places, `(n,)`: root mean squared grey levels, of 255, for a step of one on the
        map."""
        model = self._model()
        self.atlas.check_model(model)
        return stretch_at(model.space(self.atlas.space), self.projection, _places(xy))

    @cached_property
    def usual_stretch(self) -> float:
        """The stretch where items lie: the median of some of them, in grey levels for a step of one on the map."""
        model = self._model()
        self.atlas.check_model(model)
        return usual_stretch(model.space(self.atlas.space), self.projection)

    def torn(self, xy: Places) -> Tensor:
        """How much the map tears apart at places, `(n,)`: of the 15 items that are nearest in the space to the latent
        of each place, the share that are not among the 15 nearest on the map."""
        places, rows = _places(xy), self.atlas.latents.float().flatten(1)
        return torn_at(rows, self.projection.xy.float().cpu(), self.inverse(places).float().cpu().flatten(1), places)

    @property
    def trustworthiness(self) -> Figure | None:
        """Whether neighbours on the map are neighbours in the space, as they come (Venna & Kaski 2001): 1 where all
        are; None of fewer than five items."""
        return self._together.get("trustworthiness")

    @property
    def continuity(self) -> Figure | None:
        """Whether neighbours in the space are neighbours on the map: 1 where all are; None of fewer than five items."""
        return self._together.get("continuity")

    @cached_property
    def _together(self) -> dict[str, Figure]:
        return together(self.atlas.latents.float().flatten(1), self.projection.xy.cpu())

    @property
    def column(self) -> Column | None:
        """What the drawn rows are coloured by: what it is in the whole atlas, whichever rows are drawn."""
        return None if self.whole is None else self.whole.take(self.shown)

    @property
    def whole(self) -> Column | None:
        """The same of all rows of the atlas: a value has the colour that it has there."""
        if self._column is not None or self.color is None:
            return self._column
        return self.atlas.typed(self.color)

    @property
    def values(self) -> np.ndarray | None:
        """Its values, `(n,)`: float64 where all are numbers, else objects."""
        if self._column is not None:
            numbers = self._column.numbers
            return (np.array(self._column.texts, dtype=object) if numbers is None else numbers)[self.shown]
        return None if self.color is None else self.atlas.column(self.color)[self.shown]

    def image(self) -> Image.Image:
        """The map, or with `sheet` the sheet, at two pixels for each of a usual screen's."""
        return self.figure().image()

    def figure(self, *, sheet: bool | None = None) -> Drawn:
        """The map or its sheet as a drawing; by default what was asked for. `.figure` is a matplotlib figure."""
        as_sheet = bool(self.call.values.get("sheet")) if sheet is None else sheet
        if as_sheet not in self._drawn:
            self._drawn[as_sheet] = self._sheet() if as_sheet else self._map()
        return self._drawn[as_sheet]

    def sheet(self) -> Image.Image:
        """What the places of the plane decode to, fading where there are no data."""
        return self.figure(sheet=True).image()

    def write_form(self, file: Path) -> None:
        write_text(file, self.figure().svg())

    def arrays(self) -> Mapping[str, np.ndarray]:
        return {"latents": self.latents.numpy(), "xy": self.xy.numpy(), "rows": self.shown}

    def facts(self) -> dict[str, Any]:
        apart = {} if self.separation is None else {"separation": self.separation.dump()}
        on = {} if self.projection.round_trip_of is None else {"round_trip_of": self.projection.round_trip_of}
        kept = {name: figure.dump() for name, figure in self._together.items()}
        new = self._new_items
        tried = {} if new is None else {"new_items": new.dump()}
        return {"atlas": self.atlas.name, "round_trip": self.round_trip, **on, **apart, **kept, **tried}

    def told(self) -> str:
        return ". ".join([self.brief(), *self._kept(), *self._new()])

    def brief(self) -> str:
        coloured = f" coloured by {self.color}" if self.color and self.stem == "map" else ""
        lost = f", {self._lost()}" if self.round_trip is not None else ""
        return f"{self._counted()} by {self.projection.method}{coloured}{lost}"

    def _kept(self) -> list[str]:
        """How far neighbours stay together, in a sentence."""
        trust, continuity = self.trustworthiness, self.continuity
        if trust is None or continuity is None:
            return []
        chance = f"{said(round(trust.chance or 0.0, 2))} by chance"
        return [f"Trustworthiness {trust.value:.2f}, continuity {continuity.value:.2f} ({chance})"]

    def _new(self) -> list[str]:
        """How well new items separate, in a sentence."""
        return [] if self._new_items is None else [self._new_items.sentence()]

    @cached_property
    def _new_items(self) -> NewItems | None:
        """Of what it is coloured by, where colours are drawn."""
        return None if self.stem == "sheet" else self.new_items()

    def _counted(self) -> str:
        return f"{len(self):,} " + ("of the model's own draws" if self.atlas.is_own else "items")

    def _map(self) -> Drawn:
        wanted = self.call.values.get("thumbnails", True) and self.atlas.pictured > 0

        def thumbnails(rows: Sequence[int]) -> Sequence[Image.Image]:
            return [pictures.of_bytes(pixels) for pixels in self.atlas.thumbnails(self.shown[list(rows)])]

        return map_figure(
            self.xy.numpy().astype(np.float64),
            self.column,
            axes=self.projection.axes,
            title=f"{self._title()}: {self._counted()}",
            thumbnails=thumbnails if wanted else None,
            pictured=np.flatnonzero(self.shown < self.atlas.pictured),
            whole=self.whole,
            notes=[self._said(), *self._kept(), *self._new()],
        )

    def _sheet(self) -> Drawn:
        model = self._model()
        self.atlas.check_model(model)
        xy = self.xy.double()
        # Far outliers would make everything else small.
        low, high = torch.quantile(xy, 0.004, dim=0), torch.quantile(xy, 0.996, dim=0)
        extent = (high - low).clamp_min(1e-6) * 1.06
        step = float(extent.max()) / TILES
        count = (extent / step).ceil().clamp(min=4).long()
        corner = (low + high) / 2 - count * step / 2
        across, down = int(count[0]), int(count[1])
        places = cells(corner, (step, step), across, down)
        z = self.projection.inverse(places)
        items = decode_all(model.space(self.atlas.space), z, progress=self._progress)
        support = support_of(z, self.atlas, model.space(self.atlas.space))
        if support is None:
            support, fading = torch.ones(len(z)), "Too few items to say what is like them"
        else:
            fading = f"Fading: unlike the data, support over 1 ({int((support > FADED).sum()):,} of {len(z):,})"
        mosaic = _mosaic(model.representation.of.draw(items), _visible(support), across)
        return sheet_figure(
            mosaic, (float(corner[0]), float(corner[1])), step, (across, down),
            axes=self.projection.axes, title=f"{self._title()}: what each place decodes to",
            note=self._said(fading) if across >= NARROW * down else fading,
        )  # fmt: skip

    def _lost(self) -> str:
        on = self.projection.round_trip_of
        whose = "" if on is None else f" by {on}"
        return f"{100 * (self.round_trip or 0.0):.0f} % of the variance lost there and back{whose}"

    def _said(self, note: str = "") -> str:
        """What stands under a picture."""
        return note if self.round_trip is None else f"{self._lost().capitalize()}. {note}".rstrip()

    def _title(self) -> str:
        return f"{self.origin.model}, space {self.origin.space}"


def cells(corner: Tensor, step: tuple[float, float], across: int, down: int) -> Tensor:
    """The middles of a grid's cells, `(down * across, 2)`, row by row.

    Args:
        corner: `(2,)`: the left lower corner of the grid, in double precision.
        step: Width and height of a cell.
    """
    x = corner[0] + (torch.arange(across) + 0.5) * step[0]
    y = corner[1] + (torch.arange(down).flip(0) + 0.5) * step[1]  # the first row of a picture is its top
    return torch.stack([x.repeat(down), y.repeat_interleave(across)], dim=1).float()


def _visible(support: Tensor) -> Tensor:
    """How much of a tile to show: all of it on the data, less and less away from them."""
    share = (support.clamp_min(FADED).log() / math.log(GONE)).clamp(0, 1)
    return 1 - (1 - FAINTEST) * share


def _mosaic(items: Tensor, visible: Tensor, across: int) -> Image.Image:
    faded = 1 - visible.cpu()[:, None, None, None] * (1 - items)
    n, channels, height, width = faded.shape
    down = n // across
    whole_ = faded.reshape(down, across, channels, height, width).permute(2, 0, 3, 1, 4)
    picture = pictures.image_of(whole_.reshape(channels, down * height, across * width))
    wish = round(1600 / (max(across, down) * max(height, width)))
    return pictures.enlarged(picture.convert("RGB"), max(1, wish))


def _places(xy: Places) -> Tensor:
    places = torch.as_tensor(np.asarray(xy) if not isinstance(xy, Tensor) else xy, dtype=torch.float32)
    places = places[None] if places.ndim == 1 else places
    if places.ndim != 2 or places.shape[1] != 2 or not bool(torch.isfinite(places).all()):
        raise InvalidArgument("not places of a map", got=tuple(places.shape), allowed="(2,) or (n, 2) finite numbers")
    return places
