"""Did a method learn anything? Its direction is found on some items and tried on others, which it has not seen, and a
test says how often chance alone does as well.

Where there are many, a quarter is held out, and the test is that of Mann & Whitney (1947), or for a quantity of
Spearman's rank correlation. Where there are few, every item is held out once (cross-fitting); the parts then share
most of what their directions were found on, so no formula holds, and the same is done with the labels of other items
(Phipson & Smyth 2010, *Permutation P-values should never be zero*): an exact test, whatever the method. Where even
that cannot be had, it is not tested, and that is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, final

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.config import Config
from trasluz.base.errors import TrasluzError
from trasluz.base.late import stats
from trasluz.base.progress import SILENT, Progress
from trasluz.base.shapes import Scores
from trasluz.geometry.hanging import first_of
from trasluz.geometry.separation import auc
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod

ALPHA = 0.05
"""How often at most a method that learned nothing may be said to have learned something."""
FOLDS = 4
FEW = 100
"""Items of the rarer side, or of a quantity with `2 * FEW` in all, below which every item is held out once."""
COMMONER = 4
"""Of few items, those of the commoner side for each of the rarer: more tell no more."""
PERMUTATIONS = 99
ENOUGH = 10
"""Permutations as good as the labels themselves, after which nothing more is to be learned (Besag & Clifford 1991)."""
FIRST, CLEARLY = 39, 1e-3
"""Permutations after which a figure that none comes near, with a chance below this, needs no more of them."""
SHUFFLES = 3
"""Directions found on shuffled labels, to compare pictures with."""
WHOLE = 1000
"""Items that are looked at where whole groups are held out, the same number of each."""
MOST = 5000
"""Items of either side, or of a quantity, that are looked at, drawn from more: rare ones all."""


@final
@dataclass(frozen=True)
class Doubt:
    """What was learned may be whose the items are: with all items of a value of another column held out, each of which
    has one value of the target, nothing is."""

    column: str
    values: int
    p: float | None
    """None where these were too few to test."""


@final
@dataclass(frozen=True)
class Separation:
    """How well a method tells items that it has not seen, and whether chance does so too."""

    figure: str
    """`AUC`, or `rank correlation` with a quantity."""
    held_out: float | None
    """The figure on items held out; chance gives 0.5, or 0 of a correlation."""
    n: int
    """Items held out."""
    p: float | None
    """How often chance alone does as well; None where it was not tested."""
    learned: bool | None
    """None where it was not tested."""
    how: str
    """How it was tested, or why not."""
    shuffled: tuple[Tensor, ...] = ()
    """Directions found on shuffled labels."""
    of: Literal["items", "groups"] = "items"
    """What was held out, and is counted."""
    doubt: Doubt | None = None
    """Where it rests on items that may belong together."""

    def details(self) -> dict[str, Any]:
        """As a direction's file keeps it."""
        return {
            "figure": self.figure,
            "held_out": None if self.held_out is None else round(self.held_out, 4),
            "held_out_n": self.n,
            "p": None if self.p is None else float(f"{self.p:.3g}"),
            "learned": self.learned,
            "tested": self.how,
            **({} if self.of == "items" else {"held_out_of": self.of}),
            **({} if self.doubt is None else {"doubt": asdict(self.doubt)}),
        }


def separation(
    how: FinderMethod, evidence: Evidence, config: Config, seed: int, progress: Progress = SILENT
) -> Separation | None:
    """Whether a method learned anything from its evidence; None where there is no target to tell.

    One-sided: what a direction tells the wrong way round on new items, it has not learned.
    """
    if evidence.target is None or evidence.latents is None:
        return None
    known, left = _counted(evidence.target, evidence.groups)
    order = known[torch.randperm(len(known), generator=rng.generator(seed, "held out"))]
    order = _first_of_each(order, evidence.target[order])
    given = _part(evidence, order)
    target = _told(given)[1]
    quantity = _is_quantity(target)
    figure = "rank correlation" if quantity else "AUC"
    least = len(order) // 2 if quantity else _rarer(target)
    grouped = least < FEW and left > 0
    with progress.task("Trying what was learned on items held out", None):
        vectors = tuple(_shuffled_vectors(how, given, config, seed))
        if grouped and evidence.groups is not None:
            found = tried_whole(how, evidence, evidence.groups, config, seed)
        else:
            found = (_tried_few if least < FEW else _tried_many)(how, given, config, seed, quantity)
    of = "groups" if grouped else "items"
    if isinstance(found, str):
        return Separation(figure, None, len(order), None, None, f"not tested: {found}", vectors, of=of)
    value, n, p, by = found
    by += f"; {left:,} left out that belong together with others" if left and not grouped else ""
    return Separation(figure, value, n, p, p <= ALPHA, by, vectors, of=of)


def tried_whole(how: FinderMethod, evidence: Evidence, groups: Tensor, config: Config, seed: int) -> Tried | str:
    """The figure over whole groups, which are held out by turns, so that a method is tried on none that it has seen an
    item of; or why there is none. A group is told by the mean of its items, of each value apart where it has both.

    By chance is the same with the labels of other groups: an exact test of as many cases as there are groups, whatever
    their items have in common (Winkler et al. 2015, *Multi-level block permutation*).

    Args:
        groups: Of each item the number of its group, `(n,)`.
    """
    given, number = _some_of_each(evidence, groups, seed)
    y = _told(given)[1]
    many, quantity = int(number.max()) + 1, _is_quantity(y)
    sums = torch.zeros(many).index_add(0, number, y)
    if quantity:
        least, ways, too_few = many, math.factorial(min(many, 12)), f"too few groups ({many:,})"
    else:
        having, lacking = (len(number[y == value].unique()) for value in (1, 0))
        least, ways = min(having, lacking), math.comb(having + lacking, min(having, lacking))
        too_few = f"too few groups ({having:,} with it, {lacking:,} without)"
    if least < 2 or ways < 1 / ALPHA:
        return too_few
    ranked = (sums / number.bincount()).argsort(stable=True)
    count = min(2 * FOLDS, least)
    parts = [ranked[k::count] for k in range(count)]
    value = _told_whole(how, given, number, parts, config, seed)
    if value is None:
        return too_few

    def by_chance(k: int) -> float | None:
        return _told_whole(how, _of_other_groups(given, number, seed, k), number, parts, config, seed)

    found = _against_chance(value, by_chance)
    if found is None:
        return too_few
    return value, many, found[0], f"{many:,} whole groups held out in {count} parts, {found[1]} permutations of them"


def _some_of_each(evidence: Evidence, groups: Tensor, seed: int) -> tuple[Evidence, Tensor]:
    """The items whose target is known, the same number of each group at most, and the numbers of their groups."""
    known = torch.nonzero(torch.isfinite(_told(evidence)[1])).flatten()
    order = known[torch.randperm(len(known), generator=rng.generator(seed, "whole groups"))]
    order = order[torch.isin(groups[order], _groups_to_look_at(groups[order], _told(evidence)[1][order]))]
    number = groups[order].unique(return_inverse=True)[1]
    sizes = number.bincount()
    rank = torch.arange(len(number)) - (sizes.cumsum(0) - sizes).repeat_interleave(sizes)
    keep = number.argsort(stable=True)[rank < max(1, WHOLE // len(sizes))]
    return _part(evidence, order[keep]), number[keep]


def _groups_to_look_at(groups: Tensor, target: Scores) -> Tensor:
    """The groups that are looked at: all, or of too many as they come so many of the rarer side, and of the other."""
    if len(groups.unique()) <= WHOLE:
        return groups.unique()
    having = groups.unique() if _is_quantity(target) else groups[target == 1].unique()
    lacking = groups.unique()[~torch.isin(groups.unique(), having)]
    rarer, others = (having, lacking) if len(having) <= len(lacking) or not len(lacking) else (lacking, having)
    rank = {one: i for i, one in reversed(list(enumerate(groups.tolist())))}
    first = [torch.tensor(sorted(some.tolist(), key=rank.__getitem__), dtype=groups.dtype) for some in (rarer, others)]
    return torch.cat([first[0][: WHOLE // 2], first[1][: max(COMMONER * len(rarer), 2 * FOLDS)][: WHOLE // 2]])


def _told_whole(
    how: FinderMethod, given: Evidence, number: Tensor, parts: Sequence[Tensor], config: Config, seed: int
) -> float | None:
    """How well groups are told, by AUC or rank correlation over all of them."""
    z, y = _told(given)
    scores = torch.zeros(len(z))
    for held in parts:
        out = torch.isin(number, held)
        try:
            [arrow] = how.find(_part(given, torch.nonzero(~out).flatten()), 1, config, seed, SILENT)
        except TrasluzError:
            return None
        seen = _scores(arrow, z[~out])
        scores[out] = (_scores(arrow, z[out]) - seen.mean()) / seen.std().clamp_min(1e-12)  # of one unit in all parts
    quantity = _is_quantity(y)
    case = (number if quantity else 2 * number + y.long()).unique(return_inverse=True)[1]
    sizes = case.bincount()
    means, truth = (torch.zeros(len(sizes)).index_add(0, case, one) / sizes for one in (scores, y))
    return _spearman(means, truth)[0] if quantity else auc(means, truth)


def _of_other_groups(given: Evidence, number: Tensor, seed: int, k: int) -> Evidence:
    """The labels of the target and its siblings, and what was seen of them, of items of another group each; what is
    held still stays with the latents."""
    random = rng.generator(seed, "labels of other groups", k)
    ordered, sizes = number.argsort(stable=True), number.bincount()
    start = sizes.cumsum(0) - sizes
    theirs = torch.randperm(len(sizes), generator=random)[number]
    of = ordered[start[theirs] + (torch.rand(len(number), generator=random) * sizes[theirs]).long()]
    z, y = _told(given)
    siblings = {name: values[of] for name, values in given.siblings.items()}
    seen = None if given.seen is None else given.seen[of]
    return Evidence(given.space, z, y[of], siblings, given.against, seen, given.start)


def _counted(target: Scores, groups: Tensor | None) -> tuple[Tensor, int]:
    """Places of the items whose target is known, of those that hang together and have the same one alone, of a quantity
    of those that hang together; and how many were left out."""
    known = torch.nonzero(torch.isfinite(target)).flatten()
    if groups is None:
        return known, 0
    some = known[first_of(groups[known], None if _is_quantity(target[known]) else target[known])]
    return some, len(known) - len(some)


def _first_of_each(order: Tensor, target: Scores) -> Tensor:
    """Some items as they come, of either side no more than tell something."""
    if _is_quantity(target):
        return order[:MOST]
    having = target == 1
    rank = torch.where(having, having.cumsum(0), (~having).cumsum(0))
    return order[rank <= MOST]


Tried = tuple[float, int, float, str]


def _tried_many(how: FinderMethod, given: Evidence, config: Config, seed: int, quantity: bool) -> Tried | str:
    target = _told(given)[1]
    held = _folds(target, quantity, FOLDS)[0]
    scores = _held_out_scores(how, given, held, config, seed)
    if scores is None:
        return _too_few(target, quantity)
    truth = target[held]
    if quantity:
        value, p = _spearman(scores, truth)
        return value, len(held), p, "a quarter held out, Spearman's rank correlation"
    inside, outside = scores[truth == 1].double().numpy(), scores[truth == 0].double().numpy()
    p = float(stats().mannwhitneyu(inside, outside, alternative="greater", method="asymptotic").pvalue)
    return auc(scores, truth), len(held), p, "a quarter held out, Mann-Whitney"


def _tried_few(how: FinderMethod, given: Evidence, config: Config, seed: int, quantity: bool) -> Tried | str:
    """Every item held out once; then the same with the labels of others."""
    told = _too_few(_told(given)[1], quantity)
    if not quantity:
        given = _balanced(given)
    y = _told(given)[1]
    n = len(y)
    rarer = n if quantity else _rarer(y)
    ways = math.factorial(min(n, 12)) if quantity else math.comb(n, rarer)
    if ways < 1 / ALPHA:
        return told
    for count in sorted({min(FOLDS, rarer), min(2 * FOLDS, rarer), min(4 * FOLDS, rarer)}):
        folds = _folds(y, quantity, count)
        value = _cross_fitted(how, given, folds, config, seed, quantity)
        if value is not None:
            break
    else:
        return told
    found = _against_chance(
        value,
        lambda k: _cross_fitted(
            how, _relabelled(given, torch.randperm(n, generator=rng.generator(seed, "shuffled labels", k))), folds,
            config, seed, quantity,
        ),
    )  # fmt: skip
    if found is None:
        return told
    by = f"every item held out once in {count} parts, {found[1]} permutations of the labels"
    return value, n, found[0], by


def _against_chance(value: float, by_chance: Callable[[int], float | None]) -> tuple[float, int] | None:
    """How often chance does as well, and how often that was tried; None where with other labels the method found
    nothing to go by, more often than not."""
    chance, as_good = list[float](), 0
    for k in range(PERMUTATIONS):
        found = by_chance(k)
        chance += [] if found is None else [found]
        as_good = sum(one >= value for one in chance)
        if as_good == ENOUGH or (len(chance) == FIRST and not as_good and _tail(value, chance) < CLEARLY):
            break
        if k >= FIRST and len(chance) < FIRST // 2:
            return None
    p = (1 + as_good) / (1 + len(chance)) if as_good < ENOUGH else as_good / len(chance)
    return (min(p, _tail(value, chance)) if as_good == 0 else p), len(chance)


def _tail(value: float, chance: Sequence[float]) -> float:
    """Where no permutation comes near: the tail of the normal distribution that has their moments, and of a t
    distribution where they are few, instead of one in a hundred (Knijnenburg et al. 2009 fit a tail likewise)."""
    found = torch.tensor(chance, dtype=torch.float64)
    spread = max(float(found.std()), 1e-6)
    return float(stats().t.sf((value - float(found.mean())) / spread, df=len(chance) - 1))


def _cross_fitted(
    how: FinderMethod, given: Evidence, folds: Sequence[Tensor], config: Config, seed: int, quantity: bool
) -> float | None:
    """The figure within each part, of a direction found on the others, in the mean over their pairs of items."""
    y = _told(given)[1]
    total, weight = 0.0, 0.0
    for held in folds:
        scores = _held_out_scores(how, given, held, config, seed)
        if scores is None:
            return None
        truth = y[held]
        if quantity:
            part, pairs = _spearman(scores, truth)[0], float(len(held) - 1)
        else:
            part, pairs = auc(scores, truth), float((truth == 1).sum() * (truth == 0).sum())
        total, weight = total + pairs * part, weight + pairs
    return total / weight if weight else None


def _held_out_scores(how: FinderMethod, given: Evidence, held: Tensor, config: Config, seed: int) -> Scores | None:
    """How far some items lie along a direction that was found on all others; None where there are too few of them."""
    z = _told(given)[0]
    rest = torch.ones(len(z), dtype=torch.bool)
    rest[held] = False
    try:
        [arrow] = how.find(_part(given, torch.nonzero(rest).flatten()), 1, config, seed, SILENT)
    except TrasluzError:
        return None
    return _scores(arrow, z[held])


def _shuffled_vectors(how: FinderMethod, given: Evidence, config: Config, seed: int) -> list[Tensor]:
    """Directions that are found in the same way on the labels of other items."""
    out: list[Tensor] = []
    for k in range(SHUFFLES):
        places = torch.randperm(len(_told(given)[1]), generator=rng.generator(seed, "shuffled vectors", k))
        try:
            [arrow] = how.find(_relabelled(given, places), 1, config, seed, SILENT)
        except TrasluzError:
            continue
        out.append(arrow.vector)
    return out


def _told(given: Evidence) -> tuple[Tensor, Scores]:
    """Latents, and what is known of each; of evidence that has both."""
    if given.latents is None or given.target is None:
        raise ValueError("evidence without latents or a target")
    return given.latents, given.target


def _is_quantity(target: Scores) -> bool:
    return not bool(((target == 0) | (target == 1)).all())


def _rarer(target: Scores) -> int:
    having = int((target == 1).sum())
    return min(having, len(target) - having)


def _too_few(target: Scores, quantity: bool) -> str:
    if quantity:
        return f"too few items ({len(target):,})"
    having = int((target == 1).sum())
    return f"too few items ({having:,} with it, {len(target) - having:,} without)"


def _folds(target: Scores, quantity: bool, count: int) -> list[Tensor]:
    """Places in so many parts, each with its share of either side; they come in the order in which they lie."""
    sides = [torch.arange(len(target))] if quantity else [torch.nonzero(target == v).flatten() for v in (1, 0)]
    return [torch.cat([side[k::count] for side in sides]) for k in range(count)]


def _balanced(given: Evidence) -> Evidence:
    """Of the commoner side no more than tell something."""
    target = _told(given)[1]
    sides = [torch.nonzero(target == value).flatten() for value in (0, 1)]
    most = max(COMMONER * min(map(len, sides)), 2 * FOLDS)
    return _part(given, torch.cat([side[:most] for side in sides]).sort().values)


def _spearman(scores: Scores, truth: Scores) -> tuple[float, float]:
    if float(truth.std()) == 0 or float(scores.std()) == 0:  # nothing to go along with
        return 0.0, 1.0
    found: Any = stats().spearmanr(scores.double().numpy(), truth.double().numpy(), alternative="greater")
    return float(found.statistic), float(found.pvalue)


def _scores(arrow: Arrow, z: Tensor) -> Scores:
    """Along the vector; where a column takes up several dimensions, nearness to the goal in them."""
    flat = z.flatten(1).double()
    if arrow.aim is None or len(arrow.aim.goal) == 1:
        return (flat @ arrow.vector.flatten().double()).float()
    place = flat @ arrow.aim.reading.flatten(1).double().T - arrow.aim.offset.double()
    return -(place - arrow.aim.goal.double()).norm(dim=1).float()


def _part(evidence: Evidence, rows: Tensor) -> Evidence:
    z, y = evidence.latents, evidence.target
    return Evidence(
        evidence.space,
        None if z is None else z[rows],
        None if y is None else y[rows],
        {k: v[rows] for k, v in evidence.siblings.items()},
        {k: v[rows] for k, v in evidence.against.items()},
        None if evidence.seen is None else evidence.seen[rows],
        evidence.start,
    )


def _relabelled(given: Evidence, places: Tensor) -> Evidence:
    """The labels of the target and its siblings, and what was seen of them, on the latents of other items; what is held
    still stays with the latents."""
    against = {name: values[places] for name, values in given.against.items()}
    z, y = _told(given)
    return Evidence(given.space, z[places], y, given.siblings, against, given.seen, given.start)
