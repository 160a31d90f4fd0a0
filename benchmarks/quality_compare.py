"""The bundled models' latent spaces held against each other: how simple a map leads from one to another, what it loses
beside what the second model loses by itself, how few items suffice; what directions do that are carried over; and how
often spaces that share nothing are called alike, or a direction is said to carry over that cannot.

Models akin to a bundled one, of its recipe with another seed and of its family with another objective and size, are
trained into the workspace where it lacks them, and gone on with where they were stopped: an hour of one core. With
`TRASLUZ_KIN=trained` in the environment, those that are not trained to their end are left out, and named.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

import trasluz as tl
from benchmarks._carrying import Worlds, by_items
from benchmarks._common import Bar, Bench, Report
from benchmarks._kin import FIRST, KINDS, kin
from benchmarks._spaces import carried_over, place_by_place
from trasluz.base import rng
from trasluz.lab.judging.alike import LEVEL, compared
from trasluz.lab.results.comparison import Comparison
from trasluz.lab.results.transferred import ENOUGH
from trasluz.lab.results.ways import Mean, Way
from trasluz.lab.shelf.models import show_model
from trasluz.spaces.figures import interval_of_share

SETS = {
    "faces": ("faces-vae", "faces-gan", "faces-flow"),
    "pets": ("pets-vae", "pets-gan", "pets-flow"),
}
TRIALS, PERMUTATIONS, TURNED = 200, 39, 100
NOTHING, TURN = "nothing carries over", "a turned space"
NEAR, POWER, SECONDS = 1.5, 0.95, 120.0
MEASURES = ("mutual-knn", "cka", "rsa", "relative", "procrustes", "svcca", "pwcca", "wasserstein")


def run(bench: Bench) -> Report:
    """All ordered pairs of three models of faces and of three of pets, and of models akin to one of them; the nulls."""
    figures: dict[str, Any] = {"n": _fit(bench), "test": _test(bench), "pairs": {}, "similarity": {}}
    table: list[list[str]] = [["from, to", "map", "R", "M", "own", "shuffled", "explained", "knee"]]
    pictures: list[str] = []
    ways = list[Way]()
    for name, models in bench.pick(SETS, {"faces": ("faces-vae", "faces-flow")}).items():
        found = _held(bench, *models)
        figures["pairs"] |= {f"{way.source}, {way.target}": {"type": 3, **way.facts()} for way in found.ways}
        figures["similarity"][name] = found.facts()["similarity"]
        ways += found.ways
        pictures += [bench.picture(found.pictures(*models[:2]), name), bench.picture(found.ladder(), f"{name}-ladder")]
        pictures.append(bench.picture(found.few(), f"{name}-few"))
    figures["usual"] = _usual(bench)
    figures["nulls"] = _nulls(bench)
    figures["certificates"] = _certificates(bench)
    figures["carried"], drawn = carried_over(bench)
    figures["places"] = place_by_place(bench)
    figures["kin"], akin, more = _akin(bench)
    ways, pictures = [*ways, *akin], [*pictures, *more]
    table += [_line(way) for way in ways]
    better = sum(way.is_better_than_chance for way in ways)
    table += _told(figures)
    return Report(figures, table, _bars(figures, better, len(ways)), [*pictures, *drawn])


def _fit(bench: Bench) -> int:
    return bench.pick(1200, 40)


def _test(bench: Bench) -> int:
    return bench.pick(300, 16)


def _held(bench: Bench, *models: Any) -> Comparison:
    return tl.compare(
        *models, n=_fit(bench), test=_test(bench), workspace=bench.workspace, progress=bench.progress,
        measure=bench.pick(list(MEASURES), ["mutual-knn"]), method=bench.pick(None, ["procrustes", "ridge"]),
    )  # fmt: skip


def _akin(bench: Bench) -> tuple[dict[str, Any], list[Way], list[str]]:
    """The same recipe with another seed (type 1), and the family with another objective and size (type 2), as far as
    they are trained: both ways round, with what is lost."""
    found: dict[str, Any] = {"pairs": {}, "missing": []}
    ways, pictures = list[Way](), list[str]()
    for name, kind in KINDS.items():
        other = kin(bench, name)
        if other is None:
            found["missing"].append({"model": name, "type": kind})
            continue
        held = _held(bench, FIRST, other)
        ways += held.ways
        plan = show_model(name, workspace=bench.workspace)["training"]["plan"]
        for way in held.ways:
            found["pairs"][f"{way.source}, {way.target}"] = {
                "type": kind,
                "steps": plan["steps"],
                "M_over_R": way.rung.m.value / way.r.value,
                **way.facts(),
            }
        pictures.append(bench.picture(held.pictures(FIRST, name), f"type-{kind}"))
    return found, ways, pictures


def _usual(bench: Bench) -> dict[str, Any]:
    """What the whole default comparison of two bundled models takes; their data were drawn before.

    On a machine that does other things too, seconds of the clock say more than the comparison takes, and those of the
    processor, of which two cores give two in a second, say no less."""
    wall, processor = time.perf_counter(), time.process_time()
    tl.compare("faces-vae", "faces-gan", n=_fit(bench), test=_test(bench), workspace=bench.workspace,
               progress=bench.progress)  # fmt: skip
    return {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - processor,
            "threads": torch.get_num_threads()}  # fmt: skip


def _certificates(bench: Bench) -> dict[str, Any]:
    """How often a carried direction is certified where nothing can carry over, and where all does."""
    worlds = Worlds(bench.workspace)
    nulls, trials = worlds.nulls(), bench.pick(TRIALS, 4)
    counted: dict[str, list[int]] = {name: [0, 0, 0, 0] for name in (*nulls, TURN)}
    with bench.progress.task("Certificates of carried directions", trials + bench.pick(TURNED, 2)) as step:
        for trial in range(trials + bench.pick(TURNED, 2)):
            name = [*nulls][trial % len(nulls)] if trial < trials else TURN
            found = nulls[name](trial // len(nulls)) if trial < trials else worlds.turned(trial - trials)
            for k, so in enumerate((found.carries_over is True, True, found.carries_over is None, by_items(found))):
                counted[name][k] += so
            step(1)
    false = [sum(counted[name][k] for name in nulls) for k in range(4)]
    return {
        name: {"share": hits / n, "n": n, "interval": interval_of_share(hits, n), "not_tested": untested / n,
               "by_items": items / n}
        for name, (hits, n, untested, items) in {NOTHING: false, **counted}.items()
    }  # fmt: skip


def _bars(figures: Mapping[str, Any], better: int, pairs: int) -> list[Bar]:
    certificates, usual = figures["certificates"], figures["usual"]
    first = [one["M_over_R"] for one in figures["kin"]["pairs"].values() if one["type"] == 1]
    return [
        Bar("called alike at p < .05 where nothing is shared, the worst measure",
            max(one["share"] for one in figures["nulls"].values()), "<=", LEVEL + 0.03),
        Bar("ordered pairs whose map does better than one of shuffled pairs", better, ">=", pairs),
        *[Bar("two seeds of one recipe, M over R, the worse way round", max(first), "<=", NEAR) for _ in first[:1]],
        Bar("certificates where nothing carries over", certificates[NOTHING]["share"], "<=", LEVEL),
        Bar("certificates where a direction carries over", certificates[TURN]["share"], ">=", POWER),
        Bar("hair colours carried to another family, of what its own directions reach, the best pair",
            max(one["of_native"] or 0.0 for one in figures["carried"].values()), ">=", ENOUGH),
        Bar("seconds of the default comparison of two models, of the clock or of the processor",
            min(usual["seconds"], usual["processor_seconds"]), "<=", SECONDS),
    ]  # fmt: skip


def _told(figures: Mapping[str, Any]) -> list[list[str]]:
    rows: list[list[str]] = [[], ["said where nothing is shared", "share", "n"]]
    for name, one in (*figures["nulls"].items(), *figures["certificates"].items()):
        rows.append([name, f"{one['share']:.3f}", str(one["n"])])
    rows += [[], ["carried to", "target", "reached", "its own", "by chance", "carries over"]]
    for name, found in figures["carried"].items():
        for target, one in found["by_target"].items():
            shares = [one[key] and f"{one[key]['value']:.2f}" for key in ("reached", "native", "shuffled")]
            rows.append([name, target, *(share or "-" for share in shares), str(one["carries_over"])])
    rows += [[], ["place by place", "way", "seconds", "items", "L", "M"]]
    for pair, found in figures["places"].items():
        for way, one in found["ways"].items():
            took = f"{one['seconds']['median']:.2f}"
            rows.append([pair, way, took, str(one["n_fit"] or "-"), f"{one['L']:.4f}", f"{one['M']:.5f}"])
    rows += [[f"not trained to its end: {one['model']}"] for one in figures["kin"]["missing"]]
    return rows


def _line(way: Way) -> list[str]:
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
