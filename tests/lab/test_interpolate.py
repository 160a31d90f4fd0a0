"""Walks begin and end where they should, and know which frames are which points."""

from __future__ import annotations

import pytest
import torch

import toy_models as toys
from trasluz.base.errors import InvalidArgument, UnknownName
from trasluz.lab.interpolate import interpolate

DATA = toys.pictures(40)


@pytest.mark.parametrize("rule", ["linear", "spherical"])
@pytest.mark.parametrize("model", [toys.coded(), toys.spatial()], ids=lambda m: m.name)
def test_a_walk_goes_from_the_first_point_to_the_last(rule: str, model: toys.Toy) -> None:
    walk = interpolate(model, "seed:1", "seed:2", rule=rule, frames=9)
    assert len(walk) == 9 and walk.items.shape == (9, *model.representation.public_shape)
    ends = interpolate(model, "seed:1", "seed:2", frames=2).latents
    assert torch.allclose(walk.latents[[0, -1]], ends, atol=1e-5)
    assert walk.stations == {0: "seed:1", 8: "seed:2"}
    assert torch.equal(walk.latents, interpolate(model, "seed:1", "seed:2", rule=rule, frames=9).latents)


def test_the_middle_of_a_straight_walk_is_the_mean() -> None:
    walk = interpolate(toys.coded(), "test:0", "test:1", frames=3, data=DATA)
    assert torch.allclose(walk.latents[1], walk.latents[[0, 2]].mean(0), atol=1e-6)


def test_a_walk_may_pass_a_point_twice_and_come_home() -> None:
    there_and_back = interpolate(toys.coded(), "seed:1", "seed:2", "seed:1", frames=9)
    assert there_and_back.stations == {0: "seed:1", 4: "seed:2", 8: "seed:1"}
    round_ = interpolate(toys.coded(), "seed:1", "seed:2", frames=8, loop=True)
    assert round_.stations == {0: "seed:1", 4: "seed:2"} and "round" in repr(round_)
    assert not torch.allclose(round_.latents[-1], round_.latents[0])


def test_slerp_is_what_the_field_calls_spherical() -> None:
    a, b = (interpolate(toys.coded(), "seed:1", "seed:2", rule=rule, frames=5) for rule in ("slerp", "spherical"))
    assert torch.equal(a.latents, b.latents)


def test_what_cannot_be_walked_says_why() -> None:
    model = toys.coded()
    with pytest.raises(InvalidArgument, match="two points or more"):
        interpolate(model, "seed:1")
    with pytest.raises(InvalidArgument, match=r"number of frames.*3 to"):
        interpolate(model, "seed:1", "seed:2", "seed:3", frames=2)
    with pytest.raises(UnknownName, match="rule of interpolation"):
        interpolate(model, "seed:1", "seed:2", rule="straight")
