"""Finding directions beside the usual ways: principal components of 100,000 x 512 beside GANSpace's incremental ones,
a probe beside a linear support vector machine, SeFa by itself; and an edit along a known direction beside the bare
decode.

Ratios are of medians taken in turn. The components are compared one by one, by the angle between them.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks._common import Bar, Bench, Report, interleaved, ratio, seconds, spread
from trasluz import wrap
from trasluz.base import rng
from trasluz.base.progress import SILENT
from trasluz.geometry.moves import moved
from trasluz.lab.shelf import bundled
from trasluz.lab.shelf.models import open as open_model
from trasluz.spaces import registry
from trasluz.spaces.direction import Direction
from trasluz.spaces.methods import Evidence

ROWS, WIDTH, COMPONENTS = 100_000, 512, 20
FASTER, SAME, SEFA, EDIT = 15.0, 1e-3, 1.0, 1.3
BATCH = 64


def run(bench: Bench) -> Report:
    """All four."""
    n, d = bench.pick(ROWS, 2000), bench.pick(WIDTH, 32)
    spreads = torch.logspace(0.5, -1, d)
    turn = torch.linalg.qr(torch.randn(d, d, generator=rng.generator(0, "turn"))).Q
    x = (torch.randn(n, d, generator=rng.generator(0, "rows")) * spreads) @ turn
    space = wrap(nn.Sequential(nn.Linear(d, 48), nn.Unflatten(1, (3, 4, 4))), shape=(d,)).space()
    rounds = bench.pick(3, 1)
    figures: dict[str, Any] = {"rows": n, "dimensions": d, "components": COMPONENTS}
    table: list[list[str]] = [["", "ours, s", "the other, s", "ratio"]]
    pca, worst = _pca(space, x, rounds)
    figures["pca"] = {**pca, "largest_angle": worst}
    table.append(["principal components, beside IncrementalPCA", *_cells(pca)])
    probe = _probe(space, x, rounds)
    figures["probe"] = probe
    table.append(["probe, beside LinearSVC", *_cells(probe)])
    sefa = _sefa(d, rounds)
    figures["sefa"] = sefa
    table.append([f"SeFa, a layer of 4,096 x {d}", f"{sefa['median']:.3f}", "", ""])
    edit = _edit(bench)
    figures["edit"] = edit
    table.append(["an edit, beside the bare decode", *_cells(edit)])
    bars = [
        Bar("PCA, times as fast as IncrementalPCA", pca["ratio"]["median"], ">=", FASTER),
        Bar("PCA, largest angle to its components", worst, "<=", SAME),
        Bar("SeFa, seconds", sefa["median"], "<", SEFA),
        Bar("edit, times the bare decode", 1 / edit["ratio"]["median"], "<=", EDIT),
    ]
    return Report(figures, table, bars)


def _cells(found: dict[str, Any]) -> list[str]:
    return [f"{found['ours']['median']:.3f}", f"{found['other']['median']:.3f}", f"{found['ratio']['median']:.2f}"]


def _compared(ours: Any, other: Any, rounds: int) -> dict[str, Any]:
    times = interleaved({"ours": lambda: seconds(ours), "other": lambda: seconds(other)}, rounds, warm=1)
    return {**{k: spread(v) for k, v in times.items()}, "ratio": ratio(times["other"], times["ours"])}


def _pca(space: Any, x: torch.Tensor, rounds: int) -> tuple[dict[str, Any], float]:
    from sklearn.decomposition import PCA, IncrementalPCA

    how, array = registry.get("finders", "pca"), x.numpy()
    found: list[Any] = []

    def ours() -> None:
        found[:] = how.find(Evidence(space, x), COMPONENTS, how.config_type(), 0, SILENT)

    # GANSpace fits in batches; scikit-learn's own default is five rows a dimension.
    times = _compared(ours, lambda: IncrementalPCA(COMPONENTS).fit(array), rounds)
    exact = torch.from_numpy(PCA(COMPONENTS, svd_solver="covariance_eigh").fit(array.astype(np.float64)).components_)
    mine = torch.stack([a.vector.double() for a in found])
    cosine = (mine * exact).sum(1).abs().clamp(max=1)
    return times, float((1 - cosine.square()).clamp_min(0).sqrt().max())


def _probe(space: Any, x: torch.Tensor, rounds: int) -> dict[str, Any]:
    from sklearn.svm import LinearSVC

    how = registry.get("finders", "probe")
    noise = torch.randn(len(x), generator=rng.generator(0, "noise"))
    y = ((x @ torch.linspace(1, -1, x.shape[1])) / 10 + noise > 0).float()
    truth = (x.numpy(), y.numpy())

    def other() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            LinearSVC(dual="auto", max_iter=200).fit(*truth)

    return _compared(lambda: how.find(Evidence(space, x, y), 1, how.config_type(), 0, SILENT), other, min(rounds, 2))


def _sefa(d: int, rounds: int) -> dict[str, float]:
    how = registry.get("finders", "sefa")

    class Layer(type(wrap(nn.Sequential(nn.Linear(d, 48), nn.Unflatten(1, (3, 4, 4))), shape=(d,)).space())):  # type: ignore[misc]
        def first_affine(self) -> torch.Tensor:
            return weight

    weight = torch.randn(4096, d, generator=rng.generator(0, "layer"))
    space = wrap(nn.Sequential(nn.Linear(d, 48), nn.Unflatten(1, (3, 4, 4))), shape=(d,)).space()
    space.__class__ = Layer
    return spread(
        [seconds(lambda: how.find(Evidence(space), 20, how.config_type(), 0, SILENT)) for _ in range(rounds + 1)][1:]
    )


def _edit(bench: Bench) -> dict[str, Any]:
    model = open_model("faces-vae" if "faces-vae" in bundled.names() else bundled.names()[0])
    space = model.space()
    z = space.prior().sample(bench.pick(BATCH, 4), 0).float()
    vector = torch.randn(space.shape, generator=rng.generator(0, "vector"))
    direction = Direction("d", "", "", space.name, vector / vector.norm(), 1.0, "given")

    def ours() -> None:
        with torch.inference_mode():
            space.decode(moved(z, [direction], [2.0]))

    def bare() -> None:
        with torch.inference_mode():
            space.decode(z)

    return _compared(ours, bare, bench.pick(15, 2))
