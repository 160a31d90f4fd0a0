"""How well new items separate: is what a map is coloured by found from their neighbours on the map, and how does that
compare with the space itself and with plain pixels?

k-nearest-neighbour accuracy (Cover & Hart 1967) of items that had no part in the map: it is made again of the others
alone, in the same way, and they are placed on it. Of a quantity, Spearman's rank correlation with the mean of the
neighbours. Each view has the same new items, and the same others to find neighbours among, so that figures compare:

- `map`: places;
- `space`: latents;
- `pixels`: thumbnails, `(C, t, t)` with t of at most 64, pixels from 0 to 1;
- `components`: the first 64 principal components of these pixels, fitted on the others.

A tenth is held out; where few, several times another tenth, each with a map of its own, until there are some hundreds.
A map that takes long brings a second layout of its own (`Projection.held_out`), and there it stays with that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from trasluz.atlas.atlas import Atlas
from trasluz.base.errors import DamagedFile, InvalidArgument, TrasluzError
from trasluz.base.late import stats
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.distances import nearest
from trasluz.geometry.hanging import first_of
from trasluz.geometry.linear_algebra import Components, pca
from trasluz.geometry.local_density import spaced
from trasluz.geometry.neighbours import all_but, parts_held_out, voted
from trasluz.lab.judging.kin import HALF, kin_of_column
from trasluz.lab.shelf.maps import COLOURS, counted_labels, keep, labels_of_map
from trasluz.lab.shelf.where import Place
from trasluz.spaces import registry
from trasluz.spaces.column import Column
from trasluz.spaces.figures import Figure, interval_of_rank_correlation, interval_of_share, said
from trasluz.spaces.methods import Projection

NEIGHBOURS = 15
"""That are asked."""
ENOUGH, PARTS = 400, 10
"""New items that are aimed at, and how many maps are made for that at most."""
OTHERS = 4500
"""Items that neighbours are looked for among, evenly spaced where there are more."""
COMPONENTS, FITTED_ON = 64, 1000
"""Principal components of the pixels, and items that they are fitted on."""
LEAST, LEAST_OTHER = 10, 5
"""New items with a value, and those with another than the most frequent one, below which nothing is said."""

View = Literal["map", "space", "pixels", "components"]
VIEWS: tuple[View, ...] = ("map", "space", "pixels", "components")
Why = Literal["text", "no_values", "one_value", "own_values", "few", "rare", "nothing_held_out", "no_map"]
SOURCE = {True: "Cover & Hart 1967; Spearman 1904", False: "Cover & Hart 1967"}


@final
@dataclass(frozen=True)
class Without:
    """What neighbours of other values of a column tell, each of which has one value of what is told."""

    column: str
    value: float


@final
@dataclass(frozen=True)
class NewItems:
    """How well the neighbours of new items tell a column; or why that was not tested."""

    column: str
    figure: Figure | None
    """On the map; in `further` the same in the space, on pixels, and on their principal components."""
    why: Why | None = None
    """Why it was not tested."""
    n: int = 0
    """New items that have a value; of `rare` and `few` those that were too few."""
    about: str = ""
    """What else there is to say of why."""
    without: Without | None = None
    """The same without what is of the same value of another column, where that may be what the map tells."""

    def dump(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "column": self.column,
            "figure": None if self.figure is None else self.figure.dump(),
            "tested": self.figure is not None,
            "without": None if self.without is None else {"column": self.without.column, "value": self.without.value},
            "why": self.why,
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """In one sentence, without a full stop."""
        figure = self.figure
        if figure is None:
            return f"How well new items separate by {self.column} was not tested: {self._reason()}"
        k, scale = figure.details["k"], figure.name != "accuracy"
        parts = [] if figure.interval is None else [f"{_part(figure.interval[0], scale)} to "
                                                    f"{_part(figure.interval[1], scale)}"]  # fmt: skip
        parts += ["by chance 0" if scale else f"by chance {_part(figure.chance or 0.0, scale)}"]
        names = {"space": "in the space", "pixels": "from pixels", "components": "from their principal components"}
        parts += [f"{names[view]} {_part(one.value, scale)}" for view, one in figure.further.items()]
        if self.without is not None:
            parts.append(f"without those of the same {self.without.column} {_part(self.without.value, scale)}")
        beside = "; ".join([*parts, f"n = {figure.n:,}"])
        if scale:
            return (
                f"New items' {self.column} goes with that of the {k} nearest on the map by a rank correlation of "
                f"{_part(figure.value, scale)} ({beside})"
            )
        return (
            f"New items' {self.column} is found from the {k} nearest on the map in {_part(figure.value, scale)} of 100 "
            f"({beside})"
        )

    def _reason(self) -> str:
        reasons: dict[Why, str] = {
            "text": "it is text, nearly every item's its own",
            "no_values": "no item has a value",
            "one_value": "all items have the same value",
            "own_values": "nearly every item has a value of its own",
            "few": f"too few new items with a value ({self.n:,}, and {LEAST} are needed)",
            "rare": f"only {self.n:,} new items have another value than the most frequent one, and {LEAST_OTHER} are "
            "needed",
            "nothing_held_out": "the map holds no items out, as maps of earlier versions do; removed from the folder "
            "projections of its atlas, it is laid out anew",
            "no_map": f"without the new items no such map can be made ({self.about})",
        }
        return reasons[self.why or "few"]


@final
@dataclass(frozen=True)
class Part:
    """Some rows held out, the others, and where all of them lie on a map of the others."""

    held: Int64[Tensor, " m"]
    others: Int64[Tensor, " r"]
    xy: Float[Tensor, "m 2"]
    others_xy: Float[Tensor, "r 2"]


@final
class Trial:
    """The items that had no part in a map, and which of the others are near them in each view."""

    def __init__(
        self,
        atlas: Atlas,
        projection: Projection,
        *,
        settings: Mapping[str, Any] | None = None,
        labels: Column | None = None,
        seed: int = 0,
        workspace: Place = None,
        progress: Progress = SILENT,
    ) -> None:
        """Of a map and how it was made; `labels` are what it was made from, where it looks at any."""
        self.atlas, self.projection, self.progress = atlas, projection, progress
        self._settings, self._labels, self._seed, self._workspace = settings, labels, seed, workspace
        self.missing: dict[View, str] = {}
        """Views that cannot be had, and why."""

    def of(self, column: Column) -> NewItems:
        """How well neighbours tell a column `(n,)` of all rows of the atlas."""
        why = _untestable(column)
        if why is not None:
            return NewItems(column.name, None, why)
        try:
            parts = self.parts
        except TrasluzError as error:
            return NewItems(column.name, None, "no_map", about=error.what)
        if not parts:
            return NewItems(column.name, None, "nothing_held_out")
        known = torch.from_numpy(~column.missing)
        some = [_with_value(part, known) for part in parts]
        some = [part for part in some if len(part.held) and len(part.others)]
        held = torch.cat([part.held for part in some]).numpy() if some else np.zeros(0, np.int64)
        if len(held) < LEAST:
            return NewItems(column.name, None, "few", len(held))
        scale = _is_scale(column)
        most = int(np.argmax(column.counts))
        other = int((column.codes[held] != most).sum())
        if other < LEAST_OTHER:
            return NewItems(column.name, None, "rare", other)
        near = self._near if bool(known.all()) else self._found(some, VIEWS)
        figure = self._figure(column, some, near, scale)
        return NewItems(column.name, figure, without=self._kin(column, some, figure, scale))

    def _kin(self, column: Column, parts: Sequence[Part], figure: Figure, scale: bool) -> Without | None:
        """What neighbours of others tell, where a column says whose the items are, and half of what the map tells
        beyond chance is lost without those of the same."""
        more = figure.value - (figure.chance or 0.0)
        held = torch.cat([part.held for part in parts]).numpy()
        for kin in kin_of_column(self.atlas.known, column, quantity=scale) if more > 0 else []:
            asked = [self._nearest(part, "map", kin.groups) for part in parts]
            k = min(one.shape[1] for one in asked)
            if k == 0:
                continue
            near = torch.cat([one[:, :k] for one in asked])
            others = _told(column, held, near, scale, figure.chance or 0.0).value
            if others - (figure.chance or 0.0) <= HALF * more:
                return Without(kin.column, others)
        return None

    def _figure(
        self, column: Column, parts: Sequence[Part], near: Mapping[View, Sequence[Tensor]], scale: bool
    ) -> Figure:
        held = torch.cat([part.held for part in parts]).numpy()
        k = min(len(one[0]) for one in near["map"])
        # What whoever says one value of all is right on: of two even classes never less than half.
        chance = 0.0 if scale else float(np.bincount(column.codes[held].astype(np.int64)).max()) / len(held)
        made = {
            view: _told(column, held, torch.cat([one[:, :k] for one in near[view]]), scale, chance)
            for view in VIEWS if view in near
        }  # fmt: skip
        first = made.pop("map")
        details = {
            "k": k, "maps": len(parts), "others": min(len(part.others) for part in parts), "values": column.distinct,
            "tile": self.atlas.manifest.tile, "not_read": dict(self.missing),
            "components": COMPONENTS, "components_fitted_on": FITTED_ON,
        }  # fmt: skip
        return Figure(
            first.value, better="higher", n=first.n, interval=first.interval, chance=chance, source=first.source,
            name=first.name, further={str(view): one for view, one in made.items()}, details=details,
        )  # fmt: skip

    @cached_property
    def parts(self) -> list[Part]:
        """The maps without some items; none where it brings none, and was to.

        Raises:
            TrasluzError: no such map can be made of the others.
        """
        n, how = len(self.atlas), registry.get("projections", self.projection.method)
        second = self.projection.held_out
        groups = self.atlas.groups
        if second is not None:
            others = all_but(n, second.rows)
            if groups is None:
                return [_spared(second.rows, others, second.xy, second.others)]
            mine, theirs = _strangers(groups, second.rows, others)
            return [_spared(second.rows[mine], others[theirs], second.xy[mine], second.others[theirs])]
        if how.holds_out:
            return []
        config = how.config_type.make(self._settings or {})
        names, z = labels_of_map(self._labels), self.atlas.latents
        if names is not None and groups is not None:
            names, _ = counted_labels(names, groups)
        held = parts_held_out(n if groups is None else len(groups.unique()), self._seed)
        count = len(held[0]) if held else 1
        several = min(PARTS, -(-ENOUGH // count)) if how.quick else 1
        made: list[Part] = []
        with self.progress.task("Making the map without new items", several) as step:
            for rows, rest in _held_out(n, groups, self._seed, several):
                some = None if names is None else [names[i] for i in rest.tolist()]
                fitted = how.fit(z[rest], config, self._seed, some)
                made.append(_spared(rows, rest, fitted.project(z[rows]).cpu(), fitted.xy.cpu()))
                step()
        return made

    @cached_property
    def _near(self) -> dict[View, list[Tensor]]:
        """Rows near the new ones in each view, where all rows have a value; those of the data's views are kept."""
        grouped = [] if self.atlas.groups is None else ["none beside its kin", *self.atlas.groups_said]
        recipe = json.dumps([self._seed, NEIGHBOURS, OTHERS, COMPONENTS, FITTED_ON, *grouped])
        try:
            kept = self.atlas.near(recipe) or {}
        except TrasluzError as error:
            self.progress.say(f"What lies near new items is looked up again: {error.what}")
            kept = {}
        numbers = range(len(self.parts))
        lacking: list[View] = [view for view in VIEWS[1:] if not all(f"{view}.{i}" in kept for i in numbers)]
        found = self._found(self.parts, ("map", *lacking))
        fresh = {f"{view}.{i}": one for view in lacking for i, one in enumerate(found.get(view, []))}
        if fresh:
            whole = {**kept, **fresh}
            keep(
                self.atlas, "what lies near new items", lambda: self.atlas.keep_near(whole, recipe), self._workspace,
                self.progress,
            )  # fmt: skip
        for view in VIEWS[1:]:
            if view not in lacking:
                found[view] = [kept[f"{view}.{i}"] for i in numbers]
        return found

    def _found(self, parts: Sequence[Part], views: Sequence[View]) -> dict[View, list[Tensor]]:
        """Rows of the atlas near each new item, `(m, k)` of each part, by view."""
        out: dict[View, list[Tensor]] = {}
        with self.progress.task("Looking for neighbours of new items", len(views)) as step:
            for view in views:
                try:
                    out[view] = [self._nearest(part, view) for part in parts]
                except (DamagedFile, InvalidArgument) as error:
                    self.missing[view] = error.what
                step()
        return out

    def _nearest(self, part: Part, view: View, groups: Tensor | None = None) -> Int64[Tensor, "m k"]:
        """Rows of the atlas near each new item; on the map, of other groups `(n,)` alone where these are given."""
        k = min(NEIGHBOURS, len(part.others))
        if view == "map":
            new, others = part.xy, part.others_xy
            if groups is not None:
                same = groups[part.held][:, None] == groups[part.others]
                far = torch.cdist(new.double(), others.double()).masked_fill(same, torch.inf)
                k = min(k, int((~same).sum(1).min()))
                return part.others[far.topk(k, largest=False).indices]
        elif view == "space":
            z = self.atlas.latents
            new, others = z[part.held].flatten(1), z[part.others].flatten(1)
        else:
            pictures = self._pictures(part.held), self._pictures(part.others)
            if view == "components":
                fitted = pca(_pixels(pictures[1][spaced(len(part.others), FITTED_ON).numpy()]), _width(pictures[1]))
                pictures = _along(pictures[0], fitted), _along(pictures[1], fitted)
            new, others = pictures
        return part.others[nearest(new, others, k)[1]]

    def _pictures(self, rows: Tensor) -> np.ndarray:
        return self.atlas.thumbnails(rows.numpy())


def _is_scale(column: Column) -> bool:
    """Whether it is asked how large it is, and not which: of an order too, of more steps than colours tell apart."""
    return column.is_scale or (column.kind == "order" and column.distinct > COLOURS)


def _untestable(column: Column) -> Why | None:
    known = int((~column.missing).sum())
    if not known:
        return "no_values"
    if column.distinct < 2:
        return "one_value"
    if not _is_scale(column) and 2 * column.distinct > known:
        return "own_values"
    return "text" if column.kind == "text" else None


def _held_out(
    n: int, groups: Tensor | None, seed: int, several: int
) -> Iterator[tuple[Int64[Tensor, " m"], Int64[Tensor, " r"]]]:
    """Rows to hold out of n in each of several parts, and the others. Of rows that hang together one is tried, where
    none of the others had a part."""
    if groups is None:
        for rows in parts_held_out(n, seed, several):
            yield rows, all_but(n, rows)
        return
    kinds, codes = groups.unique(return_inverse=True)
    first = first_of(codes)  # in order of the rows: of each group the place of its first
    first = first[codes[first].argsort()]
    for some in parts_held_out(len(kinds), seed, several):
        yield first[some], torch.nonzero(~torch.isin(codes, some)).flatten()


def _strangers(groups: Tensor, held: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Of rows that were held out those to try, one of a group, and of the others those of no such group, by their
    places; so many groups that two thirds of the rows are left."""
    sizes = torch.bincount(groups, minlength=int(groups.max()) + 1)
    taken, room = list[int](), len(groups) // 3
    for place in first_of(groups[held]).tolist():  # one that is too large leaves room for others
        size = int(sizes[groups[held[place]]])
        taken, room = ([*taken, place], room - size) if size <= room else (taken, room)
    mine = torch.tensor(taken, dtype=torch.long)
    return mine, torch.nonzero(~torch.isin(groups[others], groups[held[mine]])).flatten()


def _with_value(part: Part, known: Tensor) -> Part:
    """Of a part what has a value."""
    mine, others = known[part.held], known[part.others]
    return Part(part.held[mine], part.others[others], part.xy[mine], part.others_xy[others])


def _spared(held: Tensor, others: Tensor, xy: Tensor, others_xy: Tensor) -> Part:
    """A part with no more rows than are looked at."""
    some = spaced(len(others), OTHERS)
    return Part(held, others[some], xy, others_xy[some])


def _told(column: Column, held: np.ndarray, near: Tensor, scale: bool, chance: float) -> Figure:
    """The figure of some neighbours `(n, k)`."""
    n = len(held)
    if scale and column.numbers is not None:
        guessed, truth = column.numbers[near.numpy()].mean(1), column.numbers[held]
        flat = np.ptp(guessed) == 0 or np.ptp(truth) == 0
        found = None if flat else stats().spearmanr(guessed, truth)
        value = 0.0 if found is None else float(found.statistic)
        interval = interval_of_rank_correlation(value, n)
    else:
        hits = int((voted(torch.from_numpy(column.codes)[near]).numpy() == column.codes[held]).sum())
        value, interval = hits / n, interval_of_share(hits, n)
    name = "rank correlation" if scale else "accuracy"
    return Figure(
        value, better="higher", n=n, interval=interval, chance=chance, source=SOURCE[scale], name=name
    )  # fmt: skip


def _pixels(pictures: np.ndarray) -> Tensor:
    return torch.from_numpy(pictures.reshape(len(pictures), -1)).float() / 255


def _width(pictures: np.ndarray) -> int:
    """How many components there are."""
    return min(COMPONENTS, int(np.prod(pictures.shape[1:])), max(1, min(len(pictures), FITTED_ON) - 1))


def _along(pictures: np.ndarray, fitted: Components) -> Tensor:
    mean, vectors = fitted.mean.float(), fitted.vectors.float().T
    blocks = [(_pixels(pictures[i : i + 512]) - mean) @ vectors for i in range(0, len(pictures), 512)]
    return torch.cat(blocks)


def _part(value: float, scale: bool) -> str:
    return said(round(value, 2)) if scale else f"{100 * value:.0f}"
