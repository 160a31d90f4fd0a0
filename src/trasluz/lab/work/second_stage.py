"""What is fitted when a run is over: the priors on the codes of its training items, within the time that is left."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from trasluz.base.errors import TrasluzError
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.work.record import Paces, Record
from trasluz.lab.work.runs import codes_of
from trasluz.spaces import registry
from trasluz.spaces.data import Dataset
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel
from trasluz.spaces.model_folder import write_prior
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Trainable
from trasluz.training.clock import Clock, OutOfTime
from trasluz.training.loop import run_in_memory

ITEMS = 50_000
"""Codes that a prior is fitted on, at most."""
TRIED = 64
"""Codes that its time is guessed by."""
MOST = 0.25
"""Of a run by the clock: what is kept back for this, at most."""
LAST = 1.0
"""Seconds that are kept back for what is written at the very end."""
FEWEST = 0.05
"""Of its steps: what has time for fewer is left out, since it would be worse than none."""


def fit_priors(
    folder: Path,
    family: Family,
    config: FamilyConfig,
    model: LatentModel,
    train: Dataset,
    seed: int,
    record: Record,
    clock: Clock | None,
    progress: Progress,
    asked: Paces | None,
) -> None:
    """Fit priors on the codes of the training items, and keep them beside the model.

    Without a clock by as many steps as were taken before (`record`), or as somebody says (`asked`), or as their
    settings want; each that learns counts.
    """
    known = asked or Paces(record.paces.run, tuple(p for p in record.paces.after if p is not None))
    learned = 0

    def run(trainable: Trainable, steps: int, batches: Any, title: str) -> None:
        nonlocal learned
        i, told = learned, known.after[learned : learned + 1]
        learned += 1
        if clock is None:
            if told == (None,):
                raise OutOfTime(f"{title}: left out, as asked")
            pace = run_in_memory(trainable, steps, batches, title, seed, progress, pace=told[0] if told else None)
            if asked is not None:
                record.keep_after(i, pace)
            return
        try:
            least = max(1, round(FEWEST * steps))
            part = clock.part(LAST)
            pace = run_in_memory(trainable, steps, batches, title, seed, progress, clock=part, least=least)
        except OutOfTime:
            record.keep_after(i, None)
            progress.say("No time was left for the learned prior: samples come from a simpler one; --resume fits it")
            raise
        if pace.last < steps:
            progress.say(f"{title}: {pace.last:,} of {steps:,} steps, as the time allowed")
        record.keep_after(i, pace)

    for space_name, methods in family.second_stage.items():
        space = model.space(space_name)
        mu, log_var = codes_of(space, train.some(ITEMS), progress)
        for name in methods:
            method = registry.get("priors", name)
            settings = family.prior_settings(config, name)
            if settings is None:
                continue
            try:
                prior = method.fit(mu, log_var, method.config_type.make(settings), seed, run)
            except OutOfTime:
                continue
            write_prior(folder, model, space_name, prior)


def kept_back(seconds: float, left: float) -> float:
    """What of the time that is left is kept back for priors that would take so long: all that they need, or a share of
    it, in which they have fewer steps; nothing where those would be too few."""
    most = MOST * max(0.0, left)
    return 0.0 if most < 2 * FEWEST * seconds else min(seconds, most)


def seconds_for_priors(
    family: Family,
    config: FamilyConfig,
    representation: Representation,
    weights: Mapping[str, Tensor],
    train: Dataset,
    seed: int,
) -> float:
    """What `fit_priors` will take, guessed from a few codes of untrained weights and a few steps on them."""
    total = 0.0
    if not family.second_stage:
        return total

    def run(trainable: Trainable, steps: int, batches: Any, title: str) -> None:
        nonlocal total
        trainable.init(seed, Precision(), steps)
        trainable.step(batches(0), seed, 0)
        start = time.monotonic()
        trainable.step(batches(1), seed, 1)
        total += steps * (time.monotonic() - start)

    try:
        model = family.open(config, representation, {k: v.detach().cpu().clone() for k, v in weights.items()})
        for space_name, methods in family.second_stage.items():
            start, some = time.monotonic(), train.some(TRIED)
            mu, log_var = codes_of(model.space(space_name), some, SILENT)
            total += (time.monotonic() - start) * min(len(train), ITEMS) / len(some)
            for name in methods:
                method, settings = registry.get("priors", name), family.prior_settings(config, name)
                if settings is not None:
                    method.fit(mu, log_var, method.config_type.make(settings), seed, run)
    except TrasluzError:  # codes of untrained weights that nothing can be fitted on
        return total
    return total
