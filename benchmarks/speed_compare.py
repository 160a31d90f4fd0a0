"""A map between two spaces in closed form beside the gradient descent of Asperti & Tonelli 2023, 2,000 steps on all
items, on the same pairs: how many times as fast, and both errors on other items; spatial latents place by place beside
the way through pictures, at equal time; and what the whole default comparison of two bundled models takes.
"""

from __future__ import annotations

import time
from typing import Any

import torch

import trasluz as tl
from benchmarks._common import Bar, Bench, Report, interleaved, ratio, seconds, spread
from benchmarks._spaces import place_by_place
from trasluz.base import rng
from trasluz.spaces import registry
from trasluz.spaces.relocation import Pairs, Relocation

ITEMS, ASIDE, TEST, WIDTH = 1000, 250, 1000, 64
FASTER, SECONDS = 1000.0, 120.0


def run(bench: Bench) -> Report:
    """Maps of pairs that are made here; then bundled models."""
    report = _fitted(bench)
    usual, places = _usual(bench), place_by_place(bench)
    rows: list[list[str]] = [[], ["place by place", "way", "seconds", "items", "L", "M"]]
    for pair, found in places.items():
        for way, one in found["ways"].items():
            took = f"{one['seconds']['median']:.3f}"
            rows.append([pair, way, took, str(one["n_fit"] or "-"), f"{one['L']:.4f}", f"{one['M']:.5f}"])
    least = min(usual["seconds"], usual["processor_seconds"])
    rows += [
        [],
        ["default comparison", f"{usual['seconds']:.0f} s", f"{usual['processor_seconds']:.0f} s of processor"],
    ]
    bar = Bar("seconds of the default comparison of two models, of the clock or of the processor", least, "<=", SECONDS)
    return Report(
        {**report.figures, "usual": usual, "places": places}, [*report.table, *rows], [*report.bars, bar]
    )  # fmt: skip


def _usual(bench: Bench) -> dict[str, Any]:
    """What the whole default comparison of two bundled models takes; their data were drawn before.

    On a machine that does other things too, seconds of the clock say more than the comparison takes, and those of the
    processor, of which two cores give two in a second, say no less."""
    wall, processor = time.perf_counter(), time.process_time()
    tl.compare("faces-vae", "faces-gan", n=bench.pick(1200, 40), test=bench.pick(300, 16), workspace=bench.workspace,
               progress=bench.progress)  # fmt: skip
    return {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - processor,
            "threads": torch.get_num_threads()}  # fmt: skip


def _fitted(bench: Bench) -> Report:
    """One linear map with noise, as between two autoencoders."""
    n, d = bench.pick(ITEMS, 60), bench.pick(WIDTH, 8)
    draw = rng.generator(0, "pairs")
    every = torch.randn(n + ASIDE + TEST, d, generator=draw) * torch.linspace(1.5, 0.3, d)
    there = every @ torch.randn(d, d, generator=draw) / d**0.5 + 0.1 * torch.randn(every.shape, generator=draw)
    pairs = Pairs(every[:n], there[:n], every[n : n + ASIDE], there[n : n + ASIDE])
    ridge, steps = (registry.get("relocations", name) for name in ("ridge", "gradient"))
    settings = {"steps": bench.pick(2000, 20)}
    maps: dict[str, Relocation] = {}

    def fit(name: str) -> None:
        maps[name] = (
            ridge.of(pairs, settings={"bias": False}) if name == "ridge" else steps.of(pairs, settings=settings)
        )

    times = interleaved(
        {name: (lambda name=name: seconds(lambda: fit(name))) for name in ("ridge", "gradient")},
        bench.pick(5, 1),
        warm=1,
    )
    errors = {name: float((made(every[-TEST:]) - there[-TEST:]).square().mean()) for name, made in maps.items()}
    found: dict[str, Any] = {
        "items": n, "dimensions": d, "errors": errors, "ratio": ratio(times["gradient"], times["ridge"]),
        **{name: spread(taken) for name, taken in times.items()},
    }  # fmt: skip
    table = [["", "seconds", "error"]]
    table += [[name, f"{found[name]['median']:.4f}", f"{errors[name]:.5f}"] for name in times]
    table.append(["times as fast", f"{found['ratio']['median']:.0f}", ""])
    return Report(found, table, [
        Bar("closed form, times as fast as the paper's recipe", found["ratio"]["median"], ">=", FASTER),
        Bar("closed form, error over that of the recipe", errors["ridge"] / errors["gradient"], "<=", 1.001),
    ])  # fmt: skip
