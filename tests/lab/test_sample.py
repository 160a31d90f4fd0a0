"""Samples depend on seed and index alone; truncation and temperature do what they say."""

from __future__ import annotations

import pytest
import torch

import toy_models as toys
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.lab.sample import sample


@pytest.mark.parametrize(
    "model", [toys.coded(), toys.spatial(), toys.two_spaces(), toys.conditioned()], ids=lambda m: m.name
)
def test_every_kind_of_space_is_sampled(model: toys.Toy) -> None:
    drawn = sample(model, 5, seed=1)
    assert drawn.latents.shape == (5, *model.space().shape)
    assert drawn.items.shape == (5, *model.representation.public_shape)
    assert drawn.items.min() >= 0 and drawn.items.max() <= 1
    assert torch.equal(drawn.latents, sample(model, 5, seed=1).latents)
    assert not torch.equal(drawn.latents, sample(model, 5, seed=2).latents)


def test_more_samples_begin_with_the_same_ones() -> None:
    few, many = sample(toys.coded(), 3, seed=4), sample(toys.coded(), 130, seed=4)
    assert torch.equal(few.latents, many.latents[:3])
    assert torch.allclose(few.items, many.items[:3], atol=1e-4)


def test_truncation_pulls_to_the_mean() -> None:
    model = toys.coded()
    free, half, none = (sample(model, 4, psi=psi) for psi in (1.0, 0.5, 0.0))
    assert torch.allclose(half.latents, free.latents / 2)
    assert torch.equal(none.latents, torch.zeros(4, 6)), "the mean of a standard normal"


def test_temperature_scales_the_noise() -> None:
    model = toys.coded()
    assert torch.allclose(sample(model, 4, temperature=0.5).latents, sample(model, 4).latents / 2)


def test_what_is_given_may_be_changed_and_differentiated() -> None:
    drawn = sample(toys.coded(), 2)
    z = drawn.latents.requires_grad_()
    toys.coded().space().render(z).sum().backward()
    assert z.grad is not None


def test_what_cannot_be_sampled_says_why() -> None:
    model = toys.coded()
    for arguments, match in (
        ({"n": 0}, "number of samples.*1 to"),
        ({"n": 10**9}, "number of samples"),
        ({"seed": -1}, "seed"),
        ({"psi": float("nan")}, "psi"),
        ({"temperature": -1.0}, "temperature"),
    ):
        with pytest.raises(InvalidArgument, match=match):
            sample(model, **arguments)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="unknown prior"):
        sample(model, prior="norml")
    with pytest.raises(UnknownName, match="unknown space"):
        sample(model, space="w")
    with pytest.raises(InvalidArgument, match="device"):
        sample(model, device="tpu")
    with pytest.raises(UnknownName, match="model"):
        sample("nobody")
