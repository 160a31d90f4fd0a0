"""From one space to another: the ladder of maps, each decoded and judged on items that it has not seen.

The figures are those of Asperti & Tonelli 2023, section 4: R = MSE(x, dec₁(enc₁ x)), L = MSE(enc₂ x, A enc₁ x), and
M = MSE(x, dec₂(A enc₁ x)); beside them what the second model does by itself, own = MSE(x, dec₂(enc₂ x)), and M of a map
that was fitted on shuffled pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.distances import farthest, nearest
from trasluz.lab.results.ways import Few, Found, Kept, Mean, Rung, Way
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.work.pairing import Gathering, Side, errors, scaled
from trasluz.spaces import registry
from trasluz.spaces.figures import interval_of_share, student
from trasluz.spaces.relocation import Pairs, Relocation, RelocationMethod

WORTH = 0.02
"""A richer map has to do better by this share too: of a thousand pairs hardly anything is within the interval."""
SMALLEST = 4
"""Items of the smallest support set that is tried."""
DRAWS = 5
"""Random support sets of each size."""
MOST_VALUES = 30
"""Different values of a column beyond which it names items."""


def ladder() -> list[RelocationMethod]:
    """The methods that stand on it, from the simplest on."""
    every = [registry.get("relocations", name) for name in registry.names("relocations")]
    return sorted((how for how in every if how.rung is not None), key=lambda how: (how.rung or 0, how.name))


def way(
    gathering: Gathering, first: int, second: int, *, names: tuple[str, str] | None = None,
    methods: Sequence[str] | None = None, seed: int = 0, progress: Progress = SILENT,
) -> Way:  # fmt: skip
    """From one of the models to another.

    Args:
        names: What the two are called; None for the models' own names.
        methods: By name; None for the ladder.
    """
    a, b = gathering.sides[first], gathering.sides[second]
    pairs = pairs_of(a, b)
    chosen = ladder() if methods is None else [registry.get("relocations", name) for name in methods]
    native = decode_all(b.space, b.test, progress=progress)
    wanted, made = scaled(b.items, b.space.representation), scaled(native, b.space.representation)
    rungs, left_out = list[Rung](), dict[str, str]()
    with progress.task(f"From {a.name} to {b.name}", len(chosen) + 2) as step:
        for how in chosen:
            why = how.why_not(*pairs.shapes, len(pairs.source))
            if why is not None:
                left_out[how.name] = why
            else:
                rungs.append(_rung(how, pairs, a, b, wanted, made, seed, progress))
            step(1, note=how.name)
        best = simplest(rungs)
        # Who looks at no pairs cannot be misled by shuffled ones: a linear map then stands for chance.
        looks = best.name if registry.get("relocations", best.name).rung != 0 else "ridge"
        by_chance = _shuffled(registry.get("relocations", looks), pairs, a, b, wanted, made, seed)
        step(1)
        again = decode_all(a.space, a.test, progress=progress)
        r = Mean.of(errors(scaled(a.items, a.space.representation), scaled(again, a.space.representation)))
        few = few_items(registry.get("relocations", best.name), pairs, a, b, seed)
        step(1)
    moved = best.map(a.test)
    source, target = names or (a.name, b.name)
    return Way(
        source, target, (a.space.name, b.space.name), tuple(rungs), left_out, best.name, r,
        Mean.of(errors(wanted, made)),
        float(b.test.double().flatten(1).var(0, correction=0).mean()), (by_chance.l, by_chance.m), gathering.counts,
        retrieved(moved, b.test), kept_columns(gathering, a, b, best.map), few,
    )  # fmt: skip


def pairs_of(a: Side, b: Side) -> Pairs:
    return Pairs(a.fit, b.fit, a.aside, b.aside)


def _rung(
    how: RelocationMethod, pairs: Pairs, a: Side, b: Side, wanted: Tensor, made: Tensor, seed: int, progress: Progress
) -> Rung:
    found = how.of(pairs, seed=seed, progress=progress)
    moved = found(a.test)
    decoded = scaled(decode_all(b.space, moved, progress=progress), b.space.representation)
    latent = errors(moved.double().flatten(1), b.test.double().flatten(1))
    return Rung(how.name, how.title, found, latent, errors(wanted, decoded), errors(made, decoded))


def _shuffled(how: RelocationMethod, pairs: Pairs, a: Side, b: Side, wanted: Tensor, made: Tensor, seed: int) -> Rung:
    """A map of the same kind, from pairs that do not belong together."""
    draw = rng.generator(seed, "shuffled pairs")
    order = torch.randperm(len(pairs.target), generator=draw)
    aside = torch.randperm(len(pairs.target_aside), generator=draw)
    broken = Pairs(pairs.source, pairs.target[order], pairs.source_aside, pairs.target_aside[aside])
    return _rung(how, broken, a, b, wanted, made, seed, SILENT)


def simplest(rungs: Sequence[Rung]) -> Rung:
    """The simplest map that no richer one beats: whose decoded error on the same items is less by more than the 95 %
    interval of the difference, and by more than one part in fifty.

    Raises:
        IndexError: there are none.
    """
    for i, one in enumerate(rungs):
        if not any(_beats(other, one) for other in rungs[i + 1 :]):
            return one
    return rungs[-1]


def _beats(other: Rung, one: Rung) -> bool:
    gain = Mean.of(one.shown - other.shown)
    least = gain.interval[0] if gain.interval is not None else gain.value
    return least > 0 and gain.value > WORTH * one.m.value


def retrieved(moved: Tensor, native: Tensor) -> Found:
    """Whether each relocated latent `(n, *shape)` finds its own among the native ones."""
    x, y = moved.double().flatten(1), native.double().flatten(1)
    n = len(x)
    near = nearest(x, y, min(5, n))[1]
    back = nearest(y, x, 1)[1][:, 0]
    own = torch.arange(n)
    hit = near[:, 0] == own
    top1 = float(hit.double().mean())
    mutual = float((hit & (back == own)).double().mean())
    top5 = float((near == own[:, None]).any(1).double().mean())
    return Found(top1, top5, mutual, 1 / n, n, interval_of_share(int(hit.sum()), n))


def kept_columns(gathering: Gathering, a: Side, b: Side, found: Relocation) -> tuple[Kept, ...]:
    """What is known of the items, read off the latents before and after: by a linear reading of each space (ridge
    regression on the values, Fisher 1936 by least squares), fitted on the items that the map was fitted on."""
    fit, test = gathering.fit_rows, gathering.test_rows
    if fit is None or test is None:
        return ()
    moved = found(a.test)
    out = list[Kept]()
    for name in fit.columns:
        column = fit.typed(name)
        if column.is_scale or not 2 <= column.distinct <= MOST_VALUES:
            continue
        values = list(column.values)
        there = [i for i, text in enumerate(test.typed(name).texts) if text in values]
        said = torch.tensor([values.index(str(test.typed(name).texts[i])) for i in there])
        known = torch.from_numpy(column.codes.astype("int64"))
        if len(there) < 8 or int((known >= 0).sum()) < 8:
            continue
        reads_a, reads_b = Reading(a.fit, known, len(values)), Reading(b.fit, known, len(values))
        native, after = reads_b(b.test[there]), reads_b(moved[there])
        hits = int((after == said).sum())
        n = len(there)
        out.append(
            Kept(
                name, float((reads_a(a.test[there]) == said).double().mean()), float((native == said).double().mean()),
                hits / n, float(torch.bincount(said).max()) / n, n, interval_of_share(hits, n),
                float((native == after).double().mean()),
            )
        )  # fmt: skip
    return tuple(out)


@final
class Reading:
    """A linear reading of values off latents; codes below 0 are not known, and left out."""

    def __init__(self, z: Tensor, codes: Tensor, values: int) -> None:
        x = z.double().flatten(1)[codes >= 0]
        y = torch.nn.functional.one_hot(codes[codes >= 0], values).double()
        self._mean, self._rate = x.mean(0), y.mean(0)
        x = x - self._mean
        d, n = x.shape[1], len(x)
        if d <= n:
            gram = x.T @ x
            gram = gram + (1e-3 * float(gram.diagonal().mean()) + 1e-12) * torch.eye(d, dtype=gram.dtype)
            self._weight = torch.linalg.solve(gram, x.T @ (y - self._rate))
        else:
            gram = x @ x.T
            gram = gram + (1e-3 * float(gram.diagonal().mean()) + 1e-12) * torch.eye(n, dtype=gram.dtype)
            self._weight = x.T @ torch.linalg.solve(gram, y - self._rate)

    def __call__(self, z: Tensor) -> Tensor:
        """The code of each latent."""
        return ((z.double().flatten(1) - self._mean) @ self._weight + self._rate).argmax(1)


def few_items(how: RelocationMethod, pairs: Pairs, a: Side, b: Side, seed: int) -> tuple[Few, ...]:
    """The error of the chosen kind of map by the number of items; a network, which takes long, stands back for the
    linear map below it."""
    method = registry.get("relocations", "ridge") if how.name == "network" else how
    n = len(pairs.source)
    sizes = [size for size in (SMALLEST * 2**k for k in range(20)) if size < n] + [n]
    variance = float(b.test.double().flatten(1).var(0, correction=0).mean()) or 1.0
    wanted = b.test.double().flatten(1)

    def error(rows: Tensor) -> float:
        some = Pairs(pairs.source[rows], pairs.target[rows], pairs.source_aside, pairs.target_aside)
        moved = method.of(some, seed=seed)(a.test)
        return float((moved.double().flatten(1) - wanted).square().mean()) / variance

    out = list[Few]()
    source = pairs.source.double().flatten(1)
    middle = int((source - source.mean(0)).square().sum(1).argmin())
    far = farthest(source, max(size for size in sizes if size <= max(SMALLEST, n // 2)), middle)
    for size in sizes:
        if method.why_not(*pairs.shapes, size) is not None:
            continue
        draws = DRAWS if size < n else 1
        draw = rng.generator(seed, f"support sets of {size}")
        each = torch.tensor([error(torch.randperm(n, generator=draw)[:size].sort().values) for _ in range(draws)])
        half = student(draws - 1) * float(each.std()) / math.sqrt(draws) if draws > 1 else 0.0
        mean = float(each.mean())
        out.append(Few(size, "random", mean, (mean - half, mean + half) if draws > 1 else None, draws))
        if size <= len(far):
            out.append(Few(size, "farthest", error(far[:size]), None, 1))
            if size <= 256:
                out.append(Few(size, "k-means", error(central(pairs.source, size, seed)), None, 1))
    return tuple(out)


def central(z: Tensor, count: int, seed: int) -> Tensor:
    """The rows nearest to the middles of `count` clusters (k-means)."""
    from sklearn.cluster import MiniBatchKMeans

    x = z.double().flatten(1)
    make: Any = MiniBatchKMeans
    found = make(count, random_state=seed % 2**32, n_init=1, batch_size=1024).fit(x.numpy())
    middles = torch.from_numpy(found.cluster_centers_).double()
    rows = nearest(middles, x, 1)[1][:, 0].unique()
    if len(rows) < count:  # two middles may have one nearest row
        rest = torch.tensor([i for i in range(len(x)) if i not in set(rows.tolist())][: count - len(rows)])
        rows = torch.cat([rows, rest])
    return rows.sort().values
