"""A reader of the labels and factors of a data set, trained on its real pictures once, and kept in the cache.

What a direction changes is judged on decoded pictures by something that never saw the latents. How far the reader can
be trusted is its accuracy on held-out real items; a column that it cannot read is said to be so, and judges nothing.

Where there are items enough, a second one of other layers learns from a part of them that the first has not seen: what
only one of them sees is less than it seems.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import DamagedFile, InvalidArgument, NoPermission, NoSpace, TrasluzError, WorkspaceLocked
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.hanging import first_of, groups_of
from trasluz.io.weights import check_shapes, digest, read_tensors, write_tensors
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import DataLike
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.nn.reader import UNKNOWN, ReaderConfig, ReaderNetwork, Reading
from trasluz.spaces.column import Column, Kind
from trasluz.spaces.data import Dataset, group_column, groups_said
from trasluz.spaces.figures import Judge, interval_of_share
from trasluz.spaces.model import LatentModel, freeze
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels, Representation
from trasluz.training.batches import Batches
from trasluz.training.loop import run_in_memory

FEWEST = 40
"""Labelled items below which nothing is learned."""
MOST_NAMES = 100
"""Values of a column with names, beyond which it is not read: too few pictures of each."""
SHARED = 2000
"""Items to learn from, from which on a quarter of them is left to a second reader."""
JUDGED = 8
"""Items below which a reader is not trusted, however right it is: four of four is a coin's luck once in sixteen."""
TESTED = 2000
"""Held-out items that accuracy is measured on."""
POOLED = 16
"""Pixels of a side that pictures are averaged to, where no labels teach what is alike."""
MEANS = f" ({POOLED} x {POOLED} means)"
BATCH = 128
LEARNED = 1e-3
"""The loss, in nats, below which a reader has learned what there is."""
RESAMPLED = 500
"""Draws of a bootstrap interval."""
KIND, VERSION = "reader", 3
"""Of a reader that is kept; those of before did not say how sure they are."""


@dataclass(frozen=True)
class ReadColumn:
    """One label or factor, as it can be read."""

    name: str
    values: tuple[str, ...] = ()
    """Of a column with names, in order; none for a scale."""
    mean: float = 0.0
    sigma: float = 1.0
    accuracy: float = 0.0
    """On held-out real items: the share read rightly, or for a scale R²."""
    baseline: float = 0.0
    """The share that the most frequent value has there; 0 for a scale."""
    n: int = 0
    """Held-out items that it was measured on, none of which it has learned from."""
    interval: tuple[float, float] | None = None
    """95 % interval of the accuracy; None where it was not measured."""
    kind: Kind = "category"
    """What it is in the whole of the data."""

    @property
    def is_scale(self) -> bool:
        """Whether a number is read: a quantity, or a date in days since 1970."""
        return not self.values

    @property
    def trusted(self) -> bool:
        """Whether it is read well enough to judge by: nine in ten, or four fifths of a scale's variance, and beyond
        doubt better than whoever always says the most frequent value, or the mean."""
        better = self.interval is not None and self.interval[0] > self.baseline
        return better and self.accuracy >= (0.8 if self.is_scale else 0.9) and self.n >= JUDGED


@final
class Reader:
    """Reads labels off items."""

    def __init__(
        self, data: str, columns: tuple[ReadColumn, ...], network: ReaderNetwork, representation: Representation
    ) -> None:
        self.data, self.representation = data, representation
        self.columns = {column.name: column for column in columns}
        self._heads = {column.name: head for head, column in enumerate(columns)}
        freeze(network)
        self._network = network
        self.judge = Judge(self.name, digest(network.state_dict(), "reader"))
        """What figures in its features were made in: other weights are another judge."""

    @property
    def name(self) -> str:
        """What a figure says of its features."""
        return f"reader({self.data}, {len(self._heads)} columns)"

    def but(self, names: Collection[str]) -> Reader:
        """The same reader, of which some columns are not asked."""
        other = copy.copy(self)
        other.columns = {name: column for name, column in self.columns.items() if name not in names}
        return other

    def features(self, x: Tensor) -> Tensor:
        """Items `(n, *public_shape)` to features `(n, 96)`."""
        with torch.inference_mode():
            parts = [self._network.seen(self._native(part)) for part in x.split(BATCH)]
        return torch.cat(parts).clone()

    def _native(self, x: Tensor) -> Tensor:
        return self.representation.to_native(x.float().cpu())

    def read(self, x: Tensor) -> dict[str, np.ndarray]:
        """The value of each column that items `(n, *public_shape)` seem to have: text, or float64 for a scale."""
        found: dict[str, np.ndarray] = {}
        for name, said in self.scores(x).items():
            column = self.columns[name]
            if column.is_scale:
                found[name] = said[:, 0].double().numpy()
            else:
                found[name] = np.array(column.values, dtype=object)[said.argmax(1).numpy()]
        return found

    def scores(self, x: Tensor) -> dict[str, Tensor]:
        """Of each column, what its head says: probabilities `(n, values)`, or the number `(n, 1)` in its own unit."""
        with torch.inference_mode():
            parts = [self._network(self._native(part)) for part in x.split(BATCH)]
        out: dict[str, Tensor] = {}
        for column in self.columns.values():
            said = torch.cat([part[self._heads[column.name]] for part in parts]).clone()
            out[column.name] = column.mean + column.sigma * said if column.is_scale else said.softmax(1)
        return out


def reader_for(
    model: LatentModel,
    data: DataLike = None,
    *,
    seed: int = 0,
    second: bool = False,
    workspace: Place = None,
    progress: Progress = SILENT,
) -> Reader | None:
    """The reader of a data set (None: what the model was trained on), as it was kept, or trained now. One of another
    seed has other first weights, and sees the items in another order.

    None where the data have no labels, too few labelled items, or cannot be had.

    Args:
        second: The one that gives a second opinion: of other layers, learned from other items. None where there are
            fewer than `SHARED` to learn from.
    """
    chosen = data if data is not None else model.trained_on
    if chosen is None:
        return None
    home, representation = workspace_of(workspace), model.representation
    channels, size = representation.native_shape[:2]
    try:
        whole = _whole(chosen, model, home, progress)
    except TrasluzError as error:
        if not second:
            progress.say(f"Nothing can be read off {representation.of.many}: {error.what}")
        return None
    train, test = _parts(whole)
    shared = len(train) >= SHARED
    if second and not shared:
        return None
    if shared:
        train = _share(train, second=second)
    learned = _learned(whole, train)
    columns = tuple(read for read, _ in learned)
    if whole.columns and not columns and len(whole) < 2 * FEWEST:
        progress.say(f"No label is read off {representation.of.many}: {len(train):,} to learn from are too few")
    if not columns:
        return None
    config = ReaderConfig()
    told = [VERSION, whole.identity, channels, size, config.dump(), [[c.name, c.values] for c in columns]]
    told += ([] if representation.kind == Pixels.kind else [representation.dump()]) + ([len(train)] if shared else [])
    told += [seed] if seed else []
    recipe = json.dumps([*told, "second"] if second else told)
    path = home.cache / "readers" / f"{digest({}, recipe)}.safetensors"
    heads = [max(1, len(column.values)) for column in columns]
    network = ReaderNetwork(channels, size, heads, other=second)
    if os.path.lexists(path):
        try:
            return Reader(whole.spec, _kept(path, network, columns), network, representation)
        except (TrasluzError, KeyError, ValueError, TypeError):
            progress.say(f"The reader that was kept, {path}, is damaged, and is trained again")
    trainable = Reading(config, channels, size, heads, other=second)
    codes = [_truth(read, column) for read, column in learned]
    # The second opinion is of another seed than the first.
    seed += int(second)
    batches = Batches(train, config.batch, seed, Precision())

    def batch(k: int) -> Mapping[str, Tensor]:
        rows = batches.indices(k)
        return {**batches(k), **{f"y{j}": code[rows] for j, code in enumerate(codes)}}

    title = f"Learning to read the labels of {whole.spec}{', for a second opinion' if second else ''}"
    run_in_memory(trainable, config.steps, batch, title, seed, progress, enough=LEARNED)
    reader = Reader(whole.spec, columns, trainable.network, representation)
    test = test.some(TESTED)
    reader.columns = {c.name: c for c in _measured(reader, test, _groups(test, representation))}
    _keep(path, reader, trainable.weights(), home, progress)
    return reader


def _kept(path: Path, network: ReaderNetwork, columns: Sequence[ReadColumn]) -> tuple[ReadColumn, ...]:
    """Fill a network from its file; what is known of its columns, as it was measured."""
    state, meta = read_tensors(path, KIND)
    if meta.get("recipe", path.stem) != path.stem:
        raise DamagedFile("it is of other data")
    check_shapes(state, network.state_dict(), str(path))
    network.load_state_dict(state)
    kept = [
        {**c, "values": tuple(c["values"]), "interval": c["interval"] and tuple(c["interval"])}
        for c in json.loads(meta["columns"])
    ]
    kinds = {c.name: c.kind for c in columns}  # decided by the data that are there, not by what was kept
    return tuple(ReadColumn(**{**c, "kind": kinds[c["name"]]}) for c in kept)


def features_for(
    model: LatentModel,
    data: DataLike = None,
    *,
    seed: int = 0,
    workspace: Place = None,
    progress: Progress = SILENT,
) -> tuple[Callable[[Tensor], Tensor], Judge]:
    """What figures about items `(n, *public_shape)` are made in, and its name and identity: features of the reader of
    the data's labels, where they have any; else what networks see of them, averaged: of pictures, pixels."""
    reader = reader_for(model, data, seed=seed, workspace=workspace, progress=progress)
    if reader is not None:
        return reader.features, reader.judge
    representation = model.representation
    seen = "pixels" if representation.kind == Pixels.kind else f"{representation.of.many} as networks see them"
    name = f"{seen}{MEANS}"
    judge = Judge(name, digest({}, json.dumps([name, representation.dump()], sort_keys=True)))
    return lambda x: pooled(representation.to_native(x.float().cpu())), judge


def is_pixels(judge: Judge) -> bool:
    """Whether nothing was trained for it."""
    return judge.name.endswith(MEANS)


def pooled(x: Tensor) -> Tensor:
    """What networks see, `(n, C, H, W)`, averaged to `POOLED` pixels a side, as rows."""
    return torch.nn.functional.adaptive_avg_pool2d(x, (min(POOLED, x.shape[2]), min(POOLED, x.shape[3]))).flatten(1)


def _whole(data: Dataset | object, model: LatentModel, home: Workspace, progress: Progress) -> Dataset:
    from trasluz.lab.shelf.data import load_as

    chosen = data if isinstance(data, Dataset) else str(data)
    return load_as(model.representation, chosen, owner=model.name, workspace=home, progress=progress)


def _parts(whole: Dataset) -> tuple[Dataset, Dataset]:
    """The items to learn from, and those to be judged on, which it never sees: the data's own parts; where nothing is
    held out, a fifth of the items for training, or of the groups that they are of."""
    train, test = whole.split("train"), whole.split("test")
    column = group_column(train.columns)
    if len(test) or not len(train):
        if column is None:
            return train, test
        # The data's own parts may share groups: a reader is not judged on whom it has seen.
        seen = set(groups_said(train.typed(column))) - {None}
        return train, test.at(np.flatnonzero([one not in seen for one in groups_said(test.typed(column))]))
    groups = groups_of(train.ids, None, None if column is None else groups_said(train.typed(column)))
    single = groups is None or len(groups.unique()) < 2
    of = np.arange(len(train)) if groups is None or single else groups.unique(return_inverse=True)[1].numpy()
    order = rng.numpy_generator(0, "held out for a reader").permutation(of.max() + 1)
    held = np.isin(of, order[: max(1, len(order) // 5)])
    return train.at(np.flatnonzero(~held)), train.at(np.flatnonzero(held))


def _share(train: Dataset, *, second: bool) -> Dataset:
    """The items that one of two readers learns from: a quarter is the second one's, the others are the first one's."""
    order = rng.numpy_generator(0, "left to a second reader").permutation(len(train))
    cut = len(train) // 4
    return train.at(np.sort(order[:cut] if second else order[cut:]))


def _learned(whole: Dataset, train: Dataset) -> list[tuple[ReadColumn, Column]]:
    """The columns that can be learned, with the values of the items to learn from: two names or more, or a scale that
    differs, each known of some items. What a column is, all of the data decide."""
    found: list[tuple[ReadColumn, Column]] = []
    for name in whole.columns:
        column = train.typed(name, whole.typed(name).kind)
        if int((~column.missing).sum()) < FEWEST:
            continue
        if column.has_names and 2 <= column.distinct <= MOST_NAMES:
            found.append((ReadColumn(name, column.values, kind=column.kind), column))
        elif column.is_scale and column.numbers is not None:
            sigma = float(np.nanstd(column.numbers))
            if sigma > 0:
                read = ReadColumn(name, (), float(np.nanmean(column.numbers)), sigma, kind=column.kind)
                found.append((read, column))
    return found


def _truth(read: ReadColumn, column: Column) -> Tensor:
    """What a head is to say of each row: the place of its name, or its number in standard deviations."""
    if read.is_scale and column.numbers is not None:
        return torch.from_numpy((column.numbers - read.mean) / read.sigma).float()
    place = {value: i for i, value in enumerate(read.values)}
    places = [UNKNOWN if text is None else place.get(text, UNKNOWN) for text in column.texts]
    return torch.tensor(places)


def _groups(test: Dataset, representation: Representation) -> Tensor | None:
    """Which items hang together (see `geometry.hanging`); copies are known by what networks see of them, averaged."""
    column = group_column(test.columns)
    blocks = [test.tensor(slice(i, i + BATCH)) for i in range(0, len(test), BATCH)]
    seen = torch.cat([pooled(representation.to_native(one.float())) for one in blocks]) if blocks else None
    return groups_of(test.ids, seen, None if column is None else groups_said(test.typed(column)))


def _measured(reader: Reader, test: Dataset, groups: Tensor | None) -> list[ReadColumn]:
    """The columns with their accuracy on held-out items; of those of a group that have the same value one counts."""
    said = reader.read(test.tensor(slice(None)))
    out: list[ReadColumn] = []
    for read in reader.columns.values():
        column = test.typed(read.name, read.kind)
        known = np.flatnonzero(~column.missing)
        if not len(known):
            out.append(read)
            continue
        if groups is not None:
            codes = None if column.is_scale else torch.from_numpy(column.codes[known])
            known = known[first_of(groups[known], codes).numpy()]
        mine = said[read.name][known]
        if read.is_scale and column.numbers is not None:
            truth = column.numbers[known]
            left, interval = _explained(mine, truth)
            out.append(_with(read, left, 0.0, len(truth), interval))
        else:
            names = np.array(column.texts, dtype=object)[known]
            most = max(float(np.mean(names == value)) for value in read.values)
            right = int(np.sum(mine == names))
            out.append(_with(read, right / len(names), most, len(names), interval_of_share(right, len(names))))
    return out


def _explained(mine: np.ndarray, truth: np.ndarray) -> tuple[float, tuple[float, float]]:
    """R² of a scale on held-out items, with its 95 % interval by the bootstrap (percentiles)."""
    errors = (mine - truth) ** 2
    draws = rng.numpy_generator(0, "bootstrap of a scale").integers(0, len(truth), (RESAMPLED, len(truth)))
    spread = np.maximum(truth[draws].var(axis=1), 1e-12)
    found = np.quantile(1 - errors[draws].mean(axis=1) / spread, (0.025, 0.975))
    return 1 - float(errors.mean()) / max(float(truth.var()), 1e-12), (float(found[0]), float(found[1]))


def _with(
    column: ReadColumn, accuracy: float, baseline: float, n: int, interval: tuple[float, float] | None
) -> ReadColumn:
    ends = None if interval is None else (round(interval[0], 4), round(interval[1], 4))
    return replace(column, accuracy=round(accuracy, 4), baseline=round(baseline, 4), n=n, interval=ends)


def _keep(path: object, reader: Reader, weights: Mapping[str, Tensor], home: Workspace, progress: Progress) -> None:
    from dataclasses import asdict

    columns = json.dumps([asdict(column) for column in reader.columns.values()])
    try:
        with home.writing("keeping a reader of labels", "cache", Path(str(path)).stem):
            write_tensors(
                Path(str(path)),
                {k: v.contiguous() for k, v in weights.items()},
                KIND,
                {"columns": columns, "recipe": Path(str(path)).stem},
            )
    except (WorkspaceLocked, NoPermission, NoSpace, InvalidArgument) as error:
        progress.say(f"The reader is not kept: {error}")
