"""The way back from a UMAP map beside umap-learn's `inverse_transform`: time of one place in turns, and the share of
the variance that held-out items lose on the way to the map and back, each by its own way there.

Beside them what explains the figures: our way back from umap-learn's own places, a plain mean of the nearest rows,
the map by principal components; what the map says of itself; and how far a place moves when it is decoded to a
latent and projected again, among the rows and in the gaps between them.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from statistics import median
from typing import Any

import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Report, interleaved, ratio, seconds, spread
from trasluz.base.rng import generator
from trasluz.geometry.distances import nearest
from trasluz.geometry.local_density import reach
from trasluz.lab.encode import encode
from trasluz.lab.map import map as draw
from trasluz.lab.shelf.models import open as open_model
from trasluz.projections._back import WayBack
from trasluz.projections.umap import UMAPConfig
from trasluz.spaces import registry
from trasluz.spaces.methods import Projection

ITEMS, HELD, ROUNDS, SINGLES, BATCH = 3000, 500, 9, 50, 10_000
FASTER = 500.0
"""Times: the limit."""
GAP = 4.0
"""Reaches from the nearest row up to which an empty place lies between the data, and not beyond them."""


def run(bench: Bench) -> Report:
    """Fit both on the same rows; measure times, errors, places; draw the map."""
    model = open_model(bench.model or "faces-vae", workspace=bench.workspace)
    items, held = bench.pick(ITEMS, 240), bench.pick(HELD, 60)
    place = {"workspace": bench.workspace, "progress": bench.progress}
    z = encode(model, limit=items + held, **place).latents
    rows, new = z[:items], z[items:]
    began = time.perf_counter()
    ours = registry.get("projections", "umap").fit(rows, UMAPConfig(), 0)
    fit_seconds = time.perf_counter() - began
    began = time.perf_counter()
    theirs = _umap_learn(rows)
    peer_fit_seconds = time.perf_counter() - began
    places = {"ours": ours.project(new), "umap-learn": _theirs(theirs.transform, new)}
    times = _times(ours, theirs, places, bench)
    errors = _errors(rows, new, ours, theirs, places)
    faster = ratio(times["umap-learn"], times["ours"])
    wide = ours.xy.repeat(-(-BATCH // items), 1)[: bench.pick(BATCH, 500)]
    batch = spread([seconds(lambda: ours.inverse(wide)) for _ in range(5)])
    pictures = _pictures(bench, model, items, place)
    figures = {
        "model": model.name,
        "rows": items,
        "held_out": held,
        "settings": UMAPConfig().dump(),
        "one_place_ms": {name: {k: 1000 * v if k != "rounds" else v for k, v in spread(values).items()}
                         for name, values in times.items()},
        "times_faster": faster,
        "places_per_second_in_batches": len(wide) / batch["median"],
        "fit_seconds": {"ours, with way back and its error": fit_seconds, "umap-learn": peer_fit_seconds},
        "project_seconds": seconds(lambda: ours.project(new)),
        "variance_lost": errors,
        "variance_lost_as_the_map_says": ours.round_trip,
        "place_moved_over_reach": _moved(ours),
    }  # fmt: skip
    table = [["", "one place, ms", "variance lost"]]
    table += [[n, f"{1000 * median(times[n]):.3f}", f"{errors[n]:.3f}"] for n in ("ours", "umap-learn")]
    table += [[name, "", f"{value:.3f}"] for name, value in errors.items() if name not in times]
    table += [[f"as the map itself says, of items held out of it: {ours.round_trip:.3f}; fit {fit_seconds:.0f} s"]]
    bars = [
        Bar("times faster than umap-learn's inverse_transform, one place", faster["median"], ">=", FASTER),
        Bar("variance lost by held-out items, ours over umap-learn's", errors["ours"] / errors["umap-learn"], "<", 1.0),
    ]
    return Report(figures, table, bars, pictures)


def _umap_learn(rows: Tensor) -> Any:
    """The same layout as umap-learn makes it, with what its `transform` and `inverse_transform` need."""
    import umap

    settings = UMAPConfig()
    made = umap.UMAP(n_neighbors=settings.neighbours, min_dist=settings.min_dist, random_state=0, n_jobs=1)
    with _left_alone():
        return made.fit(rows.numpy())


@contextmanager
def _left_alone() -> Generator[None, None, None]:
    """Work of umap-learn, which warns, and sets how many threads torch has, too."""
    threads = torch.get_num_threads()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    torch.set_num_threads(threads)


def _theirs(call: Callable[[Any], Any], x: Tensor) -> Tensor:
    with _left_alone():
        return torch.from_numpy(call(x.numpy()))


def _times(ours: Projection, theirs: Any, places: dict[str, Tensor], bench: Bench) -> dict[str, list[float]]:
    """Seconds for one place, in turns, on both sides at the places of held-out items."""
    turn = iter(range(1_000_000))
    singles = min(bench.pick(SINGLES, 5), len(places["ours"]))

    def one() -> float:
        return median([seconds(lambda i=i: ours.inverse(places["ours"][i : i + 1])) for i in range(singles)])

    def peer() -> float:
        i = next(turn) % len(places["umap-learn"])
        return seconds(lambda: _theirs(theirs.inverse_transform, places["umap-learn"][i : i + 1]))

    ways: dict[str, Callable[[], float]] = {"ours": one, "umap-learn": peer}
    return interleaved(ways, bench.pick(ROUNDS, 2))


def _errors(rows: Tensor, new: Tensor, ours: Projection, theirs: Any, places: dict[str, Tensor]) -> dict[str, float]:
    """The share of the variance about the rows' mean that new items lose, by several ways."""
    settings, pca = UMAPConfig(), registry.get("projections", "pca")
    layout = torch.from_numpy(theirs.embedding_)
    line = pca.fit(rows, pca.config_type(), 0)

    def lost(back: Tensor) -> float:
        return float((back - new).square().sum() / (new - rows.mean(0)).square().sum())

    def mean(xy: Tensor, at: Tensor) -> Tensor:
        return rows[nearest(at, xy, settings.blend)[1]].mean(1)

    return {
        "ours": lost(ours.inverse(places["ours"])),
        "umap-learn": lost(_theirs(theirs.inverse_transform, places["umap-learn"])),
        "our way back from umap-learn's places": lost(
            WayBack.fit(layout, rows, settings.blend).inverse(places["umap-learn"])
        ),
        "plain mean of nearest rows at our places": lost(mean(ours.xy, places["ours"])),
        "plain mean of nearest rows at umap-learn's places": lost(mean(layout, places["umap-learn"])),
        "principal components": lost(line.inverse(line.project(new))),
    }


def _moved(plane: Projection) -> dict[str, dict[str, float]]:
    """How far places come to lie from where they were, by way of their latents, in units of the reach."""
    low, high = plane.xy.min(0).values, plane.xy.max(0).values
    at = low + (high - low) * torch.rand(4000, 2, generator=generator(0, "places of a map"))
    apart = reach(plane.xy)
    beside = nearest(at, plane.xy)[0][:, 0] / apart
    out: dict[str, dict[str, float]] = {}
    for name, which in {"among the rows": beside <= 1, "in the gaps": (beside > 1) & (beside <= GAP)}.items():
        chosen = at[which][:300]
        if len(chosen):
            moved = (plane.project(plane.inverse(chosen)) - chosen).norm(dim=1) / apart
            out[name] = {"median": float(moved.median()), "mean": float(moved.mean()), "places": len(chosen)}
    return out


def _pictures(bench: Bench, model: Any, items: int, place: dict[str, Any]) -> tuple[str, ...]:
    atlas = encode(model, limit=items, name="speed-umap", **place)
    drawn = draw(model, atlas=atlas, method="umap", **place)
    return bench.picture(drawn.image(), "map"), bench.picture(drawn.sheet(), "sheet")
