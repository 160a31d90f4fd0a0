"""Measures once, at the start of a run, how this machine trains fastest."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from trasluz.base.progress import Progress
from trasluz.spaces.precision import Precision
from trasluz.spaces.trainable import Batch, Trainable

ROUNDS = 6
"""Steps of each; the first is not counted"""
GAIN = 0.97
"""What another way has to take of the plain way's time to be worth it."""


def measure(
    make: Callable[[], Trainable], batch: Callable[[Precision], Batch], device: str, progress: Progress
) -> Precision:
    """The fastest of float32 and bfloat16, planes and channels-last: the best of some steps each.

    The steps are taken on throw-away weights.
    """
    plain = Precision(device=device)
    choices = [plain.with_(compute=c, channels_last=last) for last in (False, True) for c in ("float32", "bfloat16")]
    runs = [(make(), batch(choice)) for choice in choices]
    best = [math.inf] * len(choices)
    for (trainable, _), choice in zip(runs, choices, strict=True):
        trainable.init(0, choice, 1000)
    with progress.task("Measuring how this machine trains fastest", total=ROUNDS) as tick:
        for k in range(ROUNDS):
            # In turn, so that a busy moment of the machine does not fall on one of them alone.
            for i, (trainable, x) in enumerate(runs):
                seconds = _time(trainable, x, k, device)
                best[i] = best[i] if k == 0 else min(best[i], seconds)
            tick(1)
    fastest = min(range(len(choices)), key=lambda i: best[i])
    return choices[fastest] if best[fastest] < GAIN * best[0] else plain


def _time(trainable: Trainable, batch: Batch, k: int, device: str) -> float:
    # On a processor the work itself, not the wall's clock: what else the machine does must not decide.
    clock = time.process_time if device == "cpu" else time.perf_counter
    start = clock()
    trainable.step(batch, 0, k)
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return clock() - start
