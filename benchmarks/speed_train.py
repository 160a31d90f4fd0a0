"""A training step of ours, through the real loop, against a bare PyTorch loop: the same networks, precision and batch.

Both train the VAE's own networks with its own loss by fused Adam, on the CPU, on the same cached pixels, in turns.
Ours also keeps a running average of the weights and clips gradients: what these cost is measured by leaving them out.
Sounds are trained on too, by `voices-vae`'s settings: the bare loop has its spectrograms made beforehand.
Steps after which the loop writes something (a snapshot at powers of two) are left out of the step's time; what
evaluations, checkpoints and pictures cost is measured on a whole run, and told as a share of one of usual length.
Where a step itself goes is told by torch's profiler, operation by operation, on one thread.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks._common import Bar, Bench, Report, Stopwatch, interleaved, ratio, spread
from trasluz.families.vae import Networks, VAEConfig, VAETraining, gaussian_nll, kl_per_dimension
from trasluz.lab.shelf.data import load
from trasluz.lab.shelf.models import remove_model
from trasluz.lab.train import train
from trasluz.lab.work.training import EVALUATIONS
from trasluz.nn.update import place
from trasluz.spaces.data import Dataset
from trasluz.spaces.precision import Precision
from trasluz.spaces.registry import get
from trasluz.spaces.trainable import Trainable
from trasluz.training.batches import Batches, native
from trasluz.training.loop import Loop, Plan, Watch
from trasluz.training.precision import decided
from trasluz.training.reproducible import reproducible

ROUNDS, STEPS, WARM = 7, 40, 4
"""Rounds, steps of each way in a round, and how many of those are not counted."""
BAR = 0.95
SOUNDS = {"likelihood": "gaussian", "batch": 32, "widths": [16, 32, 64, 128], "latent": 64}
EVERYTHING, NO_EXTRAS, BARE = "ours", "ours without average and clipping", "bare loop"


def run(bench: Bench) -> Report:
    """Measure the step, then what happens between steps."""
    data = load(bench.pick("faces", "faces:300"), workspace=bench.workspace, progress=bench.progress)
    items = data.split("train")
    preset = bench.pick("small", "tiny")
    config = get("families", "vae").configure(preset, {"batch": 32} if bench.quick else {}, data.representation)
    if not isinstance(config, VAEConfig):
        raise TypeError(type(config).__name__)
    precision = chosen_precision(bench, config, items)
    found = _steps(bench, config, items, precision, items.stored(slice(None)))
    speed, speed_plain = ratio(found[BARE], found[EVERYTHING]), ratio(found[BARE], found[NO_EXTRAS])
    extras = ratio(found[EVERYTHING], found[NO_EXTRAS])
    between = _between(bench, data, preset, spread(found[EVERYTHING])["median"], config, precision)
    sounds = _sounds(bench)
    figures = {
        "data": data.spec,
        "preset": preset,
        "batch": config.batch,
        "precision": precision.dump(),
        "seconds_per_step": {name: spread(values) for name, values in found.items()},
        "speed_against_bare": speed,
        "speed_against_bare_without_average_and_clipping": speed_plain,
        "time_with_average_and_clipping_over_without": extras,
        "between_steps": between,
        "share_by_operation": operations(_training(config, items), config.batch, items, precision, bench.pick(6, 2)),
        "sounds": sounds,
    }
    head = ["", "ms a step", "images/s", "speed / bare"]
    speeds = {EVERYTHING: speed["median"], BARE: 1.0, NO_EXTRAS: speed_plain["median"]}
    table = [head, *(_row(name, values, config.batch, speeds[name]) for name, values in found.items())]
    heard = sounds["speed_against_bare"]["median"]
    for name, values in sounds["seconds_per_step"].items():
        table.append(_row(f"sounds, {name}", [values["median"]], sounds["batch"], heard if name == EVERYTHING else 1.0))
    bars = [
        Bar("training step, speed / bare loop", speed["median"], ">=", BAR),
        Bar("training step on sounds, speed / bare loop", heard, ">=", BAR),
    ]
    return Report(figures, table, bars)


def _steps(
    bench: Bench, config: VAEConfig, items: Dataset, precision: Precision, pixels: np.ndarray, *, extras: bool = True
) -> dict[str, list[float]]:
    """Seconds a step of each way, in turns."""
    steps, rounds = bench.pick(STEPS, 7), bench.pick(ROUNDS, 2)
    plain = config.with_(ema=0.0, clip=0.0)
    ways: dict[str, Callable[[], float]] = {
        EVERYTHING: lambda: ours(_training(config, items), config.batch, items, precision, steps),
        BARE: lambda: per_step(bare(config, items, pixels, precision, steps)),
    }
    if extras:
        ways[NO_EXTRAS] = lambda: ours(_training(plain, items), config.batch, items, precision, steps)
    return interleaved(ways, rounds, warm=bench.pick(1, 0))


def _sounds(bench: Bench) -> dict[str, Any]:
    """The same on spoken words."""
    data = load(bench.pick("voices", "voices:48"), workspace=bench.workspace, progress=bench.progress)
    items = data.split("train")
    config = get("families", "vae").configure("small", SOUNDS, data.representation)
    if not isinstance(config, VAEConfig):
        raise TypeError(type(config).__name__)
    precision = chosen_precision(bench, config, items)
    made = [native(items, slice(i, i + 256), Precision()).numpy() for i in range(0, len(items), 256)]
    found = _steps(bench, config, items, precision, np.concatenate(made), extras=False)
    return {
        "data": data.spec, "settings": SOUNDS, "batch": config.batch, "precision": precision.dump(),
        "seconds_per_step": {name: spread(values) for name, values in found.items()},
        "speed_against_bare": ratio(found[BARE], found[EVERYTHING]),
    }  # fmt: skip


def _row(name: str, values: Sequence[float], batch: int, speed: float) -> list[str]:
    step = spread(values)["median"]
    return [name, f"{1000 * step:.1f}", f"{batch / step:.0f}", f"{speed:.3f}"]


def chosen_precision(bench: Bench, config: VAEConfig, items: Dataset) -> Precision:
    """What a run on this machine would choose."""
    return Precision(channels_last=True) if bench.quick else decided("auto", "cpu")


def _training(config: VAEConfig, items: Dataset) -> VAETraining:
    return VAETraining(config, items.representation, len(items))


def ours(trainable: Trainable, size: int, items: Dataset, precision: Precision, steps: int) -> float:
    """Seconds a step of the real loop, in batches of `size`."""
    batches, stamps = Batches(items, size, 0, precision), list[float]()

    def stamped(k: int) -> dict[str, Tensor]:
        stamps.append(time.perf_counter())
        return batches(k)

    plan = Plan(steps=steps, every=steps, threads=torch.get_num_threads(), precision=precision)
    with tempfile.TemporaryDirectory() as folder:
        Loop(Path(folder), {}, plan, Watch()).run(trainable, stamped)
    return per_step(stamps)


def per_step(stamps: Sequence[float]) -> float:
    """Mean seconds from the start of a step to the start of the next, where nothing is written in between."""
    counted = [k for k in range(WARM, len(stamps) - 1) if (k + 1) & k]
    return float(np.mean([stamps[k + 1] - stamps[k] for k in counted]))


def operations(trainable: Trainable, size: int, items: Dataset, precision: Precision, steps: int) -> dict[str, float]:
    """The share of a step's time that each operation takes itself, the twelve largest first, and all the others'."""
    batches = Batches(items, size, 0, precision)
    trainable.init(0, precision, 1000)
    with reproducible(1):
        trainable.step(batches(0), 0, 0)
        with profile(activities=[ProfilerActivity.CPU]) as profiled:
            for k in range(1, steps + 1):
                trainable.step(batches(k), 0, k)

    own = {event.key: float(event.self_cpu_time_total) for event in profiled.key_averages()}
    largest = sorted(own, key=lambda name: -own[name])[:12]
    total = sum(own.values())
    shares = {name: own[name] / total for name in largest}
    return {**shares, "others": 1 - sum(shares.values())}


def bare(config: VAEConfig, items: Dataset, pixels: np.ndarray, precision: Precision, steps: int) -> list[float]:
    """What one writes by hand; when each step began."""
    torch.manual_seed(0)
    networks = place(Networks(config, items.representation), "cpu", precision.memory_format)
    adam = torch.optim.Adam(networks.parameters(), lr=config.lr, betas=(config.beta1, config.beta2), fused=True)
    order = np.random.default_rng(0).permutation(len(pixels))
    stamps: list[float] = []
    for k in range(steps):
        stamps.append(time.perf_counter())
        rows = order[np.arange(k * config.batch, (k + 1) * config.batch) % len(order)]
        x = torch.from_numpy(pixels[rows]).to(torch.float32, memory_format=precision.memory_format)
        x = x.div_(255) if pixels.dtype == np.uint8 else x
        with precision.autocast():
            mu, log_var = networks.posterior(x)
            z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
            x_hat = networks.decoder(z)
        nll, kl = gaussian_nll(x, x_hat.float()), kl_per_dimension(mu, log_var).sum(1)
        adam.zero_grad(set_to_none=True)
        (nll + kl).mean().backward()
        adam.step()
    return stamps


def _between(
    bench: Bench, data: Dataset, preset: str, step: float, config: VAEConfig, precision: Precision
) -> dict[str, Any]:
    """Seconds of one pause (evaluation, checkpoint, weights, picture), from a run that pauses often."""
    name, steps = "speed-train", bench.pick(2 * EVALUATIONS, 3)
    if name in bench.workspace.names("models"):
        remove_model(name, workspace=bench.workspace)
    watch = Stopwatch(bench.progress)
    # The precision that the steps were timed in: a run that measured anew might choose another one.
    settings = {"batch": config.batch, "prior_steps": 0, "compute": precision.compute}
    run = train(
        "vae",
        data,
        name=name,
        preset=preset,
        settings=settings,
        steps=steps,
        workspace=bench.workspace,
        device="cpu",
        progress=watch,
    )
    pauses = sum(any(key.startswith("test_") for key in event) for event in run.events())
    pause = max(0.0, watch.seconds[f"Training {name}"] - steps * step) / pauses
    usual = VAEConfig().steps
    return {
        "pauses": pauses,
        "seconds_of_a_pause": pause,
        "usual_steps": usual,
        "share_of_a_run_of_usual_length": EVALUATIONS * pause / (EVALUATIONS * pause + usual * step),
    }
