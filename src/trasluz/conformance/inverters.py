"""What a way to find latents of real items keeps to. Give `settings` by name where its defaults take long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from trasluz.base.errors import NotDifferentiable, NotInvertible
from trasluz.base.progress import SILENT, Progress
from trasluz.conformance import _case
from trasluz.conformance._case import Case, ConformanceError, Told, done_or_refused, left_alone, refused, want
from trasluz.conformance._ground import Coded, Ground, draws
from trasluz.spaces.methods import InverterMethod
from trasluz.spaces.space import LatentSpace

ITEMS = 1e-3
"""How much an item's latent may differ alone and among others, absolute, of latents about 1."""
SHAPES = ((6,), (3, 5), (2, 4, 4))


@final
@dataclass(frozen=True)
class InverterCase(Case):
    """An inverter and its settings."""

    row: ClassVar[str] = "inverters"
    method: InverterMethod
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> str:
        return str(self.method.name)

    def invert(self, space: LatentSpace, x: Tensor, seed: int = 0, progress: Progress = SILENT) -> Tensor:
        config = self.method.config_type.make(self.settings)
        return self.method.invert(space, x, config, seed, progress)


def cases(method: InverterMethod, *, settings: Mapping[str, Any] | None = None) -> list[InverterCase]:
    return [InverterCase(method, settings or {})]


def items(space: LatentSpace, n: int, seed: int = 0) -> Tensor:
    """Items that the space can make."""
    return space.decode(draws(n, *space.shape, seed=seed))


def served(case: InverterCase, shape: tuple[int, ...] = (6,)) -> list[LatentSpace]:
    """The spaces of that shape that it can work in, of one with an encoder and one without."""
    found: list[LatentSpace] = []
    for space in (Coded(shape), Ground(shape)):
        try:
            case.invert(space, items(space, 1))
        except (NotInvertible, NotDifferentiable):
            continue
        found.append(space)
    if not found:
        raise ConformanceError("it inverts neither with an encoder nor without one")
    return found


def check_names(case: InverterCase) -> None:
    """Name, title and docstring say something."""
    _case.said(case.method)


def check_settings(case: InverterCase) -> None:
    """Settings are documented and keep within their limits."""
    _case.settings(case.method.config_type)


def check_latents(case: InverterCase) -> None:
    """A latent of the space's shape for every item, for one and for several, in spaces of any shape."""
    for shape in SHAPES:
        for space in served(case, shape):
            for n in (1, 3):
                z = case.invert(space, items(space, n))
                _case.tensor(z, (n, *shape), f"the latents of {n} items in a space of shape {shape}")
                want(not z.requires_grad, "the latents carry gradients")


def check_near(case: InverterCase) -> None:
    """What it finds decodes to something nearer to the items than the prior's middle does."""
    for space in served(case):
        x = items(space, 4, seed=1)
        with torch.no_grad():
            middle = space.decode(space.prior().mean[None].expand(4, *space.shape))
            found = space.decode(case.invert(space, x))
        mine, theirs = float((found - x).square().mean()), float((middle - x).square().mean())
        want(
            mine < theirs / 2, f"it comes no nearer to the items than half of the prior's middle ({mine / theirs:.0%})"
        )


def check_item_by_item(case: InverterCase) -> None:
    """Item i depends on itself and the seed alone, wherever it stands among others."""
    for space in served(case):
        x = items(space, 5)
        among = case.invert(space, x, 1)
        for i in (0, 3):
            off = float((case.invert(space, x[i : i + 1], 1)[0] - among[i]).abs().max())
            want(off < ITEMS, f"an item alone has another latent than among others (by {off:.2g})")
        off = float((case.invert(space, x.flip(0), 1).flip(0) - among).abs().max())
        want(off < ITEMS, f"in another order items have other latents (by {off:.2g})")


def check_same_again(case: InverterCase) -> None:
    """The same seed gives the same bits, from no global random numbers; items and weights stay as they are."""
    for space in served(case):
        x = items(space, 2)
        weight = space.first_affine()
        with left_alone("inverting", items=x, weights=weight):
            first = case.invert(space, x, 3)
        want(torch.equal(first, case.invert(space, x, 3)), "the same seed gives other latents")


def check_modes(case: InverterCase) -> None:
    """It works whether its caller asks torch for gradients or not."""
    for space in served(case):
        x = items(space, 2)
        with torch.no_grad():
            still = case.invert(space, x)
        off = float((case.invert(space, x) - still).abs().max())
        want(off < ITEMS, f"without gradients asked for, it finds something else (by {off:.2g})")


def check_refusals(case: InverterCase) -> None:
    """Without an encoder, or without gradients, it works or says which of them it needs; items of another shape are
    refused."""
    for what, space, error in (
        ("without an encoder", Ground((6,)), NotInvertible),
        ("without gradients", Coded((6,), differentiable=False), NotDifferentiable),
    ):
        z = done_or_refused(f"inverting {what}", lambda s=space: case.invert(s, items(s, 2)), error)
        if z is not None:
            _case.tensor(z, (2, 6), f"inverting {what}")
    neither = Ground((6,), differentiable=False)
    x = items(neither, 2)
    done_or_refused("inverting without either", lambda: case.invert(neither, x), NotInvertible, NotDifferentiable)
    for space in served(case):
        wide = torch.nn.functional.pad(items(space, 2), (0, 1))
        with refused("items of another shape"):
            case.invert(space, wide)


def check_progress(case: InverterCase) -> None:
    """What it reports of its progress adds up."""
    for space in served(case):
        told = Told()
        case.invert(space, items(space, 3), progress=told)
        told.check("inverting")


CHECKS = {
    "names": check_names,
    "settings": check_settings,
    "latents": check_latents,
    "near": check_near,
    "item-by-item": check_item_by_item,
    "same-again": check_same_again,
    "modes": check_modes,
    "refusals": check_refusals,
    "progress": check_progress,
}
"""Every check by name."""
