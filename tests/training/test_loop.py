"""The loop, seen from a trainable so small that every number can be followed."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import Tensor

from toys import Regression, batches, equal
from trasluz.base.errors import Diverged, IdentityMismatch, Stopped
from trasluz.base.progress import Silent
from trasluz.spaces.data import Dataset
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Trainable
from trasluz.training.batches import Batches
from trasluz.training.loop import Loop, Plan, Watch


def loop(folder: Path, steps: int = 40, every: int = 5, data: str = "d-1", watch: Watch | None = None) -> Loop:
    watch = watch or Watch(evaluate=lambda t: t.evaluate(batches(10_000), 0))
    return Loop(folder, {"data": data}, Plan(steps=steps, every=every, threads=1), watch)


def test_it_learns(tmp_path: Path) -> None:
    toy = Regression()
    loop(tmp_path, steps=400, every=100).run(toy, batches)
    assert toy.evaluate(batches(99_999), 0)["error"] < 0.01


def test_a_run_stopped_anywhere_and_resumed_is_the_run_that_never_stopped(tmp_path: Path) -> None:
    whole = Regression()
    loop(tmp_path / "whole").run(whole, batches)

    class Enough(Exception):
        pass

    for stop in (1, 5, 6, 13, 39):
        folder = tmp_path / f"stopped-{stop}"

        def until(k: int, stop: int = stop) -> dict[str, Tensor]:
            if k == stop:
                raise Enough
            return batches(k)

        with pytest.raises(Enough):
            loop(folder).run(Regression(), until)
        again = Regression()
        loop(folder).run(again, batches)
        assert equal(again.state(), whole.state()), f"stopped at {stop}"


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    first, second = Regression(), Regression()
    loop(tmp_path).run(first, batches)
    before = sorted(p.name for p in (tmp_path / "checkpoints").iterdir())
    loop(tmp_path).run(second, batches)
    assert equal(first.state(), second.state())
    assert before == sorted(p.name for p in (tmp_path / "checkpoints").iterdir())


def test_nan_stops_before_the_step_and_keeps_what_is_healthy(tmp_path: Path) -> None:
    toy = Regression(poison=23)
    with pytest.raises(Diverged, match=r"step 23.*last healthy checkpoint is of step 20"):
        loop(tmp_path).run(toy, batches)
    assert all(torch.isfinite(v).all() for v in toy.state().values())
    assert loop(tmp_path).checkpoints.steps()[-1] == 20
    assert any("diverged" in line for line in (tmp_path / "events.jsonl").read_text().splitlines())


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_a_damaged_newest_checkpoint_is_named_kept_and_passed_over(tmp_path: Path, damage: str) -> None:
    whole = Regression()
    loop(tmp_path).run(whole, batches)
    newest = loop(tmp_path).checkpoints.path(40)
    data = bytearray(newest.read_bytes())
    if damage == "flip":
        data[-3] ^= 4
    newest.write_bytes({"truncate": data[:-10], "flip": data, "empty": b""}[damage])

    said: list[str] = []

    class Listening(Silent):
        def say(self, text: str) -> None:
            said.append(text)

    damaged = newest.read_bytes()
    found = loop(tmp_path).checkpoints.newest(Listening().say)
    assert found is not None and found.step == 35
    assert "step-000000040" in said[0]
    assert newest.with_suffix(".damaged").read_bytes() == damaged
    again = Regression()
    loop(tmp_path).run(again, batches)
    assert equal(again.state(), whole.state())
    assert newest.with_suffix(".damaged").read_bytes() == damaged


def test_a_run_killed_before_what_follows_a_checkpoint_makes_up_for_it(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def killed(step: int, trainable: Trainable) -> None:
        if step == 40:
            raise Killed

    with pytest.raises(Killed):
        loop(tmp_path, watch=Watch(after=killed)).run(Regression(), batches)
    seen: list[int] = []
    loop(tmp_path, watch=Watch(after=lambda step, trainable: seen.append(step))).run(Regression(), batches)
    assert seen == [40]


def test_the_last_three_and_the_best_are_kept(tmp_path: Path) -> None:
    scores = itertools.chain([5.0, 1.0], itertools.repeat(3.0))
    watch = Watch(evaluate=lambda t: {"score": 0.0}, choose=lambda t: {"score": next(scores)})
    loop(tmp_path, watch=watch).run(Regression(), batches)
    assert loop(tmp_path).checkpoints.steps() == [10, 30, 35, 40]


def test_nothing_is_chosen_by_what_is_reported_on(tmp_path: Path) -> None:
    scores = itertools.chain([5.0, 1.0], itertools.repeat(3.0))
    loop(tmp_path, watch=Watch(evaluate=lambda t: {"score": next(scores)})).run(Regression(), batches)
    assert loop(tmp_path).checkpoints.steps() == [30, 35, 40]


def test_snapshots_of_the_weights_at_powers_of_two(tmp_path: Path) -> None:
    loop(tmp_path).run(Regression(), batches)
    names = sorted(p.stem for p in (tmp_path / "snapshots").iterdir())
    assert names == [f"step-{2**i:09d}" for i in range(6)]


def test_events_tell_each_evaluation_once_also_after_a_resume(tmp_path: Path) -> None:
    def stop(step: int, trainable: Trainable) -> None:
        if step == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop(tmp_path, watch=Watch(after=stop)).run(Regression(), batches)
    loop(tmp_path).run(Regression(), batches)
    steps = [json.loads(line)["step"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [s for s in steps if s % 5 == 0] == [5, 10, 15, 20, 25, 30, 35, 40]


def test_other_data_are_refused(tmp_path: Path) -> None:
    loop(tmp_path).run(Regression(), batches)
    with pytest.raises(IdentityMismatch, match="another data"):
        loop(tmp_path, data="d-2").run(Regression(), batches)


def test_ctrl_c_saves_and_says_so(tmp_path: Path) -> None:
    def interrupted(k: int) -> dict[str, Tensor]:
        if k == 12:
            os.kill(os.getpid(), signal.SIGINT)
        return batches(k)

    with pytest.raises(Stopped, match="step 13 of 40"):
        loop(tmp_path).run(Regression(), interrupted)
    whole, again = Regression(), Regression()
    loop(tmp_path).run(again, batches)
    loop(tmp_path / "whole").run(whole, batches)
    assert equal(again.state(), whole.state())


def test_the_seed_decides_the_weights_not_what_was_drawn_before() -> None:
    one, two = Regression(), Regression()
    one.init(3, Precision(), 10)
    torch.randn(100)
    two.init(3, Precision(), 10)
    assert equal(one.state(), two.state())


def dataset(n: int) -> Dataset:
    pixels = np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 2), np.uint8)
    return Dataset("toy", "d-toy", pixels, pa.table({"id": [str(i) for i in range(n)]}), {})


@pytest.mark.parametrize(("n", "size"), [(10, 4), (10, 10), (7, 3), (3, 8)])
def test_every_item_once_an_epoch_and_no_gap_between_epochs(n: int, size: int) -> None:
    order = Batches(dataset(n), size, 0, Precision())
    stream = np.concatenate([order.indices(k) for k in range(3 * n)])
    for epoch in range(3):
        assert sorted(stream[epoch * n : (epoch + 1) * n]) == list(range(n))


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    forward, backward = (Batches(dataset(50), 8, 1, Precision()) for _ in range(2))
    there = [forward(k)["x"] for k in range(12)]
    back = [backward(k)["x"] for k in reversed(range(12))]
    assert all(torch.equal(a, b) for a, b in zip(there, reversed(back), strict=True))
    assert not np.array_equal(Batches(dataset(50), 8, 2, Precision()).indices(0), forward.indices(0))


def test_a_second_ctrl_c_interrupts_at_once(tmp_path: Path) -> None:
    code = (
        "import os, signal\nfrom trasluz.training.stopping import graceful\n"
        "with graceful() as stop:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    assert stop.is_set()\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert "KeyboardInterrupt" in done.stderr
