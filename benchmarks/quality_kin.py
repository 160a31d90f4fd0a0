"""Two trainings of one model held against each other, and two models of one class: types 1 and 2 of Asperti & Tonelli,
both ways round, with what is lost.

The models, of the recipe of `faces-vae` with another seed and of its family with another objective and size, are
trained into the workspace where it lacks them, and gone on with where they were stopped: an hour of one core. With
`TRASLUZ_KIN=trained` in the environment, those that are not trained to their end are left out, and named.
"""

from __future__ import annotations

from typing import Any

from benchmarks._common import Bar, Bench, Report
from benchmarks._kin import FIRST, KINDS, kin
from benchmarks.quality_compare import held, line
from trasluz.lab.shelf.models import show_model

NEAR = 1.5


def run(bench: Bench) -> Report:
    """The bundled model and each of its kin."""
    figures: dict[str, Any] = {"pairs": {}, "missing": []}
    table: list[list[str]] = [["from, to", "map", "R", "M", "own", "shuffled", "explained", "knee"]]
    pictures: list[str] = []
    for name, kind in KINDS.items():
        other = kin(bench, name)
        if other is None:
            figures["missing"].append({"model": name, "type": kind})
            table.append([f"not trained to its end: {name}"])
            continue
        found = held(bench, FIRST, other)
        plan = show_model(name, workspace=bench.workspace)["training"]["plan"]
        for way in found.ways:
            figures["pairs"][f"{way.source}, {way.target}"] = {
                "type": kind, "steps": plan["steps"], "M_over_R": way.rung.m.value / way.r.value,
                "better_than_chance": way.is_better_than_chance, **way.facts(),
            }  # fmt: skip
            table.append(line(way))
        pictures.append(bench.picture(found.pictures(FIRST, name), f"type-{kind}"))
    pairs = figures["pairs"].values()
    first = [one["M_over_R"] for one in pairs if one["type"] == 1]
    bars = [Bar("ordered pairs whose map does better than one of shuffled pairs",
                sum(one["better_than_chance"] for one in pairs), ">=", len(pairs))]  # fmt: skip
    bars += [Bar("two seeds of one recipe, M over R, the worse way round", max(first), "<=", NEAR)] if first else []
    return Report(figures, table, bars, pictures)
