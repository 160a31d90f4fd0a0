"""What the studio asks of a space, one place at a time: what is there, what is near, what moves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import torch
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.atlas.own import own_identity
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.base.limits import STRONGEST, between
from trasluz.base.shapes import Latents, Scores
from trasluz.geometry.moves import moved
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.call import Call, call_of
from trasluz.lab.calls.given import Point
from trasluz.lab.calls.session import Session
from trasluz.lab.calls.verb import verb_of
from trasluz.lab.decode import decode
from trasluz.lab.edit import edit
from trasluz.lab.invert import invert
from trasluz.lab.judging.reader import Reader
from trasluz.lab.judging.support import support_of
from trasluz.lab.results.plane import Plane
from trasluz.lab.shelf.batches import own_rows
from trasluz.lab.shelf.counted import kept_item
from trasluz.lab.shelf.directions import direction_of
from trasluz.lab.shelf.maps import columns_of, default_column
from trasluz.lab.shelf.methods import default_of
from trasluz.lab.shelf.points import Resolver
from trasluz.lab.shelf.selections import kept_selection
from trasluz.spaces import registry
from trasluz.spaces.data import ROWS
from trasluz.spaces.direction import Direction
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

SHOWN_DIMS = 12
"""Dimensions that sliders are offered for."""
PROBED = 512
"""Items on which it is told whether two dimensions vary as one."""
SAME = 0.999
"""Correlation from which on they do."""


@final
@dataclass(frozen=True)
class Near:
    """An encoded item near a latent."""

    row: int
    point: str | None
    """What it is called as a POINT; None where the split does not say."""
    distance: float
    columns: Mapping[str, Any]


@final
class Desk:
    """A model, one of its spaces, and a map of what is encoded there."""

    def __init__(self, model: LatentModel, plane: Plane) -> None:
        self.model, self.plane = model, plane
        self.atlas: Atlas = plane.atlas
        self.atlas.check_model(model)
        self.space: LatentSpace = model.space(self.atlas.space)

    @cached_property
    def _flat(self) -> Tensor:
        return self.atlas.latents.float().flatten(1)

    @cached_property
    def _spread(self) -> Tensor:
        """Standard deviation of every dimension, as `edit` counts it: of a model's own draws over the first of them."""
        rows = own_rows(self.space).flatten(1) if self.atlas.is_own else self._flat
        return rows.std(0, correction=0)

    @cached_property
    def resolver(self) -> Resolver:
        """What turns POINTs into latents here."""
        data = self.plane.call.values["data"]
        return Resolver(self.model, self.session.standing(), space=self.space.name, data=data, atlas=self.atlas)

    def support(self, z: Latents) -> Scores | None:
        """How unlike the encoded items latents are: up to 1 is among them; None where that is not tested."""
        return support_of(z, self.atlas, self.space)

    def row(self, row: int, distance: float = 0.0) -> Near:
        """One encoded item."""
        self.check_row(row)
        said = {name: self.atlas.rows.column(name)[row].as_py() for name in self.atlas.columns}
        return Near(row, self.point(row), distance, said)

    def check_row(self, row: int) -> None:
        """Refuse a row that the atlas has not."""
        if not 0 <= row < len(self.atlas):
            raise InvalidArgument("no such row", got=row, allowed=f"0 to {len(self.atlas) - 1}")

    def point(self, row: int) -> str | None:
        """An encoded item as a POINT beside this atlas; None where its split does not say."""
        return None if self.atlas.is_own and not self._draws_alike else self.atlas.points[row]

    @cached_property
    def _draws_alike(self) -> bool:
        """Whether `seed:0/3` is row 3: the prior is the one that the rows were drawn from."""
        has_prior = self.space.default_prior is not None
        return has_prior and own_identity(self.model, self.space.name) == self.atlas.data_identity

    def row_of(self, split: str, index: int) -> int | None:
        """The row of an item by split and index, or of a draw by seed and index as `("seed:0", 3)`; None where it is
        not in the atlas."""
        if self.atlas.is_own:
            return self.atlas.row_of(f"{split}/{index}") if self._draws_alike else None
        return self.atlas.row_of(f"{split}:{index}")

    def selected(self, name: str) -> tuple[list[int], int]:
        """The rows of a kept selection, and how many of its items are none of this map.

        Raises:
            IdentityMismatch: it is of other data, or of another model's latents.
        """
        held = kept_selection(name, workspace=self.home)
        held.check_model(name, self.model.owner(self.space.name), self.model.name, self.space.name)
        if held.data_identity:
            held.check_data(name, self.atlas.manifest.data, self.atlas.data_identity.partition(ROWS)[0])
        if held.where is not None:
            return self.atlas.where(held.where).tolist(), 0
        own = not self.atlas.is_own or self._draws_alike
        rows = [self.atlas.row_of(point) if own else None for point in held.points]
        return [row for row in rows if row is not None], sum(row is None for row in rows)

    def original(self, row: int) -> Tensor | None:
        """The real item `(*public_shape)` of a row, as the model takes it; None where no whole one is kept."""
        return kept_item(self.atlas, row, self.space.representation)

    def sliders(self, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """What a latent can be moved along: kept directions of this space, and the most active dimensions."""
        kept: list[dict[str, Any]] = []
        for name in names:
            try:
                d = direction_of(name, self.model, self.space.name, workspace=self.home)
            except TrasluzError:
                continue
            reaches = 2.0 if d.aim is not None else 3.0
            sentence = None if d.measured is None else d.measured.sentence
            low = 0.0 if d.aim is not None else -reaches
            kept.append(
                {"name": d.name, "target": d.target, "unit": d.unit, "usual": d.usual, "low": low, "high": reaches,
                 "sentence": sentence}
            )  # fmt: skip
        dims = [
            {"dim": d, "at": self._index(d), "sigma": float(self._spread[d]), "low": -3.0, "high": 3.0}
            for d in self._most_active
        ]
        return {"directions": kept, "dims": dims}

    @cached_property
    def _most_active(self) -> list[int]:
        """The dimensions that vary most. Of those that vary as one, as the layers of a broadcast w+ do, the first."""
        rows = own_rows(self.space).flatten(1) if self.atlas.is_own else self._flat
        centred = rows[:PROBED].double() - rows[:PROBED].double().mean(0)
        unit = centred / centred.norm(dim=0).clamp_min(1e-12)
        most: list[int] = []
        for dim in self._spread.argsort(descending=True, stable=True).tolist():
            if most and float((unit[:, most].T @ unit[:, dim]).abs().max()) > SAME:
                continue
            most.append(dim)
            if len(most) == SHOWN_DIMS:
                break
        return most

    def _index(self, dim: int) -> list[int]:
        """Where a dimension stands in the latent, axis by axis."""
        return [int(i) for i in torch.unravel_index(torch.tensor(dim), self.space.shape)]

    def moved(self, z: Latents, directions: Mapping[str, float], dims: Mapping[int, float]) -> Latents:
        """Latents moved along kept directions and single dimensions, by strengths in their units."""
        ways: list[Direction] = []
        strengths: list[float] = []
        for name, strength in directions.items():
            ways.append(direction_of(name, self.model, self.space.name, workspace=self.home))
            strengths.append(between("strength", strength, low=-STRONGEST, high=STRONGEST))
        for dim, strength in dims.items():
            ways.append(self._axis(dim))
            strengths.append(between("strength", strength, low=-STRONGEST, high=STRONGEST))
        return moved(z, ways, strengths)

    def _axis(self, dim: int) -> Direction:
        d = self._flat.shape[1]
        if not 0 <= dim < d:
            raise InvalidArgument("no such dimension", got=dim, allowed=f"0 to {d - 1}")
        axis = torch.zeros(d)
        axis[dim] = 1
        sigma = max(float(self._spread[dim]), 1e-8)
        return Direction(
            f"dimension {dim}", self.model.name, "", self.space.name, axis.reshape(self.space.shape), sigma, "given"
        )

    def place_text(self, x: float, y: float) -> str:
        """A place of this map as a POINT."""
        method = self.plane.projection.method
        return f"map:{x!r},{y!r}" if method == default_of("projections").name else f"map:{method}:{x!r},{y!r}"

    def decode_call(self, points: Sequence[Point]) -> Call:
        """How `tl.decode` gives what is shown of points."""
        return self._decode_call.saying(points=tuple(points))

    @cached_property
    def _decode_call(self) -> Call:
        return call_of(verb_of(decode), self.model, (), **self.where, **self._told)

    def edit_call(self, point: Point, directions: Mapping[str, float], dims: Mapping[int, float]) -> Call:
        """How `tl.edit` gives what is shown of a point that was moved."""
        ways = {"directions": dict(directions) or None, "dims": dict(dims) or None}
        return call_of(verb_of(edit), self.model, (point,), **ways, report=False, **self.where, **self._told)

    def invert_call(self, name: str, method: str | None) -> Call:
        """How `tl.invert` gives what is shown of a picture."""
        space = self.where["space"]
        return call_of(verb_of(invert), self.model, (name,), method=method, space=space, **self._told)

    @cached_property
    def _told(self) -> dict[str, Any]:
        return {"workspace": self.home, "device": self.session.device}

    @property
    def where(self) -> dict[str, Any]:
        """`space`, `data` and `atlas` of this map, as every verb takes them. An atlas by name has a space of its own,
        which no other verb than `map` asks it for."""
        asked = self.plane.call.arguments
        own = None if self.space.name == self.model.default_space else self.space.name
        return {"space": asked.get("space") or own, "data": asked.get("data"), "atlas": asked.get("atlas")}

    @property
    def session(self) -> Session:
        """Where it is kept, and where it runs."""
        return self.plane.call.session

    @property
    def home(self) -> Workspace:
        """Where it is kept."""
        return self.session.home

    @cached_property
    def looks_at_labels(self) -> bool:
        """Whether the map is another one for every column."""
        return registry.get("projections", self.plane.projection.method).uses_labels

    @property
    def is_default(self) -> bool:
        """Whether `map:X,Y` means this map: made with the method's own settings and seed 0."""
        if set(self.plane.call.arguments) & {"settings", "seed"}:
            return False
        return not self.looks_at_labels or self.plane.color == default_column(columns_of(self.atlas))


def readings(reader: Reader, x: Tensor) -> list[dict[str, dict[str, Any]]]:
    """What a reader says of pictures `(n, C, H, W)`: for each one, by column, the value and how sure it is."""
    out: list[dict[str, dict[str, Any]]] = [{} for _ in x]
    for name, scores in reader.scores(x).items():
        column = reader.columns[name]
        for i, said in enumerate(scores):
            if column.is_scale:
                found: dict[str, Any] = {"value": float(said[0]), "share": None}
            else:
                best = int(said.argmax())
                found = {"value": column.values[best], "share": round(float(said[best]), 4)}
            out[i][name] = {**found, "accuracy": column.accuracy, "trusted": column.trusted}
    return out
