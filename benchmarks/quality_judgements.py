"""How often the product's judgements are wrong: false alarms where there is nothing, misses where there is something.

Every judgement is tried on 400 cases with nothing to find and on 400 with something, of 20, 100 and 1,000 items: that a
method learned something (64 normal latents, two sides two sigma apart along one of them, or labels that mean nothing);
that a reader is to be trusted; that a place is off the data; that labels lie apart; that samples are copies, or off the
data; that a direction drags something along. Each share comes with its 95 % interval (Wilson), and beside it how often
the answer was that this is not tested.

It takes some hours of one core, and can be stopped: what is done is kept in the workspace as long as the code is the
same, and a run ends after `MINUTES` of processor time with what it has, and names what is missing.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import trasluz
from benchmarks._common import Bar, Bench, Report
from benchmarks._judgements import APART, DIMENSIONS, Ground, Trials
from trasluz.geometry.support import UNSUPPORTED
from trasluz.io.atomic import read_json, write_json
from trasluz.lab.judging.separation import ALPHA
from trasluz.spaces.figures import interval_of_share

SIZES = (20, 100, 1000)
TRIALS = 400
MINUTES = 25.0
VARIABLE = "TRASLUZ_JUDGEMENTS_MINUTES"
"""The name under which a run is given more, or less."""
POWER, FROM = 0.95, 100
"""The share of what lies two sigma apart that has to be found, from so many items on."""
EDGE = 1.0
"""Support within which 95 % of held-out items are."""
BLOCK = 10
"""Trials after which what is done is kept."""
JUDGED = ("base", "finders", "geometry", "lab", "metrics", "nn", "projections", "spaces", "training")
"""Rooms whose code decides what is said: of other code, other trials."""


@dataclass(frozen=True)
class Judgement:
    """One judgement, and where it has to hold."""

    name: str
    says: str
    """What is said where there is something."""
    trials: Trials
    sizes: tuple[int, ...] = SIZES
    power_from: int | None = None
    """Items from which on nearly all has to be found; None where no such promise is made."""


def judgements(ground: Ground) -> list[Judgement]:
    """All of them, those that take least first."""
    learned = [
        Judgement(f"learned, {method}", "something was learned", ground.learned(method), power_from=FROM)
        for method in ("means", "regression", "towards", "examples", "probe")
    ]
    return [
        Judgement("apart, neighbours", "neighbours tell the labels apart", ground.neighbours),
        Judgement("apart, discriminant map", "the labels lie apart on new items", ground.discriminant),
        Judgement("new, near copies", "the samples are copies", ground.copied),
        Judgement("new, off the data", "the samples are off the data", ground.off_data),
        Judgement("at the edge, five sigma off", "the place is at the edge of the data", ground.moved(EDGE)),
        Judgement("at the edge, between items", "the place is at the edge of the data", ground.melted(EDGE)),
        Judgement("supported, five sigma off", "the place is off the data", ground.moved(UNSUPPORTED)),
        Judgement("supported, between items", "the place is off the data", ground.melted(UNSUPPORTED)),
        Judgement("drags along", "another column goes along", ground.drags),
        *learned[:3],
        Judgement("trusted, a reader", "the reader is to be trusted", ground.trusted, power_from=1000),
        *learned[3:],
    ]


def run(bench: Bench) -> Report:
    """Every judgement, with nothing to find and with something."""
    began, minutes = time.process_time(), float(os.environ.get(VARIABLE, MINUTES))
    path, code = bench.workspace.root / "judgements.json", _code()
    kept = read_json(path, "what is done") if path.is_file() else {}
    cells: dict[str, dict[str, Any]] = kept.get("cells", {}) if kept.get("code") == code else {}
    if kept and not cells:
        bench.progress.say("The code is another than that of the trials that were kept: they are made again")
    wanted = [
        (one, n, there)
        for one in judgements(Ground(bench.workspace))[:: bench.pick(1, 4)]
        for n in bench.pick(one.sizes, (40,))
        for there in (False, True)
    ]
    trials = bench.pick(TRIALS, 2)
    with bench.progress.task("Trying judgements", trials * len(wanted)) as tick:
        for one, n, there in wanted:
            cell = cells.setdefault(f"{one.name}, {n}, {_truth(there)}", {"said": 0, "not_said": 0, "not_tested": 0})
            while (done := _done(cell)) < trials and (time.process_time() - began) / 60 < minutes:
                answers = Counter(one.trials(n, there, done, min(BLOCK, trials - done)))
                for key, answer in (("said", True), ("not_said", False), ("not_tested", None)):
                    cell[key] += answers[answer]
                write_json(path, {"code": code, "cells": cells})
            tick(_done(cell))
    return _report(wanted, cells, trials, code)


def _report(
    wanted: list[tuple[Judgement, int, bool]], cells: dict[str, dict[str, Any]], trials: int, code: str
) -> Report:
    figures: dict[str, Any] = {"dimensions": DIMENSIONS, "apart": APART, "alpha": ALPHA, "code": code, "cells": []}
    rows: list[list[str]] = [["judgement", "items", "truth", "trials", "said so", "95 %", "not tested"]]
    bars: list[Bar] = []
    missing: list[str] = []
    for one, n, there in wanted:
        name = f"{one.name}, {n}, {_truth(there)}"
        cell = cells[name]
        if _done(cell) < trials:
            missing.append(name)
            continue
        said, total = cell["said"], _done(cell)
        low, high = interval_of_share(said, total) or (0.0, 1.0)
        share, untested = said / total, cell["not_tested"] / total
        figures["cells"].append({
            "judgement": one.name, "says": one.says, "items": n, "truth": _truth(there), "trials": total,
            "share": share, "interval": [low, high], "not_tested": untested,
        })  # fmt: skip
        rows.append([one.name, f"{n:,}", _truth(there), str(total), f"{share:.2f}", f"{low:.2f} to {high:.2f}",
                     f"{untested:.2f}"])  # fmt: skip
        if untested == 1:
            continue
        if not there:
            # What chance alone may add to one in twenty, of so many trials.
            bars.append(Bar(f"{one.name}, {n} items: false alarms", share, "<=", _allowed(total)))
        elif one.power_from is not None and n >= one.power_from:
            bars.append(Bar(f"{one.name}, {n} items: power", share, ">=", POWER))
    figures["missing"] = missing
    rows += [[], *([f"not done yet: {name}"] for name in missing)]
    return Report(figures, rows, bars)


def _done(cell: dict[str, Any]) -> int:
    return cell["said"] + cell["not_said"] + cell["not_tested"]


def _truth(there: bool) -> str:
    return "something" if there else "nothing"


def _allowed(trials: int) -> float:
    """The share of false alarms that a judgement of one in twenty stays below in all but one of two hundred runs."""
    return ALPHA + 2.58 * float(np.sqrt(ALPHA * (1 - ALPHA) / trials))


def _code() -> str:
    """Of what the trials are: a digest of what judges, and of how it is tried."""
    package, here = Path(trasluz.__file__).parent, Path(__file__)
    files = [file for room in JUDGED for file in sorted((package / room).rglob("*.py"))]
    found = hashlib.sha256()
    for file in (*files, here.with_name("_judgements.py")):
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:16]
