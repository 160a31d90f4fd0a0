"""What a kind of map keeps to. Give `settings` by name where its defaults take long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.conformance import _case
from trasluz.conformance._case import Case, ConformanceError, done_or_refused, left_alone, refused, want
from trasluz.conformance._ground import cloud, draws
from trasluz.io.weights import read_tensors, write_tensors
from trasluz.spaces.methods import HeldOut, Projection, ProjectionMethod

ROWS = 60
SHAPES = ((2,), (12,), (3, 5), (2, 4, 4))
BATCHES = 1e-4


@final
@dataclass(frozen=True)
class ProjectionCase(Case):
    """A kind of map and its settings."""

    row: ClassVar[str] = "projections"
    method: ProjectionMethod
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.method.name)

    def without(self) -> frozenset[str]:
        return frozenset() if self.method.uses_labels else frozenset({"labels"})

    def fit(self, z: Tensor, seed: int = 0, labels: Sequence[object] | None = None) -> Projection:
        config = self.method.config_type.make(self.settings)
        if labels is None and self.method.uses_labels:
            labels = species(len(z))
        made: object = self.method.fit(z, config, seed, labels)
        if not isinstance(made, Projection):
            raise ConformanceError(f"fit gives {type(made).__name__}, no Projection")
        return made


def cases(method: ProjectionMethod, *, settings: Mapping[str, Any] | None = None) -> list[ProjectionCase]:
    return [ProjectionCase(method, settings or {})]


def species(n: int) -> list[str]:
    return [("cat", "dog")[i % 2] for i in range(n)]


def check_names(case: ProjectionCase) -> None:
    """Name, title and docstring say something, and its maps are called by the same name."""
    _case.said(case.method)
    method = case.fit(cloud(ROWS, (12,))).method
    want(method == case.method.name, f"its maps call themselves {method!r}, and it is {case.method.name!r}")


def check_settings(case: ProjectionCase) -> None:
    """Settings are documented and keep within their limits."""
    _case.settings(case.method.config_type)


def check_shapes(case: ProjectionCase) -> None:
    """Places of the rows, there, and back: in spaces of any shape, for one, several, none."""
    for shape in SHAPES:
        z = cloud(ROWS, shape)
        plane = case.fit(z)
        _case.tensor(plane.xy, (ROWS, 2), "xy")
        want(bool(plane.xy.std(0).max() > 0), "all rows lie at one place")
        for n in (7, 1, 0):
            new, places = cloud(n, shape, seed=1), plane.xy.mean(0) + draws(n, 2) * plane.xy.std(0)
            _case.tensor(plane.project(new), (n, 2), f"project of {n} latents of shape {shape}")
            _case.tensor(plane.inverse(places), (n, *shape), f"inverse of {n} places")
        axes: object = plane.axes
        said = isinstance(axes, tuple) and len(axes) == 2 and all(isinstance(a, str) and a.strip() for a in axes)
        want(said, f"axes are two texts, and are {axes!r}")
        lost = plane.round_trip
        want(lost is None or 0 <= lost < float("inf"), f"round_trip is a share from 0, or None, and is {lost!r}")


def check_places(case: ProjectionCase) -> None:
    """A place does not depend on what is asked for with it, and a latent has the same place every time."""
    z, new = cloud(ROWS, (12,)), cloud(9, (12,), seed=1)
    plane = case.fit(z)
    for what, work, given in (("project", plane.project, new), ("inverse", plane.inverse, plane.xy[:9] + 0.1)):
        whole, again = work(given), work(given)
        want(torch.equal(whole, again), f"{what} gives something else the second time")
        parts = torch.cat([work(given[:1]), work(given[1:])])
        off = float((whole - parts).abs().max() / whole.abs().max())
        want(off <= BATCHES, f"{what} depends on the batch (by {off:.2g})")


def check_way_back(case: ProjectionCase) -> None:
    """The way back of a row's own place is nearer to the row than the middle of all rows is, on the whole."""
    z = cloud(ROWS, (12,))
    plane = case.fit(z)
    lost = (plane.inverse(plane.xy) - z).square().sum() / (z - z.mean(0)).square().sum()
    want(bool(lost < 1), f"the way back loses {float(lost):.0%} of the variance: the mean would do as well")


def check_same_again(case: ProjectionCase) -> None:
    """The same seed draws the same map, bit for bit, from no global random numbers; the latents stay as they are."""
    z = cloud(ROWS, (12,))
    with left_alone("fitting a map", latents=z):
        first = case.fit(z, 5)
    again = case.fit(z, 5)
    want(torch.equal(first.xy, again.xy), "the same seed draws another map")
    with left_alone("using a map", latents=z, places=first.xy):
        first.project(z)
        first.inverse(first.xy)


def check_kept(case: ProjectionCase) -> None:
    """Written and opened again it is the same map, to the bit."""
    for shape in ((12,), (2, 4, 4)):
        z = cloud(ROWS, shape)
        plane = case.fit(z)
        file = case.place / f"map-{len(shape)}.safetensors"
        write_tensors(file, plane.state(), "projection")
        again = case.method.open(read_tensors(file, "projection")[0])
        new, places = cloud(5, shape, seed=1), plane.xy[:5] + 0.25
        want(again.axes == plane.axes, "opened again its axes say something else")
        said = (plane.round_trip, again.round_trip)
        as_before = said[0] == said[1] or (None not in said and abs(said[0] - said[1]) < BATCHES)  # type: ignore[operator]
        want(as_before, "opened again its round trip is another")
        for what, a, b in (
            ("xy", plane.xy, again.xy),
            ("project", plane.project(new), again.project(new)),
            ("inverse", plane.inverse(places), again.inverse(places)),
        ):
            want(torch.equal(a, b), f"opened again {what} is not the same to the bit")
        _held_out(plane.held_out, again.held_out)


def _held_out(first: HeldOut | None, again: HeldOut | None) -> None:
    """The second map without some rows, where there is one, is of the same rows, and is kept."""
    if first is None:
        return
    rows, m = first.rows, len(first.rows)
    want(0 < m < ROWS and len(rows.unique()) == m and int(rows.min()) >= 0 and int(rows.max()) < ROWS,
         "the rows that it holds out are not some of its own")  # fmt: skip
    _case.tensor(first.xy, (m, 2), "places of the rows held out")
    _case.tensor(first.others, (ROWS - m, 2), "places of the other rows")
    kept = again is not None and torch.equal(first.rows, again.rows) and torch.equal(first.xy, again.xy)
    want(kept and again is not None and torch.equal(first.others, again.others),
         "opened again its second map is not the same to the bit")  # fmt: skip


def check_damaged(case: ProjectionCase) -> None:
    """What is no map of its kind is refused in one line, whichever part of it is missing or of another size."""
    state = case.fit(cloud(ROWS, (12,))).state()
    with refused("opening nothing", TrasluzError):
        case.method.open({})
    with refused("opening something else", TrasluzError):
        case.method.open({"no_such_part": torch.zeros(3)})
    for key in state:
        without = {k: v for k, v in state.items() if k != key}
        done_or_refused(f"opening a map without {key}", lambda w=without: case.method.open(w), TrasluzError)


def check_few_rows(case: ProjectionCase) -> None:
    """Three rows are a map, or too few in one clear line; one row and none are refused."""
    for n in (3, 2):
        plane = done_or_refused(f"a map of {n} rows", lambda n=n: case.fit(cloud(n, (12,))))
        if plane is not None:
            _case.tensor(plane.xy, (n, 2), f"xy of {n} rows")
            _case.tensor(plane.inverse(plane.xy), (n, 12), f"inverse of a map of {n} rows")
    for n in (1, 0):
        with refused(f"a map of {n} rows"):
            case.fit(cloud(n, (12,)))


def check_flat(case: ProjectionCase) -> None:
    """Dimensions without any spread, and rows that stand twice, are drawn; rows that are all the same are refused."""
    z = cloud(ROWS, (12,))
    z[:, 3:] = 2.5
    plane = case.fit(z)
    _case.tensor(plane.xy, (ROWS, 2), "xy of latents that differ in three dimensions alone")
    _case.tensor(plane.inverse(plane.xy), (ROWS, 12), "inverse of such a map")
    twice = torch.cat([cloud(ROWS // 2, (12,))] * 2)
    plane = case.fit(twice)
    _case.tensor(plane.xy, (ROWS, 2), "xy of rows that stand twice")
    with refused("a map of rows that are all the same"):
        case.fit(torch.ones(ROWS, 12))


def check_refusals(case: ProjectionCase) -> None:
    """Latents that are no numbers, of one dimension, or of another shape than the map's are one clear line."""
    z = cloud(ROWS, (12,))
    for what, number in (("NaN", torch.nan), ("an infinite number", torch.inf)):
        bad = z.clone()
        bad[3, 3] = number
        with refused(f"a map of latents with {what}"):
            case.fit(bad)
    plane = case.fit(z)
    with refused("a place of latents of another shape"):
        plane.project(cloud(3, (11,)))
    with refused("a place of latents of more dimensions"):
        plane.project(cloud(3, (12, 2)))


def check_labels(case: ProjectionCase) -> None:
    """Where labels are used: rows without one are drawn too; none, one for all, and too few are one clear line."""
    z = cloud(ROWS, (12,))
    some: list[object] = [None if i < 5 else name for i, name in enumerate(species(ROWS))]
    _case.tensor(case.fit(z, labels=some).xy, (ROWS, 2), "xy where some rows have no label")
    numbers: list[object] = [i % 3 for i in range(ROWS)]
    _case.tensor(case.fit(z, labels=numbers).xy, (ROWS, 2), "xy of labels that are whole numbers")
    config = case.method.config_type.make(case.settings)
    for what, labels in (("no labels", None), ("one label for all", ["cat"] * ROWS), ("two labels", ["cat", "dog"])):
        with refused(f"a map with {what}"):
            case.method.fit(z, config, 0, labels)


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "shapes": check_shapes,
    "places": check_places,
    "way-back": check_way_back,
    "same-again": check_same_again,
    "kept": check_kept,
    "damaged": check_damaged,
    "few-rows": check_few_rows,
    "flat": check_flat,
    "refusals": check_refusals,
    "labels": check_labels,
}
"""Every check by name."""
