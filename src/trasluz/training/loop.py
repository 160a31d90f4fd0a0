"""The training loop. It knows `Trainable` and nothing of what is trained.

A run is a function of its plan and its pace: step k sees batch k and draws from (seed, k), so that a run that was
killed and taken up again ends bit-identical to one that never stopped (on one machine, at one thread count). A clock
has no say but by the pace, which is written down before it counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import DamagedFile, Diverged, IdentityMismatch, InvalidArgument, Stopped
from trasluz.base.progress import SILENT, Progress
from trasluz.base.text import counted, duration
from trasluz.io.atomic import append_line, make_folder, read_lines, write_lines
from trasluz.io.weights import write_tensors
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch, Trainable
from trasluz.training.checkpoint import Checkpoints
from trasluz.training.clock import Clock, OutOfTime
from trasluz.training.pace import Pace
from trasluz.training.reproducible import reproducible
from trasluz.training.stopping import graceful

CHECKPOINTS = "checkpoints"
"""The folder of a run that its checkpoints lie in."""


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
    choose: Callable[[Trainable], Mapping[str, float]] = field(default=lambda trainable: {})
    """Figures on items that are there to choose by, and are not reported on: the first of them decides which checkpoint
    is best (lower is). Without any, nothing is chosen, and none is kept as the best."""
    beside: Callable[[], Mapping[str, object]] = field(default=dict)
    """What else is written down of the last evaluation."""
    after: Callable[[int, Trainable], None] = field(default=lambda step, trainable: None)
    progress: Progress = SILENT
    title: str = "Training"
    share: float = 1.0
    """Of the time, at most, that evaluations, checkpoints and what follows them may take; the last is always made."""
    pause: float = 0.0
    """Seconds that one of them is thought to take before there has been one."""
    now: Callable[[], float] = time.monotonic


KEEPING, KEEP = 0.05, 0.02
"""Of the time, at most, for checkpoints between evaluations; seconds that the first one is thought to take."""


def _forgotten(pace: Pace) -> None:
    return None


@final
class Loop:
    """Runs a trainable to the end of its plan, from wherever its folder says that it stands.

    Args:
        pace: Steps of the whole run; by default those of the plan, from first to last.
        keep: Writes a changed pace down, before any step is taken by it.
        clock: Decides how many steps the run has, from the first that is taken now.
        steps: So many instead, from the first that is taken now.
    """

    def __init__(
        self,
        folder: Path,
        binding: Mapping[str, str],
        plan: Plan,
        watch: Watch,
        *,
        pace: Pace | None = None,
        keep: Callable[[Pace], None] = _forgotten,
        clock: Clock | None = None,
        steps: int | None = None,
    ) -> None:
        self.folder, self.binding, self.plan, self.watch = folder, dict(binding), plan, watch
        self.pace, self._keep_pace, self._clock, self._wanted = pace or Pace.of(plan.steps), keep, clock, steps
        self.checkpoints = Checkpoints(folder / CHECKPOINTS)
        self.events = folder / "events.jsonl"
        self._began, self._paused, self._pause_takes, self._told = 0.0, 0.0, watch.pause, 0
        self._kept, self._keep_takes = 0.0, KEEP

    def run(
        self, trainable: Trainable, batches: Callable[[int], Batch], start: Mapping[str, Tensor] | None = None
    ) -> None:
        """Train to the last step; a new run begins with the weights `start`, where given.

        Raises:
            Stopped: on Ctrl-C, or where whoever watches asks for it, after a checkpoint.
            Diverged: on a NaN, before the step; earlier checkpoints stay.
            IdentityMismatch: the folder's checkpoints are of other data or settings.
            InvalidArgument: it is to have fewer steps than it has taken.
        """
        make_folder(self.folder)
        if not self.checkpoints.steps() and (self._wanted or self._clock) is not None:
            # Nothing was trained yet that an earlier plan would have to be repeated for.
            self.pace = Pace.of(self._wanted or self.pace.first)
            self._keep_pace(self.pace)
        with reproducible(self.plan.threads):
            trainable.init(self.plan.seed, self.plan.precision, self.pace.first)
            first = self._restore(trainable, start)
            self._go_on(trainable, first)
            total = self.pace.last if self._clock is None else max(1, round(self._clock.seconds))
            progress = self.watch.progress
            with graceful() as stop, progress.asked_to_stop() as asked, progress.task(self.watch.title, total) as tick:
                if self._clock is None:
                    tick(first)
                if first:
                    # What follows a pause may not have happened: the run may have been killed just then.
                    self.watch.after(first, trainable)
                self._steps(trainable, batches, first, lambda: stop.is_set() or asked(), tick)

    def _go_on(self, trainable: Trainable, first: int) -> None:
        """How far from here, where somebody says anything but what is written."""
        if self._wanted is not None:
            if self._wanted < max(first, 1):
                raise InvalidArgument(
                    "the run has taken more steps than that", got=f"{self._wanted:,}", allowed=f"{first:,} or more",
                    next="Train a new one for a shorter run",
                )  # fmt: skip
            if self._wanted != self.pace.last:
                self._turn(trainable, first, self._wanted)
        elif self._clock is not None and first:
            self._turn(trainable, first, first + self._clock.begin())
        elif self._clock is not None:
            self._clock.begin()

    def _turn(self, trainable: Trainable, k: int, steps: int) -> None:
        """From step k on the whole run is of so many steps."""
        before = self.pace
        self.pace = before.then(k, steps)
        if self.pace != before:
            self._keep_pace(self.pace)
            trainable.set_total(steps, k)

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
        for k, steps in self.pace.turns[1:]:
            if k < found.step:
                trainable.set_total(steps, k)
        trainable.load(found.state)
        if (steps := self.pace.turn(found.step)) is not None:
            trainable.set_total(steps, found.step)
        self._forget_after(found.step)
        return found.step

    def _forget_after(self, step: int) -> None:
        """Drop events of steps that will be taken again."""
        passed: list[int] = []
        events = read_lines(self.events, damaged=passed.append)
        if passed:
            lines = counted(passed[0], "line is", "lines are")
            self.watch.progress.say(f"{self.events.name}: {lines} torn or damaged, and left out")
        kept = [e for e in events if e.get("step", 0) <= step]
        if passed or len(kept) != len(events):
            write_lines(self.events, kept)

    def _steps(
        self,
        trainable: Trainable,
        batches: Callable[[int], Batch],
        first: int,
        stopped: Callable[[], bool],
        tick: Callable[..., None],
    ) -> None:
        plan, now, k = self.plan, self.watch.now, first
        self._began = now()
        while k < self.pace.steps(k):
            if k > first and (steps := self.pace.turn(k)) is not None and self._clock is None:
                trainable.set_total(steps, k)
            try:
                figures = trainable.step(batches(k), plan.seed, k)
            except Diverged as error:
                self._log(k, {"diverged": str(error)})
                last = self.checkpoints.steps()
                error.next = f"{error.next}. The last healthy checkpoint is of step {last[-1] if last else 0}"
                raise Diverged(error.what, next=error.next) from None
            k += 1
            if self._clock is not None:
                steps = self._clock.stepped(k, self.pace.last)
                if steps is not None:
                    self._turn(trainable, k, steps)
            rate = (k - first) / max(now() - self._began - self._paused, 1e-9)
            self._tell(tick, k, rate, next(iter(figures.values())))
            stop, power, total = stopped(), k & (k - 1) == 0, self.pace.steps(k)
            if power:
                write_tensors(self.folder / "snapshots" / f"step-{k:09d}.safetensors", trainable.weights(), "snapshot")
            if k == total or stop or (k % plan.every == 0 and self._affordable()):
                self._pause(trainable, k, {**figures, "steps_per_second": rate})
            else:
                if power:
                    self._log(k, dict(figures))
                if k % plan.every == 0:
                    self._keep(trainable, k)
            if stop:
                raise Stopped(f"stopped after step {k:,} of {total:,}; all of it is kept")
        if stopped():
            raise Stopped(f"stopped after the last of {k:,} steps; all of it is kept")

    def _tell(self, tick: Callable[..., None], k: int, rate: float, loss: float) -> None:
        """One step more, and how much time is left."""
        if self._clock is None:
            left = duration((self.pace.last - k) / rate)
            tick(1, note=f"loss {loss:.4g}, {rate:.1f} steps/s, {left} left")
            return
        done = max(0, min(round(self._clock.seconds), int(self._clock.seconds - self._clock.left)))
        left = duration(max(0.0, self._clock.left))
        tick(done - self._told, note=f"in seconds; step {k:,}, loss {loss:.4g}, {rate:.1f} steps/s, {left} left")
        self._told = done

    def _affordable(self) -> bool:
        """Whether another pause, and the last one, keep within their share of the time."""
        if self.watch.share >= 1:
            return True
        both = 2 * self._pause_takes
        return self._paused + both <= self.watch.share * (self.watch.now() - self._began + both)

    def _keep(self, trainable: Trainable, step: int) -> None:
        """Where there is no time to evaluate, a checkpoint alone: a run that is killed loses little."""
        now = self.watch.now()
        if self._kept + 2 * self._keep_takes > KEEPING * (now - self._began):
            return
        self.checkpoints.save(step, trainable.state(), None, self.binding)
        self._keep_takes = self.watch.now() - now
        self._kept += self._keep_takes

    def _pause(self, trainable: Trainable, step: int, figures: Mapping[str, float]) -> None:
        """Evaluate, write down, keep."""
        began = self.watch.now()
        test = self.watch.evaluate(trainable)
        chosen_by = self.watch.choose(trainable)
        known = {**figures, **{f"test_{k}": v for k, v in test.items()}}
        beside = self.watch.beside()
        advice = trainable.advice({**known, **_sure(beside)})
        if advice is not None:
            self.watch.progress.say(f"Step {step:,}: {advice}")
        others = {**beside, **{f"val_{k}": v for k, v in chosen_by.items()}}
        self._log(step, {**known, **others, **({} if advice is None else {"advice": advice})})
        score = next(iter(chosen_by.values()), None)
        self.checkpoints.save(step, trainable.state(), score, self.binding)
        self.watch.after(step, trainable)
        took = self.watch.now() - began
        self._paused += took
        if self._clock is not None:
            # What follows the last step is known the better by it.
            self._clock.after += took - self._pause_takes
            self._clock.paused(took)
        self._pause_takes = took

    def _log(self, step: int, record: Mapping[str, object]) -> None:
        append_line(self.events, {"step": step, "time": round(time.time(), 3), **record})


ENOUGH_IN_A_ROW = 20
"""Steps in a row whose loss is nothing any more, after which a short run has learned what there is."""


def run_in_memory(
    trainable: Trainable,
    steps: int,
    batches: Callable[[int], Batch],
    title: str,
    seed: int,
    progress: Progress,
    *,
    pace: Pace | None = None,
    clock: Clock | None = None,
    least: int = 1,
    enough: float | None = None,
) -> Pace:
    """A short run that leaves nothing behind: for what is fitted in a minute or two. Gives the pace that it went by.

    Args:
        pace: That of an earlier run, to do the same again.
        clock: When to be done; then it has `steps` at most, and `least` or more.
        enough: A loss so small that nothing is left to be learned: it ends after some steps below it.

    Raises:
        OutOfTime: the clock has no time for so few.
    """
    pace = pace or Pace.of(steps)
    if clock is not None:
        clock.measure(trainable, batches, Precision(), seed, min(0.5, 0.05 * clock.seconds))
        pace = Pace.of(clock.begin(most=steps))
        if pace.first < least:
            raise OutOfTime(f"no time for {title}")
    trainable.init(seed, Precision(), pace.first)
    small, k = 0, 0
    with progress.task(title, pace.last) as tick:
        while k < pace.steps(k):
            if k and clock is None and (turn := pace.turn(k)) is not None:
                trainable.set_total(turn, k)
            loss = next(iter(trainable.step(batches(k), seed, k).values()))
            k += 1
            tick(1, note=f"loss {loss:.4g}")
            if clock is not None and (turn := clock.stepped(k, pace.last, most=steps)) is not None:
                pace = pace.then(k, turn)
                trainable.set_total(turn, k)
            small = small + 1 if enough is not None and loss < enough else 0
            if small >= ENOUGH_IN_A_ROW:
                break
    return pace


def _sure(beside: Mapping[str, object]) -> dict[str, float]:
    """How sure the figures of an evaluation are: of how many items, and the upper ends of their intervals."""
    ends, n = beside.get("intervals"), beside.get("items")
    found = {f"test_{name}_most": float(high) for name, (_, high) in ends.items()} if isinstance(ends, dict) else {}
    return {**found, "test_items": float(n)} if isinstance(n, int) else found
