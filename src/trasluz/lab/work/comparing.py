"""Two to six models held against each other: every ordered pair, how alike their spaces are, and pictures of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument
from trasluz.base.progress import SILENT, Progress
from trasluz.lab.judging.alike import Alike, compared
from trasluz.lab.results.comparison_words import told
from trasluz.lab.results.ways import Compared, Shown, Walk, Way
from trasluz.lab.shelf.batches import decode_all
from trasluz.lab.work.pairing import Gathering, Side
from trasluz.lab.work.relocating import way
from trasluz.spaces.space_map import End, SpaceMap

FEWEST, MOST = 2, 6
"""Models."""
SHOWN = 6
"""Items in the pictures of a pair."""
FRAMES = 8
"""Of a path walked in both spaces."""


def check_models(names: Sequence[str]) -> None:
    """Refuse too few or too many.

    Raises:
        InvalidArgument: fewer than two, or more than six.
    """
    if not FEWEST <= len(names) <= MOST:
        raise InvalidArgument(
            "models to compare", got=len(names), allowed=f"{FEWEST} to {MOST}",
            next="Name them one after the other: trasluz compare faces-vae faces-gan",
        )  # fmt: skip


def compare_all(
    gathering: Gathering, *, methods: Sequence[str] | None, measures: Sequence[str] | None, seed: int,
    progress: Progress = SILENT,
) -> Compared:  # fmt: skip
    """Every ordered pair of the models that were gathered for."""
    sides = gathering.sides
    names = distinct([side.name for side in sides], [side.space.name for side in sides])
    ways, maps, shown, walks = (
        list[Way](),
        dict[tuple[str, str], SpaceMap](),
        dict[tuple[str, str], Shown](),
        dict[tuple[str, str], Walk](),
    )
    for i, j in permutations(range(len(sides)), 2):
        key = (names[i], names[j])
        found = way(gathering, i, j, names=key, methods=methods, seed=seed, progress=progress)
        ways.append(found)
        ends = [End.of(sides[k].model, sides[k].space.name) for k in (i, j)]
        maps[key] = SpaceMap(ends[0], ends[1], found.rung.map, _facts(found, gathering))
        shown[key] = _pictures(gathering, sides[i], sides[j], found)
        walks[key] = _walk(gathering, sides[i], sides[j], found)
    alike = list[tuple[str, str, Alike]]()
    for i, j in combinations(range(len(sides)), 2):
        a, b = sides[i], sides[j]
        for one in compared({a.space.name: a.test}, {b.space.name: b.test}, measures, seed=seed, progress=progress):
            alike.append((names[i], names[j], one))
    return Compared(tuple(ways), maps, tuple(alike), shown, walks)


def distinct(names: Sequence[str], spaces: Sequence[str]) -> list[str]:
    """What each model is called: by its name, and where one is there twice with its space or its number."""
    pairs = list(zip(names, spaces, strict=True))
    apart = {name: len({space for other, space in pairs if other == name}) > 1 for name in names}
    out = [f"{name}:{space}" if apart[name] else name for name, space in pairs]
    return [name if out.count(name) == 1 else f"{name} ({out[: i + 1].count(name)})" for i, name in enumerate(out)]


def _facts(found: Way, gathering: Gathering) -> dict[str, object]:
    fit, aside, test = gathering.counts
    return {
        "items": told(gathering.items, "en"), "n_fit": fit, "n_choose": aside, "n_test": test, "rung": found.chosen,
        "M": found.rung.m.value, "L": found.rung.l.value, "own": found.own.value,
    }  # fmt: skip


def _pictures(gathering: Gathering, a: Side, b: Side, found: Way) -> Shown:
    order = found.rung.shown.argsort()
    rows = order[torch.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().long()].unique_consecutive()
    kind_a, kind_b = a.space.representation.of, b.space.representation.of
    moved = decode_all(b.space, found.rung.map(a.test[rows]))
    target = decode_all(b.space, b.test[rows])
    drawn, own = kind_b.draw(moved), kind_b.draw(target)
    return Shown(
        tuple(gathering.points[i] for i in rows.tolist()), kind_b.draw(b.items[rows]),
        kind_a.draw(decode_all(a.space, a.test[rows])), drawn, own, (drawn - own).abs().mean(1),
    )  # fmt: skip


def _walk(gathering: Gathering, a: Side, b: Side, found: Way) -> Walk:
    """Between the item that is relocated best of the first half of the test items, and that of the second."""
    shown = found.rung.shown
    half = max(1, len(shown) // 2)
    first, last = int(shown[:half].argmin()), half + int(shown[half:].argmin())
    share = torch.linspace(0, 1, FRAMES)

    def line(z: Tensor) -> Tensor:
        weight = share.reshape(-1, *([1] * (z.ndim - 1)))
        return (1 - weight) * z[first] + weight * z[last]

    path = line(a.test)
    moved, target = decode_all(b.space, found.rung.map(path)), decode_all(b.space, line(b.test))
    kind = b.space.representation.of
    apart = float((kind.compared(moved) - kind.compared(target)).double().square().mean())
    drawn = a.space.representation.of.draw(decode_all(a.space, path))
    return Walk((gathering.points[first], gathering.points[last]), drawn, kind.draw(moved), kind.draw(target), apart)
