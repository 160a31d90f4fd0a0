"""Do intervals hold what they promise? Items are drawn anew hundreds of times, and it is counted how often the 95 %
interval of a figure holds what other items of the same number give in the mean, or the truth where that is known.

Sets of normal features that are alike, and such that lie half a sigma apart in every dimension; latents whose label or
quantity is told by one of eight dimensions; shares of frames that hang together in legs. And many at once: how often a
list of twenty coins says that anything was learned, with its tests as they are and corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks._common import Bar, Bench, Report
from trasluz.spaces import registry
from trasluz.spaces.figures import Figure, interval_of_mean, interval_of_share, interval_of_share_in_groups
from trasluz.spaces.many import corrected

TRIALS, SET_TRIALS, DIMENSIONS = 200, 100, 16
SIZES = (50, 200)
LEAST, MOST = 0.90, 0.98
LISTS, COINS = 400, 20
Found = Mapping[str, tuple[float, tuple[float, float] | None]]
"""By figure, its value and its interval."""


def run(bench: Bench) -> Report:
    """Every interval, and many at once."""
    figures: dict[str, Any] = {"dimensions": DIMENSIONS}
    rows: list[list[str]] = [["interval of", "n", "case", "holds", "95 %", "width / 3.92 s.d."]]
    bars: list[Bar] = []
    for n in bench.pick(SIZES, (50,)):
        cases: dict[str, tuple[Callable[[int], Found], Mapping[str, float]]] = {
            "alike": (lambda k, n=n: _sets(n, 0.0, k), {"frechet of endless items": 0.0}),
            "apart": (lambda k, n=n: _sets(n, 0.5, k), {"frechet of endless items": DIMENSIONS * 0.25}),
            "latents": (lambda k, n=n: _latents(n, k), {}),
            "means": (lambda k, n=n: _means(n, k), {"mean, normal": 0.0, "mean, skewed": 1.0, "share": 0.9}),
        }
        for case, (draw, truths) in cases.items():
            trials = bench.pick(SET_TRIALS if case in ("alike", "apart") else TRIALS, 4)
            with bench.progress.task(f"{case}, {n} items", trials) as step:
                found = list[Found]()
                for k in range(trials):
                    found.append(draw(k))
                    step(1)
            bars += _told(figures, rows, case, n, found, truths)
    for legs in bench.pick((3, 6, 12), (3,)):
        found = [_legs(legs, k) for k in range(bench.pick(5 * TRIALS, 4))]
        bars += _told(
            figures, rows, "frames that hang together", legs, found, {"share in legs": 0.5, "mean of legs": 0.0}
        )
    figures["coins"] = _coins(bench.pick(LISTS, 20))
    rows += [
        [],
        ["a list of coins that says something", str(COINS)],
        *([k, f"{v:.3f}"] for k, v in figures["coins"].items()),
    ]
    for by in ("Holm", "Benjamini-Hochberg"):
        bars.append(Bar(f"coins, {by}: lists that say something", figures["coins"][by], "<=", 0.05 + _slack(LISTS)))
    return Report(figures, rows, bars)


def _told(
    figures: dict[str, Any], rows: list[list[str]], case: str, n: int, found: list[Found], truths: Mapping[str, float]
) -> list[Bar]:
    bars: list[Bar] = []
    for name in found[0]:
        values = np.array([one[name][0] for one in found])
        truth = truths.get(name, float(values.mean()))
        ends = [one[name][1] for one in found]
        held = sum(end is not None and end[0] <= truth <= end[1] for end in ends)
        share, sure = held / len(found), interval_of_share(held, len(found)) or (0.0, 1.0)
        width = float(np.mean([end[1] - end[0] for end in ends if end is not None]))
        wide = width / (3.92 * float(values.std(ddof=1)) or 1.0)
        figures[f"{name}, {case}, {n}"] = {
            "trials": len(found),
            "holds": share,
            "interval": list(sure),
            "width": wide,
            "truth": truth,
        }
        rows.append([name, str(n), case, f"{share:.3f}", f"{sure[0]:.2f} to {sure[1]:.2f}", f"{wide:.2f}"])
        # What chance alone may take from nine in ten, or add to 98, of so many trials.
        bars.append(Bar(f"{name}, {case}, {n}: least", sure[1], ">=", LEAST))
        bars.append(Bar(f"{name}, {case}, {n}: most", sure[0], "<=", MOST))
    return bars


def _slack(trials: int) -> float:
    return 2.58 * float(np.sqrt(0.05 * 0.95 / trials))


def _draw(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _parts(name: str, figure: Figure) -> dict[str, tuple[float, tuple[float, float] | None]]:
    return {f"{name} {one.name}".strip(): (one.value, one.interval) for one in (figure, *figure.further.values())}


def _sets(n: int, shift: float, seed: int) -> Found:
    real, fake = _draw(n, DIMENSIONS, seed=2 * seed), _draw(n, DIMENSIONS, seed=2 * seed + 1) + shift
    found: dict[str, tuple[float, tuple[float, float] | None]] = {}
    for name in ("frechet", "prdc", "vendi"):
        found |= _parts(name, registry.get("metrics", name).of(real=real, fake=fake, seed=seed))
    return found


def _latents(n: int, seed: int) -> Found:
    z, noise = _draw(n, 8, seed=seed), _draw(n, seed=seed + 10**6)
    y = noise > 0
    z[:, 0] += 1.5 * y
    labels = np.where(y.numpy(), "a", "b")
    quantity = (z[:, 0] + _draw(n, seed=seed + 2 * 10**6)).numpy()
    knn, probe = (registry.get("metrics", name) for name in ("knn", "probe"))
    found = _parts("knn", knn.of(latents=z, labels=labels, seed=seed))
    found |= _parts("probe", probe.of(latents=z, labels=labels, seed=seed))
    plane = registry.get("projections", "discriminant")
    apart = plane.fit(z, plane.config_type(), seed, labels.tolist()).separation
    assert apart is not None
    found |= _parts("discriminant map", apart)
    return {**found, **_parts("probe", probe.of(latents=z, labels=quantity, seed=seed))}


def _means(n: int, seed: int) -> Found:
    from trasluz.metrics._intervals import of_mean

    x, draw = _draw(n, seed=seed), torch.Generator().manual_seed(seed)
    skewed, hits = -torch.rand(n, generator=draw).log(), int((torch.rand(n, generator=draw) < 0.9).sum())
    return {
        "mean, normal": (float(x.mean()), of_mean(x, seed)),
        "mean, skewed": (float(skewed.mean()), of_mean(skewed, seed)),
        "share": (hits / n, interval_of_share(hits, n)),
    }


def _legs(legs: int, seed: int) -> Found:
    """Seven frames a leg, most of whose difference is that of their legs."""
    place = _draw(legs, 1, seed=seed) + 0.5 * _draw(legs, 7, seed=seed + 10**6)
    hits = [[bool(hit) for hit in leg] for leg in place < 0]
    means = place.mean(1).tolist()
    return {
        "share in legs": (float(np.mean(hits)), interval_of_share_in_groups(hits)),
        "mean of legs": (float(np.mean(means)), interval_of_mean(means)),
    }


def _coins(lists: int) -> dict[str, float]:
    """Each column is a coin over 200 items, told by the one number of the items: Mann and Whitney's test, one-sided."""
    from scipy import stats

    draw, said = np.random.default_rng(0), {"as they are": 0, "Holm": 0, "Benjamini-Hochberg": 0}
    for _ in range(lists):
        scores = draw.normal(size=200)
        sides = draw.integers(0, 2, (COINS, 200)).astype(bool)
        p = [float(stats.mannwhitneyu(scores[side], scores[~side], alternative="greater").pvalue) for side in sides]
        said["as they are"] += min(p) <= 0.05
        said["Holm"] += min(corrected(p, "Holm")) <= 0.05
        said["Benjamini-Hochberg"] += min(corrected(p, "Benjamini-Hochberg")) <= 0.05
    return {name: count / lists for name, count in said.items()}
