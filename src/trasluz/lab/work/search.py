"""A search for directions: what it looks at, which method serves, and what is made of what that gives."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument, NotInvertible, TrasluzError
from trasluz.base.text import counted
from trasluz.lab.calls.call import Call
from trasluz.lab.calls.given import AtlasLike, DataLike, Point
from trasluz.lab.calls.session import Session
from trasluz.lab.judging.corrected import of_one_search
from trasluz.lab.judging.effects import measure
from trasluz.lab.judging.evidence import Rows, as_target, evidence_for, having, rows_for, said_target
from trasluz.lab.judging.reader import Reader, reader_for
from trasluz.lab.judging.separation import separation
from trasluz.lab.results.base import Origin
from trasluz.lab.results.directions import Directions
from trasluz.lab.shelf.atlases import GONE
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.shelf.directions import direction_of, word
from trasluz.lab.shelf.items import load_for
from trasluz.lab.shelf.methods import default_of
from trasluz.lab.shelf.models import model_of
from trasluz.lab.shelf.points import Resolver
from trasluz.lab.shelf.spreading import name_of
from trasluz.lab.work import searched
from trasluz.lab.work.searched import FEWEST, divided, first_of_each
from trasluz.spaces import registry
from trasluz.spaces.cards import listed
from trasluz.spaces.data import Dataset
from trasluz.spaces.direction import Direction
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod
from trasluz.spaces.model import LatentModel

MOST = 256
"""Targets that are searched for at once."""
DRAWS = 2048
"""From the prior, for the unit of a direction where nothing is encoded."""
SEEN = 3000
"""Items that are decoded to see what they show."""


class Search:
    """What a search needs, each part made when it is first asked for."""

    def __init__(
        self,
        model: LatentModel,
        session: Session,
        space: str,
        *,
        atlas: AtlasLike = None,
        data: DataLike = None,
        samples: int | None = None,
        labels: str | os.PathLike[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.model, self.session, self.space, self.seed = model, session, model.space(space), seed
        self.progress = session.progress
        self._asked = (data, atlas, samples, labels)
        self._rows: Rows | None = None
        self._found_on: Rows | None = None
        self._held: Rows | None = None
        self._whole: Rows | None = None
        """What the items to find on and to measure on are parts of; None where they are of two atlases."""
        self._parts: dict[str | None, tuple[Rows, Rows]] = {}
        """The two of each target: those whose value nobody knows are no items to find on."""
        self._split: str | None = None
        """The part to look at, where it is not the usual one."""
        self.resolver = Resolver(model, session, space=space, data=data, atlas=atlas)

    def found_on(self, target: str | None, look: Callable[[Rows], object] | None = None) -> Rows | None:
        """The items to find on, and with them those to measure on (`held`), which have no part in it: of data, those
        for training; of an atlas that somebody named, of a table of labels and of own draws, all but a part."""
        known = self._known(target is not None, look)
        if known is not None and self._whole is not None:
            if target not in self._parts:
                self._parts[target] = divided(self._whole, target, self.seed)
            self._found_on, self._held = self._parts[target]
        return self._found_on

    def _known(self, labels: bool, look: Callable[[Rows], object] | None = None) -> Rows | None:
        """All items that directions are found on, whatever the target."""
        if self._whole is None and self._found_on is None:
            self._found_on = self._for_training(look)
            if self._found_on is None:
                self._whole = self.rows(labels=labels, look=look)
        return self._found_on if self._whole is None else self._whole

    def _for_training(self, look: Callable[[Rows], object] | None) -> Rows | None:
        """The items for training, where nobody named items and there are enough of them: of few, all are looked at."""
        data, atlas, samples, table = self._asked
        named = atlas is not None or samples is not None or table is not None or isinstance(data, Dataset)
        if named or not self.space.encodes or not self.resolver.has_items:
            return None
        try:
            if self._are_few(data):
                self._split = "all"
                return None
            found = rows_for(
                self.model, self.space, data=data, seed=self.seed, create=self.session.create,
                workspace=self.session.home, progress=self.progress, look=look, split="train",
            )  # fmt: skip
        except GONE:
            return None
        return found if len(found.latents) >= FEWEST else None

    def _are_few(self, data: DataLike) -> bool:
        """Whether the items for training are fewer than can be told from others."""
        return len(load_for(self.model, data, "train", self.session.home, self.progress, self.space.name)) < FEWEST

    def held(self) -> Rows | None:
        """The items to measure on, and to show directions from; None where nothing is encoded."""
        return self._held if self._held is not None else searched.strangers(self.rows(required=False), self._found_on)

    @property
    def apart(self) -> bool:
        """Whether directions are found on other items than they are measured on."""
        return self._found_on is not None and self._found_on is not self._held

    def rows(
        self, required: bool = True, labels: bool = True, look: Callable[[Rows], object] | None = None
    ) -> Rows | None:
        """Encoded items: those named, or those held out of training; where there are none and none are required, None.
        Where no labels are wanted, the model's own draws serve too. `look` sees the columns of items that have to be
        encoded first."""
        data, atlas, samples, table = self._asked
        if self._rows is None:
            if samples is None and not self.space.encodes and atlas is None:
                if not required:
                    return None
                if not labels and table is None and self.resolver.has_atlas:
                    drawn = self.resolver.atlas()
                    self._rows = Rows(drawn.name, drawn.data_identity, drawn.latents, {}, drawn)
                    return self._rows
                raise NotInvertible(
                    f"the space {self.space.name!r} of {self.model.name} has no encoder, so no data lie in it",
                    next="Find directions on the model's own samples: --samples 2000 (samples=2000 in Python)",
                )
            if samples is None and not self.resolver.has_items and not required:
                return None
            self._rows = rows_for(
                self.model, self.space, data=data, atlas=atlas, samples=samples, labels=table, seed=self.seed,
                create=self.session.create, workspace=self.session.home, progress=self.progress, look=look,
                split=self._split,
            )  # fmt: skip
        return self._rows

    def evidence(
        self,
        method: str | None,
        target: str | None,
        against: Sequence[str] | None,
        these: Point | Sequence[Point] | None,
        those: Point | Sequence[Point] | None,
        start: Point | None,
    ) -> tuple[str, Rows | None, Evidence]:
        """The method, the rows that it looks at, and what it is given."""
        if (these is None) != (those is None):
            raise InvalidArgument("examples are of two kinds: these, and not those", next="Give both")
        if these is not None and those is not None:
            return self._by_example(method or default_of("finders", "examples").name, target, these, those)
        aimed = "nothing" if target is None else "value" if "=" in target else "quantity"
        name = method or default_of("finders", aimed).name
        how = registry.get("finders", name)
        if "target" in how.needs and target is None:
            raise InvalidArgument(
                f"the method {name} finds what changes a label, and needs to know which",
                next="Name it: --target COLUMN=VALUE"
                if "examples" not in how.needs
                else "Give some: --these ... --those ...",
            )
        if "target" not in how.needs and target is not None:
            raise InvalidArgument(
                f"the method {name} looks at no labels", got=target, next="Leave out the target, or use another method"
            )
        begin = None
        if "start" in how.needs:
            begin = self.resolver(start if start is not None else self._first())

        def told(rows: Rows) -> None:
            if target is not None:
                evidence_for(self.space, rows, target, against, everything=how.holds_all)

        rows = self.found_on(target, told) if "latents" in how.needs else None
        if rows is None or target is None:
            return name, rows, Evidence(self.space, None if rows is None else rows.latents, start=begin)
        found = evidence_for(self.space, rows, target, against, everything=how.holds_all)
        return name, rows, replace(found, seen=self._seen(rows, target)) if "seen" in how.needs else found

    def _seen(self, rows: Rows, target: str) -> Tensor:
        """What is to be seen of items once they are decoded, of so many as there is time for (see `Evidence.seen`)."""
        column, value, _ = as_target(rows, target)
        if value is None:
            raise InvalidArgument(
                "this method tells a value from others, and the target is a quantity", got=target,
                next="Name a value, COLUMN=VALUE, or use --method regression",
            )  # fmt: skip
        reader = self.reader()
        mine = None if reader is None else reader.columns.get(column)
        if reader is None or mine is None or not mine.trusted or value not in mine.values:
            raise InvalidArgument(
                f"{target} cannot be read off {self.space.representation.of.many}, so that nobody knows which show it",
                next="Use --method towards, which looks at labels alone",
            )  # fmt: skip
        some = rows.latents[:SEEN].float()
        said = reader.read(decode_all(self.space, some, progress=self.progress))[column]
        others = [one for one in rows.column(column).values if one != value]
        place = {value: 0.0, **{one: k + 1.0 for k, one in enumerate(others)}}
        seen = torch.full((len(rows.latents),), torch.nan)
        seen[: len(some)] = torch.tensor([place.get(one, -1.0) for one in said.tolist()])
        return seen

    def find(
        self,
        method: str | None,
        target: str | None,
        against: Sequence[str] | None,
        these: Point | Sequence[Point] | None,
        those: Point | Sequence[Point] | None,
        start: Point | None,
        *,
        count: int = 1,
        settings: Mapping[str, Any] | None = None,
        measured: bool = False,
    ) -> list[Direction]:
        """The directions, the one that matters most first; with `measured`, what each one changes."""
        found, shuffled = self._found(method, target, against, these, those, start, count, settings or {})
        return self.with_effects(found, shuffled) if measured else found

    def find_each(
        self,
        method: str | None,
        targets: Sequence[str] | None,
        against: Sequence[str] | None,
        *,
        settings: Mapping[str, Any] | None = None,
        measured: bool = False,
    ) -> list[Direction]:
        """A direction for each of several targets; None for all that there are. Their tests are corrected for each
        other: of named ones Holm's way, of all there are Benjamini and Hochberg's.

        Raises:
            InvalidArgument: one of the named targets does not do; of all there are none does.
        """
        every = targets is None
        wanted = self._every_target() if targets is None else list(targets)
        if not 1 <= len(wanted) <= MOST:
            raise InvalidArgument(
                "too many values to search for all" if wanted else "there is no column that names or counts anything",
                got=f"{len(wanted):,}", allowed=f"1 to {MOST}", next="Name those that you want: --target COLUMN=VALUE",
            )  # fmt: skip
        found, asked, refused = list[Direction](), list[tuple[str, Sequence[Tensor]]](), dict[str, TrasluzError]()
        with self.progress.task("Finding directions", len(wanted)) as step:
            for target in wanted:
                try:
                    some, mixed = self._found(method, target, against, None, None, None, 1, settings or {})
                    found += some
                    asked += [(target, mixed)] * len(some)
                except InvalidArgument as error:
                    if not every:
                        raise
                    refused[target] = error
                step(1, note=target)
        if refused:
            first = next(iter(refused))
            self.progress.say(
                f"{counted(len(refused), 'target is', 'targets are')} left out of {len(wanted):,}, the first {first}: "
                f"{refused[first].sentence()}"
            )
        if not found and refused:
            raise next(iter(refused.values()))
        found = of_one_search(searched.named_apart(found), "Benjamini-Hochberg" if every else "Holm")
        out = list[Direction]()
        for direction, (target, mixed) in zip(found if measured else [], asked, strict=measured):
            self.found_on(target)
            out += self.with_effects([direction], mixed)
        self.found_on(asked[0][0])
        return out if measured else found

    def _every_target(self) -> list[str]:
        """All that there is to search for; columns of which there is nothing are named."""
        known = self._known(True)
        found, others = ([], []) if known is None else searched.every_target(known)
        if others:
            of = "column names items or has one value", "columns name items or have one value"
            self.progress.say(f"Not searched for, {counted(len(others), *of)}: {listed(others)}")
        return found

    def _found(
        self,
        method: str | None,
        target: str | None,
        against: Sequence[str] | None,
        these: Point | Sequence[Point] | None,
        those: Point | Sequence[Point] | None,
        start: Point | None,
        count: int,
        settings: Mapping[str, Any],
    ) -> tuple[list[Direction], Sequence[Tensor]]:
        """The directions, and those found on shuffled labels."""
        name, rows, evidence = self.evidence(method, target, against, these, those, start)
        how = registry.get("finders", name)
        config = how.config_type.make(settings)
        arrows = how.find(evidence, count, config, self.seed, self.progress)
        whole = evidence
        if self._whole is not None and target is not None and "seen" not in how.needs:
            # Of all that is known: it holds out by itself.
            whole = evidence_for(self.space, self._whole, target, against, everything=how.holds_all)
        tried = separation(how, whole, config, self.seed, self.progress) if "target" in how.needs else None
        if target is not None and rows is not None:
            of = rows if whole is evidence else self._known(True) or rows
            tried = tried and searched.tried_by_groups(tried, whole, of, target, self.seed, self.progress)
            target = said_target(rows, target)
        named = names_for(how, target, these is not None, arrows)
        found = [
            replace(
                direction_from(self.model, self.space.name, arrow, self.sigma(arrow.vector)),
                name=short, method=name, seed=self.seed, target=target, against=tuple(sorted(evidence.against)),
                settings={key: value for key, value in config.dump().items() if key in settings},
                data="" if rows is None else rows.name, items=0 if rows is None else len(rows.latents),
                details={**arrow.details, **({} if tried is None else tried.details())},
            )
            for short, arrow in zip(named, arrows, strict=True)
        ]  # fmt: skip
        shuffled = () if tried is None or target is None else tried.shuffled
        return found, shuffled

    def _by_example(
        self, method: str, target: str | None, these: Point | Sequence[Point], those: Point | Sequence[Point]
    ) -> tuple[str, Rows | None, Evidence]:
        if target is not None:
            raise InvalidArgument("examples already say what is wanted", got=target, next="Leave out the target")
        how = registry.get("finders", method)
        if "target" not in how.needs:
            raise InvalidArgument(f"the method {method} looks at no examples", next="Use --method examples")
        shape = self.space.shape
        named = [self.resolver.several(points) for points in (these, those)]
        self._tell_both(named[0], named[1])
        kept = [self._once_each([self.resolver(point) for point in points]) for points in named]
        parts = [z for z, _ in kept]
        z = torch.cat(parts) if all(len(part) for part in parts) else torch.zeros(0, *shape)
        y = torch.cat([torch.ones(len(parts[0])), torch.zeros(len(parts[1]))])
        rows = Rows("examples", "", z, {})
        points = [points[i] for points, (_, first) in zip(named, kept, strict=True) for i in first.tolist()]
        together = searched.groups_of_points(points, self.resolver.counted)
        return method, rows, Evidence(self.space, z, y, groups=together)

    def _once_each(self, found: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Examples of one side `(n, *shape)`, each once: whoever names one twice, or a copy of it, knows no more; and
        which of them these are."""
        z = torch.cat([*found]) if found else torch.zeros(0, *self.space.shape)
        first = first_of_each(z)
        if len(first) < len(z):
            of = "example is the same as another", "examples are the same as others"
            self.progress.say(f"{counted(len(z) - len(first), *of)}: each counts once")
        return z[first], first

    def _tell_both(self, these: Sequence[Point], those: Sequence[Point]) -> None:
        """Say which examples stand on both sides: they tell nothing."""
        texts = [{name for point in points if (name := name_of(point)) is not None} for points in (these, those)]
        both = texts[0] & texts[1]
        if both:
            some = ", ".join(sorted(both)[:3]) + (", ..." if len(both) > 3 else "")
            self.progress.say(f"{len(both):,} of the examples are on both sides, and tell nothing: {some}")

    def with_effects(self, found: Sequence[Direction], shuffled: Sequence[Tensor] = ()) -> list[Direction]:
        """The same directions with what each one changes."""
        known = self.held()
        told: dict[str, Any] = {"workspace": self.session.home, "progress": self.progress}
        reader = self.reader()
        aimed = any(direction.target is not None for direction in found)
        second = reader_for(self.model, self._asked[0], second=True, **told) if reader is not None and aimed else None
        out: list[Direction] = []
        with self.progress.task("Measuring what they change", len(found)) as step:
            for direction in found:
                figures = measure(
                    direction, self.space, known, reader, second=second, apart=self.apart, seed=self.seed,
                    shuffled=shuffled, searched=len(found),
                )  # fmt: skip
                out.append(direction.with_measured(figures))
                step(1)
        return out

    def reader(self) -> Reader | None:
        """What says what is to be seen; None where nothing can."""
        return reader_for(self.model, self._asked[0], workspace=self.session.home, progress=self.progress)

    def _first(self) -> str:
        return "test:0" if self.resolver.has_items else "seed:0"

    def sigma(self, vector: Tensor) -> float:
        """The unit: over the encoded items, or over draws of the prior where there are none."""
        known = self._found_on if self._whole is None else self._whole
        known = self.rows(required=False) if known is None else known
        if known is not None:
            return max(known.sigma(vector), 1e-8)
        z = self.space.prior().sample(DRAWS, 0).float().cpu()
        return max(Rows("", "", z, {}).sigma(vector), 1e-8)

    def starts(self, found: Sequence[Direction], n: int = 6) -> Tensor:
        """Latents to show directions from: items that have not what they lead to."""
        known = self.held()
        if known is None:
            return self.space.prior().sample(n, self.seed).float().cpu()
        rows = torch.arange(len(known.latents))
        target = found[0].target if found else None
        if target is not None and "=" in target:
            lacking = torch.nonzero(having(known, target) != 1).flatten()
            rows = lacking if len(lacking) else rows
        order = torch.randperm(len(rows), generator=rng.generator(self.seed, "starts of a direction"))
        return known.latents[rows[order[:n]].sort().values].float()


def names_for(how: FinderMethod, target: str | None, examples: bool, arrows: Sequence[Arrow]) -> list[str]:
    """Short names: what is to change, with the method where it is not the usual one; or the method and a number."""
    if target is not None or examples:
        stem = slug_of(target) if target is not None else "these"
        return [stem if how.default_for else f"{stem}-{how.name}"] * len(arrows)
    return [f"{how.name}-{i}" for i in range(1, len(arrows) + 1)]


def slug_of(target: str) -> str:
    """A usable name of a target: `hair_colour=blond` is `hair_colour-blond`."""
    return "-".join(word(part) for part in target.split("=", 1))


def direction_from(model: LatentModel, space: str, arrow: Arrow, sigma: float) -> Direction:
    """An arrow as a direction of a model's space, without a name yet."""
    return Direction("", model.name, model.owner(space), space, arrow.vector, sigma, "", aim=arrow.aim)


def drawn(direction: Direction, call: Call) -> Directions:
    """A kept direction as a result, to be looked at: on items of an atlas, by default of that of the training data."""
    values, session = call.values, call.session
    opened = model_of(values["model"], session)
    mine = direction_of(direction, opened, direction.space, workspace=session.home)
    search = Search(opened, session, mine.space, atlas=values["atlas"], seed=values["seed"])
    chosen = opened.space(mine.space)
    return Directions([mine], search.starts([mine]), chosen, Origin.of(opened, chosen), call)
