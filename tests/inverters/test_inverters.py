"""Inversion: a known latent is found again; items do not touch each other; what cannot be done says so."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import toy_models as toys
from trasluz import wrap
from trasluz.base.errors import InvalidArgument, NotDifferentiable, NotInvertible
from trasluz.base.progress import SILENT
from trasluz.spaces import registry
from trasluz.spaces.model import LatentModel

OPTIMISE, ENCODER = registry.get("inverters", "optimise"), registry.get("inverters", "encoder")


def decoder() -> LatentModel:
    """Six numbers to 3 x 8 x 8 pixels, without an encoder."""
    torch.manual_seed(0)
    return wrap(nn.Sequential(nn.Linear(6, 192), nn.Sigmoid(), nn.Unflatten(1, (3, 8, 8))), shape=(6,))


def settings(**values: object) -> object:
    return OPTIMISE.config_type.make({"steps": 150, "stay": 0.0, **values})


def test_optimisation_finds_the_latent_that_was_decoded() -> None:
    space = decoder().space()
    z = space.prior().sample(5, 3)
    found = OPTIMISE.invert(space, space.decode(z), settings(steps=400), 0, SILENT)  # type: ignore[arg-type]
    assert torch.allclose(found, z, atol=0.05)


def test_an_item_is_inverted_alike_alone_and_among_others() -> None:
    space = decoder().space()
    x = space.decode(space.prior().sample(40, 0))
    among, alone = (
        OPTIMISE.invert(space, x, settings(), 0, SILENT),
        OPTIMISE.invert(space, x[35:36], settings(), 0, SILENT),
    )  # type: ignore[arg-type]
    assert torch.allclose(among[35:36], alone, atol=1e-4)


def test_the_same_seed_gives_the_same_bits() -> None:
    space = decoder().space()
    x = space.decode(space.prior().sample(3, 0))
    one, two, other = (OPTIMISE.invert(space, x, settings(steps=20), seed, SILENT) for seed in (1, 1, 2))  # type: ignore[arg-type]
    assert torch.equal(one, two) and not torch.equal(one, other)


def test_a_weight_on_the_prior_keeps_latents_near_its_middle() -> None:
    space = decoder().space()
    x = space.decode(4 * space.prior().sample(3, 0))
    free, held = (OPTIMISE.invert(space, x, settings(stay=w), 0, SILENT) for w in (0.0, 0.1))  # type: ignore[arg-type]
    assert held.norm() < 0.7 * free.norm()


def test_where_there_is_an_encoder_optimisation_starts_from_it_and_is_never_worse() -> None:
    space = toys.coded().space()
    x = toys.pictures(6).images(slice(None))

    def error(z: torch.Tensor) -> torch.Tensor:
        return (space.render(z) - x).square().flatten(1).mean(1)

    encoded = ENCODER.invert(space, x, ENCODER.config_type(), 0, SILENT)
    assert torch.equal(encoded, space.encode(x))
    for steps in (1, 60):
        found = OPTIMISE.invert(space, x, settings(steps=steps), 0, SILENT)  # type: ignore[arg-type]
        assert (error(found) <= error(encoded) + 1e-3).all()
    assert error(found).mean() < error(encoded).mean()


def test_what_cannot_be_done_says_so() -> None:
    x = torch.rand(1, 1, 4, 4)
    stepped = wrap(lambda z: (z[:, :1, None, None].expand(-1, 1, 4, 4) * 8).round() / 8, (3,), differentiable=False)
    with pytest.raises(NotDifferentiable, match="no gradients"):
        OPTIMISE.invert(stepped.space(), x, settings(), 0, SILENT)  # type: ignore[arg-type]
    with pytest.raises(NotInvertible, match="no encoder"):
        ENCODER.invert(stepped.space(), x, ENCODER.config_type(), 0, SILENT)
    with pytest.raises(InvalidArgument, match="another shape"):
        OPTIMISE.invert(decoder().space(), x, settings(), 0, SILENT)  # type: ignore[arg-type]
