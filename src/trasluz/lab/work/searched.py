"""Which items a search for directions looks at, which targets there are, and what counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from trasluz.base import rng
from trasluz.base.progress import Progress
from trasluz.geometry.hanging import first_of, groups_of
from trasluz.lab.calls.given import Point
from trasluz.lab.judging.effects import ITEMS
from trasluz.lab.judging.evidence import Rows, as_scores, as_target
from trasluz.lab.judging.kin import Kin, kin_of
from trasluz.lab.judging.separation import ALPHA, Doubt, Separation, tried_whole
from trasluz.lab.shelf.counted import Counted
from trasluz.lab.shelf.forms import ItemPoint, parse_point
from trasluz.lab.shelf.methods import default_of
from trasluz.lab.shelf.spreading import name_of
from trasluz.spaces import registry
from trasluz.spaces.data import GROUP, group_column, groups_said
from trasluz.spaces.direction import Direction
from trasluz.spaces.methods import Evidence

PARTS = 4
"""Of items that are in no two parts already, one in so many is held out, to measure on."""
ENOUGH_KIN = 20
"""Groups below which what fails to be told of them may be told all the same: of eight, three in eight are, three sigma
apart."""
FEWEST = 160
"""Items below which none are held out: those to find on would be too few."""


def every_target(rows: Rows) -> tuple[list[str], list[str]]:
    """All that a direction can be searched for: each value of each column that has two or more and names no items, and
    each quantity; and the other columns."""
    found, others = list[str](), list[str]()
    group = group_column(rows.columns)
    for name, column in rows.columns.items():
        scores = as_scores(rows, name) if column.distinct > 1 and name != group else {}
        found += list(scores)
        others += [] if scores else [name]
    return found, others


def divided(rows: Rows, target: str | None, seed: int) -> tuple[Rows, Rows]:
    """Items to find on and others to measure on: by the parts that they are of already; else, of those whose target is
    known, all but a part; where few are known, all of these, and the others. One and the same where there are too few.
    What hangs together is held out together.
    """
    n = len(rows.latents)
    known = torch.ones(n, dtype=torch.bool) if target is None else torch.isfinite(as_target(rows, target)[2])
    split = [] if rows.atlas is None else rows.atlas.rows.column("split").to_pylist()
    train, test = (torch.tensor([one == part for one in split], dtype=torch.bool) for part in ("train", "test"))
    enough = len(split) == n and int((train & known).sum()) >= FEWEST and int((test & known).sum()) >= FEWEST // PARTS
    if enough:
        # Who belongs together may be said of labels alone, and not of the data.
        shared = train & False if rows.groups is None else train & torch.isin(rows.groups, rows.groups[test])
        if int((train & ~shared & known).sum()) >= max(FEWEST, int(train.sum()) // 2):
            return rows.at(torch.nonzero(train & ~shared).flatten()), rows.at(torch.nonzero(test).flatten())
    places = torch.nonzero(known).flatten()
    if len(places) < FEWEST:
        others = torch.nonzero(~known).flatten()
        return (rows.at(places), rows.at(others)) if len(others) >= ITEMS else (rows, rows)
    made = rng.generator(seed, "held out to measure on")
    if rows.groups is None:
        order = places[torch.randperm(len(places), generator=made)]
    else:
        mine = rows.groups[places].unique(return_inverse=True)[1]
        order = places[torch.randperm(int(mine.max()) + 1, generator=made)[mine].argsort(stable=True)]
    cut = len(order) // PARTS
    if rows.groups is not None:  # no group is cut in two, unless there is but one
        of = rows.groups[order]
        ends = torch.nonzero(of[1:] != of[:-1]).flatten() + 1
        # A large group is one to find on: it is turned to the other end.
        if len(ends) and int(ends[(ends - cut).abs().argmin()]) > len(order) // 2:
            order, ends = order.flip(0), len(order) - ends
        cut = cut if len(ends) == 0 else int(ends[(ends - cut).abs().argmin()])
    return rows.at(order[cut:].sort().values), rows.at(order[:cut].sort().values)


def strangers(rows: Rows | None, known: Rows | None) -> Rows | None:
    """Those of some items that are of no group that directions are found on: the data's own parts may share groups. All
    of them where that leaves too few."""
    name = None if rows is None or known is None or rows is known else group_column(rows.columns)
    if rows is None or known is None or name is None or name not in known.columns or rows.atlas is known.atlas:
        return rows
    seen = set(groups_said(known.columns[name])) - {None}
    left = [i for i, one in enumerate(groups_said(rows.columns[name])) if one not in seen]
    return rows if len(left) < ITEMS or len(left) == len(rows.latents) else rows.at(torch.tensor(left))


def tried_by_groups(
    tried: Separation, evidence: Evidence, rows: Rows, target: str, seed: int, progress: Progress
) -> Separation:
    """What was tried, with a word where it rests on items that a column says belong together: with all of a value of
    that column held out nothing is learned, or there are too few. It is tried by the method that is usual for the
    target, whatever the one that was asked for: others may be far slower, and the question is of the items.

    Args:
        rows: Those of the evidence, in its order.
    """
    name, equals, _ = (part.strip() for part in target.partition("="))
    if not tried.learned or evidence.target is None:
        return tried
    how = registry.get("finders", default_of("finders", "value" if equals else "quantity").name)
    named = group_column(rows.columns)
    columns = {other: column for other, column in rows.columns.items() if other != named}
    said: list[tuple[Kin, float | None]] = []
    with progress.task("Trying it on whole groups", None):
        for kin in kin_of(columns, name, evidence.target, quantity=not equals):
            whole = tried_whole(how, evidence, kin.beside(evidence.groups), how.config_type(), seed)
            p = None if isinstance(whole, str) else whole[2]
            said.append((kin, None if p is not None and p > ALPHA and kin.values < ENOUGH_KIN else p))
    # Where one of them can be tried and it holds, others that are too few say nothing against it.
    failed = [(kin, p) for kin, p in said if p is not None and p > ALPHA]
    failed += [] if any(p is not None for _, p in said) else said
    if not failed:
        return tried
    kin, p = failed[0]
    progress.say(
        f"Each of the {kin.values:,} values of {kin.column} has one value of {name}. Where items of one {kin.column} "
        f"are alike for another reason, call that column {GROUP}: then they count once"
    )
    return replace(tried, doubt=Doubt(kin.column, kin.values, None if p is None else float(f"{p:.3g}")))


def groups_of_points(points: Sequence[Point], counted: Counted) -> Tensor | None:
    """Which of some points hang together, as windows of one file and items of one group do, `(n,)`; None where each
    stands alone, or nobody knows."""
    ids, said = list[str](), list[str | None]()
    for i, point in enumerate(points):
        form = None if (name := name_of(point)) is None else parse_point(name)
        found = counted.group(form.split, form.index) if isinstance(form, ItemPoint) else None
        ids.append(f"point {i}" if found is None else found[0])
        said.append(None if found is None else found[1])
    return groups_of(ids, said=said)


def first_of_each(z: Tensor) -> Tensor:
    """Places of the different ones among latents `(n, *shape)`: where each stands first, in order."""
    if len(z) == 0:
        return torch.zeros(0, dtype=torch.long)
    return first_of(z.flatten(1).unique(dim=0, return_inverse=True)[1])


def named_apart(found: Sequence[Direction]) -> list[Direction]:
    """The same with a number behind names that several have: one would be kept in the place of the other."""
    seen, out = dict[str, int](), list[Direction]()
    for one in found:
        seen[one.name] = seen.get(one.name, 0) + 1
        out.append(one if seen[one.name] == 1 else one.renamed(f"{one.name}-{seen[one.name]}"))
    return out
