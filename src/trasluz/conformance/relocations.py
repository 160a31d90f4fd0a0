"""What a map between spaces keeps to. Give `settings` by name where its defaults take long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base.errors import DamagedFile, InvalidArgument
from trasluz.conformance import _case
from trasluz.conformance._case import Case, Told, done_or_refused, left_alone, refused, want
from trasluz.conformance._ground import cloud, draws
from trasluz.spaces.relocation import Pairs, Relocation, RelocationMethod, Shape

SHAPES: tuple[tuple[Shape, Shape], ...] = (((4,), (4,)), ((4,), (6,)), ((2, 4, 4), (2, 4, 4)), ((2, 4, 4), (3, 2, 2)))
"""Of latents in the first space and in the second."""
ITEMS, ASIDE = 60, 20


@final
@dataclass(frozen=True)
class RelocationCase(Case):
    """A method and its settings."""

    row: ClassVar[str] = "relocations"
    how: RelocationMethod
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.how.name)

    def shapes(self) -> list[tuple[Shape, Shape]]:
        """Those between which it has a map."""
        return [pair for pair in SHAPES if self.how.why_not(*pair, ITEMS) is None]

    def fit(self, pairs: Pairs, **more: Any) -> Relocation:
        return self.how.of(pairs, settings=self.settings, **more)


def cases(how: RelocationMethod, *, settings: Mapping[str, Any] | None = None) -> list[RelocationCase]:
    return [RelocationCase(how, settings or {})]


def pairs(shapes: tuple[Shape, Shape], items: int = ITEMS, aside: int = ASIDE) -> Pairs:
    """Latents of unlike spreads, the second a linear map of the first with a little noise."""
    a = cloud(items + aside, shapes[0], seed=3)
    d, e = (torch.Size(shape).numel() for shape in shapes)
    mix = draws(d, e, purpose="a map") / d**0.5
    b = (a.flatten(1) @ mix + 0.05 * draws(items + aside, e, purpose="noise") + 0.5).reshape(-1, *shapes[1])
    return Pairs(a[:items], b[:items], a[items:], b[items:])


def check_names(case: RelocationCase) -> None:
    """Name, title and docstring say something; the place on the ladder is a whole number or none."""
    _case.said(case.how)
    want(case.how.rung is None or type(case.how.rung) is int, f"its rung is {case.how.rung!r}, no whole number")


def check_settings(case: RelocationCase) -> None:
    """Settings are documented and keep within their limits."""
    _case.settings(case.how.config_type)


def check_shapes(case: RelocationCase) -> None:
    """It has a map between some shapes; it gives latents of the second space's shape, and refuses those of others."""
    there = case.shapes()
    want(bool(there), f"it has no map between any of {SHAPES}")
    for shapes in SHAPES:
        if shapes not in there:
            with refused(f"a map from {shapes[0]} to {shapes[1]}, of which it says that there is none"):
                case.fit(pairs(shapes))
            continue
        made, given = case.fit(pairs(shapes)), pairs(shapes)
        what = f"a map from {shapes[0]} to {shapes[1]}"
        want((made.source, made.target) == shapes, f"{what} says that it is one from {made.source} to {made.target}")
        _case.tensor(made(given.source), (ITEMS, *shapes[1]), what)
        _case.tensor(made(given.source[:1]), (1, *shapes[1]), what)
        _case.tensor(made(given.source[:0]), (0, *shapes[1]), what)
        with refused(f"{what} of latents of another shape"):
            made(draws(2, 5))


def check_one_by_one(case: RelocationCase) -> None:
    """A latent goes where it goes, whatever else is in the call."""
    for shapes in case.shapes():
        made, z = case.fit(pairs(shapes)), pairs(shapes).source_aside
        together, apart = made(z), torch.cat([made(one[None]) for one in z])
        want(torch.allclose(together, apart, atol=1e-4), "a latent goes elsewhere where others are in the call")


def check_learns(case: RelocationCase) -> None:
    """On items that it has not seen it does better with true pairs than with shuffled ones, unless it looks at none."""
    for shapes in case.shapes():
        given = pairs(shapes)
        order = torch.randperm(ITEMS, generator=torch.Generator().manual_seed(1))
        broken = Pairs(given.source, given.target[order], given.source_aside, given.target_aside)
        error, by_chance = (_error(case.fit(some), given) for some in (given, broken))
        if case.how.rung == 0:
            want(error == by_chance, "it is the simplest map, and looks at pairs")
        else:
            want(error < by_chance, f"true pairs give an error of {error:.3g}, shuffled ones {by_chance:.3g}")


def check_same_again(case: RelocationCase) -> None:
    """The same pairs and seed give the same map, and nothing is drawn from global random numbers."""
    given = pairs(case.shapes()[0])
    with left_alone("a fit", source=given.source, target=given.target):
        first, again = (case.fit(given, seed=7).state() for _ in range(2))
    want(first.keys() == again.keys(), "the same call gives a map of other parts the second time")
    want(all(torch.equal(first[key], again[key]) for key in first), "the same call gives another map the second time")


def check_kept(case: RelocationCase) -> None:
    """What `state` gives, `open` takes, and the map is the same; anything else is refused as damaged."""
    for shapes in case.shapes():
        made = case.fit(pairs(shapes))
        state = {key: value.clone() for key, value in made.state().items()}
        back, z = case.how.open(state, *shapes), pairs(shapes).source
        want(torch.equal(back(z), made(z)), "a map is another one when it is kept and opened")
        want(dict(back.chosen) == dict(made.chosen), "what was chosen is lost when a map is kept and opened")
        with refused("a map with a part too many", DamagedFile):
            case.how.open({**state, "more": torch.zeros(1)}, *shapes)
        for key in state:
            with refused(f"a map without its part {key}", DamagedFile):
                case.how.open({k: v for k, v in state.items() if k != key}, *shapes)


def check_carries(case: RelocationCase) -> None:
    """A small step is carried to where the map takes it."""
    for shapes in case.shapes():
        made, z = case.fit(pairs(shapes)), pairs(shapes).source[:3]
        way = draws(*shapes[0], purpose="a step")
        carried = made.carry(way, z)
        want(tuple(carried.shape) == shapes[1], f"a step of {shapes[0]} becomes one of {tuple(carried.shape)}")
        moved = (made(z + 1e-2 * way) - made(z - 1e-2 * way)).mean(0) / 2e-2
        near = (carried - moved).norm() <= 0.02 * (1e-3 + moved.norm())
        want(bool(near), "a step is carried elsewhere than the map takes it")


def check_bad_input(case: RelocationCase) -> None:
    """Few items, items that are all the same, and more dimensions than items are mapped, or one clear line."""
    shapes = case.shapes()[0]
    for what, items, aside in (("two items", 2, 1), ("fewer items than dimensions", 3, 2)):
        made = done_or_refused(f"a map of {what}", lambda i=items, a=aside: case.fit(pairs(shapes, i, a)))
        if made is not None:
            _case.tensor(made(pairs(shapes).source), (ITEMS, *shapes[1]), f"a map of {what}")
    given = pairs(shapes)
    for what, a, b in (("the same item again and again", given.source[:1].expand(ITEMS, *shapes[0]), given.target),
                       ("one target for all", given.source, given.target[:1].expand(ITEMS, *shapes[1]))):  # fmt: skip
        same = Pairs(a, b, given.source_aside, given.target_aside)
        made = done_or_refused(f"a map of {what}", lambda same=same: case.fit(same))
        if made is not None:
            _case.tensor(made(given.source), (ITEMS, *shapes[1]), f"a map of {what}")
    with refused("pairs with numbers that are not finite", InvalidArgument):
        Pairs(given.source * torch.nan, given.target, given.source_aside, given.target_aside)


def check_progress(case: RelocationCase) -> None:
    """What it reports of its progress adds up."""
    told = Told()
    case.fit(pairs(case.shapes()[0]), progress=told)
    told.check("a fit")


def _error(made: Relocation, given: Pairs) -> float:
    moved: Tensor = made(given.source_aside) - given.target_aside
    return float(moved.double().square().mean())


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "shapes": check_shapes,
    "one-by-one": check_one_by_one,
    "learns": check_learns,
    "same-again": check_same_again,
    "kept": check_kept,
    "carries": check_carries,
    "bad-input": check_bad_input,
    "progress": check_progress,
}
"""Every check by name."""
