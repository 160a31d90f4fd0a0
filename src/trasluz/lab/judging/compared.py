"""Real items and samples in features: what figures about sets of pictures are made in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.io.workspace import Workspace
from trasluz.lab.calls.given import DataLike
from trasluz.spaces.data import Dataset
from trasluz.spaces.model import LatentModel

MEASURED = 2000
"""Samples, and real items to compare them with, that figures are made from where nobody says how many."""
TRAINING = 20_000
"""Training items among which the nearest one is looked for."""
BATCH = 256


def whole_of(model: LatentModel, data: DataLike, workspace: Workspace, progress: Progress = SILENT) -> Dataset:
    """All of the data that a model is measured against, in its own size.

    Raises:
        InvalidArgument: nothing says what the data are, or they are of another kind or form.
    """
    from trasluz.lab.shelf.data import load_as

    chosen = data if data is not None else model.trained_on
    if chosen is None:
        raise InvalidArgument(
            f"the model {model.name} does not say what it was trained on",
            next="Name data to measure against: --data DATA on the command line, data= in Python",
        )
    return load_as(model.representation, chosen, owner=model.name, workspace=workspace, progress=progress)


def blocks(data: Dataset, rows: np.ndarray | None = None) -> Iterator[Tensor]:
    """Some items, in batches."""
    chosen = np.arange(len(data)) if rows is None else rows
    for i in range(0, len(chosen), BATCH):
        yield data.tensor(chosen[i : i + BATCH])


def read(features: Callable[[Tensor], Tensor], parts: Iterable[Tensor], step: Callable[..., None]) -> Tensor:
    """Features `(n, d)` of pictures, batch by batch."""
    done: list[Tensor] = []
    for x in parts:
        done.append(features(x).float())
        step(len(x))
    return torch.cat(done) if done else torch.zeros(0, 1)


def centred(middle: Tensor, sets: Iterable[Tensor]) -> list[Tensor]:
    """Sets of features less the mean of one of them: what all items share, a face, would leave the cosine little to
    tell them apart by."""
    mean = middle.double().mean(0).float()
    return [x - mean if len(x) else x for x in sets]
