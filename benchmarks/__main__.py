"""`python -m benchmarks` lists the benchmarks, `python -m benchmarks NAME` runs one, `all` runs every one that takes
minutes.

A full run writes `benchmarks/results/NAME.json`; `--quick` goes the same way in under a minute, on small sizes, and
writes below `runs/` instead, since its figures mean nothing.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks import HOURS, NAMES

HERE = Path(__file__).parent
REPOSITORY = HERE.parent


def describe(name: str) -> str:
    """The first paragraph of a benchmark's docstring, read without running it."""
    tree = ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))
    return " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, run, write, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"{', '.join(NAMES)}, or all")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--out", type=Path, help="folder of the results")
    parser.add_argument("--workspace", type=Path, help="folder of models and cached data")
    parser.add_argument("--model", help="a model of that workspace instead of a new one")
    parser.add_argument("--steps", type=int, help="training steps of the model, where one is trained")
    given = parser.parse_args(arguments)
    if given.name is None:
        width = max(len(name) for name in NAMES)
        print("\n".join(f"{name:{width}}  {describe(name)}" for name in NAMES))
        return 0
    if given.name != "all" and given.name not in NAMES:
        parser.error(f"unknown benchmark {given.name!r}; there are {', '.join(NAMES)}")
    every = [name for name in NAMES if name not in HOURS]
    for name in every if given.name == "all" else (given.name,):
        _run(name, given)
    return 0


def _run(name: str, given: argparse.Namespace) -> None:
    if given.quick:
        # Several threads wait for each other on a machine that is busy; libraries read this when they are loaded.
        os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    from benchmarks._common import Bench, finish
    from trasluz.cli.progress import progress_for
    from trasluz.io.workspace import Workspace

    runs = REPOSITORY / "runs" / "benchmarks"
    out = given.out or (runs / "quick" if given.quick else HERE / "results")
    place = given.workspace or runs / ("quick-workspace" if given.quick else "workspace")
    bench = Bench(name, given.quick, out, Workspace(place), given.model, given.steps, progress_for(quiet=False))
    began = time.perf_counter()
    report = import_module(f"benchmarks.{name}").run(bench)
    print(finish(bench, report, describe(name), time.perf_counter() - began))


if __name__ == "__main__":
    sys.exit(main())
