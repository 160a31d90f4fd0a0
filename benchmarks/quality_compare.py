"""The bundled models' latent spaces held against each other: how simple a map leads from one to another, what it loses
beside what the second model loses by itself, how few items suffice; and how often spaces that share nothing are called
alike.
"""

from __future__ import annotations

from typing import Any

import torch

import trasluz as tl
from benchmarks._common import Bar, Bench, Report
from trasluz.base import rng
from trasluz.lab.calls.given import ModelLike
from trasluz.lab.judging.alike import LEVEL, compared
from trasluz.lab.results.comparison import Comparison
from trasluz.lab.results.ways import Mean, Way
from trasluz.spaces.figures import interval_of_share

SETS = {
    "faces": ("faces-vae", "faces-gan", "faces-flow"),
    "pets": ("pets-vae", "pets-gan", "pets-flow"),
}
TRIALS, PERMUTATIONS = 200, 39
FIT, TEST = (1200, 40), (300, 16)
"""Items, in a full run and in a quick one."""
MEASURES = ("mutual-knn", "cka", "rsa", "relative", "procrustes", "svcca", "pwcca", "wasserstein")


def run(bench: Bench) -> Report:
    """All ordered pairs of three models of faces and of three of pets, and the nulls."""
    figures: dict[str, Any] = {"n": bench.pick(*FIT), "test": bench.pick(*TEST), "pairs": {}, "similarity": {}}
    table: list[list[str]] = [["from, to", "map", "R", "M", "own", "shuffled", "explained", "knee"]]
    pictures: list[str] = []
    better = 0
    for name, models in bench.pick(SETS, {"faces": ("faces-vae", "faces-flow")}).items():
        found = held(bench, *models)
        for way, facts in zip(found.ways, found.table, strict=True):
            figures["pairs"][f"{way.source}, {way.target}"] = facts
            table.append(line(way))
            better += way.is_better_than_chance
        figures["similarity"][name] = found.facts()["similarity"]
        pictures += [bench.picture(found.pictures(*models[:2]), name), bench.picture(found.ladder(), f"{name}-ladder")]
        pictures.append(bench.picture(found.few(), f"{name}-few"))
    nulls = _nulls(bench)
    figures["nulls"] = nulls
    table += [[f"null: {name}", "", "", "", "", "", f"{one['share']:.3f}", ""] for name, one in nulls.items()]
    worst = max(one["share"] for one in nulls.values())
    return Report(
        figures, table,
        [Bar("called alike at p < .05 where nothing is shared, the worst measure", worst, "<=", LEVEL + 0.03),
         Bar("ordered pairs whose map does better than one of shuffled pairs", better, ">=", len(figures["pairs"]))],
        pictures,
    )  # fmt: skip


def held(bench: Bench, *models: ModelLike) -> Comparison:
    """Models compared."""
    return tl.compare(
        *models, n=bench.pick(*FIT), test=bench.pick(*TEST), workspace=bench.workspace, progress=bench.progress,
        measure=bench.pick(list(MEASURES), ["mutual-knn"]), method=bench.pick(None, ["procrustes", "ridge"]),
    )  # fmt: skip


def line(way: Way) -> list[str]:
    """Of the table."""

    def value(mean: Mean) -> str:
        return f"{mean.value:.5f}"

    return [
        f"{way.source}, {way.target}", way.chosen, value(way.r), value(way.rung.m), value(way.own),
        value(way.shuffled[1]), f"{way.explained:.3f}", f"{way.knee}",
    ]  # fmt: skip


def _nulls(bench: Bench) -> dict[str, dict[str, Any]]:
    """How often each measure has p < .05 for two independent Gaussian spaces of unlike widths."""
    trials = bench.pick(TRIALS, 4)
    alarms: dict[str, int] = dict.fromkeys(MEASURES, 0)
    with bench.progress.task("Spaces that share nothing", trials) as step:
        for trial in range(trials):
            draw = rng.generator(trial, "independent spaces")
            a, b = torch.randn(64, 16, generator=draw), torch.randn(64, 48, generator=draw)
            for one in compared({"z": a}, {"z": b}, MEASURES, permutations=PERMUTATIONS, seed=trial):
                alarms[one.measure] += one.p <= LEVEL
            step(1)
    return {
        name: {"share": count / trials, "n": trials, "interval": interval_of_share(count, trials)}
        for name, count in alarms.items()
    }
