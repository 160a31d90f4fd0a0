"""What metrics are measured on, gathered once for all of them: each part is made when it is first asked for, and what
cannot be had says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument, NotInvertible, TrasluzError
from trasluz.base.text import counted
from trasluz.geometry.hanging import groups_of
from trasluz.lab.calls.given import DataLike
from trasluz.lab.calls.session import Session
from trasluz.lab.judging.compared import BATCH, TRAINING, blocks, centred, read, whole_of
from trasluz.lab.judging.kin import Kin, kin_of_column
from trasluz.lab.judging.reader import features_for, is_pixels
from trasluz.lab.shelf.batches import decode_all, draw_all, encode_all
from trasluz.spaces.column import text_of
from trasluz.spaces.data import Dataset, group_column, groups_said
from trasluz.spaces.figures import Judge
from trasluz.spaces.methods import Metric, MetricEvidence, MetricNeed
from trasluz.spaces.model import LatentModel
from trasluz.spaces.space import LatentSpace

FEWEST = 6
"""Items for shares of nearest neighbours."""
MOST_VALUES = 100
"""Different texts of a column beyond which they name items, and are no categories."""


@final
class Gathered:
    """What is known of one model: held-out items, what it makes of them, its samples, and all of them in features."""

    def __init__(
        self,
        model: LatentModel,
        session: Session,
        *,
        data: DataLike,
        n: int,
        seed: int,
        space: str | None,
        condition: Mapping[str, Any],
        judges: int = 1,
    ) -> None:
        self.model, self.session, self.n, self.seed, self._judges = model, session, n, seed, judges
        self._data, self._space, self._condition = data, space, condition
        self._made = dict[str, Any]()
        self._trained = False
        self.notes: list[str] = []
        """What a reader of the figures has to know besides."""

    # The data -------------------------------------------------------------------------------------------------

    def whole(self) -> Dataset:
        """All of the data; of a model under a condition on one of their columns, those that meet it."""
        return self._once("whole", self._load)

    def _load(self) -> Dataset:
        found = whole_of(self.model, self._data, self.session.home, self.session.progress)
        known = {key: value for key, value in self._condition.items() if key in found.columns}
        if self._condition and not known:
            self.notes.append("The data have no column for the condition: its samples are compared with all of them")
        for key, value in known.items():
            meets = np.array([v is not None and text_of(v) == text_of(value) for v in found.column(key).tolist()])
            found = found.at(np.flatnonzero(meets))
        if known:
            self.notes.append("Real items are those that meet the condition")
        return found

    def held(self) -> Dataset:
        """Items that the model was not trained on; where none are held out, those that there are."""
        return self._once("held", self._hold)

    def _hold(self) -> Dataset:
        whole = self.whole()
        test = whole.split("test")
        if not len(test) and len(whole):
            self.notes.append("No items are held out of the data: real items are some that the model may have seen")
        found = (test if len(test) else whole).some(self.n)
        if not len(found):
            raise InvalidArgument("no real items to measure on", got=whole.spec)
        return found

    def items(self) -> Tensor:
        """Held-out items `(n, *public_shape)`."""
        return self._once("items", lambda: self.held().tensor(slice(None)))

    def pictures(self) -> Tensor:
        """The same as metrics of pictures take them."""
        return self._once("pictures", lambda: self._pictured(self.items()))

    def _pictured(self, items: Tensor) -> Tensor:
        """Values from 0 to 1 as `(n, C, H, W)`; what is no picture as pictures of one line each."""
        shares = self.model.representation.of.compared(items)
        return shares if shares.ndim == 4 else shares.flatten(1)[:, None, None, :]

    # What the model makes -------------------------------------------------------------------------------------

    def coded(self) -> LatentSpace:
        """The space that items are encoded in: the one named, else the default one, else the first that encodes.

        Raises:
            NotInvertible: none does.
        """
        chosen = self.model.space(self._space)
        if chosen.encodes or self._space is not None:
            if chosen.encodes:
                return chosen
            raise NotInvertible(f"the space {chosen.name!r} has no encoder")
        others = [space for space in self.model.spaces.values() if space.encodes]
        if not others:
            raise NotInvertible(f"the model {self.model.name} has no encoder")
        return others[0]

    def latents(self) -> Tensor:
        """Held-out items, encoded, `(n, *shape)`."""
        coded, progress = self.coded(), self.session.progress
        return self._once("latents", lambda: encode_all(coded, self.items(), progress=progress))

    def rebuilt(self) -> Tensor:
        """The same, decoded again."""
        return self._once(
            "rebuilt", lambda: self._pictured(decode_all(self.coded(), self.latents(), progress=self.session.progress))
        )  # fmt: skip

    def samples(self) -> Tensor:
        """Pictures that the model makes, from the default prior of the space."""
        return self._once("samples", self._draw)

    def _draw(self) -> Tensor:
        space, progress = self.model.space(self._space), self.session.progress
        return decode_all(space, draw_all(space.prior(), self.n, self.seed, progress=progress), progress=progress)

    # In features ----------------------------------------------------------------------------------------------

    @property
    def judges(self) -> int:
        """How many judges there are: as many as were asked for, where they are trained; pixels are one."""
        self.features()
        return self._judges if self._trained else 1

    def features(self, seed: int = 0) -> tuple[dict[str, Tensor], Judge]:
        """`real, fake, train, peers` that there are, as features `(n, d)` of the judge of a seed, and what it is."""
        return self._once(f"features of {seed}" if seed else "features", partial(self._read, seed))

    def _read(self, seed: int) -> tuple[dict[str, Tensor], Judge]:
        fake = self.samples()
        extract, judge = features_for(
            self.model, self._data, seed=seed, workspace=self.session.home, progress=self.session.progress
        )
        if seed == 0:
            self._tell_judges(judge)
        try:
            held, train = self.held(), self.whole().split("train").some(TRAINING)
        except TrasluzError:  # without data there still are samples
            held, train = None, None
        some = [("fake", list(fake.split(BATCH)))]
        peers = None
        if held is not None and train is not None:
            peers = self._others()
            some += [("real", blocks(held)), ("train", blocks(train))]
            some += [("peers", blocks(peers))] if peers is not None else []
        total = len(fake) + len(held or ()) + len(train or ()) + len(peers or ())
        with self.session.progress.task(f"Measuring in features of {judge.name}", total) as step:
            found = {part: read(extract, pictures, step) for part, pictures in some}
        found = {part: rows for part, rows in found.items() if len(rows)}
        middle = found.get("train", found.get("real"))
        if middle is not None:
            found = dict(zip(found, centred(middle, found.values()), strict=True))
        untold = "train" in found and "peers" not in found and self._is_apart() and not self._trained
        if untold and len(found["train"]) >= len(fake):
            found["peers"] = found["train"][: len(fake)]
        return found, judge

    def _others(self) -> Dataset | None:
        """As many real items as samples, held out as well and not among those that are measured against; None where
        there are no more."""
        return self._once("others", self._take_others)

    def _take_others(self) -> Dataset | None:
        if not self._is_apart():
            return None
        whole = self.whole()
        rest, taken = whole.split("test"), set(self.held().ids)
        rest = rest.at(np.array([i for i, one in enumerate(rest.ids) if one not in taken], dtype=np.int64))
        val = whole.split("val")
        found = next((some for some in (val, rest) if len(some) >= self.n), None)
        if found is not None:
            return found.some(self.n)
        # A judge that was trained on them sees training items otherwise than new ones: they would be a wrong floor.
        count = 0 if self._trained else len(whole.split("train"))
        if count >= self.n:
            self.notes.append(
                "Too few are held out to stand in the samples' place too: what real items give is from training items"
            )
        else:
            test = len(whole.split("test"))
            most = max(count, min(test, len(val)), test // 2)
            self.notes.append(
                f"What real items give is not known: as many of them as samples ({self.n:,}) would have to be held out "
                "besides those that are measured against" + (f". With -n {most} there are" if most >= FEWEST else "")
            )
        return None

    def _tell_judges(self, judge: Judge) -> None:
        """Whether the figures hang on one judge, and say so."""
        self._trained = not is_pixels(judge)
        if not self._trained and self._judges > 1:
            self.notes.append(f"{judge.name} are compared, which nobody trains: there is no other judge of the kind")
        elif self._trained and self._judges == 1:
            self.notes.append(
                "Figures in features are those of one judge, trained from one seed: --judges 3 says how far others are "
                "from it"
            )

    def _is_apart(self) -> bool:
        """Whether the real items are no training items."""
        return bool(len(self.whole().split("test")))

    # For metrics ----------------------------------------------------------------------------------------------

    def columns(self) -> list[str]:
        """Labels and factors of the data."""
        return self.whole().columns

    def evidence(self, metric: Metric, column: str | None = None, judge: int = 0) -> MetricEvidence:
        """What a metric needs; with `column`, the labels that it says; in features of the judge of a seed.

        Raises:
            TrasluzError: something of it cannot be had, and why.
        """
        made: dict[MetricNeed, Callable[[], Any]] = {
            "x": self.pictures,
            "x_hat": self.rebuilt,
            "latents": self.latents,
            "labels": partial(self._labels, column),
            **{part: partial(self._part, part, judge) for part in ("real", "fake", "train")},
        }
        unknown = metric.needs - set(made)
        if unknown:
            raise TrasluzError(
                f"the metric {metric.name} needs something that is not available", got=unknown, allowed=sorted(made),
                next="Fix the plugin",
            )  # fmt: skip
        # What is quick to refuse, first: whether there is an encoder, and data.
        order = sorted(metric.needs, key=list(made).index)
        parts: dict[str, Any] = {need: made[need]() for need in order}
        if metric.needs & {"real", "fake", "train"}:
            features, seen = self.features(judge)
            parts |= {"features": seen.name, "judge": seen, "peers": features.get("peers")}
        if {"latents", "labels"} <= metric.needs:
            parts["groups"] = self._groups()
        return MetricEvidence(**parts)

    def kin(self, column: str) -> list[Kin]:
        """Other columns that may say whose the held-out items are (see `judging.kin`)."""
        held, mine = self.held(), self.held().typed(column)
        return kin_of_column({name: held.typed(name) for name in held.columns}, mine, quantity=mine.is_scale)

    def _groups(self) -> Tensor | None:
        """Which of the encoded items hang together; said once."""
        return self._once("groups", self._grouped)

    def _grouped(self) -> Tensor | None:
        held = self.held()
        column = group_column(held.columns)
        said = None if column is None else groups_said(held.typed(column))
        found = groups_of(held.ids, self.latents(), said)
        if found is not None:
            many, n = counted(len(held), "item", "items"), len(found.unique())
            why = "windows of one file or copies" if column is None else f"of one group by {column}, windows or copies"
            self.notes.append(
                f"The {many} are of {n:,} files, pictures or groups, since some are {why}: of those that have the same "
                "label one counts"
            )
        return found

    def _part(self, part: str, judge: int = 0) -> Tensor:
        if part == "train":
            self.whole()
        elif part == "real":
            self.held()
        found, _ = self.features(judge)
        if part == "train" and part in found and not self._is_apart():
            raise InvalidArgument(
                "no items are held out of the data, so there is nothing to compare with how close unseen ones come"
            )
        if part not in found:
            raise InvalidArgument(f"there are no {'training items' if part == 'train' else 'real items'} in the data")
        return found[part]

    def _labels(self, column: str | None) -> np.ndarray:
        if column is None:
            raise InvalidArgument("the data have no labels", got=self.whole().spec)
        kind = self.whole().typed(column).kind
        typed = self.held().typed(column, kind)
        if kind == "text":
            raise InvalidArgument(
                f"the column {column} is text: it names items, and is not a label",
                got=f"{typed.distinct:,} different ones on {len(typed):,} items",
            )
        if kind == "date" and typed.numbers is not None:
            return typed.numbers  # days: a quantity
        values = self.held().column(column)
        if values.dtype == object and len({v for v in values.tolist() if isinstance(v, str)}) > MOST_VALUES:
            raise InvalidArgument(
                f"the column {column} names items, and is not a label", got=f"over {MOST_VALUES} texts"
            )
        return values

    # For whoever reads the figures -----------------------------------------------------------------------------

    def named_data(self) -> str | None:
        """What the data are called; None where none were looked at."""
        return self.whole().spec if self._has("whole") else None

    def named_space(self) -> str | None:
        """The space that items were encoded in; None where none were."""
        return self.coded().name if self._has("latents") else None

    def judge(self) -> Judge | None:
        """What pictures were compared in; None where none were."""
        return self.features()[1] if self._has("features") else None

    def _has(self, name: str) -> bool:
        return name in self._made and not isinstance(self._made[name], TrasluzError)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """What was made before, or what was wrong with it."""
        if name not in self._made:
            try:
                with torch.inference_mode(False):
                    self._made[name] = make()
            except TrasluzError as error:
                self._made[name] = error
        if isinstance(self._made[name], TrasluzError):
            raise self._made[name]
        return self._made[name]
