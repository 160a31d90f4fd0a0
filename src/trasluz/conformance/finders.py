"""What a way to find directions keeps to. Give `settings` by name where its defaults take long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast, final, get_args

import torch
from torch import Tensor

from trasluz.base.errors import InvalidArgument, NotDifferentiable
from trasluz.base.progress import SILENT, Progress
from trasluz.conformance import _case
from trasluz.conformance._case import Case, ConformanceError, Told, done_or_refused, left_alone, refused, want
from trasluz.conformance._ground import Ground, Open, cloud, draws
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod, Need

ROWS = 120
SHAPES = ((3,), (12,), (3, 5), (2, 4, 4))
NEEDS = frozenset(get_args(Need))


@final
@dataclass(frozen=True)
class FinderCase(Case):
    """A finder and its settings."""

    row: ClassVar[str] = "finders"
    method: FinderMethod
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.method.name)

    def without(self) -> frozenset[str]:
        """What is about items, or about a target, says nothing of a finder that needs none."""
        targets = () if "target" in self.method.needs else ("one", "side", "teaches-nothing", "unknown", "quantity")
        several = ("count",) if "target" in self.method.needs else ()
        items = () if "latents" in self.method.needs else ("items",)
        return frozenset((*targets, *several, *items))

    def find(self, evidence: Evidence, count: int = 2, seed: int = 0, progress: Progress = SILENT) -> list[Arrow]:
        config = self.method.config_type.make(self.settings)
        return self.method.find(evidence, count, config, seed, progress)


def cases(method: FinderMethod, *, settings: Mapping[str, Any] | None = None) -> list[FinderCase]:
    return [FinderCase(method, settings or {})]


def evidence(shape: tuple[int, ...] = (12,), n: int = ROWS) -> Evidence:
    """All that a finder can need: items of which every second one has a value that moves its first number by two."""
    z, y = cloud(n, shape), (torch.arange(n) % 2).float()
    z.flatten(1)[:, 0] += 2 * y
    return Evidence(Open(shape), z, y, seen=y - 1, start=cloud(1, shape, seed=1))


def only_needed(case: FinderCase, shape: tuple[int, ...] = (12,)) -> Evidence:
    """What it says that it needs, and no more."""
    whole, needs = evidence(shape), case.method.needs
    latents, target = (whole.latents if "latents" in needs else None), (whole.target if "target" in needs else None)
    kind = Open if "first_affine" in needs else Ground
    space = kind(shape, differentiable="gradients" in needs)
    seen, start = (whole.seen if "seen" in needs else None), (whole.start if "start" in needs else None)
    return Evidence(space, latents, target, seen=seen, start=start)


def check_names(case: FinderCase) -> None:
    """Name, title and docstring say something; what it needs is what evidence can hold."""
    _case.said(case.method)
    needs: object = case.method.needs
    known = isinstance(needs, frozenset) and cast(frozenset[str], needs) <= NEEDS
    want(known, f"needs is a frozenset of some of {', '.join(sorted(NEEDS))}, and is {needs!r}")


def check_settings(case: FinderCase) -> None:
    """Settings are documented and keep within their limits."""
    _case.settings(case.method.config_type)


def check_directions(case: FinderCase) -> None:
    """Directions of length 1 in the shape of the space, float32, on the CPU, with details that JSON can hold."""
    for shape in SHAPES:
        found: object = case.find(evidence(shape))
        want(isinstance(found, list) and bool(found), f"it finds {found!r}, no list of directions")
        for arrow in cast(list[object], found):
            if not isinstance(arrow, Arrow):
                raise ConformanceError(f"it finds {type(arrow).__name__}, no Arrow")
            _case.tensor(arrow.vector, shape, f"a direction in a space of shape {shape}")
            want(arrow.vector.device.type == "cpu", "a direction is not on the CPU")
            length = float(arrow.vector.double().norm())
            want(abs(length - 1) < 1e-5, f"a direction is {length:.4g} long, not 1")
            want(not arrow.vector.requires_grad, "a direction carries gradients")
            json.dumps(dict(arrow.details), allow_nan=False)
            aim = arrow.aim
            if aim is not None:
                k = len(aim.goal)
                _case.tensor(aim.basis, (k, *shape), "the basis of an aim")
                _case.tensor(aim.reading, (k, *shape), "the reading of an aim")
                _case.tensor(aim.offset, (k,), "the offset of an aim")


def check_one(case: FinderCase) -> None:
    """With a target one direction comes, however many are asked for."""
    for count in (1, 5):
        n = len(case.find(evidence(), count))
        want(n == 1, f"it gives {n} directions to one target")


def check_count(case: FinderCase) -> None:
    """Without a target as many come as are asked for, where the space has so many dimensions, and at right angles or
    not, no two alike."""
    for count in (1, 3, 5):
        found = case.find(evidence(), count)
        want(len(found) == count, f"it gives {len(found)} directions where {count} are asked for")
        rows = torch.stack([a.vector.flatten() for a in found]).double()
        alike = (rows @ rows.T).abs() - torch.eye(count, dtype=torch.float64)
        want(bool(alike.max() < 0.999), "it gives the same direction twice")
    n = len(case.find(evidence((3,)), 9))
    want(1 <= n <= 3, f"it gives {n} directions of a space of three dimensions")


def check_needs(case: FinderCase) -> None:
    """What it needs is enough for it, and each of it that is missing is one clear line."""
    for shape in ((12,), (2, 4, 4)):
        want(bool(case.find(only_needed(case, shape))), "what it needs is there, and it finds nothing")
    for need in sorted(case.method.needs - {"examples"}):  # those come as a target
        with refused(f"evidence without {need}", InvalidArgument, NotDifferentiable):
            case.find(_lacking(evidence(), need))


def _lacking(whole: Evidence, need: str) -> Evidence:
    if need == "gradients":
        return replace(whole, space=Open(whole.space.shape, differentiable=False))
    if need == "first_affine":
        return replace(whole, space=Ground(whole.space.shape))
    return replace(whole, **{need: None})


def check_same_again(case: FinderCase) -> None:
    """The same seed finds the same directions, bit for bit, and draws from no global random numbers; what it is given
    stays as it is."""
    given = evidence()
    with left_alone("finding directions", latents=given.latents, target=given.target, start=given.start):
        first = case.find(given, 2, 3)
    again = case.find(evidence(), 2, 3)
    same = len(first) == len(again) and all(torch.equal(a.vector, b.vector) for a, b in zip(first, again, strict=True))
    want(same, "the same seed finds other directions")


def check_items(case: FinderCase) -> None:
    """The order of the items does not matter; numbers that are none, and too few items, are one clear line."""
    whole = evidence()
    z = _there(whole.latents)
    turned = replace(whole, latents=z.flip(0), target=_there(whole.target).flip(0), seen=_there(whole.seen).flip(0))
    for a, b in zip(case.find(whole), case.find(turned), strict=True):
        cosine = float((a.vector.double() * b.vector.double()).sum())
        want(cosine > 0.999, f"in another order of the items it finds another direction (cosine {cosine:.3f})")
    for number in (torch.nan, torch.inf):
        bad = z.clone()
        bad[3, 3] = number
        with refused(f"latents that hold {number}"):
            case.find(replace(whole, latents=bad))
    for n in (0, 1):
        with refused(f"{n} items"):
            case.find(evidence(n=n))
    done_or_refused("three items", lambda: case.find(evidence(n=3)))


def check_side(case: FinderCase) -> None:
    """A direction leads from the items without the value to those with it."""
    given = evidence()
    z, y = _there(given.latents), _there(given.target)
    for target in (y, 1 - y):
        way = (z[target == 1].mean(0) - z[target == 0].mean(0)).flatten()
        [arrow] = case.find(replace(given, target=target, seen=target - 1))
        want(float(arrow.vector.flatten() @ way) > 0, "the direction leads away from the value")


def check_teaches_nothing(case: FinderCase) -> None:
    """A target that is the same on every item, or known of none, is one clear line."""
    whole = evidence()
    for what, target in (
        ("a target that all items have", torch.ones(ROWS)),
        ("a target that no item has", torch.zeros(ROWS)),
        ("a target that is known of no item", torch.full((ROWS,), torch.nan)),
    ):
        with refused(what):
            case.find(replace(whole, target=target))


def check_unknown(case: FinderCase) -> None:
    """Items whose target is not known are as if they were not there."""
    whole = evidence()
    y = _there(whole.target).clone()
    y[::3] = torch.nan
    known = y.isfinite()
    with_ = case.find(replace(whole, target=y))
    part = {"latents": _there(whole.latents)[known], "target": y[known], "seen": _there(whole.seen)[known]}
    without = case.find(replace(whole, **part))
    for a, b in zip(with_, without, strict=True):
        off = float((a.vector - b.vector).abs().max())
        want(off < 1e-3, f"items whose target is not known move the direction (by {off:.2g})")


def check_quantity(case: FinderCase) -> None:
    """A target that is a quantity is followed, or refused in one clear line; so are values to leave alone."""
    whole = evidence()
    y = draws(ROWS, purpose="quantity")
    quantity = replace(whole, target=y)
    found = done_or_refused("a target that is a quantity", lambda: case.find(quantity))
    for arrow in found or ():
        _case.tensor(arrow.vector, (12,), "the direction of a quantity")
    held = {"other=1": (y > 0).float(), "other=0": (y <= 0).float(), "none known": torch.full((ROWS,), torch.nan)}
    [arrow] = case.find(replace(whole, against=held))
    _case.tensor(arrow.vector, (12,), "a direction with something held still")


def check_progress(case: FinderCase) -> None:
    """What it reports of its progress adds up."""
    told = Told()
    case.find(evidence(), progress=told)
    told.check("finding directions")


def _there(values: Tensor | None) -> Tensor:
    return torch.empty(0) if values is None else values


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "directions": check_directions,
    "one": check_one,
    "count": check_count,
    "needs": check_needs,
    "same-again": check_same_again,
    "items": check_items,
    "side": check_side,
    "teaches-nothing": check_teaches_nothing,
    "unknown": check_unknown,
    "quantity": check_quantity,
    "progress": check_progress,
}
"""Every check by name."""
