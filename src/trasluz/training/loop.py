"""The training loop. It knows `Trainable` and nothing of what is trained.

A run is a function of its plan: step k sees batch k and draws from (seed, k), so that a run that was killed and
taken up again ends bit-identical to one that never stopped (on one machine, at one thread count).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile, Diverged, IdentityMismatch, Stopped
from trasluz.base.progress import SILENT, Progress
from trasluz.io.atomic import append_line, make_folder, read_lines, write_text
from trasluz.io.weights import write_tensors
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch, Trainable
from trasluz.training.checkpoint import Checkpoints
from trasluz.training.reproducible import reproducible
from trasluz.training.stopping import graceful

CALIBRATION_STEPS, CALIBRATION_RUN = 20, 1020
"""How many steps are timed, and the length of the run that they are taken from, evenly."""


class Plan(Config):
    """What a run will do, frozen when it starts and read back by a resume."""

    steps: int = setting(1, "Steps of the whole run.", unit="steps", ge=1)
    seed: int = setting(0, "Seed of weights, order and noise.", ge=0)
    every: int = setting(1, "Steps between evaluations and checkpoints.", unit="steps", ge=1)
    threads: int = setting(1, "Threads; another number sums in another order.", unit="threads", ge=1)
    precision: Precision = setting(Precision(), "How it computes.")


@dataclass(frozen=True)
class Watch:
    """Who looks on: an evaluation on items never trained on, and what happens after one."""

    evaluate: Callable[[Trainable], Mapping[str, float]] = field(default=lambda trainable: {})
    after: Callable[[int, Trainable], None] = field(default=lambda step, trainable: None)
    progress: Progress = SILENT
    title: str = "Training"


@final
class Loop:
    """Runs a trainable to the end of its plan, from wherever its folder says that it stands."""

    def __init__(self, folder: Path, binding: Mapping[str, str], plan: Plan, watch: Watch) -> None:
        self.folder, self.binding, self.plan, self.watch = folder, dict(binding), plan, watch
        self.checkpoints = Checkpoints(folder / "checkpoints")
        self.events = folder / "events.jsonl"

    def run(
        self, trainable: Trainable, batches: Callable[[int], Batch], start: Mapping[str, Tensor] | None = None
    ) -> None:
        """Train to the last step; a new run begins with the weights `start`, where given.

        Raises:
            Stopped: on Ctrl-C, after a checkpoint.
            Diverged: on a NaN, before the step; earlier checkpoints stay.
            IdentityMismatch: the folder's checkpoints are of other data or settings.
        """
        plan = self.plan
        make_folder(self.folder)
        with reproducible(plan.threads):
            trainable.init(plan.seed, plan.precision, plan.steps)
            first = self._restore(trainable, start)
            with graceful() as stop, self.watch.progress.task(self.watch.title, plan.steps) as tick:
                tick(first)
                if first:
                    # What follows a pause may not have happened: the run may have been killed just then.
                    self.watch.after(first, trainable)
                self._steps(trainable, batches, first, stop.is_set, tick)

    def _restore(self, trainable: Trainable, start: Mapping[str, Tensor] | None) -> int:
        found = self.checkpoints.newest(self.watch.progress.say)
        if found is None:
            self._forget_after(0)
            if start is not None:
                trainable.start_from(start)
            return 0
        if found.binding != self.binding:
            differs = next(k for k in {**self.binding, **found.binding} if self.binding.get(k) != found.binding.get(k))
            raise IdentityMismatch(
                f"the run in {self.folder} was of another {differs}",
                got=self.binding.get(differs),
                allowed=found.binding.get(differs),
                next="Give it the same again, or train under another name",
            )
        expected = trainable.state()
        if set(expected) != set(found.state) or any(expected[k].shape != found.state[k].shape for k in expected):
            raise DamagedFile(f"the checkpoint of step {found.step} does not fit this run's networks")
        trainable.load(found.state)
        self._forget_after(found.step)
        return found.step

    def _forget_after(self, step: int) -> None:
        """Drop events of steps that will be taken again."""
        events = read_lines(self.events)
        kept = [e for e in events if e.get("step", 0) <= step]
        if len(kept) != len(events):
            write_text(self.events, "".join(json.dumps(e) + "\n" for e in kept))

    def _steps(
        self,
        trainable: Trainable,
        batches: Callable[[int], Batch],
        first: int,
        stopped: Callable[[], bool],
        tick: Callable[..., None],
    ) -> None:
        plan, since = self.plan, time.perf_counter()
        for k in range(first, plan.steps):
            try:
                figures = trainable.step(batches(k), plan.seed, k)
            except Diverged as error:
                self._log(k, {"diverged": str(error)})
                last = self.checkpoints.steps()
                error.next = f"{error.next}. The last healthy checkpoint is of step {last[-1] if last else 0}"
                raise Diverged(error.what, next=error.next) from None
            done = k + 1
            rate = (done - first) / (time.perf_counter() - since)
            tick(1, note=f"loss {next(iter(figures.values())):.4g}, {rate:.1f} steps/s")
            stop, power = stopped(), done & (done - 1) == 0
            if power:
                write_tensors(
                    self.folder / "snapshots" / f"step-{done:09d}.safetensors", trainable.weights(), "snapshot"
                )
            if done % plan.every == 0 or done == plan.steps or stop:
                self._pause(trainable, done, {**figures, "steps_per_second": rate})
            elif power:
                self._log(done, dict(figures))
            if stop:
                raise Stopped(f"stopped after step {done:,} of {plan.steps:,}; all of it is kept")
        if stopped():
            raise Stopped(f"stopped after the last of {plan.steps:,} steps; all of it is kept")

    def _pause(self, trainable: Trainable, step: int, figures: Mapping[str, float]) -> None:
        """Evaluate, write down, keep."""
        test = self.watch.evaluate(trainable)
        known = {**figures, **{f"test_{k}": v for k, v in test.items()}}
        advice = trainable.advice(known)
        if advice is not None:
            self.watch.progress.say(f"Step {step:,}: {advice}")
        self._log(step, {**known, **({} if advice is None else {"advice": advice})})
        score = next(iter(test.values()), None)
        self.checkpoints.save(step, trainable.state(), score, self.binding)
        self.watch.after(step, trainable)

    def _log(self, step: int, record: Mapping[str, object]) -> None:
        append_line(self.events, {"step": step, "time": round(time.time(), 3), **record})


def run_in_memory(
    trainable: Trainable, steps: int, batches: Callable[[int], Batch], title: str, seed: int, progress: Progress
) -> None:
    """A short run that leaves nothing behind: for what is fitted in a minute or two."""
    trainable.init(seed, Precision(), steps)
    with progress.task(title, steps) as tick:
        for k in range(steps):
            figures = trainable.step(batches(k), seed, k)
            tick(1, note=f"loss {next(iter(figures.values())):.4g}")


def calibrate(
    trainable: Trainable, batches: Callable[[int], Batch], precision: Precision, seed: int, minutes: float
) -> int:
    """How many steps fit into `minutes`: the mean of steps from all over a run, on throw-away weights, since some
    stages and some steps of a run may cost more than others."""
    trainable.init(seed, precision, CALIBRATION_RUN)
    times: list[float] = []
    for k in range(0, CALIBRATION_RUN, CALIBRATION_RUN // CALIBRATION_STEPS):
        for warm in (True, False):
            start = time.perf_counter()
            trainable.step(batches(k), seed, k)
            if not warm:
                times.append(time.perf_counter() - start)
    return max(1, int(minutes * 60 * len(times) / sum(times)))
