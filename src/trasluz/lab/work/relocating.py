"""From one space to another: the ladder of maps, each decoded and judged on items that it has not seen.

The figures are those of Asperti & Tonelli 2023, section 4: R = MSE(x, dec₁(enc₁ x)), L = MSE(enc₂ x, A enc₁ x), and
M = MSE(x, dec₂(A enc₁ x)); beside them what the second model does by itself, own = MSE(x, dec₂(enc₂ x)), and M of a map
that was fitted on shuffled pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.geometry.distances import farthest, nearest
from trasluz.lab.results.ways import Back, Few, Found, Kept, Mean, Rung, Way, Worst
from trasluz.lab.shelf.batches import decode_all, encode_all
from trasluz.lab.work.pairing import Gathering, Side, errors
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
    tried, left_out = list[Tried](), dict[str, str]()
    with progress.task(f"From {a.name} to {b.name}", len(chosen) + 2) as step:
        for how in chosen:
            why = how.why_not(*pairs.shapes, len(pairs.source))
            if why is not None:
                left_out[how.name] = why
            else:
                one = _rung(how, pairs, a, b, seed, progress)
                if math.isfinite(one.rung.m.value):
                    tried.append(one)
                else:
                    left_out[how.name] = f"{b.name} decodes what it gives to numbers that are not finite"
            step(1, note=how.name)
        if not tried:
            raise InvalidArgument(
                f"no map from {a.name} to {b.name}", got="; ".join(f"{key}: {why}" for key, why in left_out.items()),
                next="Name another with --method, or leave it out",
            )  # fmt: skip
        best = simplest([one.rung for one in tried])
        moved = next(one.moved for one in tried if one.rung is best)
        # Who looks at no pairs cannot be misled by shuffled ones: a linear map then stands for chance.
        looks = best.name if registry.get("relocations", best.name).rung != 0 else "ridge"
        by_chance = _shuffled(registry.get("relocations", looks), pairs, a, b, seed).rung
        step(1)
        few = few_items(registry.get("relocations", best.name), pairs, a, b, seed)
        step(1)
    source, target = names or (a.name, b.name)
    return Way(
        source, target, (a.space.name, b.space.name), tuple(one.rung for one in tried), left_out, best.name,
        Mean.of(a.own), Mean.of(b.own), b.variance, by_chance, gathering.counts, moved,
        retrieved(moved, b.test), kept_columns(gathering, a, b, moved), few,
    )  # fmt: skip


def there_and_back(a: Side, b: Side, there: Way, back: Way) -> Back:
    """Out of the first space by the map to the second, and home by the map of the other way: at once, which says how
    well the maps fit each other, and by way of what the second model makes of it, encoded again, which says what the
    second space holds."""

    def home(z: Tensor, by: Relocation) -> tuple[Mean, Mean]:
        found = by(z)
        return Mean.of(errors(found, a.test)), Mean.of(a.apart(a.items, decode_all(a.space, found)))

    through = None
    if b.space.encodes:
        through = home(encode_all(b.space, decode_all(b.space, there.moved)), back.rung.map)
    shuffled = home(there.by_chance.map(a.test), back.by_chance.map)
    return Back(*home(there.moved, back.rung.map), through, there.r, shuffled, a.variance)


def pairs_of(a: Side, b: Side) -> Pairs:
    return Pairs(a.fit, b.fit, a.aside, b.aside)


@final
@dataclass(frozen=True)
class Tried:
    """A map of the ladder, and where it takes the test items."""

    rung: Rung
    moved: Tensor


def _rung(how: RelocationMethod, pairs: Pairs, a: Side, b: Side, seed: int, progress: Progress) -> Tried:
    found = how.of(pairs, seed=seed, progress=progress)
    moved = found(a.test)
    decoded = decode_all(b.space, moved, progress=progress)
    shown, seen = b.apart(b.items, decoded), b.apart(b.rebuilt, decoded)
    return Tried(Rung(how.name, how.title, found, errors(moved, b.test), shown, seen), moved)


def _shuffled(how: RelocationMethod, pairs: Pairs, a: Side, b: Side, seed: int) -> Tried:
    """A map of the same kind, from pairs that do not belong together."""
    draw = rng.generator(seed, "shuffled pairs")
    order = torch.randperm(len(pairs.target), generator=draw)
    aside = torch.randperm(len(pairs.target_aside), generator=draw)
    broken = Pairs(pairs.source, pairs.target[order], pairs.source_aside, pairs.target_aside[aside])
    return _rung(how, broken, a, b, seed, SILENT)


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


def kept_columns(gathering: Gathering, a: Side, b: Side, moved: Tensor) -> tuple[Kept, ...]:
    """What is known of the items, read off the latents before and after: by a linear reading of each space (ridge
    regression on the values, Fisher 1936 by least squares), fitted on the items that the map was fitted on.

    Args:
        moved: The test items relocated.
    """
    fit, test = gathering.fit_rows, gathering.test_rows
    if fit is None or test is None:
        return ()
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
        scores = reads_a.scores(a.test[there]), reads_b.scores(moved[there]), reads_b.scores(b.test[there])
        first, after, native = (each.argmax(1) for each in scores)
        hits = int((after == said).sum())
        n = len(there)
        told = Kept(
            name, float((first == said).double().mean()), float((native == said).double().mean()),
            hits / n, float(torch.bincount(said).max()) / n, n, interval_of_share(hits, n),
            float((native == after).double().mean()),
        )  # fmt: skip
        if told.is_lost or told.is_missing:
            one = most_changed(said, scores[0 if told.is_lost else 2], scores[1])
            read = [values[int(codes[one])] for codes in (first, after, native)]
            worst = Worst(there[one], gathering.points[there[one]], values[int(said[one])], (read[0], read[1], read[2]))
            told = replace(told, worst=worst)
        out.append(told)
    return tuple(out)


def most_changed(said: Tensor, before: Tensor, after: Tensor) -> int:
    """The item whose reading changed with the greatest certainty from what is true of it to something else: by how
    much its own value led before, and the other one leads after.

    Args:
        said: `(n,)`, the code that is true of each item.
        before: `(n, values)`, how much speaks for each value before.
        after: The same after; fewer are right, so that some have changed.
    """
    other = after.argmax(1, keepdim=True)
    own = said[:, None]
    changed = (before.argmax(1) == said) & (other[:, 0] != said)
    lead = before.gather(1, own) - before.gather(1, other) + after.gather(1, other) - after.gather(1, own)
    return int(torch.where(changed, lead[:, 0], -math.inf).argmax())


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

    def scores(self, z: Tensor) -> Tensor:
        """How much speaks for each value, `(n, values)`: about 1 for the one that is, and 0 for others."""
        return (z.double().flatten(1) - self._mean) @ self._weight + self._rate


def few_items(how: RelocationMethod, pairs: Pairs, a: Side, b: Side, seed: int) -> tuple[Few, ...]:
    """The error of the chosen kind of map by the number of items; a network, which takes long, stands back for the
    linear map below it."""
    method = registry.get("relocations", "ridge") if how.name == "network" else how
    n = len(pairs.source)
    sizes = [size for size in (SMALLEST * 2**k for k in range(20)) if size < n] + [n]
    variance = b.variance or 1.0
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
