"""What directions do that are carried from one bundled model to another, beside those found there; how often one is
certified that cannot carry over, and how often one that does.

Certificates are tried on small worlds where it is known whether anything can carry over: pairs that do not belong
together, directions of a coin, models that share nothing; and a space that is turned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks._carrying import Worlds, by_items
from benchmarks._common import Bar, Bench, Report
from benchmarks._spaces import carried_over
from trasluz.io.atomic import read_json
from trasluz.lab.results.transferred import ENOUGH
from trasluz.spaces.effects import ALPHA
from trasluz.spaces.figures import interval_of_share

TRIALS, TURNED = 200, 100
NOTHING, TURN = "nothing carries over", "a turned space"
POWER = 0.95


def run(bench: Bench) -> Report:
    """Certificates first, then hair colours in two other families. With `--model`, after a bundled model has changed,
    certificates stay as they were, with their date: they are tried on worlds of their own."""
    figures: dict[str, Any] = _kept(bench) if bench.model is not None else {"certificates": _certificates(bench)}
    figures["carried"], pictures = carried_over(bench)
    certificates = figures["certificates"]
    best = max(one["of_native"] or 0.0 for one in figures["carried"].values())
    bars = [
        Bar("certificates where nothing carries over", certificates[NOTHING]["share"], "<=", ALPHA),
        Bar("certificates where a direction carries over", certificates[TURN]["share"], ">=", POWER),
        Bar("hair colours carried to another family, of what its own directions reach, the best pair", best, ">=",
            ENOUGH),
    ]  # fmt: skip
    return Report(figures, _table(figures), bars, pictures)


def _kept(bench: Bench) -> dict[str, Any]:
    found = read_json(bench.out / f"{bench.name}.json", "the result")
    when = found["figures"].get("certified") or {"date": found["date"], "commit": found.get("commit")}
    return {"certificates": found["figures"]["certificates"], "certified": when}


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


def _table(figures: Mapping[str, Any]) -> list[list[str]]:
    rows: list[list[str]] = [["", "certified", "items for a sample", "n"]]
    for name, one in figures["certificates"].items():
        rows.append([name, f"{one['share']:.3f}", f"{one['by_items']:.3f}", str(one["n"])])
    rows += [[], ["carried to", "target", "reached", "its own", "by chance", "carries over"]]
    for name, found in figures["carried"].items():
        for target, one in found["by_target"].items():
            shares = [one[key] and f"{one[key]['value']:.2f}" for key in ("reached", "native", "shuffled")]
            rows.append([name, target, *(share or "-" for share in shares), str(one["carries_over"])])
    return rows
