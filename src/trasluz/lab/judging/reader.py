"""A reader of the labels and factors of a data set, trained on its real pictures once, and kept in the cache.

What a direction changes is judged on decoded pictures by something that never saw the latents. How far the reader can
be trusted is its accuracy on held-out real items; a column that it cannot read is said to be so, and judges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import NoPermission, NoSpace, TrasluzError, WorkspaceLocked
from trasluz.base.progress import SILENT, Progress
from trasluz.io.weights import check_shapes, digest, read_tensors, write_tensors
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import DataLike
from trasluz.lab.shelf.where import Place, workspace_of
from trasluz.nn.reader import UNKNOWN, ReaderConfig, ReaderNetwork, Reading
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel, freeze
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Pixels, Representation
from trasluz.training.batches import Batches
from trasluz.training.loop import run_in_memory

FEWEST = 40
"""Labelled items below which nothing is learned."""
MOST_VALUES = 100
"""Different values beyond which a column is neither category nor, where they are text, anything to be read."""
TESTED = 2000
"""Held-out items that accuracy is measured on."""
POOLED = 16
"""Pixels of a side that pictures are averaged to, where no labels teach what is alike."""
BATCH = 128
KIND = "reader"


@dataclass(frozen=True)
class Column:
    """One label or factor, as it can be read."""

    name: str
    values: tuple[str, ...] = ()
    """Of a category, sorted; none for a quantity."""
    mean: float = 0.0
    sigma: float = 1.0
    accuracy: float = 0.0
    """On held-out real items: the share read rightly, or for a quantity R²."""
    baseline: float = 0.0
    """The share that the most frequent value has there; 0 for a quantity."""

    @property
    def is_quantity(self) -> bool:
        return not self.values

    @property
    def trusted(self) -> bool:
        """Whether it is read well enough to judge by: nine in ten, or four fifths of a quantity's variance."""
        return self.accuracy >= (0.8 if self.is_quantity else 0.9)


@final
class Reader:
    """Reads labels off items."""

    def __init__(
        self, data: str, columns: tuple[Column, ...], network: ReaderNetwork, representation: Representation
    ) -> None:
        self.data, self.representation = data, representation
        self.columns = {column.name: column for column in columns}
        freeze(network)
        self._network = network

    @property
    def name(self) -> str:
        """What a figure says of its features."""
        return f"reader({self.data}, {len(self.columns)} columns)"

    def features(self, x: Tensor) -> Tensor:
        """Items `(n, *public_shape)` to features `(n, 96)`."""
        with torch.inference_mode():
            parts = [self._network.seen(self._native(part)) for part in x.split(BATCH)]
        return torch.cat(parts).clone()

    def _native(self, x: Tensor) -> Tensor:
        return self.representation.to_native(x.float().cpu())

    def read(self, x: Tensor) -> dict[str, np.ndarray]:
        """The value of each column that items `(n, *public_shape)` seem to have: text, or float64 for a quantity."""
        found: dict[str, np.ndarray] = {}
        for name, said in self.scores(x).items():
            column = self.columns[name]
            if column.is_quantity:
                found[name] = said[:, 0].double().numpy()
            else:
                found[name] = np.array(column.values, dtype=object)[said.argmax(1).numpy()]
        return found

    def scores(self, x: Tensor) -> dict[str, Tensor]:
        """Of each column, what its head says: probabilities `(n, values)`, or the quantity `(n, 1)` in its own unit."""
        with torch.inference_mode():
            parts = [self._network(self._native(part)) for part in x.split(BATCH)]
        out: dict[str, Tensor] = {}
        for j, column in enumerate(self.columns.values()):
            said = torch.cat([part[j] for part in parts]).clone()
            out[column.name] = column.mean + column.sigma * said if column.is_quantity else said.softmax(1)
        return out


def reader_for(
    model: LatentModel, data: DataLike = None, *, workspace: Place = None, progress: Progress = SILENT
) -> Reader | None:
    """The reader of a data set (None: what the model was trained on), as it was kept, or trained now.

    None where the data have no labels, too few labelled items, or cannot be had.
    """
    chosen = data if data is not None else model.trained_on
    if chosen is None:
        return None
    home, representation = workspace_of(workspace), model.representation
    channels, size = representation.native_shape[:2]
    try:
        whole = _whole(chosen, model, home, progress)
    except TrasluzError as error:
        progress.say(f"Nothing can be read off {representation.of.many}: {error.what}")
        return None
    train = whole.split("train") if len(whole.split("train")) >= FEWEST else whole
    columns = _columns(train)
    if not columns or len(train) < FEWEST:
        return None
    config = ReaderConfig()
    told = [whole.identity, channels, size, config.dump(), [[c.name, c.values] for c in columns]]
    recipe = json.dumps(told if representation.kind == Pixels.kind else [*told, representation.dump()])
    path = home.cache / "readers" / f"{digest({}, recipe)}.safetensors"
    heads = [max(1, len(column.values)) for column in columns]
    network = ReaderNetwork(channels, size, heads)
    if path.is_file():
        try:
            state, meta = read_tensors(path, KIND)
            check_shapes(state, network.state_dict(), str(path))
            network.load_state_dict(state)
            return Reader(whole.spec, tuple(Column(**{**c, "values": tuple(c["values"])}) for c in json.loads(
                meta["columns"])), network, representation)  # fmt: skip
        except (TrasluzError, KeyError, ValueError, TypeError):
            progress.say("The reader that was kept is damaged, and is trained again")
    trainable = Reading(config, channels, size, heads)
    codes = _codes(train, columns)
    batches = Batches(train, config.batch, 0, Precision())

    def batch(k: int) -> Mapping[str, Tensor]:
        rows = batches.indices(k)
        return {**batches(k), **{f"y{j}": code[rows] for j, code in enumerate(codes)}}

    run_in_memory(trainable, config.steps, batch, f"Learning to read the labels of {whole.spec}", 0, progress)
    test = whole.split("test").first(TESTED)
    reader = Reader(whole.spec, columns, trainable.network, representation)
    reader.columns = {c.name: c for c in _measured(reader, test if len(test) else train.first(TESTED))}
    _keep(path, reader, trainable.weights(), home, progress)
    return reader


def features_for(
    model: LatentModel, data: DataLike = None, *, workspace: Place = None, progress: Progress = SILENT
) -> tuple[Callable[[Tensor], Tensor], str]:
    """What figures about items `(n, *public_shape)` are made in, and its name: features of the reader of the data's
    labels, where they have any; else what networks see of them, averaged: of pictures, pixels."""
    reader = reader_for(model, data, workspace=workspace, progress=progress)
    if reader is not None:
        return reader.features, reader.name
    representation = model.representation
    seen = "pixels" if representation.kind == Pixels.kind else f"{representation.of.many} as networks see them"
    return lambda x: pooled(representation.to_native(x.float().cpu())), f"{seen} ({POOLED} x {POOLED} means)"


def pooled(x: Tensor) -> Tensor:
    """What networks see, `(n, C, H, W)`, averaged to `POOLED` pixels a side, as rows."""
    return torch.nn.functional.adaptive_avg_pool2d(x, (min(POOLED, x.shape[2]), min(POOLED, x.shape[3]))).flatten(1)


def _whole(data: Dataset | object, model: LatentModel, home: Workspace, progress: Progress) -> Dataset:
    from trasluz.lab.shelf.data import load_as

    chosen = data if isinstance(data, Dataset) else str(data)
    return load_as(model.representation, chosen, owner=model.name, workspace=home, progress=progress)


def _columns(data: Dataset) -> tuple[Column, ...]:
    """The columns that can be learned: two values or more, each known of some items."""
    found: list[Column] = []
    for name in data.columns:
        values = [v for v in data.column(name).tolist() if v is not None and v == v]
        if len(values) < FEWEST:
            continue
        different = set(values)
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in different)
        if numbers and (len(different) > MOST_VALUES or any(v != round(v) for v in different)):
            sigma = float(np.std(values))
            if sigma > 0:
                found.append(Column(name, (), float(np.mean(values)), sigma))
        elif 2 <= len(different) <= MOST_VALUES:
            found.append(Column(name, tuple(sorted(text_of(v) for v in different))))
    return tuple(found)


def text_of(value: object) -> str:
    """A value of a column as text: whole numbers without a point, so that 3 and 3.0 are one value."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _codes(data: Dataset, columns: tuple[Column, ...]) -> list[Tensor]:
    out: list[Tensor] = []
    for column in columns:
        values = data.column(column.name).tolist()
        known = [v is not None and v == v for v in values]
        if column.is_quantity:
            scaled = [
                (float(v) - column.mean) / column.sigma if k else np.nan for v, k in zip(values, known, strict=True)
            ]
            out.append(torch.tensor(scaled, dtype=torch.float32))
        else:
            place = {value: i for i, value in enumerate(column.values)}
            codes = [place.get(text_of(v), UNKNOWN) if k else UNKNOWN for v, k in zip(values, known, strict=True)]
            out.append(torch.tensor(codes))
    return out


def _measured(reader: Reader, test: Dataset) -> list[Column]:
    """The columns with their accuracy on held-out items."""
    said = reader.read(test.tensor(slice(None)))
    out: list[Column] = []
    for column in reader.columns.values():
        values = test.column(column.name).tolist()
        known = [i for i, v in enumerate(values) if v is not None and v == v]
        if not known:
            out.append(column)
            continue
        read = said[column.name][known]
        if column.is_quantity:
            truth = np.array([float(values[i]) for i in known])
            left = float(np.mean((read - truth) ** 2)) / max(float(truth.var()), 1e-12)
            out.append(_with(column, 1 - left, 0.0))
        else:
            names = np.array([text_of(values[i]) for i in known], dtype=object)
            most = max(float(np.mean(names == value)) for value in column.values)
            out.append(_with(column, float(np.mean(read == names)), most))
    return out


def _with(column: Column, accuracy: float, baseline: float) -> Column:
    return Column(column.name, column.values, column.mean, column.sigma, round(accuracy, 4), round(baseline, 4))


def _keep(path: object, reader: Reader, weights: Mapping[str, Tensor], home: Workspace, progress: Progress) -> None:
    from dataclasses import asdict
    from pathlib import Path

    columns = json.dumps([asdict(column) for column in reader.columns.values()])
    try:
        with home.writing("keeping a reader of labels"):
            write_tensors(Path(str(path)), {k: v.contiguous() for k, v in weights.items()}, KIND, {"columns": columns})
    except (WorkspaceLocked, NoPermission, NoSpace) as error:
        progress.say(f"The reader is not kept: {error}")
