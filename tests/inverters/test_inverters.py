"""Inversion: a known latent is found again; items do not touch each other; what cannot be done says so."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
import torch
from torch import nn

import toy_models as toys
from trasluz import wrap
from trasluz.base.config import Config
from trasluz.base.errors import InvalidArgument, NotDifferentiable, NotInvertible
from trasluz.base.progress import SILENT, Silent
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel

OPTIMISE, ENCODER = registry.get("inverters", "optimise"), registry.get("inverters", "encoder")


class Counted(Silent):
    """Counts what is reported."""

    steps = 0

    @contextmanager
    def task(self, title: str, total: int | None) -> Generator[Callable[..., None], None, None]:
        def tick(n: int = 1, note: str = "") -> None:
            self.steps += n

        yield tick
        assert self.steps == total


def decoder() -> LatentModel:
    """Six numbers to 3 x 8 x 8 pixels, without an encoder."""
    torch.manual_seed(0)
    return wrap(nn.Sequential(nn.Linear(6, 192), nn.Sigmoid(), nn.Unflatten(1, (3, 8, 8))), shape=(6,))


def settings(**values: object) -> Config:
    return OPTIMISE.config_type.make({"steps": 150, "stay": 0.0, **values})


def test_optimisation_finds_the_latent_that_was_decoded() -> None:
    space = decoder().space()
    z = space.prior().sample(5, 3)
    found = OPTIMISE.invert(space, space.decode(z), settings(steps=400), 0, SILENT)
    assert torch.allclose(found, z, atol=0.05)


def test_trials_find_a_learning_rate_that_nobody_knew_within_the_same_steps() -> None:
    """At the first rate of three the steps do not suffice; each item goes on with the one that brought it nearest."""
    space = decoder().space()
    z = 2 * space.prior().sample(6, 3)
    x = space.decode(z)

    def away(**values: object) -> tuple[torch.Tensor, int]:
        taken = Counted()
        found = OPTIMISE.invert(space, x, settings(steps=120, lr=0.005, **values), 0, taken)
        return (found - z).flatten(1).norm(dim=1), taken.steps

    (one, steps), (three, same) = away(trials=1), away(trials=3)
    assert (three < 0.5 * one).all()
    assert steps == same == 120 * 6, "steps of items"


class Bounded(nn.Module):
    """As `decoder`, of latents near the prior's middle alone: beyond, nothing is to be had."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.line = nn.Linear(6, 192)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x = torch.sigmoid(self.line(z)).unflatten(1, (3, 8, 8))
        return torch.where(z.norm(dim=1).reshape(-1, 1, 1, 1) < 3, x, torch.nan)


def test_a_trial_that_diverges_spoils_neither_the_others_nor_other_items() -> None:
    space = wrap(Bounded(), shape=(6,)).space()
    z = space.prior().sample(5, 3)
    z = z / z.norm(dim=1, keepdim=True) * torch.tensor([0.5, 1.0, 1.5, 2.0, 2.9])[:, None]
    found = OPTIMISE.invert(space, space.decode(z), settings(steps=400), 0, SILENT)
    assert torch.isfinite(found).all() and torch.allclose(found[:3], z[:3], atol=0.1)
    taken = Counted()
    with pytest.raises(
        InvalidArgument, match=r"diverged: got 2 of 2 items with a learning rate of 10\. Lower it: --set lr=2"
    ):
        OPTIMISE.invert(space, space.decode(z[:2]), settings(steps=100, lr=10, noise=9), 0, taken)


def test_too_few_steps_for_trials_are_one_run() -> None:
    space = decoder().space()
    x = space.decode(space.prior().sample(3, 0))
    few, one = (OPTIMISE.invert(space, x, settings(steps=30, trials=n), 0, SILENT) for n in (3, 1))
    assert torch.equal(few, one)
    three, two = (OPTIMISE.invert(space, x, settings(steps=50, trials=n), 0, SILENT) for n in (3, 2))
    assert torch.equal(three, two), "as many as there are steps for"


def test_where_an_encoder_gives_the_start_nothing_is_tried() -> None:
    space, x = toys.coded().space(), toys.pictures(3).tensor(slice(None))
    tried, one = (OPTIMISE.invert(space, x, settings(steps=80, trials=n), 0, SILENT) for n in (3, 1))
    assert torch.equal(tried, one)


def test_an_item_is_inverted_alike_alone_and_among_others() -> None:
    space = decoder().space()
    x = space.decode(space.prior().sample(40, 0))
    among, alone = (
        OPTIMISE.invert(space, x, settings(), 0, SILENT),
        OPTIMISE.invert(space, x[35:36], settings(), 0, SILENT),
    )
    assert torch.allclose(among[35:36], alone, atol=1e-4)


def test_the_same_seed_gives_the_same_bits() -> None:
    space = decoder().space()
    x = space.decode(space.prior().sample(3, 0))
    one, two, other = (OPTIMISE.invert(space, x, settings(steps=20), seed, SILENT) for seed in (1, 1, 2))
    assert torch.equal(one, two) and not torch.equal(one, other)


def test_a_weight_on_the_prior_keeps_latents_near_its_middle() -> None:
    space = decoder().space()
    x = space.decode(4 * space.prior().sample(3, 0))
    free, held = (OPTIMISE.invert(space, x, settings(stay=w), 0, SILENT) for w in (0.0, 0.1))
    assert held.norm() < 0.7 * free.norm()


def test_where_there_is_an_encoder_optimisation_starts_from_it_and_is_never_worse() -> None:
    space = toys.coded().space()
    x = toys.pictures(6).tensor(slice(None))

    def error(z: torch.Tensor) -> torch.Tensor:
        return (space.render(z) - x).square().flatten(1).mean(1)

    encoded = ENCODER.invert(space, x, ENCODER.config_type(), 0, SILENT)
    assert torch.equal(encoded, space.encode(x))
    for steps in (1, 60):
        found = OPTIMISE.invert(space, x, settings(steps=steps), 0, SILENT)
        assert (error(found) <= error(encoded) + 1e-3).all()
    assert error(found).mean() < error(encoded).mean()


def test_what_cannot_be_done_says_so() -> None:
    x = torch.rand(1, 1, 4, 4)
    stepped = wrap(lambda z: (z[:, :1, None, None].expand(-1, 1, 4, 4) * 8).round() / 8, (3,), differentiable=False)
    with pytest.raises(NotDifferentiable, match="no gradients"):
        OPTIMISE.invert(stepped.space(), x, settings(), 0, SILENT)
    with pytest.raises(NotInvertible, match="no encoder"):
        ENCODER.invert(stepped.space(), x, ENCODER.config_type(), 0, SILENT)
    with pytest.raises(InvalidArgument, match="another shape"):
        OPTIMISE.invert(decoder().space(), x, settings(), 0, SILENT)
