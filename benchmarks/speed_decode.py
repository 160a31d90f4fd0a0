"""How long one latent takes to decode, and how many a second in batches, in float32 as everywhere; and sampling.

The bare decoder in the same batches stands beside it: the difference is what the tool adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks._common import Bench, Report, interleaved, ratio, seconds, some_model, spread
from trasluz.lab.sample import sample
from trasluz.lab.shelf.batches import BATCH, decode_all
from trasluz.lab.shelf.data import load

ROUNDS, ITEMS, SINGLES = 7, 2048, 200


def run(bench: Bench) -> Report:
    """Measure single latents, batches, and samples from each prior."""
    data = load(bench.pick("faces", "faces:300"), workspace=bench.workspace, progress=bench.progress)
    model = some_model(bench, data)
    space = model.space()
    n, rounds = bench.pick(ITEMS, 128), bench.pick(ROUNDS, 2)
    z = space.prior("normal").sample(n, 0)
    native = list(z.split(BATCH))

    @torch.inference_mode()
    def bare() -> float:
        start = time.perf_counter()
        torch.cat([space.render(part).clamp(0, 1) for part in native])
        return time.perf_counter() - start

    @torch.inference_mode()
    def one() -> float:
        times = [seconds(lambda i=i: space.decode(z[i : i + 1])) for i in range(min(n, bench.pick(SINGLES, 20)))]
        return median(times)

    ways: dict[str, Callable[[], float]] = {
        "one latent": one,
        "batches": lambda: seconds(lambda: decode_all(space, z)),
        "batches, bare decoder": bare,
    }
    drawn = {
        f"sample, {prior}": lambda prior=prior: seconds(lambda: sample(model, n, prior=prior)) for prior in space.priors
    }
    found = interleaved({**ways, **drawn}, rounds)
    rates = {name: n / spread(values)["median"] for name, values in found.items() if name != "one latent"}
    single = spread(found["one latent"])
    speed = ratio(found["batches, bare decoder"], found["batches"])
    figures = {
        "model": model.name,
        "latents": n,
        "batch": BATCH,
        "one_latent_ms": {k: 1000 * v if k != "rounds" else v for k, v in single.items()},
        "seconds": {name: spread(values) for name, values in found.items()},
        "images_per_second": rates,
        "batches_speed_against_bare_decoder": speed,
    }
    table = [["", "images/s"], ["one latent", f"{1 / single['median']:.0f} ({1000 * single['median']:.2f} ms)"]]
    table += [[name, f"{rate:.0f}"] for name, rate in rates.items()]
    return Report(figures, table)
