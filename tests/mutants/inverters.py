"""Inverters that break their contract, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from trasluz.base.config import Config
from trasluz.conformance.inverters import InverterCase
from trasluz.spaces.methods import InverterMethod


class Nothing(Config):
    """Nothing to set."""


class Asking(InverterMethod):
    """A toy that keeps to the contract: it asks the encoder."""

    name: ClassVar[str] = "asking"
    title: ClassVar[str] = "What the encoder says"
    config_type = Nothing

    def invert(self, space: Any, x: Tensor, config: Any, seed: int, progress: Any) -> Tensor:
        with torch.no_grad(), progress.task("Asking", len(x)) as tick:
            z = space.encode(space.representation.check(x))
            tick(len(x))
        return z


def broken(**changes: Any) -> InverterCase:
    return InverterCase(method=type("Broken", (Asking,), {"__doc__": "Broken.", **changes})())


def after(change: Callable[[Tensor, Tensor], Tensor]) -> InverterCase:
    """The toy with something done to what it finds: `change(z, x)`."""

    def invert(self, space, x, config, seed, progress):
        return change(Asking.invert(self, space, x, config, seed, progress), x)

    return broken(invert=invert)


def trampling(z: Tensor, x: Tensor) -> Tensor:
    x.mul_(0.5)
    return z


def following(z: Tensor, x: Tensor) -> Tensor:
    """Cannot be used where nobody asks for gradients."""
    leaf = z.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(leaf.square().sum(), leaf)
    return z + 0 * gradient


def crash(self: Asking, space: Any, x: Tensor, config: Any, seed: int, progress: Any) -> Tensor:
    """Looks for what is not there."""
    first = space.first_affine().sum()
    return Asking.invert(self, space, x, config, seed, progress) + 0 * first


def unchecked(self: Asking, space: Any, x: Tensor, config: Any, seed: int, progress: Any) -> Tensor:
    """Crops what does not fit."""
    side = space.representation.public_shape[-1]
    return Asking.invert(self, space, x[..., :side], config, seed, progress)


def half_told(self: Asking, space: Any, x: Tensor, config: Any, seed: int, progress: Any) -> Tensor:
    with progress.task("Asking", 2 * len(x)) as tick:
        tick(len(x))
    return Asking.invert(self, space, x, config, seed, progress)


def nowhere(self: Asking, space: Any, x: Tensor, config: Any, seed: int, progress: Any) -> Tensor:
    from trasluz.base.errors import NotInvertible

    raise NotInvertible("there is no way")


BROKEN: list[tuple[str, Callable[[], InverterCase], str]] = [
    ("names", lambda: broken(title=""), "title has to say something"),
    ("settings", lambda: broken(config_type=dict), "no Config"),
    ("latents", lambda: after(lambda z, x: z.flatten(1)), "the shape"),
    ("latents", lambda: after(lambda z, x: z.double()), "float64"),
    ("latents", lambda: after(lambda z, x: z.clone().requires_grad_(True)), "carry gradients"),
    ("latents", lambda: broken(invert=nowhere), "neither with an encoder nor without"),
    ("near", lambda: after(lambda z, x: torch.zeros_like(z)), "comes no nearer"),
    ("item-by-item", lambda: after(lambda z, x: z - z.mean(0)), "than among others"),
    ("same-again", lambda: after(lambda z, x: z + 1e-4 * torch.randn_like(z)), "global random numbers"),
    ("same-again", lambda: after(trampling), "changes its items"),
    ("modes", lambda: after(following), "raised RuntimeError"),
    ("refusals", lambda: broken(invert=crash), "raised AttributeError"),
    ("refusals", lambda: broken(invert=unchecked), "another shape must raise"),
    ("progress", lambda: broken(invert=half_told), "3 of 6 parts"),
]
GOOD = broken
